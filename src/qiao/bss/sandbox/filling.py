"""Filling the sandbox, and making things happen in it: what tests and the demo do to the operator's side."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from qiao.bss.sandbox.people import CAST, Person, others
from qiao.bss.sandbox.products import FEES, OFFERED, PACKS, PRODUCTS, VOUCHERS
from qiao.bss.sandbox.store import bill_lines, holdings, misbehaviour, parties, subscriptions, texts_sent
from qiao.bss.sandbox.store_lines import features, mails_sent, plan_changes, prices, vouchers
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

Misbehaviour = Literal["hang", "error", "truncated", "wrong_customer"]
BATCH: Final = 2_000
HELD_SINCE: Final = timedelta(days=900)
WITHOUT_EMAIL: Final = 2
"""Of three customers the third has none on record."""
ADDED_SINCE: Final = timedelta(days=400)


async def fill(tx: Transaction, *, customers: int = 5_000, seed: int = 2026) -> int:
    """The cast and others up to so many customers; a sandbox that has any stays. Returns how many were made."""
    if await tx.scalar(select(func.count()).select_from(parties)):
        return 0
    people = [*CAST, *others(max(0, customers - len(CAST)), seed)]
    began = (tx.now - HELD_SINCE).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    await _insert(tx, parties, (_party(number, person) for number, person in enumerate(people)))
    await _insert(
        tx, holdings, (row for number, person in enumerate(people) for row in _holdings(number, person, began))
    )
    await _insert(tx, subscriptions, (row for person in people for row in _subscriptions(person, tx.now)))
    for code, amount in VOUCHERS.items():
        await print_voucher(tx, code, amount)
    return len(people)


def party_ref(number: int) -> str:
    """How the sandbox calls its customers: "P000001"."""
    return f"P{number + 1:06d}"


def _party(number: int, person: Person) -> dict[str, Any]:
    return {
        "ref": party_ref(number),
        "name": person.name,
        "kind": person.kind,
        "segment": person.segment,
        "language": person.language,
        "born_year": person.born_year,
        "address": person.address,
        "unit_code": person.unit_code,
        "contact_names": list(person.contact_names),
        "email": f"{party_ref(number).lower()}@example.cn" if number % 3 != WITHOUT_EMAIL else "",
    }


def _holdings(number: int, person: Person, began: datetime) -> list[dict[str, Any]]:
    return [
        {
            "service": str(service),
            "party_ref": party_ref(number),
            "since": began,
            "brand": "qiao",
            "state": "active",
            "plan_code": person.plan_code if service.kind == "mobile" else "home70",
            "prepaid_minor": person.balance_minor if service.kind == "mobile" else 0,
            "password_mark": mark(service, service.value[-6:]),
            "points": int(service.value[-3:]) * 3 if service.kind == "mobile" else 0,
        }
        for service in (person.service, *person.more)
    ]


def _subscriptions(person: Person, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "ref": f"S{person.service.value[-10:]}-{code}",
            "service": str(person.service),
            "code": code,
            "since": now - ADDED_SINCE,
            "ordered_by": "web",
        }
        for code in person.products
    ]


def mark(service: ServiceId, password: str) -> str:
    """What the sandbox keeps of a service password; a real operator keeps something better."""
    return hashlib.sha256(f"{service}\0{password}".encode()).hexdigest()


async def print_voucher(tx: Transaction, code: str, amount: Money) -> None:
    """A card of this worth, to be had in shops; its digits are kept as a mark."""
    row = {"mark": voucher_mark(code), "minor": amount.minor}
    await tx.execute(upsert(vouchers).values(row).on_conflict_do_nothing())


def voucher_mark(voucher: str) -> str:
    """What the sandbox keeps of a voucher's digits."""
    return hashlib.sha256(f"voucher\0{voucher}".encode()).hexdigest()


async def set_price(tx: Transaction, code: str, price: Money) -> None:
    """From now on a plan, pack or fee (its code in the catalogue) costs this for whoever takes it."""
    assert code in PACKS or code in OFFERED or (code in FEES and not code.startswith("ever_ring"))
    written = upsert(prices).values(code=code, minor=price.minor)
    await tx.execute(written.on_conflict_do_update(index_elements=["code"], set_={"minor": price.minor}))


