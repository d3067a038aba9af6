"""Sessions of staff and of customers: rows on our side, a random token in a cookie, two cookies that never meet.

The row holds a hash of the token, so a copy of the database signs nobody in. A token changes whenever what it opens
changes (sign-in, proof of identity, role). A staff session that nobody clicked in for `session_idle_seconds_max` is
locked: the person proves the password again and finds everything as it was (NIST SP 800-63B-4, section 2.2.3).
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    RowMapping,
    Table,
    Text,
    Uuid,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.kernel.ids import new_id
from qiao.platform.database import Transaction, metadata
from qiao.platform.live import touch as tell
from qiao.platform.policy import Level

Audience = Literal["staff", "customer"]
NAMES: Final[dict[Audience, str]] = {"staff": "qiao_staff", "customer": "qiao_customer"}
TOKEN_BYTES: Final = 32
SEEN_AT_MOST_EVERY: Final = timedelta(minutes=1)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("audience", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("locked_at", DateTime(timezone=True)),
    Column("language", Text, nullable=False, server_default=""),
    Column("theme", Text, nullable=False, server_default="system"),
    Column("level", Integer, nullable=False, server_default="0"),
    Column("csrf", Text, nullable=False),
    Column("agent_hash", LargeBinary, nullable=False),
    Column("data", JSONB, nullable=False, server_default="{}"),
    Index("ix_sessions_subject_id", "subject_id"),
    Index("ix_sessions_expires_at", "expires_at"),
)


@dataclass(frozen=True)
class Session:
    """Somebody signed in on one side, on one browser."""

    id: UUID
    audience: Audience
    subject_id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    locked_at: datetime | None
    language: str
    theme: str
    level: Level
    csrf: str
    data: Mapping[str, Any]

    @property
    def topic(self) -> str:
        """The live topic that is touched when the session ends, is locked or changes what it opens."""
        return f"session:{self.id}"

    def is_locked(self, now: datetime, idle_seconds_max: int) -> bool:
        """Whether the screen is locked: by the person, or (staff) because nobody clicked for too long."""
        idle = self.audience == "staff" and now - self.seen_at >= timedelta(seconds=idle_seconds_max)
        return self.locked_at is not None or idle


@dataclass(frozen=True)
class Cookie:
    """The attributes of a cookie to set (RFC 6265bis); `max_age` in seconds, 0 to remove it."""

    name: str
    value: str
    max_age: int
    secure: bool
    path: str = "/"
    http_only: bool = True
    same_site: Literal["lax"] = "lax"


def cookie_name(audience: Audience, *, https: bool) -> str:
    """The cookie of this side; over https with the prefix that binds it to this host and to https."""
    return f"__Host-{NAMES[audience]}" if https else NAMES[audience]


def cookie(audience: Audience, token: str, *, https: bool, max_age: int) -> Cookie:
    """The cookie that carries a token; an empty token removes it."""
    return Cookie(cookie_name(audience, https=https), token, max_age if token else 0, secure=https)


async def begin(
    tx: Transaction,
    *,
    audience: Audience,
    subject_id: UUID,
    seconds_max: int,
    language: str = "",
    theme: str = "system",
    level: Level = Level.UNKNOWN,
    user_agent: str = "",
    data: Mapping[str, Any] | None = None,
) -> tuple[str, Session]:
    """Sign in: the token for the cookie, seen only now, and the session; it ends after `seconds_max`."""
    token = _token()
    made = sessions.insert().values(
        id=new_id(),
        token_hash=_hash(token),
        audience=audience,
        subject_id=subject_id,
        created_at=tx.now,
        seen_at=tx.now,
        expires_at=tx.now + timedelta(seconds=seconds_max),
        language=language,
        theme=theme,
        level=int(level),
        csrf=secrets.token_urlsafe(24),
        agent_hash=_hash(user_agent),
        data=dict(data or {}),
    )
    row = await tx.one(made.returning(sessions))
    assert row is not None
    return token, _session(row)


async def find(tx: Transaction, *, token: str, audience: Audience, user_agent: str | None = None) -> Session | None:
    """The session behind a cookie; None when it is unknown, over, of the other side or from another browser.

    Look at `is_locked` before opening anything. `user_agent` None leaves the browser out of it.
    """
    if not 0 < len(token) <= 128:
        return None
    row = await tx.one(
        select(sessions).where(
            sessions.c.token_hash == _hash(token), sessions.c.audience == audience, sessions.c.expires_at > tx.now
        )
    )
    if row is None:
        return None
    if user_agent is not None and not hmac.compare_digest(row["agent_hash"], _hash(user_agent)):
        return None
    return _session(row)


async def touch(tx: Transaction, session: Session, *, idle_seconds_max: int) -> None:
    """Note that the person did something; written once a minute. Not for what a page fetches by itself.

    Does nothing to a locked session: only `unlock` opens it.
    """
    if tx.now - session.seen_at < SEEN_AT_MOST_EVERY or session.is_locked(tx.now, idle_seconds_max):
        return
    await tx.execute(
        update(sessions)
        .where(sessions.c.id == session.id, sessions.c.locked_at.is_(None), sessions.c.seen_at < tx.now)
        .values(seen_at=tx.now)
    )


async def change(
    tx: Transaction,
    session_id: UUID,
    *,
    language: str | None = None,
    theme: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Keep what the person prefers, or replace what the session carries; opens nothing, so the token stays."""
    given = {"language": language, "theme": theme, "data": dict(data) if data is not None else None}
    values = {name: value for name, value in given.items() if value is not None}
    if values:
        await tx.execute(update(sessions).where(sessions.c.id == session_id).values(**values))


