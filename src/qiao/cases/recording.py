"""What is put on record about a case while it goes on: words, facts, steps tried, declarations, notes, answers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.categories import built_in
from qiao.cases.events import CaseWordsAdded
from qiao.cases.facts import keep_fact
from qiao.cases.model_category import Category, in_language
from qiao.cases.model_records import Case
from qiao.cases.model_words import EMPTY, LONG_MAX, Form
from qiao.cases.queries import category_of, gather
from qiao.cases.settling import happened, link, locked, must_be_live
from qiao.cases.store import (
    answers_given,
    case_declarations,
    case_facts,
    case_notes,
    case_tried,
    case_words,
    fact_withdrawals,
)
from qiao.cases.timeline import tell
from qiao.cases.watchers import call_named
from qiao.interactions import interaction
from qiao.kernel.ids import AgentId, CaseId, FileId, InteractionId, new_id
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.events import emit


async def add_words(
    tx: Transaction,
    *,
    case_id: CaseId,
    text: str,
    by: str,
    interaction_id: InteractionId | None = None,
    language: str = "",
    said_by: str | None = None,
) -> UUID:
    """Keep more of what the customer said, verbatim. `by` is who writes it down: "agent:<id>" or "customer:<id>".

    Raises NotFound (also for a customer's own attempt on somebody else's case), CaseIsClosed, InputNotUnderstood.
    """
    case = await locked(tx, case_id, customer=by)
    must_be_live(case)
    form = Form()
    words = form.words("text", text)
    form.finish()
    spoken = language or await _language(tx, interaction_id)
    words_id = await keep_words(
        tx,
        case,
        text=words,
        language=spoken,
        by=by,
        said_by=said_by or _customer(case),
        interaction_id=interaction_id,
    )
    await happened(tx, case, "words", by=by, interaction_id=interaction_id)
    await tell(tx, case, "case.words", interaction_id=interaction_id, words=words)
    await emit(tx, CaseWordsAdded(case_id, words_id, interaction_id))
    return words_id


async def keep_words(
    tx: Transaction,
    case: Case,
    *,
    text: str,
    language: str,
    by: str,
    said_by: str,
    interaction_id: InteractionId | None,
) -> UUID:
    """The row alone, of words that were cleaned."""
    words_id = new_id()
    await tx.execute(
        case_words.insert().values(
            **_record(tx, case, words_id, by, interaction_id), text=text, language=language, said_by=said_by
        )
    )
    return words_id


async def add_facts(
    tx: Transaction,
    *,
    case_id: CaseId,
    facts: Mapping[str, str | Sequence[str]],
    by: str,
    interaction_id: InteractionId | None = None,
    said_by: str | None = None,
    file_id: FileId | None = None,
) -> list[UUID]:
    """Keep what is known by key; what was asked of the customer under the same key is answered by it.

    A value of a known item is read in its kind ("３７３７" is 3737); several values of one key stand side by side.
    Raises NotFound, CaseIsClosed, InputNotUnderstood (fields "facts.<key>").
    """
    case = await locked(tx, case_id, customer=by)
    must_be_live(case)
    form = Form()
    known = read_facts(form, facts, has_file=file_id is not None)
    form.few(facts=known)
    if not known:
        form.wrong["facts"] = EMPTY
    form.finish()
    rules = await category_of(tx, case)
    kept = [
        await keep_fact(
            tx,
            case,
            key=key,
            value=value,
            by=by,
            said_by=said_by or _customer(case),
            interaction_id=interaction_id,
            file_id=file_id,
            watched=rules.watch,
        )
        for key, value in known
    ]
    await happened(tx, case, "facts", by=by, interaction_id=interaction_id, details={"keys": [key for key, _ in known]})
    return kept


def read_facts(
    form: Form, facts: Mapping[str, str | Sequence[str]], *, has_file: bool = False
) -> list[tuple[str, str]]:
    """(key, value) as they are kept, each read in the kind of its item; fields are named "facts.<key>"."""
    items = built_in().items
    known: list[tuple[str, str]] = []
    for key, given in facts.items():
        field = f"facts.{key}"
        kind = items[key].kind if key in items else "text"
        values = [given] if isinstance(given, str) else given
        known += [(form.key(field, key), form.value(field, value, kind, has_file=has_file)) for value in values]
    return known


async def add_fact(
    tx: Transaction,
    *,
    case_id: CaseId,
    key: str,
    value: str,
    by: str,
    interaction_id: InteractionId | None = None,
    said_by: str | None = None,
    file_id: FileId | None = None,
) -> UUID:
    """One fact; see add_facts."""
    [fact_id] = await add_facts(
        tx,
        case_id=case_id,
        facts={key: value},
        by=by,
        interaction_id=interaction_id,
        said_by=said_by,
        file_id=file_id,
    )
    return fact_id


async def withdraw_fact(tx: Transaction, *, case_id: CaseId, fact_id: UUID, reason: str, agent_id: AgentId) -> None:
    """Say that a fact was a mistake; it stays on record, struck out. Again changes nothing. Raises NotFound."""
    case = await locked(tx, case_id)
    must_be_live(case)
    form = Form()
    why = form.line("reason", reason)
    form.finish()
    known = select(case_facts.c.key).where(case_facts.c.id == fact_id, case_facts.c.case_id == case_id)
    key = await tx.scalar(known)
    if key is None:
        raise NotFound
    by = f"agent:{agent_id}"
    written = insert(fact_withdrawals).values(fact_id=fact_id, at=tx.now, by=by, reason=why)
    if await tx.scalar(written.on_conflict_do_nothing().returning(fact_withdrawals.c.fact_id)) is not None:
        await happened(tx, case, "fact_withdrawn", by=by, details={"keys": [key]})


async def add_tried(
    tx: Transaction,
    *,
    case_id: CaseId,
    step: str,
    outcome: str,
    by: str,
    interaction_id: InteractionId | None = None,
) -> UUID:
    """Keep what was tried and how it came out. `step` is a sentence, or the code of a catalogue service."""
    case = await locked(tx, case_id, customer=by)
    must_be_live(case)
    tried_id = await keep_tried(tx, case, step=step, outcome=outcome, by=by, interaction_id=interaction_id)
    await happened(tx, case, "tried", by=by, interaction_id=interaction_id)
    return tried_id


async def keep_tried(
    tx: Transaction, case: Case, *, step: str, outcome: str, by: str, interaction_id: InteractionId | None
) -> UUID:
    """The row alone. Raises InputNotUnderstood."""
    form = Form()
    row = {"step": form.line("step", step), "outcome": form.line("outcome", outcome, needed=False)}
    form.finish()
    tried_id = new_id()
    await tx.execute(case_tried.insert().values(**_record(tx, case, tried_id, by, interaction_id), **row))
    return tried_id


async def add_declaration(
    tx: Transaction,
    *,
    case_id: CaseId,
    declaration: str,
    by: str,
    interaction_id: InteractionId | None = None,
    language: str = "",
) -> UUID:
    """Keep what the customer declares in his own name: one of the set by key, or a sentence of his own."""
    case = await locked(tx, case_id, customer=by)
    must_be_live(case)
    declaration_id = await declare(
        tx,
        case,
        declaration,
        language=language or await _language(tx, interaction_id),
        rules=await category_of(tx, case),
        by=by,
        said_by=_customer(case),
        interaction_id=interaction_id,
    )
    await happened(tx, case, "declared", by=by, interaction_id=interaction_id)
    return declaration_id


async def declare(
    tx: Transaction,
    case: Case,
    told: str,
    *,
    language: str,
    rules: Category,
    by: str,
    said_by: str,
    interaction_id: InteractionId | None,
) -> UUID:
    """The row alone: a declaration of the set in the customer's language, or his own sentence. The same one once."""
    known = built_in().declarations
    form = Form()
    key = told if told in known else ""
    text = in_language(known[key], language or "zh-CN") if key else form.line("declarations", told)
    form.finish()
    same = select(case_declarations.c.id).where(
        case_declarations.c.case_id == case.id, case_declarations.c.key == key, case_declarations.c.text == text
    )
    earlier: UUID | None = await tx.scalar(same)
    if earlier is not None:
        return earlier
    declaration_id = new_id()
    row = _record(tx, case, declaration_id, by, interaction_id)
    await tx.execute(case_declarations.insert().values(**row, key=key, text=text, declared_by=said_by))
    return declaration_id


