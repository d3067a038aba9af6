"""One output, five renderings: text menu (and voice read as text), SMS, chat, form without script, the agent's panel.

Pure: the same outputs in the same language are always said in the same words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from qiao.kernel import sms
from qiao.kernel.languages import RIGHT_TO_LEFT
from qiao.platform.i18n import CustomerTexts
from qiao.selfservice.model_session import Option, Output

_OWN: Final = frozenset({"unclear", "no_back", "wait", "handed", "callback", "cancelled", "code", "password", "wrong"})
"""Kinds that have the house's own words when the flow has none."""
_INPUTS: Final[dict[str, str]] = {
    "digits": "numeric",
    "amount": "decimal",
    "phone": "tel",
    "code": "numeric",
    "secret": "numeric",
}


@cache
def _texts() -> CustomerTexts:
    return CustomerTexts.load("qiao.selfservice")


def words(key: str, language: str, **params: str) -> str:
    """The house's own words in the customer's language."""
    return _texts().say(key, language, **params)


def said(output: Output, language: str) -> str:
    """The sentence of an output: the flow's, else the house's own; "" where nothing is said."""
    if output.kind == "yes":
        terms = output.terms
        if terms.get("text"):
            return terms["text"]
        given = {"what": terms.get("what", ""), "digits": terms.get("digits") or words("the_digits", language)}
        if terms.get("price"):
            told = words("confirm_price", language, price=terms["price"], **given)
            return f"{terms['final']} {told}" if terms.get("final") else told
        return words("confirm_free", language, **given)
    if output.text or output.kind not in _OWN:
        return output.text
    return words(output.kind, language)


def person_word(language: str) -> str:
    """What the choice of a person is called."""
    return words("person", language)


def options_of(output: Output, language: str) -> list[Option]:
    """What can be chosen, yes and no included; a person is not among them."""
    if output.kind == "ask" and output.answer == "yes_no":
        return [Option("1", words("yes", language)), Option("2", words("no", language))]
    return list(output.options)


def sentences(outputs: Iterable[Output], language: str) -> list[str]:
    """What is said, in order, without what is nothing."""
    return [one for one in (said(output, language) for output in outputs) if one]


def as_text(outputs: Sequence[Output], language: str, *, elderly: bool = False) -> str:
    """A voice menu as text: sentences, then each choice on a line, a person among them (first for the elderly)."""
    lines = sentences(outputs, language)
    if outputs and outputs[-1].waits:
        person = [f"0  {words('person', language)}"]
        choices = [f"{one.key}  {one.text}" for one in options_of(outputs[-1], language)]
        lines += [*person, *choices] if elderly else [*choices, *person]
    return "\n".join(lines)


def as_sms(outputs: Sequence[Output], language: str, *, elderly: bool = False) -> str:
    """One text: sentences, then numbered choices, a person last.

    A person is left out where that line alone would cost a second SMS, never for the elderly; 0 is always heard.
    """
    parts = sentences(outputs, language)
    if not outputs or not outputs[-1].waits:
        return "\n".join(parts)
    choices = [f"{one.key} {one.text}" for one in options_of(outputs[-1], language)]
    short = "\n".join([*parts, *choices])
    full = f"{short}\n0 {words('person', language)}"
    return short if one_sms(short) and not one_sms(full) and not elderly else full


def one_sms(text: str) -> bool:
    """Whether a text goes as one SMS: 160 characters of the GSM alphabet, else 70 UTF-16 units."""
    return sms.as_sms(text).segments == 1


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One bubble with what can be tapped below it; `secret`: what is typed next is not shown."""

    text: str
    quick_replies: tuple[Option, ...] = ()
    secret: bool = False


def as_chat(outputs: Sequence[Output], language: str) -> list[ChatMessage]:
    """Bubbles; the last one carries quick replies while an answer is waited for."""
    bubbles = [ChatMessage(one) for one in sentences(outputs, language)]
    if not outputs or not outputs[-1].waits:
        return bubbles
    last = outputs[-1]
    replies = (*options_of(last, language), Option("0", words("person", language)))
    secret = last.kind in ("code", "password")
    return [*bubbles[:-1], ChatMessage(bubbles[-1].text if bubbles else "", replies, secret)]


@dataclass(frozen=True, slots=True)
class Form:
    """A page's form that works without script: sentences before, then buttons or one field."""

    sentences: tuple[str, ...]
    question: str
    buttons: tuple[Option, ...]
    field: Literal["", "text", "password", "month"]
    input_mode: str
    wide: bool
    """A long text is expected."""
    send: str
    person: str
    back: str
    right_to_left: bool


def as_form(outputs: Sequence[Output], language: str) -> Form:
    """What a page shows; nothing to fill in once it is over."""
    told = sentences(outputs, language)
    last = outputs[-1] if outputs and outputs[-1].waits else None
    buttons = options_of(last, language) if last is not None else []
    answer = (last.answer or last.kind) if last is not None else ""
    field: Literal["", "text", "password", "month"] = ""
    if last is not None and not buttons:
        field = "password" if last.kind == "password" else "month" if answer == "month" else "text"
    return Form(
        sentences=tuple(told[:-1] if last is not None else told),
        question=told[-1] if last is not None and told else "",
        buttons=tuple(buttons),
        field=field,
        input_mode=_INPUTS.get(answer, "numeric" if answer == "yes" else "text"),
        wide=answer == "text",
        send=words("send", language),
        person=words("person", language),
        back=words("back", language),
        right_to_left=language in RIGHT_TO_LEFT,
    )


@dataclass(frozen=True, slots=True)
class Script:
    """What an agent says next, in the customer's language, and what he may hear; `do` and `look` by name."""

    say: tuple[str, ...]
    hears: tuple[Option, ...]
    asks: str
    do: tuple[str, ...]
    look: tuple[str, ...]
    never_asks: bool
    """The customer types a secret himself; the agent neither asks for it nor sees it."""


def as_script(outputs: Sequence[Output], language: str) -> Script:
    """The agent's panel."""
    last = outputs[-1] if outputs and outputs[-1].waits else None
    return Script(
        say=tuple(sentences(outputs, language)),
        hears=tuple(options_of(last, language)) if last is not None else (),
        asks=last.answer if last is not None else "",
        do=tuple(one for output in outputs for one in output.do),
        look=tuple(one for output in outputs for one in output.look),
        never_asks=last is not None and last.kind in ("code", "password"),
    )
