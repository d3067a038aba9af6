"""`qiao flow`: check a flow as text, play one in a shell, with answers told beforehand."""

import asyncio
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from qiao import customers, interactions, selfservice
from qiao.app.house import NoDatabase, open_house
from qiao.customers import Customer
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId, parse_service_id
from qiao.platform.clock import MachineClock
from qiao.platform.house import House
from qiao.platform.settings import Settings
from qiao.selfservice import Answered, Begin, Effect, Flow, Told, Wanted

SEGMENTS = ("standard", "elderly", "vip", "corporate")
CHANNELS = ("text", "voice", "sms", "chat", "web", "desk")


@click.group()
def flow() -> None:
    """Flows of self-service: check and play them."""


@flow.command("check")
@click.argument("name")
def check(name: str) -> None:
    """Check the flow in file NAME, or the one that came with Qiao under this code; exit 1 and name each fault."""
    found, problems = selfservice.checked(_text(name))
    if found is not None and not problems:
        flows = {**selfservice.every_flow(), found.code: found}
        for example in found.examples:
            problems += selfservice.play(flows, found, example, MachineClock().now())
    for one in problems:
        click.echo(f"{name}:{one.line}: {one.told}")
    if problems or found is None:
        sys.exit(1)
    click.echo(f"{found.code}: {len(found.steps)} steps, {len(found.examples)} examples, no fault")


@flow.command("play")
@click.argument("name")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh-CN")
@click.option("--segment", type=click.Choice(SEGMENTS), default="standard")
@click.option("--channel", type=click.Choice(CHANNELS), default="text")
@click.option("--level", type=click.IntRange(0, 3), default=0, help="what is proved already")
@click.option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML: what services and actions answer: {bill: {outcome: done, facts: {total: '12.80'}}}; proof: ok",
)
@click.option("--number", default="", help="play the flow in force on the house of QIAO_DATABASE_URL, as who has this")
def play(name: str, language: str, segment: str, channel: str, level: int, facts: Path | None, number: str) -> None:
    """Play a flow: what it says is printed, each line typed is an answer; services answer as FACTS says, else not."""
    if number:
        asyncio.run(_on_house(name, number, language, "chat" if channel == "text" else channel))
        return
    found, problems = selfservice.checked(_text(name))
    if found is None or problems:
        raise click.ClickException("; ".join(f"line {one.line}: {one.told}" for one in problems[:5]))
    answers = _answers(facts)
    about = {"language": language, "segment": segment, "channel": channel, "level": level}
    _Player({**selfservice.every_flow(), found.code: found}, found.code, about, answers).talk()


def _text(name: str) -> str:
    """The text of a file, else of a flow that came with the house."""
    known = {**selfservice.built_in_texts(), **selfservice.service_texts()}
    if Path(name).is_file():
        return Path(name).read_text("utf-8", errors="replace")
    if name not in known:
        raise click.ClickException(f"there is no file and no flow {name}; there are {', '.join(known)}")
    return known[name]


def _answers(path: Path | None) -> Mapping[str, Any]:
    read, _, problems = selfservice.read_tree(path.read_text("utf-8") if path else "{}")
    if problems or not isinstance(read, dict):
        raise click.ClickException(f"{path}: {problems[0].told if problems else 'a table of answers is expected'}")
    return read


