"""What a form of the desk or a list's address brought: read without ever failing."""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException

from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.web.answers import TooLarge

AnyRequest = Request[Any, Any, Any]
QUERY_MAX: Final = 200
CURSOR_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Told:
    """Fields as they came; a field that did not come is empty."""

    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: dict[str, UploadFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The last value of the field."""
        return self.fields.get(name, ("",))[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may come several times, empty ones left out."""
        return tuple(value for value in self.fields.get(name, ()) if value.strip())

    def id(self, name: str) -> UUID | None:
        """The field as an id; None when it is none."""
        try:
            return UUID(self.text(name))
        except ValueError:
            return None

    def number(self, name: str) -> int | None:
        """The field as a small whole number; None when it is none."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None

    def starting(self, prefix: str) -> dict[str, str]:
        """Fields whose name begins so, by the rest of the name: "facts.short_code" as short_code."""
        found = {name.removeprefix(prefix): self.text(name) for name in self.fields if name.startswith(prefix)}
        return {name: value for name, value in found.items() if name}


async def told(request: AnyRequest) -> Told:
    """Read the form of this request. Raises InputNotUnderstood when it is none, TooLarge over the limit."""
    try:
        form = await request.form()
    except HTTPException as error:
        if error.status_code == 413:
            raise TooLarge from None
        raise InputNotUnderstood from None
    fields: dict[str, list[str]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
        elif isinstance(value, UploadFile):
            files[name] = value
    return Told({name: tuple(values) for name, values in fields.items()}, files)


def plain(typed: str) -> str:
    """Words to look for, without what no text can hold."""
    return typed.replace("\x00", "")[:QUERY_MAX].strip()


def cursor(told: str) -> str | None:
    """The place to go on from; what cannot be one is none."""
    odd = len(told) > CURSOR_MAX or not told.isascii() or not told.isprintable()
    return None if odd or not told else told
