"""Signing in: password, then the second factor where it is asked; the same answer for whoever is not known."""

from dataclasses import dataclass
from typing import Final

from qiao.kernel.ids import AgentId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform import audit, sessions
from qiao.platform.clock import MachineClock
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Actor, Level
from qiao.platform.second_factor import CodeAlreadyUsed, totp_check, totp_is_on, use_recovery_code
from qiao.platform.sessions import Session
from qiao.platform.sign_in import SignInGate, SignInRefused, verify_password
from qiao.platform.signing import Keys
from qiao.staff import queries
from qiao.staff.model import Agent

RECOVERY_CHARACTERS: Final = 10


class SecondFactorNeeded(Refused):
    """The password was right; the code of the authenticator is still to come."""

    code = "staff.second_factor_needed"
    status = 401
    text = N_("Please enter the code of your authenticator as well. You are not signed in yet.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` goes into the cookie and is seen only now; `enroll` says that a second factor is still to be set up."""

    token: str
    session: Session
    agent: Agent
    enroll: bool = False


async def sign_in(
    house: House, *, login: str, password: str, code: str = "", address: str = "", user_agent: str = ""
) -> SignedIn:
    """Sign a member of staff in. Call with no transaction open: each wrong try is committed by itself.

    Raises TooManyTries, SignInRefused (one answer for unknown name, wrong password, wrong code, left staff),
    CodeAlreadyUsed, and SecondFactorNeeded when only the code is missing.
    """
    gate = SignInGate(house.database, "staff")
    await gate.may_try(account=login, address=address)
    async with house.database.transaction() as tx:
        found = await queries.agent_by_login(tx, login)
        kept = await queries.password_hash(tx, found.id) if found is not None and found.active else None
    right = await verify_password(password, kept)
    if not right or found is None:
        await gate.note_failure(account=login, address=address)
        raise SignInRefused
    if await _asks_for_code(house, found):
        if not code.strip():
            raise SecondFactorNeeded  # the try stays counted, or codes could be guessed without end
        await _take_code(house, gate, found, code, login=login, address=address)
    await gate.note_success(account=login, address=address)
    return await _begin(house, found, user_agent)


async def _asks_for_code(house: House, found: Agent) -> bool:
    async with house.database.transaction() as tx:
        return await totp_is_on(tx, subject=_subject(found.id))


async def _take_code(house: House, gate: SignInGate, found: Agent, code: str, *, login: str, address: str) -> None:
    keys = house.get(Keys)
    try:
        async with house.database.transaction() as tx:
            if len(code.replace("-", "").strip()) == RECOVERY_CHARACTERS:
                await use_recovery_code(tx, keys, subject=_subject(found.id), code=code)
            else:
                await totp_check(tx, keys, subject=_subject(found.id), code=code, at=MachineClock().now())
    except (SignInRefused, CodeAlreadyUsed):
        await gate.note_failure(account=login, address=address)
        raise


async def _begin(house: House, found: Agent, user_agent: str) -> SignedIn:
    async with house.database.transaction() as tx:
        enroll = found.needs_second_factor and not await totp_is_on(tx, subject=_subject(found.id))
        token, session = await sessions.begin(
            tx,
            audience="staff",
            subject_id=found.id,
            seconds_max=house.settings.session_seconds_max,
            language=found.language,
            user_agent=user_agent,
            data={"enroll": True} if enroll and house.settings.mode == "production" else {},
        )
        await audit.record(
            tx, actor=f"agent:{found.id}", act="do.sign_in", unit_id=found.unit_id, details={}, once=False
        )
    return SignedIn(token, session, found, enroll=bool(session.data.get("enroll")))


def _subject(agent_id: AgentId) -> str:
    return f"agent:{agent_id}"


async def actor(tx: Transaction, session: Session) -> Actor | None:
    """Whoever a session belongs to, with what he may do now; None for somebody who has left.

    Until a second factor that his rights ask for is set up, the session opens none of them.
    """
    found = (await queries.agents_by_ids(tx, [AgentId(session.subject_id)])).get(AgentId(session.subject_id))
    if found is None or not found.active:
        return None
    return Actor(
        kind="staff",
        id=found.id,
        name=found.name,
        unit_id=found.unit_id,
        rights=frozenset() if session.data.get("enroll") else found.rights,
        language=session.language or found.language,
        session_id=session.id,
        csrf=session.csrf,
        level=Level.UNKNOWN,
    )
