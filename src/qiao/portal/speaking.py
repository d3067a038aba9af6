"""Refusals as a customer reads them: in his language, and what he typed quoted so that it cannot turn the line."""

from typing import Any

from qiao.kernel.refused import Refused
from qiao.platform.web import language_of
from qiao.portal.signing_in import AnyRequest


def said(request: AnyRequest, refused: Refused, otherwise: str = "") -> str:
    """The refusal in the reader's language; `otherwise` is a msgid that says it better here."""
    shown: dict[str, Any] = {
        name: "".join(filter(str.isprintable, str(value))) for name, value in refused.params.items()
    }
    translator = request.app.state.pages.translator
    return str(translator.translate(language_of(request), otherwise or refused.text, **shown))
