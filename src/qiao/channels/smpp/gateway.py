"""The gateway: claims messages from post's ledger, submits them over the links that stand, writes down what is told.

Any number of gateways may run. What was submitted when a link or a gateway dies is unknown, which is never guessed;
what surely never left waits again.
"""

import asyncio
import contextlib
import itertools
import random
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DataError, DBAPIError

from qiao import post
from qiao.channels.smpp import arriving, keeping, receipts
from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.arriving import Source
from qiao.channels.smpp.link import PATIENCE, Answered, Link, Told, body_of
from qiao.channels.smpp.model_pdu import Pdu, Value
from qiao.channels.smpp.model_receipt import one_form
from qiao.channels.smpp.model_text import submissions
from qiao.channels.smpp.receipts import Submitted
from qiao.kernel.ids import MessageId
from qiao.kernel.sms import as_sms, fits
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.live import MESSAGES
from qiao.platform.settings import SmppLink
from qiao.post import Ending, Message

log = structlog.get_logger(__name__)
Done = TypeVar("Done")
CLAIM_MOST: Final = 500
AHEAD: Final = 5
"""So many windows are claimed ahead: what is urgent waits behind them, and they are unknown when a gateway dies."""
LOOK_SECONDS: Final = 0.5
SWEEP_SECONDS: Final = 15.0
HELD_MAX: Final = timedelta(seconds=60)
"""A message claimed for so long goes back, or is unknown where a part of it left; less than post.STALE_AFTER."""
LOST: Final = "the link was lost"
CLAIMED: Final = "smpp.gateway.claimed"
TOLD: Final = "smpp.gateway.told"
FAILED_AT_ONCE: Final = "more parts than can be joined"
NOT_WRITABLE: Final = "a sender that cannot be written"


@dataclass
class _Sending:
    """A message under way: how many of its parts wait for what."""

    message: Message
    of: int
    claimed_at: datetime
    taken: list[Submitted] = field(default_factory=list)
    left: int = 0
    """Parts that were handed to a link, whatever became of them."""
    over: bool = False


@dataclass(slots=True)
class _Part:
    sending: _Sending
    number: int
    body: bytes


