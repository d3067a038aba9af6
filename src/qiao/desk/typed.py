"""What people typed into a form, and what was wrong with it, as a form that comes back shows both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from qiao.desk.forms import AnyRequest, told
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.platform.web import language_of


@dataclass(frozen=True, slots=True)
class Typed:
    """The text fields of a form; a field that was not sent is "". Files are left out."""

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        values = self.texts.get(name, ())
        return values[-1] if values else ""

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a field that may be sent more than once."""
        return self.texts.get(name, ())


NOTHING_TYPED: Final = Typed()


class Wrong(dict[str, str]):
    """Field -> what is wrong with it, in the reader's language; "" where nothing is."""

    def __missing__(self, name: str) -> str:
        return ""


async def read(request: AnyRequest) -> Typed:
    """The text of the form that was sent. Raises InputNotUnderstood when it is none, TooLarge over the limit."""
    return Typed((await told(request)).fields)


def in_fields(request: AnyRequest, refused: Refused) -> Wrong:
    """What is wrong with each field, translated; empty when the refusal is about no field."""
    if not isinstance(refused, InputNotUnderstood):
        return Wrong()
    return Wrong({name: say(request, text) for name, text in refused.fields.items()})


def sentence(request: AnyRequest, refused: Refused) -> str:
    """The refusal as a sentence in the reader's language."""
    said = say(request, refused.text)
    try:
        return said.format(**refused.params)
    except (KeyError, IndexError, ValueError):
        return said


def say(request: AnyRequest, text: str) -> str:
    """A msgid in the reader's language."""
    return str(request.app.state.pages.translator.translate(language_of(request), text))
