"""What the sandbox does when asked, once for each key."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.bss.model import Outcome
from qiao.bss.sandbox import filling, plans, questions, rating
from qiao.bss.sandbox.products import OFFERED, PROVIDERS
from qiao.bss.sandbox.store import acts, bill_lines, charge_holds, holdings, parties, subscriptions
from qiao.bss.sandbox.store_lines import plan_changes
from qiao.kernel.ids import new_id
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

ADDRESS_MAX = 200
REVERSED = {"zh-CN": "冲正：", "en": "Reversal:"}
CREDITED = {"zh-CN": "补偿", "en": "Compensation"}


class Did(NamedTuple):
    """What the sandbox did; `before`: what was there."""

    outcome: Literal["done", "refused"]
    reason: str = ""
    before: Mapping[str, str] = {}


DONE = Did("done")


def no(reason: str) -> Did:
    """Nothing was done, and why."""
    return Did("refused", reason)


Doing = Callable[[Transaction], Awaitable[Did]]


async def once(tx: Transaction, act: str, about: str, key: str, do: Doing) -> Outcome:
    """Do it under this key, or say how it came out when it was done before."""
    values = {"key": key, "act": act, "about": about, "at": tx.now, "outcome": "pending", "reason": ""}
    claim = insert(acts).values(**values, reference=str(new_id())[:13])
    row = await tx.one(claim.on_conflict_do_nothing(index_elements=["key"]).returning(acts))
    if row is None:
        known = await tx.one(select(acts).where(acts.c.key == key))
        assert known is not None
        return Outcome(known["outcome"], known["reference"], known["reason"], known["before"])
    did = await do(tx)
    told = {"outcome": did.outcome, "reason": did.reason, "before": dict(did.before)}
    await tx.execute(update(acts).where(acts.c.key == key).values(told))
    return Outcome(did.outcome, row["reference"], did.reason, did.before)


def cancel(service: ServiceId, subscription_ref: str | None) -> Doing:
    """End one value-added service, or all."""

    async def do(tx: Transaction) -> Did:
        mine = (subscriptions.c.service == str(service)) & (subscriptions.c.since <= tx.now)
        mine &= or_(subscriptions.c.until.is_(None), subscriptions.c.until > tx.now)
        if subscription_ref is not None:
            mine &= subscriptions.c.ref == subscription_ref
        ended = await tx.execute(update(subscriptions).where(mine).values(until=tx.now))
        return DONE if ended.rowcount or subscription_ref is None else no("not_running")

    return do


def change_plan(service: ServiceId, plan_code: str, starts: str) -> Doing:
    """Another plan from now or from next month on; the present one again ends a change that was to come."""

    async def do(tx: Transaction) -> Did:
        row = await questions.held(tx, service)
        if row is None:
            return no("number_unknown")
        at = tx.now if starts == "now" else rating.bounds(rating.month_of(tx.now))[1]
        had = await plans.plan_at(tx, row, tx.now)
        coming = (plan_changes.c.service == str(service)) & (plan_changes.c.at > tx.now)
        ended = await tx.execute(delete(plan_changes).where(coming))
        before = {"plan_code": had.code}
        if plan_code == had.code:
            return Did("done", before=before) if ended.rowcount else no("plan_not_offered")
        if plan_code not in OFFERED:
            return no("plan_not_offered")
        values = {"plan_code": plan_code, "fee_minor": (await plans.price_of(tx, plan_code)).minor}
        made = insert(plan_changes).values(service=str(service), at=at, **values)
        await tx.execute(made.on_conflict_do_update(index_elements=["service", "at"], set_=values))
        return Did("done", before=before)

    return do


def reset_password(service: ServiceId) -> Doing:
    """A new service password, texted to the number by the operator itself."""

    async def do(tx: Transaction) -> Did:
        if await questions.held(tx, service) is None:
            return no("number_unknown")
        fresh = f"{secrets.randbelow(10**6):06d}"
        mine = (holdings.c.service == str(service)) & holdings.c.until.is_(None)
        await tx.execute(update(holdings).where(mine).values(password_mark=filling.mark(service, fresh)))
        provider = PROVIDERS["10086"]
        await filling.send_text(tx, service, sender=provider.code, words=f"您的新服务密码是 {fresh}，请勿告诉他人。")
        return DONE

    return do


def correct_address(party_ref: str, address: str) -> Doing:
    """Replace the address of a customer."""

    async def do(tx: Transaction) -> Did:
        if not 0 < len(address.strip()) <= ADDRESS_MAX:
            return no("address_not_usable")
        had = await tx.scalar(select(parties.c.address).where(parties.c.ref == party_ref).with_for_update())
        if had is None:
            return no("party_unknown")
        await tx.execute(update(parties).where(parties.c.ref == party_ref).values(address=address.strip()))
        return Did("done", before={"address": had})

    return do


def hold(service: ServiceId, month: str, line_ref: str) -> Doing:
    """Put a line of an issued bill on dispute hold."""

    async def do(tx: Transaction) -> Did:
        one = await questions.bill(tx, service, month)
        if one is None or one.state != "issued":
            return no("bill_not_issued")
        if not questions.left_of(one.lines, line_ref):
            return no("nothing_charged")
        row = {"service": str(service), "month": month, "line_ref": line_ref, "since": tx.now}
        await tx.execute(insert(charge_holds).values(row).on_conflict_do_nothing())
        return DONE

    return do


def release(service: ServiceId, month: str, line_ref: str) -> Doing:
    """End the hold of a line."""

    async def do(tx: Transaction) -> Did:
        return DONE if await _end_hold(tx, service, month, line_ref) else no("not_held")

    return do


def reverse(service: ServiceId, month: str, line_ref: str, amount: Money, key: str) -> Doing:
    """Give back a line of an issued bill, or part of it."""

    async def do(tx: Transaction) -> Did:
        held = select(holdings.c.id).where(holdings.c.service == str(service), holdings.c.until.is_(None))
        await tx.execute(held.with_for_update())  # two at once come one after the other
        one = await questions.bill(tx, service, month)
        if one is None or one.state != "issued":
            return no("bill_not_issued")
        left = questions.left_of(one.lines, line_ref)
        if not 0 < amount.minor <= left:
            return no("more_than_charged")
        line = next(line for line in one.lines if line.ref == line_ref)
        names = {language: f"{word} {line.text.get(language, line_ref)}" for language, word in REVERSED.items()}
        await _adjust(tx, service, month, f"reversal-{key[-12:]}:{line_ref}", names, amount, line.provider_code)
        if amount.minor == left:
            await _end_hold(tx, service, month, line_ref)
        return DONE

    return do


def credit(service: ServiceId, amount: Money, key: str) -> Doing:
    """Credit the number on the bill of the month that runs."""

    async def do(tx: Transaction) -> Did:
        if await questions.held(tx, service) is None:
            return no("number_unknown")
        if amount.minor <= 0:
            return no("amount_not_usable")
        await _adjust(tx, service, rating.month_of(tx.now), f"credit-{key[-12:]}", dict(CREDITED), amount, None)
        return DONE

    return do


async def _adjust(
    tx: Transaction,
    service: ServiceId,
    month: str,
    ref: str,
    names: dict[str, str],
    amount: Money,
    provider: str | None,
) -> None:
    row = {"service": str(service), "month": month, "ref": ref, "at": tx.now, "kind": "adjustment"}
    await tx.execute(insert(bill_lines).values(**row, names=names, minor=-amount.minor, provider_code=provider))


async def _end_hold(tx: Transaction, service: ServiceId, month: str, line_ref: str) -> bool:
    mine = (charge_holds.c.service == str(service)) & (charge_holds.c.month == month) & charge_holds.c.until.is_(None)
    ended = await tx.execute(update(charge_holds).where(mine, charge_holds.c.line_ref == line_ref).values(until=tx.now))
    return bool(ended.rowcount)
