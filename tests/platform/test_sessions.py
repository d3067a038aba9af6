"""Sessions: tokens, sides, locks, rotation."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from qiao.platform import sessions
from qiao.platform.database import Database, Transaction
from qiao.platform.live import Hub
from qiao.platform.policy import Level
from qiao.platform.sessions import Audience, Cookie, Session, cookie

IDLE = 15 * 60


async def signed_in(
    tx: Transaction, audience: Audience = "staff", subject_id: UUID | None = None
) -> tuple[str, Session]:
    return await sessions.begin(
        tx, audience=audience, subject_id=subject_id or uuid4(), seconds_max=12 * 3600, user_agent="Firefox/140"
    )


def later(tx: Transaction, **by: float) -> Transaction:
    return Transaction(tx.connection, tx.now + timedelta(**by))


async def test_a_session_is_found_by_its_token_on_its_own_side_only(tx: Transaction) -> None:
    token, session = await signed_in(tx)
    assert await sessions.find(tx, token=token, audience="staff", user_agent="Firefox/140") == session
    assert await sessions.find(tx, token=token, audience="customer") is None
    assert await sessions.find(tx, token=token, audience="staff", user_agent="Chrome/150") is None


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 100_000, "ключ", "\x00", "\ud800"])
async def test_what_is_no_token_finds_nothing(tx: Transaction, token: str) -> None:
    await signed_in(tx)
    assert await sessions.find(tx, token=token, audience="staff") is None


async def test_the_token_is_not_in_the_database(tx: Transaction) -> None:
    token, session = await signed_in(tx)
    row = await tx.one(select(sessions.sessions).where(sessions.sessions.c.id == session.id))
    assert row is not None
    assert token not in str(dict(row))
    assert token.encode() not in row["token_hash"]
    assert len(token) >= 43


async def test_tokens_and_form_tokens_are_all_different(tx: Transaction) -> None:
    made = [await signed_in(tx) for _ in range(20)]
    assert len({token for token, _ in made} | {session.csrf for _, session in made}) == 40


async def test_a_session_ends_at_its_time(tx: Transaction) -> None:
    token, _ = await signed_in(tx)
    assert await sessions.find(later(tx, hours=11, minutes=59), token=token, audience="staff")
    assert await sessions.find(later(tx, hours=12), token=token, audience="staff") is None
    assert await sessions.sweep(later(tx, hours=12)) >= 1
    assert await tx.scalar(select(func.count()).select_from(sessions.sessions)) == 0


async def test_a_staff_screen_locks_after_a_quarter_of_an_hour_without_a_click(tx: Transaction) -> None:
    token, session = await signed_in(tx)
    at = later(tx, minutes=14)
    await sessions.touch(at, session, idle_seconds_max=IDLE)
    found = await sessions.find(later(tx, minutes=28), token=token, audience="staff")
    assert found is not None
    assert not found.is_locked(tx.now + timedelta(minutes=28), IDLE)
    assert found.is_locked(tx.now + timedelta(minutes=29), IDLE)
    late = later(tx, minutes=40)
    await sessions.touch(late, found, idle_seconds_max=IDLE)
    still = await sessions.find(late, token=token, audience="staff")
    assert still is not None
    assert still.is_locked(late.now, IDLE), "a click does not open a locked screen"
    fresh, opened = await sessions.unlock(late, still)
    assert not opened.is_locked(late.now, IDLE)
    assert await sessions.find(late, token=token, audience="staff") is None
    assert await sessions.find(late, token=fresh, audience="staff") == opened


async def test_a_customers_page_does_not_lock(tx: Transaction) -> None:
    _, session = await signed_in(tx, "customer")
    assert not session.is_locked(tx.now + timedelta(hours=5), IDLE)


async def test_a_person_may_lock_the_screen(tx: Transaction) -> None:
    token, session = await signed_in(tx)
    await sessions.lock(tx, session)
    found = await sessions.find(tx, token=token, audience="staff")
    assert found is not None
    assert found.is_locked(tx.now, IDLE)
    await sessions.touch(later(tx, minutes=2), found, idle_seconds_max=IDLE)
    again = await sessions.find(tx, token=token, audience="staff")
    assert again is not None
    assert again.seen_at == session.seen_at


async def test_clicks_are_written_once_a_minute(tx: Transaction) -> None:
    token, session = await signed_in(tx)
    await sessions.touch(later(tx, seconds=59), session, idle_seconds_max=IDLE)
    found = await sessions.find(tx, token=token, audience="staff")
    assert found is not None
    assert found.seen_at == session.seen_at
    await sessions.touch(later(tx, seconds=60), session, idle_seconds_max=IDLE)
    found = await sessions.find(tx, token=token, audience="staff")
    assert found is not None
    assert found.seen_at == session.seen_at + timedelta(seconds=60)


async def test_proof_of_identity_changes_both_tokens(tx: Transaction) -> None:
    token, session = await signed_in(tx, "customer")
    fresh, proved = await sessions.rotate(tx, session, level=Level.ONE_FACTOR)
    assert proved.level is Level.ONE_FACTOR
    assert proved.id == session.id
    assert proved.csrf != session.csrf
    assert await sessions.find(tx, token=token, audience="customer") is None
    assert await sessions.find(tx, token=fresh, audience="customer") == proved
    await sessions.lower(tx, session.id, level=Level.TWO_FACTORS)
    await sessions.lower(tx, session.id, level=Level.NUMBER_SEEN)
    found = await sessions.find(tx, token=fresh, audience="customer")
    assert found is not None
    assert found.level is Level.NUMBER_SEEN


async def test_an_ended_session_cannot_be_rotated(tx: Transaction) -> None:
    token, session = await signed_in(tx)
    await sessions.end(tx, session)
    assert await sessions.find(tx, token=token, audience="staff") is None
    with pytest.raises(LookupError):
        await sessions.rotate(tx, session)


async def test_somebody_is_signed_out_everywhere_but_here(tx: Transaction) -> None:
    who = uuid4()
    here, kept = await signed_in(tx, subject_id=who)
    for _ in range(3):
        await signed_in(tx, subject_id=who)
    other, _ = await signed_in(tx)
    assert len(await sessions.all_of(tx, audience="staff", subject_id=who)) == 4
    assert await sessions.end_all(tx, audience="customer", subject_id=who) == 0
    assert await sessions.end_all(tx, audience="staff", subject_id=who, but=kept.id) == 3
    assert await sessions.all_of(tx, audience="staff", subject_id=who) == [kept]
    assert await sessions.find(tx, token=here, audience="staff") == kept
    assert await sessions.find(tx, token=other, audience="staff")


async def test_preferences_are_kept_without_a_new_token(tx: Transaction) -> None:
    token, session = await signed_in(tx)
    await sessions.change(tx, session.id)
    await sessions.change(tx, session.id, language="en", theme="dark", data={"next": "/desk"})
    found = await sessions.find(tx, token=token, audience="staff")
    assert found is not None
    assert (found.language, found.theme, found.data) == ("en", "dark", {"next": "/desk"})


async def test_open_streams_hear_that_their_session_ended(database: Database) -> None:
    hub = Hub(database.url)
    running = asyncio.create_task(hub.run())
    who = uuid4()
    async with database.transaction() as tx:
        _, session = await signed_in(tx, subject_id=who)
    async with hub.subscribe() as heard:
        async with asyncio.timeout(10):
            await hub.connected.wait()
        await heard.get()
        async with database.transaction() as tx:
            await sessions.end_all(tx, audience="staff", subject_id=who)
        assert session.topic in await heard.get(10)
    running.cancel()


def test_cookies_cannot_be_read_by_scripts_or_sent_by_other_sites() -> None:
    assert cookie("staff", "t", https=False, max_age=60) == Cookie("qiao_staff", "t", 60, secure=False)
    over_https = cookie("customer", "t", https=True, max_age=60)
    assert (over_https.name, over_https.secure, over_https.path) == ("__Host-qiao_customer", True, "/")
    assert over_https.http_only
    assert over_https.same_site == "lax"
    assert cookie("staff", "", https=False, max_age=60).max_age == 0