@dataclass
class Gateway:
    """One gateway; `run` until cancelled."""

    house: House
    links: Sequence[SmppLink]
    claim_most: int = CLAIM_MOST

    def __post_init__(self) -> None:
        self.standing: dict[Link, tuple[SmppLink, Source]] = {}
        self._waiting: deque[_Part] = deque()
        self._sending: dict[MessageId, _Sending] = {}
        self._done: list[_Sending] = []
        self._endings: dict[MessageId, tuple[Ending, str]] = {}
        self._came: list[tuple[Link, Sequence[Pdu]]] = []
        self._early: list[tuple[Link, Sequence[Pdu]]] = []
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._references = itertools.count(random.randrange(256))  # noqa: S311 - joins parts, keeps no secret

    async def run(self) -> None:
        """Keep the links, send, and write down, until cancelled; then let what is under way be answered."""
        told = Told(self._answered, self._lost, self._incoming, lambda _: self._pump())
        try:
            async with asyncio.TaskGroup() as group:
                for link in self.links:
                    for _ in range(link.binds):
                        group.create_task(keeping.keep(link, told, self._up, self._down))
                group.create_task(self._send())
                group.create_task(self._write())
                group.create_task(self._sweep())
        finally:
            await self._stop()

    # links

    def _up(self, link: Link, known: SmppLink) -> None:
        source = Source(known.name, self.house.clock.now(), known.alphabet, known.ids, self.house.settings.region)
        self.standing[link] = (known, source)
        self._came, self._early = self._came + self._early, []
        self._news.set()
        self._pump()

    def _down(self, link: Link) -> None:
        self.standing.pop(link, None)

    # sending

    async def _send(self) -> None:
        async with self.house.hub.subscribe(MESSAGES) as told:
            while True:
                self._room.clear()
                wanted = self._wanted()
                if wanted <= 0:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_SECONDS):
                            await self._room.wait()
                elif not await _whole(self._claim(wanted)):
                    await told.get(LOOK_SECONDS)

    def _wanted(self) -> int:
        """How many messages may be claimed: no more than the links take soon."""
        open_now = [link for link in self.standing if link.can_submit and not link.closed.is_set()]
        if not any(link.room for link in open_now):
            return 0
        windows = sum(link.manners.window for link in open_now)
        wanted = AHEAD * windows - len(self._waiting)
        return (
            min(self.claim_most, wanted) if wanted >= AHEAD * windows // 2 else 0
        )  # few claims of many, not many of few

    async def _claim(self, wanted: int) -> int:
        try:
            async with self.house.database.transaction() as tx:
                claimed = await post.claim(tx, limit=wanted)
        except (DBAPIError, DriverError, OSError) as error:
            log.warning("smpp.not_claimed", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)
            return 0
        if claimed:
            failpoint(CLAIMED)
        for message in claimed:
            self._take_up(message)
        self._pump()
        return len(claimed)

    def _take_up(self, message: Message) -> None:
        sms = as_sms(message.text, national=self.house.settings.sms_national_tables)
        if not fits(sms) or message.recipient.kind != "mobile":
            self._end(message.id, "failed", FAILED_AT_ONCE if not fits(sms) else "no mobile number")
            return
        known = next(iter(self.standing.values()))[0] if self.standing else self.links[0]
        parts = submissions(sms, next(self._references), known.joining)
        try:
            bodies = [body_of({**_fields(message, known), **more}, tlvs) for more, tlvs in parts]
        except ValueError:  # a sender in letters that no PDU can hold
            self._end(message.id, "failed", NOT_WRITABLE)
            return
        sending = _Sending(message, len(parts), self.house.clock.now())
        self._sending[message.id] = sending
        self._waiting.extend(_Part(sending, number, body) for number, body in enumerate(bodies, 1))

    def _pump(self) -> None:
        """Hand parts to links with room, the emptiest first."""
        while self._waiting:
            free = [link for link in self.standing if link.room > 0]
            if not free:
                return
            link = max(free, key=lambda one: one.room)
            for _ in range(min(link.room, len(self._waiting))):
                part = self._waiting.popleft()
                if not part.sending.over:
                    part.sending.left += 1
                    link.submit(part, part.body)
        self._room.set()

    # what links tell

    def _answered(self, link: Link, answers: Sequence[Answered]) -> None:
        known = self.standing[link][0] if link in self.standing else self.links[0]
        for answer in answers:
            part: _Part = answer.reference
            sending = part.sending
            if answer.status in PATIENCE:
                sending.left -= 1
                self._waiting.appendleft(part)
            elif answer.status != smpp.OK:
                self._finish(sending, "failed", f"smpp status {answer.status:#06x}")
            else:
                centre_id = one_form(answer.message_id, known.ids, in_receipt=False)
                sending.taken.append(Submitted(sending.message.id, part.number, sending.of, known.name, centre_id))
                if len(sending.taken) == sending.of and not sending.over:
                    self._finish(sending)
        self._news.set()

    def _lost(self, link: Link, references: Sequence[_Part]) -> None:
        for part in references:
            self._finish(part.sending, "unknown", LOST)
        self._news.set()

    def _incoming(self, link: Link, pdus: Sequence[Pdu]) -> None:
        (self._came if link in self.standing else self._early).append((link, pdus))
        self._news.set()

    def _finish(self, sending: _Sending, ending: Ending | None = None, reason: str = "") -> None:
        if sending.over:
            return
        sending.over = True
        self._sending.pop(sending.message.id, None)
        if sending.taken:
            self._done.append(sending)
        if ending is not None:
            self._end(sending.message.id, ending, reason)

    def _end(self, message_id: MessageId, ending: Ending, reason: str) -> None:
        self._endings[message_id] = (ending, reason)
        self._news.set()

    # writing down

    async def _write(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._done or self._endings or self._came:
                await _whole(self._write_once())

    async def _write_once(self) -> None:
        done, self._done = self._done, []
        endings, self._endings = self._endings, {}
        came, self._came = self._came, []
        try:
            async with self.house.database.transaction() as tx:
                await self._tell(tx, done, endings)
                for link, pdus in came:
                    if link in self.standing:
                        await arriving.take(tx, self.standing[link][1], pdus)
                failpoint(TOLD)
        except (DBAPIError, DriverError, OSError) as error:
            log.warning("smpp.not_written", error=type(error).__name__)
            self._done, self._endings = done + self._done, endings | self._endings
            if isinstance(error, DataError) and came:
                await self._one_by_one(came)
                return
            for link, _ in came:  # not acknowledged: the centre delivers it again over the next link
                link.close("our database is away")
            await asyncio.sleep(LOOK_SECONDS)
            return
        for link, pdus in came:
            if not link.closed.is_set():
                for pdu in pdus:
                    link.respond(pdu)

    async def _one_by_one(self, came: Sequence[tuple[Link, Sequence[Pdu]]]) -> None:
        """Among these is one that no row can hold: it alone is refused for good, or it would come back for ever."""
        for link, pdu in [(link, pdu) for link, pdus in came for pdu in pdus]:
            if link not in self.standing:
                continue
            try:
                async with self.house.database.transaction() as tx:
                    await arriving.take(tx, self.standing[link][1], [pdu])
            except DataError:
                log.warning("smpp.not_taken", sequence=pdu.sequence)
                link.respond(pdu, smpp.NOT_TAKEN)
            except (DBAPIError, DriverError, OSError):
                link.close("our database is away")
            else:
                link.respond(pdu)

    async def _tell(
        self, tx: Transaction, done: Sequence[_Sending], endings: dict[MessageId, tuple[Ending, str]]
    ) -> None:
        parts = [part for sending in done for part in sending.taken]
        await receipts.write(tx, parts)
        await post.submitted(tx, message_ids=[one.message.id for one in done if one.message.id not in endings])
        await post.settle_all(tx, endings)
        await receipts.overtaken(tx, parts)

    # looking after

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self._let_go(HELD_MAX)
            await self._give_back()
            try:
                async with self.house.database.transaction() as tx:
                    await receipts.sweep(tx)
                    await arriving.sweep(tx)
            except (DBAPIError, DriverError, OSError) as error:
                log.warning("smpp.not_swept", error=type(error).__name__)

    def _let_go(self, after: timedelta) -> None:
        """Messages held for too long, as no link takes them."""
        before = self.house.clock.now() - after
        for sending in [one for one in self._sending.values() if one.claimed_at <= before]:
            if sending.left:
                self._finish(sending, "unknown", LOST)

    async def _give_back(self, after: timedelta = HELD_MAX) -> None:
        """Those of which no part left wait again, for us or another gateway."""
        before = self.house.clock.now() - after
        back = [one for one in self._sending.values() if not one.left and one.claimed_at <= before]
        for sending in back:
            self._finish(sending)
        self._waiting = deque(part for part in self._waiting if not part.sending.over)
        if back:
            async with self.house.database.transaction() as tx:
                await post.give_back(tx, message_ids=[one.message.id for one in back])

    async def _stop(self) -> None:
        """The links have left, answered: write down what they told, give back what never left."""
        self._let_go(timedelta())
        with contextlib.suppress(DBAPIError, DriverError, OSError):
            await self._give_back(timedelta())
            while self._done or self._endings:
                await self._write_once()


async def _whole(work: Coroutine[Any, Any, Done]) -> Done:
    """Do this to its end, also when we are told to stop meanwhile: half of it would be known to nobody."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _fields(message: Message, known: SmppLink) -> dict[str, Value]:
    sender = message.sender or known.sender
    plain = sender.removeprefix("+")
    return {
        "source_ton": known.source_ton if plain.isdecimal() else arriving.ALPHANUMERIC,
        "source_npi": known.source_npi if plain.isdecimal() else 0,
        "source": plain[:20],
        "destination_ton": arriving.INTERNATIONAL,
        "destination_npi": 1,
        "destination": message.recipient.value.removeprefix("+"),
        "registered": 1,
        "priority": 3 if message.urgent else 0,
    }


async def run(house: House) -> None:
    """Run a gateway over the links that are set, until cancelled. Raises NoLinks."""
    if not house.settings.smpp_links:
        raise NoLinks
    await Gateway(house, house.settings.smpp_links).run()


class NoLinks(Exception):
    """No link to a centre is set."""