async def add_note(
    tx: Transaction, *, case_id: CaseId, text: str, agent_id: AgentId, interaction_id: InteractionId | None = None
) -> UUID:
    """Keep an internal note; the customer never sees it. Whom it names ("@wang") watches the case from then on."""
    case = await locked(tx, case_id)
    form = Form()
    row = {"text": form.words("text", text, LONG_MAX)}
    form.finish()
    note_id, by = new_id(), f"agent:{agent_id}"
    await tx.execute(case_notes.insert().values(**_record(tx, case, note_id, by, interaction_id), **row))
    called = await call_named(tx, case, row["text"], by=agent_id)
    details = {"called": [str(one) for one in called]} if called else {}
    await happened(tx, case, "note", by=by, interaction_id=interaction_id, details=details)
    return note_id


async def say_answer(
    tx: Transaction, *, case_id: CaseId, text: str, agent_id: AgentId, interaction_id: InteractionId | None = None
) -> UUID:
    """Keep what the customer was told, so that the next agent does not say the opposite."""
    case = await locked(tx, case_id)
    must_be_live(case)
    form = Form()
    told = form.words("text", text, LONG_MAX)
    form.finish()
    answer_id, by = new_id(), f"agent:{agent_id}"
    await tx.execute(answers_given.insert().values(**_record(tx, case, answer_id, by, interaction_id), text=told))
    await happened(tx, case, "told", by=by, interaction_id=interaction_id)
    await tell(tx, case, "case.told", interaction_id=interaction_id, words=told)
    return answer_id


async def acknowledge(tx: Transaction, *, case_id: CaseId, agent_id: AgentId) -> None:
    """Say that what the customer sent was read, when there is nothing else to write down; again changes nothing."""
    case = await locked(tx, case_id)
    if (await gather(tx, [case_id]))[case_id].unread:
        await happened(tx, case, "read", by=f"agent:{agent_id}")


async def link_interaction(tx: Transaction, *, case_id: CaseId, interaction_id: InteractionId, by: str) -> None:
    """Say that a contact is about this case too; again changes nothing. Raises ContactOfSomebodyElse."""
    case = await locked(tx, case_id, customer=by)
    await link(tx, case, interaction_id, by)


def _record(
    tx: Transaction, case: Case, record_id: UUID, by: str, interaction_id: InteractionId | None
) -> dict[str, Any]:
    return {"id": record_id, "case_id": case.id, "at": tx.now, "by": by, "interaction_id": interaction_id}


def _customer(case: Case) -> str:
    return f"customer:{case.customer_id}" if case.customer_id else "customer"


async def _language(tx: Transaction, interaction_id: InteractionId | None) -> str:
    return (await interaction(tx, interaction_id)).language if interaction_id else ""
