"""Setting up an authenticator: its key, the first code, and recovery codes that are shown once."""

from typing import Any, Final

from litestar import Response, get, post

from qiao import staff
from qiao.desk.forms import AnyRequest
from qiao.desk.sign_in_carry import address_of
from qiao.desk.typed import read, sentence
from qiao.kernel.ids import AgentId
from qiao.platform import audit, sessions
from qiao.platform.clock import MachineClock
from qiao.platform.database import Transaction
from qiao.platform.policy import Access, Actor
from qiao.platform.second_factor import CodeAlreadyUsed, totp_begin, totp_confirm, totp_is_on, totp_link
from qiao.platform.sign_in import SignInGate, SignInRefused, TooManyTries
from qiao.platform.signing import Keys
from qiao.platform.web import carry_session, house_of, page, require_actor

STAFF: Final = {"access": Access(audience="staff")}


@get("/desk/second-factor", opt=STAFF, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """Whether there is one, and why it is worth having."""
    actor = require_actor(request)
    async with house_of(request).database.transaction() as tx:
        on = await totp_is_on(tx, subject=actor.reference)
    return _page(request, on=on)


def _page(request: AnyRequest, *, status: int = 200, **context: Any) -> Response[str]:
    shown = {"on": False, "seed": "", "link": "", "codes": (), "refused": "", **context}
    return page(request, "desk/second_factor.html", status=status, **shown)


@post("/desk/second-factor/begin", opt=STAFF, include_in_schema=False, status_code=200)
async def begin(request: AnyRequest) -> Response[str]:
    """A key for a new authenticator; the one in use stays until the new one has shown a code."""
    house, actor = house_of(request), require_actor(request)
    async with house.database.transaction() as tx:
        seed = await totp_begin(tx, house.get(Keys), subject=actor.reference)
        person = await staff.agent(tx, AgentId(actor.id))
    return _page(request, seed=seed, link=totp_link(seed, login=person.login))


@post("/desk/second-factor", opt=STAFF, include_in_schema=False, status_code=200)
async def confirm(request: AnyRequest) -> Response[str]:
    """The first code of the new authenticator; the session goes on under a new token, with all its rights."""
    house, actor = house_of(request), require_actor(request)
    typed = await read(request)
    gate = SignInGate(house.database, "staff")
    account, address = f"enroll:{actor.id}", address_of(request)
    try:
        await gate.may_try(account=account, address=address)
        async with house.database.transaction() as tx:
            codes = await totp_confirm(
                tx, house.get(Keys), subject=actor.reference, code=typed["code"], at=MachineClock().now()
            )
            token, session = await _open_up(tx, actor)
            await audit.record(tx, actor=actor.reference, act="do.second_factor", unit_id=actor.unit_id, once=False)
    except (SignInRefused, CodeAlreadyUsed, TooManyTries) as refused:
        again = _page(request, status=refused.status, seed=typed["seed"][:64], refused=sentence(request, refused))
        again.headers["X-Refusal-Code"] = refused.code
        return again
    await gate.note_success(account=account, address=address)
    answer = _page(request, on=True, codes=codes, csrf=session.csrf)
    carry_session(answer, house, "staff", token)
    return answer


async def _open_up(tx: Transaction, actor: Actor) -> tuple[str, sessions.Session]:
    """What the session opens has changed, so its tokens do: the new one, and the session."""
    every = await sessions.all_of(tx, audience="staff", subject_id=actor.id)
    [mine] = [session for session in every if session.id == actor.session_id]
    await sessions.change(tx, mine.id, data={name: told for name, told in mine.data.items() if name != "enroll"})
    return await sessions.rotate(tx, mine)


ROUTES: Final = (show, begin, confirm)
