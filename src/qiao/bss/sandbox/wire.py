"""The line to the sandbox, as an adapter to a real operator would keep it: with time-outs, trusting no answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog
from sqlalchemy import select

from qiao.bss.model import Outcome
from qiao.bss.ports import OperatorAway
from qiao.bss.sandbox import doing
from qiao.bss.sandbox.store import misbehaviour
from qiao.platform.database import Database, Transaction

log = structlog.get_logger(__name__)
ANSWER_SECONDS: Final = 2.0
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes over the wire: about whom, what, and whether all of it arrived."""

    about: str
    value: object
    whole: bool = True


class _Broken(Exception):
    """The operator's own fault, as a 500 would be."""


class Wired:
    """Asks the sandbox and has it do things. Each call is a transaction of the sandbox's own."""

    def __init__(self, database: Database, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._database = database
        self._answer_seconds = answer_seconds

    async def _ask(self, about: str, look: Callable[[Transaction], Awaitable[Told]]) -> Told:
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer = await self._wire(about, look)
        except (TimeoutError, _Broken) as error:
            log.warning("operator.away", why=type(error).__name__)
            raise OperatorAway from None
        if not answer.whole or answer.about != about:
            log.warning("operator.away", why="truncated" if not answer.whole else "about somebody else")
            raise OperatorAway
        return answer.value  # type: ignore[return-value]

    async def _do(self, act: str, about: str, key: str, do: doing.Doing) -> Outcome:
        """An act whose answer does not come, or cannot be trusted, may have been done: it is "unknown"."""
        try:
            return await self._ask(about, lambda tx: doing.once(tx, act, about, key, do))
        except OperatorAway:
            return Outcome("unknown", reason="no_answer")

    async def _wire(self, about: str, look: Callable[[Transaction], Awaitable[object]]) -> Answer:
        """The sandbox's side: it does what it is asked, and may answer badly."""
        async with self._database.transaction() as tx:
            kind = await tx.scalar(select(misbehaviour.c.kind))
            if kind == "error":
                raise _Broken
            value = await look(tx)
        if kind == "hang":
            await asyncio.Event().wait()
        return Answer("somebody else" if kind == "wrong_customer" else about, value, whole=kind != "truncated")
