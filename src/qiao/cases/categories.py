"""The categories there are: built in from the room's files, edited ones from the table, old versions for old cases."""

import importlib.resources
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import yaml
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from qiao.cases.model_category import (
    Category,
    CategorySet,
    category_from,
    category_set,
    problems_of,
    shape_problems,
)
from qiao.cases.store import case_categories
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction

_PARTS: Final = ("items", "declarations", "groups", "categories", "steps")


class CategoryUnknown(Refused):
    """No category has this code."""

    code = "cases.category_unknown"
    status = 400
    text = N_("There is no such category. Choose one of the list; what you typed was kept.")


class CategoryNotUnderstood(Refused):
    """An edited category breaks a rule."""

    code = "cases.category_not_understood"
    status = 400
    text = N_("The category cannot be kept: {problems}. Nothing was saved.")


@cache
def _definitions() -> Mapping[str, Any]:
    folder = importlib.resources.files("qiao.cases") / "built_in"
    read = {part: yaml.safe_load((folder / f"{part}.yaml").read_text("utf-8")) for part in _PARTS}
    lifecycles = yaml.safe_load((folder / "lifecycles.yaml").read_text("utf-8"))
    return {**read, "categories": {code: _living(code, one, lifecycles) for code, one in read["categories"].items()}}


def _living(code: str, definition: Mapping[str, Any], lifecycles: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition with its lifecycle: its own, else that of the nearest group that has one."""
    groups = sorted((one for one in lifecycles if f"{code}/".startswith(f"{one}/")), key=len)
    return {"lifecycle": lifecycles[groups[-1]], **definition} if groups else definition


@cache
def built_in() -> CategorySet:
    """The set that comes with Qiao: items, declarations, groups, leaves and the house's steps."""
    return category_set(_definitions())


async def current(tx: Transaction) -> CategorySet:
    """The set as it stands: the built-in one with what was edited here in its place."""
    newest = (
        select(case_categories)
        .where(case_categories.c.source == "edited")
        .ext(distinct_on(case_categories.c.code))
        .order_by(case_categories.c.code, case_categories.c.version.desc())
    )
    rules = built_in()
    edited = {row["code"]: category_from(row["code"], row["definition"], rules.items) for row in await tx.rows(newest)}
    return replace(rules, categories={**rules.categories, **edited}) if edited else rules


async def category(tx: Transaction, code: str, version: int) -> Category:
    """A category as it was in one version: what a case opened under it keeps. Raises CategoryUnknown."""
    built = built_in().categories.get(code)
    row = await tx.one(
        select(case_categories).where(case_categories.c.code == code, case_categories.c.version == version)
    )
    if row is not None:
        return category_from(code, row["definition"], built_in().items)
    if built is not None and built.version == version:
        return built
    raise CategoryUnknown


async def pinned(tx: Transaction, code: str) -> Category:
    """The category as it stands, its version kept for good in the table. Raises CategoryUnknown."""
    found = (await current(tx)).categories.get(code)
    if found is None:
        raise CategoryUnknown
    kept = insert(case_categories).values(
        code=code,
        version=found.version,
        kind=found.kind,
        source="built_in",
        definition=_definitions()["categories"].get(code, {}),
        kept_at=tx.now,
    )
    await tx.execute(kept.on_conflict_do_nothing())
    return found


def all_problems(code: str, definition: Any) -> list[str]:
    """What is wrong with a category from outside, however odd it is, against the vocabulary there is."""
    return shape_problems(definition) or problems_of(code, definition, _definitions())


def definition_of(code: str) -> Mapping[str, Any] | None:
    """The built-in definition of a category, its lifecycle with it; None where there is none."""
    found: Mapping[str, Any] | None = _definitions()["categories"].get(code)
    return found


async def keep_category(
    tx: Transaction, *, code: str, definition: Mapping[str, Any], by: str = "", text: str = ""
) -> Category:
    """Put an edited category in force from now on, as a new version; cases that are open stay on theirs.

    `definition` is as in `built_in/categories.yaml`, its version is given here; `text` is how it was written. Raises
    CategoryNotUnderstood.
    """
    if problems := all_problems(code, definition):
        raise CategoryNotUnderstood(problems="; ".join(problems))
    newest = select(case_categories.c.version).where(case_categories.c.code == code)
    last = await tx.scalar(newest.order_by(case_categories.c.version.desc()).limit(1).with_for_update())
    built = built_in().categories.get(code)
    version = max(last or 0, built.version if built else 0) + 1
    whole = {**definition, "version": version}
    await tx.execute(
        case_categories.insert().values(
            code=code,
            version=version,
            kind=code.split("/", 1)[0],
            source="edited",
            definition=whole,
            text=text,
            kept_at=tx.now,
            by=by,
        )
    )
    return category_from(code, whole, built_in().items)