async def owe(tx: Transaction, service: ServiceId, amount: Money) -> None:
    """The account stands at so much below nothing; Money(0) settles it."""
    mine = (holdings.c.service == str(service)) & holdings.c.until.is_(None)
    await tx.execute(update(holdings).where(mine).values(prepaid_minor=-amount.minor))


async def mails_to(tx: Transaction, address: str) -> list[tuple[str, str]]:
    """(subject, words) of what the operator's systems mailed, newest first."""
    rows = await tx.rows(
        select(mails_sent).where(mails_sent.c.address == address).order_by(mails_sent.c.id.desc()).limit(50)
    )
    return [(row["subject"], row["words"]) for row in rows]


async def _insert(tx: Transaction, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    waiting: list[dict[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == BATCH:
            await tx.execute(insert(table), waiting)
            waiting = []
    if waiting:
        await tx.execute(insert(table), waiting)


async def plant_unwanted_subscription(tx: Transaction, service: ServiceId, *, short_code: str = "3737") -> str:
    """What seed 004 tells: a provider has him subscribed though he asked for nothing. Returns the reference.

    "" for a number that refuses all value-added services: nobody can subscribe it.
    """
    refuses = (features.c.service == str(service)) & (features.c.code == "refuse_added") & features.c.until.is_(None)
    if await tx.scalar(select(features.c.id).where(refuses)) is not None:
        return ""
    product = next(one for one in PRODUCTS.values() if one.short_code == short_code)
    ref = f"S{service.value[-10:]}-{product.code}-{tx.now:%y%m%d%H%M%S}"
    row = {"ref": ref, "service": str(service), "code": product.code, "since": tx.now, "ordered_by": "provider"}
    await tx.execute(insert(subscriptions).values(row))
    return ref


async def charge_late(tx: Transaction, service: ServiceId, month: str, *, short_code: str = "3737") -> str:
    """The provider's charge arrives late: it stands on the bill of that month although the service may be cancelled.

    On an issued bill or the one that runs; asked twice it is charged once. Returns the line's reference.
    """
    product = next(one for one in PRODUCTS.values() if one.short_code == short_code)
    ref = f"late-{product.code}-{month}"
    row = {"service": str(service), "month": month, "ref": ref, "at": tx.now, "kind": "value_added"}
    charged = upsert(bill_lines).values(
        **row, names=product.names, minor=product.fee.minor, provider_code=product.short_code
    )
    await tx.execute(charged.on_conflict_do_nothing())
    return ref


async def send_text(tx: Transaction, service: ServiceId, *, sender: str, words: str) -> None:
    """A text that is not ours arrives at a number."""
    await tx.execute(insert(texts_sent).values(service=str(service), sender=sender, words=words, at=tx.now))


async def texts_to(tx: Transaction, service: ServiceId, limit: int = 50) -> list[tuple[int, str, str, datetime]]:
    """(number, sender, words, when) of texts that are not ours, newest first."""
    rows = await tx.rows(
        select(texts_sent).where(texts_sent.c.service == str(service)).order_by(texts_sent.c.id.desc()).limit(limit)
    )
    return [(row["id"], row["sender"], row["words"], row["at"]) for row in rows]


async def transfer_number(tx: Transaction, service: ServiceId, *, to_party_ref: str) -> None:
    """The number belongs to somebody else from now on; what ran on it ends."""
    mine = (holdings.c.service == str(service)) & holdings.c.until.is_(None)
    await tx.execute(update(holdings).where(mine).values(until=tx.now, state="ended"))
    await tx.execute(
        update(subscriptions)
        .where(subscriptions.c.service == str(service), subscriptions.c.until.is_(None))
        .values(until=tx.now)
    )
    await tx.execute(
        update(features).where(features.c.service == str(service), features.c.until.is_(None)).values(until=tx.now)
    )
    await tx.execute(delete(plan_changes).where(plan_changes.c.service == str(service), plan_changes.c.at > tx.now))
    fresh = {"service": str(service), "party_ref": to_party_ref, "since": tx.now, "brand": "qiao", "state": "active"}
    await tx.execute(
        insert(holdings).values(**fresh, plan_code="light19", prepaid_minor=0, password_mark=mark(service, "000000"))
    )


async def misbehave(tx: Transaction, kind: Misbehaviour | None) -> None:
    """Hang, fail, cut answers short or answer about somebody else, in every process, until told otherwise."""
    await tx.execute(delete(misbehaviour))
    if kind is not None:
        await tx.execute(insert(misbehaviour).values(id=1, kind=kind))
