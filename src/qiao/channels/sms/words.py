"""The hall's words to customers, in nine languages."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from qiao.channels.sms.model_hall import Told
from qiao.kernel import sms
from qiao.kernel.languages import nearest
from qiao.platform.i18n import CustomerTexts


@cache
def texts() -> CustomerTexts:
    """Every text of the hall. Raises TextsIncomplete."""
    return CustomerTexts.load("qiao.channels.sms", "hall.yaml")


def say(language: str, told: Told) -> str:
    """A text with its parameters filled in."""
    return texts().say(told.name, language, **told.params)


def with_person(text: str, language: str) -> str:
    """The text with how a person is had, where that makes no second SMS of it."""
    both = f"{text} {say(language, Told('or_person'))}"
    return both if sms.as_sms(both).segments <= sms.as_sms(text).segments else text


def numbered(options: Iterable[Mapping[str, Any]], language: str) -> str:
    """The lines of a numbered choice, one an option: "1 Balance"."""
    spoken = nearest(language)
    return "\n".join(f"{number} {one['names'][spoken]}" for number, one in enumerate(options, 1))