class _Player:
    """A session in a shell; nothing of it is kept."""

    def __init__(
        self, flows: Mapping[str, Flow], code: str, about: Mapping[str, Any], answers: Mapping[str, Any]
    ) -> None:
        self.flows = flows
        self.answers = answers
        self.elderly = about["segment"] == "elderly"
        self.turn = selfservice.Turn(selfservice.begin(code, {}, about))

    def talk(self) -> None:
        self.put(Begin())
        for line in sys.stdin:
            if self.turn.session.over:
                break
            self.put(Told(line.rstrip("\n")))
        session = self.turn.session
        click.echo(f"[{session.over or 'left at ' + session.step}{' ' + session.result if session.result else ''}]")
        if session.filled:
            click.echo("[" + ", ".join(f"{name}: {value}" for name, value in session.filled.items()) + "]")

    def put(self, told: selfservice.Input) -> None:
        """One input, and whatever the stubs answer to what follows from it."""
        waiting: list[selfservice.Input] = [told]
        while waiting:
            self.turn = selfservice.resume(self.flows, self.turn.session, waiting.pop(0), _now())
            outputs, language = self.turn.outputs, self.turn.session.language
            if self.turn.session.facts.get("channel") == "sms":
                said = selfservice.as_sms(outputs, language, elderly=self.elderly)
            else:
                said = selfservice.as_text(outputs, language, elderly=self.elderly)
            if said:
                click.echo(said)
            for effect in self.turn.effects:
                given = dict(effect.given) if effect.given and effect.kind != "secret" else ""
                click.echo(f"[{effect.kind} {effect.code} {given}".rstrip() + "]")
                if effect.kind != "hand":
                    waiting.append(self.answer(effect))

    def answer(self, effect: Effect) -> selfservice.Input:
        if effect.kind == "prove":
            return Wanted(effect.number, "password" if effect.given.get("by") == "password" else "code")
        if effect.kind in ("secret", "yes"):
            return Answered(effect.number, "done" if self.answers.get("proof") == "ok" else "refused")
        told = self.answers.get(effect.code)
        if told is None and effect.kind == "action" and effect.code == "understand":
            found = selfservice.offered(effect.given.get("words", ""), self.turn.session.language)
            return Answered(effect.number, found.outcome, found.facts)
        if not isinstance(told, dict):
            return Answered(effect.number, "away")
        outcome, facts = str(told.get("outcome", "done")), told.get("facts")
        known = outcome if outcome in selfservice.OUTCOMES else "unknown"
        return Answered(effect.number, known, facts if isinstance(facts, dict) else {})  # type: ignore[arg-type]


async def _on_house(code: str, number: str, language: str, channel: str) -> None:
    """A real contact of whoever holds the number: operator, proof, orders and a person, as for anybody."""
    try:
        async with open_house(Settings()) as house:
            service = parse_service_id(number)
            customer = await customers.recognize(house, service)
            running = await _begun(house, code, service, customer, language, channel)
            waiting: selfservice.Input = Begin()
            while True:
                moved = await selfservice.advance(house, session_id=running.id, told=waiting)
                click.echo(selfservice.as_text(moved.outputs, moved.running.session.language))
                line = "" if moved.running.over else await asyncio.to_thread(sys.stdin.readline)
                if not line:
                    break
                waiting = Told(line.rstrip("\n"))
            click.echo(f"[{moved.running.over or 'left at ' + moved.running.session.step}]")
            await _hung_up(house, moved)
    except NoDatabase:
        raise click.ClickException("no database: set QIAO_DATABASE_URL") from None
    except Refused as refused:
        raise click.ClickException(str(refused)) from None


async def _hung_up(house: House, moved: selfservice.Advanced) -> None:
    """The contact ends with the talk, unless a person takes it up."""
    contact_id = moved.running.interaction_id
    if contact_id is not None and not moved.queued:
        async with house.database.transaction() as tx:
            await interactions.end_interaction(tx, interaction_id=contact_id, reason="served")


async def _begun(
    house: House, code: str, service: ServiceId, customer: Customer | None, language: str, channel: str
) -> selfservice.Running:
    async with house.database.transaction() as tx:
        contact = await interactions.start_interaction(
            tx,
            channel=channel,
            language=language,
            party=service.masked(),
            entry_point="web",
            customer_id=customer.id if customer else None,
            service_id=service if customer else None,
        )
        return await selfservice.begin_flow(
            tx,
            code=code,
            channel=channel,
            subject=f"contact:{contact.id}",
            facts={"language": language, "segment": customer.segment if customer else "standard"},
            customer_id=contact.customer_id,
            service=contact.service_id,
            interaction_id=contact.id,
        )


def _now() -> datetime:
    return MachineClock().now()
