"""The sandbox's payment provider on a page: another house than ours, which stands here only in the demo."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from qiao.bss import Payments
from qiao.bss.sandbox import SandboxPayments, page_of, settle_page
from qiao.kernel.money import Money
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page, see_other

PUBLIC: Final = {"access": Access(audience="public")}


@get("/demo/pay/{ref:str}", opt=PUBLIC, include_in_schema=False)
async def show(request: Request[Any, Any, Any], ref: FromPath[str]) -> Response[Any]:
    """What is to be paid, and where to type the card."""
    return await _show(request, ref, wrong=False)


@post("/demo/pay/{ref:str}", opt=PUBLIC, include_in_schema=False, status_code=200)
async def pay(request: Request[Any, Any, Any], ref: FromPath[str]) -> Response[Any]:
    """Paid, or given up; then back to whoever sent the payer here. The card is looked at and kept nowhere."""
    form = await request.form()
    told = form.get("card")
    card = None if form.get("give_up") else (told if isinstance(told, str) else "")[:40]
    async with house_of(request).database.transaction() as tx:
        became = await settle_page(tx, ref, card=card)
        row = await page_of(tx, ref)
        now = tx.now
    if became == "not_a_card":
        return await _show(request, ref, wrong=True)
    provider = house_of(request).get(Payments)
    assert isinstance(provider, SandboxPayments)
    return see_other(provider.way_back(row, now))


async def _show(request: Request[Any, Any, Any], ref: str, *, wrong: bool) -> Response[Any]:
    async with house_of(request).database.transaction() as tx:
        row = await page_of(tx, ref)
        open_still = row["state"] == "waiting" and tx.now < row["until"]
    amount = Money(row["minor"], row["currency"])
    status = 400 if wrong else 200
    return page(request, "demo/pay.html", status=status, ref=ref, amount=amount, open_still=open_still, wrong=wrong)


ROUTES: Final = (show, pay)
