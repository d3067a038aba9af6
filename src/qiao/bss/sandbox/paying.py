"""What the sandbox does about money that comes in, and about papers: vouchers, payments, invoices, itemised bills."""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.bss.sandbox import questions
from qiao.bss.sandbox.doing import DONE, Did, Doing, no
from qiao.bss.sandbox.filling import voucher_mark
from qiao.bss.sandbox.lines_done import mail
from qiao.bss.sandbox.store import acts, holdings, parties
from qiao.bss.sandbox.store_lines import invoices, payments, vouchers
from qiao.kernel.ids import new_id
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

TRIES_A_DAY: Final = 5
RECORDS_MAX: Final = 2_000
MINOR_A_POINT: Final = 100


def redeem(service: ServiceId, voucher: str, month: str) -> Doing:
    """Pay with a voucher, once; a number that guesses is stopped for a day."""

    async def do(tx: Transaction) -> Did:
        if await _guesses(tx, service) >= TRIES_A_DAY:
            return no("too_many_vouchers")
        if month and not await _due(tx, service, month):
            return no("nothing_due")
        mark = voucher_mark(voucher)
        fresh = update(vouchers).where(vouchers.c.mark == mark, vouchers.c.used_at.is_(None))
        minor = await tx.scalar(fresh.values(used_by=str(service), used_at=tx.now).returning(vouchers.c.minor))
        if minor is None:
            known = await tx.scalar(select(vouchers.c.mark).where(vouchers.c.mark == mark))
            return no("voucher_used" if known else "voucher_unknown")
        return await _book(tx, service, minor, f"voucher-{mark[:16]}", month)

    return do


async def _guesses(tx: Transaction, service: ServiceId) -> int:
    wrong = (acts.c.act == "redeem_voucher") & (acts.c.about == str(service)) & (acts.c.reason == "voucher_unknown")
    recent = acts.c.at > tx.now - timedelta(days=1)
    return int(await tx.scalar(select(func.count()).select_from(acts).where(wrong, recent)))


def book(service: ServiceId, amount: Money, payment_ref: str, month: str) -> Doing:
    """What was paid elsewhere; the same payment is booked once whatever the key."""

    async def do(tx: Transaction) -> Did:
        if amount.minor <= 0:
            return no("amount_not_usable")
        return await _book(tx, service, amount.minor, payment_ref, month)

    return do


async def _book(tx: Transaction, service: ServiceId, minor: int, ref: str, month: str) -> Did:
    """To the bill what is due of it, the rest to the balance; a point for each yuan."""
    mine = (holdings.c.service == str(service)) & holdings.c.until.is_(None)
    if await tx.one(select(holdings.c.id).where(mine).with_for_update()) is None:
        return no("number_unknown")
    to_bill = min(minor, await _due(tx, service, month)) if month else 0
    rows = [{"ref": ref, "month": month, "minor": to_bill}] if to_bill else []
    if minor > to_bill:
        rows.append({"ref": f"{ref}+" if to_bill else ref, "month": "", "minor": minor - to_bill})
    written = [{**row, "service": str(service), "at": tx.now} for row in rows]
    booked = await tx.rows(
        insert(payments).values(written).on_conflict_do_nothing(index_elements=["ref"]).returning(payments.c.ref)
    )
    if booked:
        more = {"prepaid_minor": holdings.c.prepaid_minor + minor - to_bill}
        more["points"] = holdings.c.points + minor // MINOR_A_POINT
        await tx.execute(update(holdings).where(mine).values(more))
    return DONE


async def _due(tx: Transaction, service: ServiceId, month: str) -> int:
    bill = await questions.bill(tx, service, month)
    return bill.due.minor if bill is not None and bill.state == "issued" else 0


def invoice(service: ServiceId, month: str, title: str, tax_number: str, email: str) -> Doing:
    """An invoice over an issued bill, once."""

    async def do(tx: Transaction) -> Did:
        bill = await questions.bill(tx, service, month)
        if bill is None or bill.state != "issued":
            return no("bill_not_issued")
        address = email or await _address_of(tx, service)
        if not address:
            return no("no_email")
        number = f"{month.replace('-', '')}{str(new_id().int)[-8:]}"
        row = {"service": str(service), "month": month, "number": number, "title": title, "tax_number": tax_number}
        made = insert(invoices).values(**row, minor=bill.total.minor, at=tx.now).on_conflict_do_nothing()
        if await tx.scalar(made.returning(invoices.c.number)) is None:
            return no("invoiced_before")
        await mail(tx, address, f"电子发票 {number}", f"{title} {tax_number} {month} {bill.total}")
        return DONE

    return do


def itemised(service: ServiceId, month: str, email: str) -> Doing:
    """Each use and charge of an issued bill, by e-mail."""

    async def do(tx: Transaction) -> Did:
        bill = await questions.bill(tx, service, month)
        if bill is None or bill.state != "issued":
            return no("bill_not_issued")
        address = email or await _address_of(tx, service)
        if not address:
            return no("no_email")
        used = await questions.usage_records(tx, service, month, None, RECORDS_MAX)
        lines = [f"{line.at:%Y-%m-%d}\t{line.text.get('zh-CN', line.ref)}\t{line.amount}" for line in bill.lines]
        lines += [f"{one.at:%Y-%m-%d %H:%M}\t{one.kind}\t{one.quantity} {one.unit}" for one in used.records]
        await mail(tx, address, f"{month} 详单", "\n".join([*lines, f"合计\t{bill.total}"]))
        return DONE

    return do


async def _address_of(tx: Transaction, service: ServiceId) -> str:
    row = await questions.held(tx, service)
    if row is None:
        return ""
    return str(await tx.scalar(select(parties.c.email).where(parties.c.ref == row["party_ref"])) or "")
