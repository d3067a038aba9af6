"""Notes that agents leave for each other on a customer's timeline, where no case is there to hold them."""

from collections.abc import Callable
from typing import Final

from qiao.desk.access import ContactAccess
from qiao.interactions import Entry, EntryKind, add_entry, clean_text, for_display, leave_word, register_entry_kind
from qiao.kernel.ids import new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.platform.database import Transaction

Translate = Callable[[str], str]

NOTE: Final = "desk.note"
HANDED_OVER: Final = "desk.handed_over"
CHARACTERS_MAX: Final = 2_000
SHOWN: Final = 160


class NobodyToNoteAbout(Refused):
    """The contact is nobody's yet, so there is no timeline to write on."""

    code = "desk.nobody_to_note_about"
    text = N_(
        "It is not known whose contact this is, so a note has no place yet. Nothing was kept; find the customer first."
    )


def register_kinds() -> None:
    """Make the desk's lines known to the timeline."""
    for name, title, line, icon in (
        (NOTE, N_("Note"), N_("note: “{words}”"), "note"),
        (HANDED_OVER, N_("Handed over"), N_("handed over to {desk}: “{words}”"), "transfer"),
    ):
        register_entry_kind(EntryKind(name, title, _teller(line), icon=icon))


def _teller(line: str) -> Callable[[Entry, Translate], str]:
    def told(entry: Entry, translate: Translate) -> str:
        words = str(entry.summary.get("words", ""))
        cut = words if len(words) <= SHOWN else words[: SHOWN - 1].rstrip() + "…"
        return translate(line).format(words=cut, desk=entry.summary.get("desk", ""))

    return told


async def leave_note(tx: Transaction, access: ContactAccess, words: str) -> None:
    """Put a note on the customer's timeline. Raises NobodyToNoteAbout, InputNotUnderstood (field "text")."""
    said = read_note(words)
    if not said:
        raise InputNotUnderstood({"text": N_("Please fill this in.")})
    await _write(tx, access, NOTE, words=said)


async def note_hand_over(tx: Transaction, access: ContactAccess, *, desk: str, words: str) -> None:
    """Tell the colleague who takes over what he has to know; nothing when there is nothing to tell.

    It stands on the customer's timeline, and with the contact itself while nobody knows whose it is.
    """
    said = read_note(words)
    if said and access.customer_id is not None:
        await _write(tx, access, HANDED_OVER, words=said, desk=desk)
    elif said:
        await leave_word(tx, interaction_id=access.interaction.id, note=said)


def read_note(words: str) -> str:
    """A note as it is kept. Raises InputNotUnderstood."""
    if len(words) > CHARACTERS_MAX:
        raise InputNotUnderstood({"text": N_("This is too long; please shorten it.")})
    return for_display(clean_text(words, limit=CHARACTERS_MAX))


async def _write(tx: Transaction, access: ContactAccess, kind: str, **summary: str) -> None:
    if access.customer_id is None:
        raise NobodyToNoteAbout
    await add_entry(
        tx,
        customer_id=access.customer_id,
        kind=kind,
        ref=str(new_id()),
        interaction_id=access.interaction.id,
        summary={**summary, "by": access.actor.reference},
    )
