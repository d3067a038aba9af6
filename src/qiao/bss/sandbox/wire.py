"""The line to the sandbox, as an adapter to a real operator would keep it: with time-outs, trusting no answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import select

from qiao.bss.model import Outcome
from qiao.bss.ports import OperatorAway
from qiao.bss.sandbox import doing, questions
from qiao.bss.sandbox.store import misbehaviour
from qiao.platform.database import Database, Transaction

log = structlog.get_logger(__name__)
ANSWER_SECONDS: Final = 2.0
Told = TypeVar("Told")
Look = Callable[[Transaction], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes over the wire: about whom, what, and whether all of it arrived."""

    about: str
    value: object
    whole: bool = True


class _Broken(Exception):
    """The operator's own fault, as a 500 would be."""


@dataclass(slots=True)
class _Asked:
    """A question on its way."""

    about: str
    look: Look
    answer: asyncio.Future[Answer]

    def follow(self, task: asyncio.Task[Answer]) -> None:
        """Its answer is what this task brings; whoever waits no longer stops it."""
        self.answer.add_done_callback(lambda _: task.cancel())
        task.add_done_callback(self._settle)

    def _settle(self, task: asyncio.Task[Answer]) -> None:
        if self.answer.done() or task.cancelled():
            return
        if (error := task.exception()) is not None:
            self.answer.set_exception(error)
        else:
            self.answer.set_result(task.result())


class Wired:
    """Asks the sandbox and has it do things: each act in a transaction of its own, questions of one moment in one."""

    def __init__(self, database: Database, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._database = database
        self._answer_seconds = answer_seconds
        self._asked: list[_Asked] = []
        self._answering: asyncio.Task[None] | None = None

    async def _ask(self, about: str, look: Callable[[Transaction], Awaitable[Told]]) -> Told:
        told: Told = await self._trust(about, self._together(about, look))
        return told

    async def _trust(self, about: str, wire: Awaitable[Answer]) -> Any:
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer = await wire
        except (TimeoutError, _Broken) as error:
            log.warning("operator.away", why=type(error).__name__)
            raise OperatorAway from None
        if not answer.whole or answer.about != about:
            log.warning("operator.away", why="truncated" if not answer.whole else "about somebody else")
            raise OperatorAway
        return answer.value

    async def _do(self, act: str, about: str, key: str, do: doing.Doing) -> Outcome:
        """An act whose answer does not come, or cannot be trusted, may have been done: it is "unknown"."""
        try:
            told: Outcome = await self._trust(about, self._wire(about, lambda tx: doing.once(tx, act, about, key, do)))
        except OperatorAway:
            return Outcome("unknown", reason="no_answer")
        return told

    async def _together(self, about: str, look: Look) -> Answer:
        """Questions that come while others are answered are answered together: thousands of texts ask at once."""
        asked = _Asked(about, look, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer())
        return await asked.answer

    async def _answer(self) -> None:
        while self._asked:
            some, self._asked = self._asked, []
            try:
                async with self._database.transaction() as tx:
                    kind = await tx.scalar(select(misbehaviour.c.kind))
                    async with questions.reading_together(tx, {one.about for one in some}):
                        values = [None if kind == "error" else await one.look(tx) for one in some]
            except Exception:  # noqa: BLE001 - whose fault it is shows when each is asked alone
                for one in some:
                    one.follow(asyncio.create_task(self._wire(one.about, one.look)))
                continue
            for one, value in zip(some, values, strict=True):
                one.follow(asyncio.create_task(_over_the_wire(kind, one.about, value)))

    async def _wire(self, about: str, look: Look) -> Answer:
        """The sandbox's side: it does what it is asked, and may answer badly."""
        async with self._database.transaction() as tx:
            kind = await tx.scalar(select(misbehaviour.c.kind))
            if kind == "error":
                raise _Broken
            value = await look(tx)
        return await _over_the_wire(kind, about, value)


async def _over_the_wire(kind: str | None, about: str, value: object) -> Answer:
    if kind == "error":
        raise _Broken
    if kind == "hang":
        await asyncio.Event().wait()
    return Answer("somebody else" if kind == "wrong_customer" else about, value, whole=kind != "truncated")
