"""The sandbox's payment provider: a house of his own, on a port of his own, a process of the demo.

Qiao's processes serve none of these pages, so that no card number ever passes through them. What became of a payment is
told to Qiao by a signed notice, until it is taken.
"""

import asyncio
import contextlib
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import structlog
import uvicorn
from litestar import Litestar, Request, Response, get, post
from litestar.params import FromPath

from qiao.app.house import open_house
from qiao.app.listening import uvicorn_config
from qiao.bss import Payments
from qiao.bss.sandbox import SandboxPayments, due_notices, note_told, page_of, settle_page
from qiao.kernel.money import Money
from qiao.platform.house import House
from qiao.platform.i18n import Texts
from qiao.platform.policy import Access, Actor
from qiao.platform.settings import Settings
from qiao.platform.telemetry import set_up_logging
from qiao.platform.web import Pages, WebParts, build_app, house_of, page

log = structlog.get_logger(__name__)
PUBLIC: Final = {"access": Access(audience="public")}
CARD_CHARACTERS_MAX: Final = 40
LOOK_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 5.0


@get("/pay/{ref:str}", opt=PUBLIC, include_in_schema=False)
async def show(request: Request[Any, Any, Any], ref: FromPath[str]) -> Response[Any]:
    """What is to be paid, and where to type the card. Raises NotFound."""
    return await _show(request, ref, wrong=False)


@post("/pay/{ref:str}", opt=PUBLIC, include_in_schema=False, status_code=200)
async def pay(request: Request[Any, Any, Any], ref: FromPath[str]) -> Response[Any]:
    """Paid, or given up; then back to whoever sent the payer here. The card is looked at and kept nowhere."""
    form = await request.form()
    told = form.get("card")
    card = None if form.get("give_up") else (told if isinstance(told, str) else "")[:CARD_CHARACTERS_MAX]
    async with house_of(request).database.transaction() as tx:
        became = await settle_page(tx, ref, card=card)
        row = await page_of(tx, ref)
        now = tx.now
    if became == "not_a_card":
        return await _show(request, ref, wrong=True)
    request.app.state.settled.set()
    return Response(None, status_code=303, headers={"Location": _provider(house_of(request)).way_back(row, now)})


@get("/style.css", opt=PUBLIC, include_in_schema=False)
async def style(request: Request[Any, Any, Any]) -> Response[str]:
    """How his pages look: not as ours do, since he is somebody else."""
    pages: Pages = request.app.state.pages
    return Response(pages.render("demo/pay.css", "en", {}), media_type="text/css")


async def _show(request: Request[Any, Any, Any], ref: str, *, wrong: bool) -> Response[Any]:
    async with house_of(request).database.transaction() as tx:
        row = await page_of(tx, ref)
        open_still = row["state"] == "waiting" and tx.now < row["until"]
    amount = Money(row["minor"], row["currency"])
    status = 400 if wrong else 200
    answer = page(request, "demo/pay.html", status=status, ref=ref, amount=amount, open_still=open_still, wrong=wrong)
    home = urlsplit(row["return_url"])
    # the form's answer leads back to who sent the payer, and a browser counts that as part of the form's action
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action 'self' {home.scheme}://{home.netloc}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return answer


def build_provider(house: House) -> Litestar:
    """His pages; `app.state.settled` is set when a payment is."""

    async def nobody(_: House, side: str, token: str, by_hand: bool) -> Actor | None:
        return None  # cookies know no ports: whoever is signed in at Qiao is a stranger here

    pages = Pages(["qiao.app.demo"], house.get(Texts), mode=house.settings.mode)
    return build_app(WebParts(house, pages, nobody, [show, pay, style], state={"settled": asyncio.Event()}))


async def tell_all(house: House, http: httpx2.AsyncClient) -> int:
    """Tell what is due to be told, once each; returns how many were taken."""
    async with house.database.transaction() as tx:
        due = await due_notices(tx)
        now = tx.now
    taken = 0
    for row in due:
        body = _provider(house).notice(row, now)
        try:
            answer = await http.post(row["notice_url"], content=body, headers={"Content-Type": "text/plain"})
            here = answer.is_success
        except (httpx2.HTTPError, httpx2.InvalidURL):
            here = False
        if not here:
            log.warning("provider.notice_not_taken", ref=row["ref"])
        async with house.database.transaction() as tx:
            await note_told(tx, row["ref"], taken=here)
        taken += here
    return taken


async def serve(settings: Settings) -> None:
    """Until told to stop, on `demo_pay_port`."""
    set_up_logging(settings)
    async with open_house(settings) as house:
        app = build_provider(house)
        telling = asyncio.create_task(_keep_telling(house, app.state.settled))
        own = settings.model_copy(update={"port": settings.demo_pay_port})
        await uvicorn.Server(uvicorn_config(app, own)).serve()
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling


async def _keep_telling(house: House, settled: asyncio.Event) -> None:
    async with httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http:
        while True:
            settled.clear()
            try:
                await tell_all(house, http)
            except Exception as error:  # noqa: BLE001 - the database comes back, and the rows say what to tell
                log.warning("provider.round_failed", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await settled.wait()


def _provider(house: House) -> SandboxPayments:
    found = house.get(Payments)
    assert isinstance(found, SandboxPayments)
    return found
