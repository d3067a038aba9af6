"""Refusals: the ordinary way in which Qiao says no."""

from typing import Any, ClassVar

from qiao.kernel.languages import N_


class Refused(Exception):
    """Something was asked that may not or cannot be done; nothing of it was done.

    Subclasses are named as sentences and declared beside their operation. `text` is an English msgid with
    {placeholders}: what happened, what was kept, what to do. It is translated where a person reads it.
    `code` is stable and public; `status` is the HTTP status a web door answers with.
    """

    code: ClassVar[str] = "kernel.refused"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This cannot be done; nothing was changed.")

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params

    def __str__(self) -> str:
        try:
            return f"{self.code}: {self.text.format(**self.params)}"
        except (KeyError, IndexError):
            return self.code


class NotFound(Refused):
    """The one answer for what is missing and for what the asker may not know exists."""

    code = "kernel.not_found"
    status = 404
    text = N_("There is nothing here for you. It may have been moved, or it belongs to somebody else.")


class NotAllowed(Refused):
    """The right is missing, and that it exists is no secret."""

    code = "kernel.not_allowed"
    status = 403
    text = N_("Your role does not include this. Nothing was changed; your team leader can help.")


class InputNotUnderstood(Refused):
    """One or more fields cannot be read; `fields` maps a field's name to a text msgid."""

    code = "kernel.input_not_understood"
    status = 400
    text = N_("Something in the form needs another look; what you typed was kept.")

    def __init__(self, fields: dict[str, str] | None = None, **params: Any) -> None:
        super().__init__(**params)
        self.fields = fields or {}
