"""`qiao flow`: check a flow as text, play one in a shell, with answers told beforehand."""

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from qiao import selfservice
from qiao.kernel.languages import LANGUAGES
from qiao.platform.clock import MachineClock
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
        flows = {**selfservice.built_in(), found.code: found}
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
def play(name: str, language: str, segment: str, channel: str, level: int, facts: Path | None) -> None:
    """Play a flow: what it says is printed, each line typed is an answer; services answer as FACTS says, else not."""
    found, problems = selfservice.checked(_text(name))
    if found is None or problems:
        raise click.ClickException("; ".join(f"line {one.line}: {one.told}" for one in problems[:5]))
    answers = _answers(facts)
    about = {"language": language, "segment": segment, "channel": channel, "level": level}
    _Player({**selfservice.built_in(), found.code: found}, found.code, about, answers).talk()


def _text(name: str) -> str:
    """The text of a file, else of a flow that came with the house."""
    known = selfservice.built_in_texts()
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
        if not isinstance(told, dict):
            return Answered(effect.number, "away")
        outcome, facts = str(told.get("outcome", "done")), told.get("facts")
        known = outcome if outcome in selfservice.OUTCOMES else "unknown"
        return Answered(effect.number, known, facts if isinstance(facts, dict) else {})  # type: ignore[arg-type]


def _now() -> datetime:
    return MachineClock().now()
