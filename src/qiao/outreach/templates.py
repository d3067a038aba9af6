"""Which words a message is made from: the newest version kept in the desk, else the one built in."""

import importlib.resources
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from qiao.kernel.ids import AgentId
from qiao.kernel.languages import LANGUAGES, N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.outreach.events import TemplateKept
from qiao.outreach.model_templates import Template, problems_of, read_templates
from qiao.outreach.store import templates as table
from qiao.platform.database import Transaction
from qiao.platform.events import emit

BUILT_IN: Final = "templates.yaml"


class TemplateChangedMeanwhile(Refused):
    """Somebody kept a newer version since the page was opened."""

    code = "outreach.template_changed"
    text = N_("A colleague has kept a newer version of this text. Nothing was changed; reload, then change it again.")


@cache
def built_in() -> Mapping[str, Template]:
    """The templates that come with the house. Raises TemplatesNotUnderstood: it does not start with broken ones."""
    path = importlib.resources.files("qiao.outreach") / "built_in" / BUILT_IN
    return read_templates(path.read_text("utf-8"))


async def templates(tx: Transaction) -> list[Template]:
    """All of them as they are used now, by code."""
    newest = select(table).ext(distinct_on(table.c.code)).order_by(table.c.code, table.c.version.desc())
    kept = {row["code"]: row for row in await tx.rows(newest)}
    return [
        replace(known, version=kept[code]["version"], texts=kept[code]["texts"]) if code in kept else known
        for code, known in sorted(built_in().items())
    ]


async def template(tx: Transaction, code: str) -> Template:
    """One of them as it is used now. Raises NotFound."""
    known = built_in().get(code)
    if known is None:
        raise NotFound
    newest = select(table).where(table.c.code == code).order_by(table.c.version.desc()).limit(1)
    row = await tx.one(newest)
    return known if row is None else replace(known, version=row["version"], texts=row["texts"])


async def keep_template(
    tx: Transaction, *, code: str, channel: str, texts: Mapping[str, str], agent_id: AgentId, seen_version: int
) -> Template:
    """Keep new words of a template for one channel, in all nine languages, as its next version.

    What its variables are is decided where it is used, so no words can name another. The same words again keep
    nothing. Raises NotFound, InputNotUnderstood (fields named as "sms.fr"), TemplateChangedMeanwhile.
    """
    now = await template(tx, code)
    if channel not in now.texts:
        raise NotFound
    said = {language: " ".join(str(texts.get(language, "")).split()) for language in LANGUAGES}
    wrong = problems_of({channel: said}, now.variables)
    if wrong:
        raise InputNotUnderstood({problem.at: problem.text for problem in reversed(wrong)})
    if now.version != seen_version:
        raise TemplateChangedMeanwhile
    if dict(now.texts[channel]) == said:
        return now
    by = f"agent:{agent_id}"
    words = {**{name: dict(one) for name, one in now.texts.items()}, channel: said}
    made = insert(table).values(code=code, version=now.version + 1, texts=words, kept_at=tx.now, kept_by=by)
    if await tx.scalar(made.on_conflict_do_nothing().returning(table.c.version)) is None:
        raise TemplateChangedMeanwhile
    await emit(tx, TemplateKept(code, now.version + 1, by))
    return replace(now, version=now.version + 1, texts=words)


def previews(found: Template, channel: str, texts: Mapping[str, str]) -> dict[str, str]:
    """New words as they would be sent, by language, with the examples in place of variables.

    Raises InputNotUnderstood as `keep_template`.
    """
    said = {language: " ".join(str(texts.get(language, "")).split()) for language in LANGUAGES}
    wrong = problems_of({channel: said}, found.variables)
    if wrong:
        raise InputNotUnderstood({problem.at: problem.text for problem in reversed(wrong)})
    draft = replace(found, texts={channel: said})
    return {language: draft.preview(channel, language) for language in LANGUAGES}