async def rotate(tx: Transaction, session: Session, *, level: Level | None = None) -> tuple[str, Session]:
    """The same session under a new token and a new form token, when what it opens changes; the old one is over."""
    token = _token()
    changed = update(sessions).where(sessions.c.id == session.id)
    row = await tx.one(
        changed.values(
            token_hash=_hash(token),
            csrf=secrets.token_urlsafe(24),
            level=int(session.level if level is None else level),
            seen_at=tx.now,
        ).returning(sessions)
    )
    if row is None:
        raise LookupError(f"session {session.id} is over")
    await tell(tx, session.topic)
    return token, _session(row)


async def lower(tx: Transaction, session_id: UUID, *, level: Level) -> None:
    """Take proof away again (a new contact, a new holder of the number); never raises the level."""
    await tx.execute(
        update(sessions).where(sessions.c.id == session_id, sessions.c.level > int(level)).values(level=int(level))
    )
    await tell(tx, f"session:{session_id}")


async def locked(tx: Transaction, session_id: UUID, *, idle_seconds_max: int) -> bool:
    """Whether this session is locked, or over."""
    row = await tx.one(select(sessions).where(sessions.c.id == session_id, sessions.c.expires_at > tx.now))
    return row is None or _session(row).is_locked(tx.now, idle_seconds_max)


async def lock(tx: Transaction, session: Session) -> None:
    """Lock the screen now."""
    await tx.execute(update(sessions).where(sessions.c.id == session.id).values(locked_at=tx.now))
    await tell(tx, session.topic)


async def unlock(tx: Transaction, session: Session) -> tuple[str, Session]:
    """Open a locked session after the password was proved again, under a new token."""
    await tx.execute(update(sessions).where(sessions.c.id == session.id).values(locked_at=None))
    return await rotate(tx, session)


async def end(tx: Transaction, session: Session) -> None:
    """Sign out."""
    await tx.execute(delete(sessions).where(sessions.c.id == session.id))
    await tell(tx, session.topic)


async def end_all(tx: Transaction, *, audience: Audience, subject_id: UUID, but: UUID | None = None) -> int:
    """Sign somebody out everywhere: role changed, password reset, seat taken elsewhere. Returns how many ended."""
    mine: list[ColumnElement[bool]] = [sessions.c.audience == audience, sessions.c.subject_id == subject_id]
    if but is not None:
        mine.append(sessions.c.id != but)
    ended = await tx.rows(delete(sessions).where(*mine).returning(sessions.c.id))
    for row in ended:
        await tell(tx, f"session:{row['id']}")
    return len(ended)


async def all_of(tx: Transaction, *, audience: Audience, subject_id: UUID) -> list[Session]:
    """Where somebody is signed in, newest first."""
    mine = select(sessions).where(
        sessions.c.audience == audience, sessions.c.subject_id == subject_id, sessions.c.expires_at > tx.now
    )
    return [_session(row) for row in await tx.rows(mine.order_by(sessions.c.created_at.desc()))]


async def sweep(tx: Transaction) -> int:
    """Remove sessions that are over; returns how many."""
    return (await tx.execute(delete(sessions).where(sessions.c.expires_at <= tx.now))).rowcount


def _token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _hash(text: str) -> bytes:
    """Enough for 256 random bits; a password would need more."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _session(row: RowMapping) -> Session:
    names = ("id", "audience", "subject_id", "created_at", "seen_at", "expires_at", "locked_at", "language", "theme")
    return Session(**{name: row[name] for name in names}, level=Level(row["level"]), csrf=row["csrf"], data=row["data"])
