"""Real dialogues through the running house: the customer's turns as a customer, the agent's as an agent."""

import html
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from qiao.app.demo.agent_player import AgentPlayer
from qiao.app.demo.customer_player import CustomerPlayer, StoryBroke
from qiao.bss.sandbox import Person

AGENT, CUSTOMER = "[SPEAKER 1]", "[SPEAKER 2]"
TOPIC_MAX: Final = 100
ASKED: Final[dict[str, tuple[str, ...]]] = {
    "plan": ("套餐", "资费", "办理"),
    "charge": ("费", "扣", "钱", "元", "账单"),
    "data": ("流量", "兆", "G"),
}
"""What a dialogue may be about, and the words that tell."""
SHOWN: Final[dict[str, re.Pattern[str]]] = {
    "plan": re.compile("套餐"),
    "charge": re.compile(r"[¥￥]\s?\d"),
    "data": re.compile(r"\b[\d,.]+\s*(MB|GB)"),
}
"""How the desk's customer panel shows it."""


class DialoguesNotUnderstood(Exception):
    """The file is no list of dialogues; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One dialogue: turns in order as (who, what), who "agent" or "customer"."""

    id: str
    turns: tuple[tuple[str, str], ...]

    @property
    def about(self) -> tuple[str, ...]:
        """Plan, charge, data: what the customer's words are about."""
        said = " ".join(text for who, text in self.turns if who == "customer")
        return tuple(name for name, words in ASKED.items() if any(word in said for word in words))

    @property
    def topic(self) -> str:
        """What it is called on the timeline: the customer's longest turn of the first few."""
        said = [text for who, text in self.turns if who == "customer"][:3]
        return max(said, key=len, default="")[:TOPIC_MAX]


@dataclass(slots=True)
class Played:
    """How one dialogue went through the house."""

    id: str
    turns: int
    about: tuple[str, ...]
    interaction: str = ""
    identified: bool = False
    routed: bool = False
    answered: bool = False
    wrapped_up: bool = False
    on_timeline: bool = False
    shown: dict[str, bool] = field(default_factory=dict)
    milliseconds: int = 0
    broke: str = ""

    @property
    def complete(self) -> bool:
        """Whether every step of a complete interaction was made and all that was asked about is on the panel."""
        steps = self.identified and self.routed and self.answered and self.wrapped_up and self.on_timeline
        return steps and all(self.shown.values()) and not self.broke


def read_dialogues(path: Path) -> tuple[list[Dialogue], list[str]]:
    """The dialogues of a file, and what was wrong with entries that are left out. Raises DialoguesNotUnderstood."""
    try:
        told = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DialoguesNotUnderstood(f"{path.name} is no JSON in UTF-8: {error}") from None
    if not isinstance(told, list):
        raise DialoguesNotUnderstood(f"{path.name} holds no list of dialogues")
    found: list[Dialogue] = []
    broken: list[str] = []
    for number, entry in enumerate(told, start=1):
        turns = tuple(_turns(entry)) if isinstance(entry, dict) else ()
        if not any(who == "customer" for who, _ in turns) or not any(who == "agent" for who, _ in turns):
            broken.append(f"entry {number}: no turns of both a customer and an agent")
            continue
        found.append(Dialogue(str(entry.get("id") or number), turns))
    return found, broken


def _turns(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    content = entry.get("content")
    for exchange in content if isinstance(content, list) else []:
        for key, who in ((AGENT, "agent"), (CUSTOMER, "customer")):
            text = exchange.get(key) if isinstance(exchange, dict) else None
            if isinstance(text, str) and text.strip():
                yield who, text.strip()


async def play_all(
    address: str, password: str, people: Sequence[Person], dialogues: Sequence[Dialogue], told: Callable[[Played], None]
) -> list[Played]:
    """Play them one after the other, each with a customer of his own; `told` hears of each when it is over."""
    played = []
    for number, dialogue in enumerate(dialogues):
        one = await _play(address, password, people[number % len(people)], dialogue)
        told(one)
        played.append(one)
    return played


async def _play(address: str, password: str, person: Person, dialogue: Dialogue) -> Played:
    one = Played(dialogue.id, len(dialogue.turns), dialogue.about)
    customer = CustomerPlayer(address, person.service)
    agents = [AgentPlayer(address, login, password) for login in ("wang", "chen")]
    began = time.perf_counter()
    try:
        for agent in agents:
            await agent.sign_in()
            await agent.ready()
        await customer.sign_in()
        await _talk(one, customer, agents, dialogue)
    except StoryBroke as broke:
        one.broke = str(broke)
    finally:
        await customer.close()
        for agent in agents:
            await agent.close()
    one.milliseconds = round((time.perf_counter() - began) * 1000)
    return one


async def _talk(one: Played, customer: CustomerPlayer, agents: Sequence[AgentPlayer], dialogue: Dialogue) -> None:
    line = await customer.chat()
    turns = list(dialogue.turns)
    first = next(index for index, (who, _) in enumerate(turns) if who == "customer")
    await line.say(turns[first][1])  # in a chat it is the customer who begins
    agent, contact = await _routed(agents)
    one.interaction, one.routed = str(contact), True
    await agent.accept(contact)
    last_id = await customer.last_id()
    await agent.post(f"/desk/contacts/{contact}/code", {})
    await line.prove(await customer.code_after(last_id))
    one.identified = True
    for index, (who, text) in enumerate(turns):
        if index == first:
            continue
        if who == "customer":
            await line.say(text)
        else:
            await agent.say(contact, text)
            await line.hears(text)
            one.answered = True
    account = re.sub(r"<[^>]+>", " ", await agent.page(f"/desk/contacts/{contact}/account"))
    one.shown = {name: bool(SHOWN[name].search(account)) for name in dialogue.about}
    await agent.wrap_up(contact, disposition="information_given", topic=dialogue.topic)
    await line.until(lambda: line.state.get("phase") == "ended", "the conversation to be over")
    one.wrapped_up = True
    one.on_timeline = await _stands_on_timeline(customer, agents, dialogue)


async def _stands_on_timeline(customer: CustomerPlayer, agents: Sequence[AgentPlayer], dialogue: Dialogue) -> bool:
    """The next agent sees it: the customer comes again, and the dialogue stands folded above what he says now."""
    assert customer.line is not None
    await customer.line.close()
    line = await customer.chat()
    await line.say("还有一件事")
    agent, contact = await _routed(agents)
    screen = await agent.accept(contact)
    await agent.wrap_up(contact, disposition="information_given")
    return " ".join(dialogue.topic.split())[:30] in " ".join(_plain(screen).split())


def _plain(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


async def _routed(agents: Sequence[AgentPlayer]) -> tuple[AgentPlayer, UUID]:
    """Whoever of them is offered the contact."""
    found: list[tuple[AgentPlayer, UUID]] = []

    async def look() -> bool:
        for agent in agents:
            offer = await agent.offer_now()
            if offer is not None:
                found.append((agent, offer))
                return True
        return False

    await agents[0].until(look, "an offer to any of the agents")
    return found[0]


def as_json(played: Sequence[Played], broken: Sequence[str]) -> dict[str, Any]:
    """The whole run as one object."""
    return {
        "dialogues": [{**asdict(one), "complete": one.complete} for one in played],
        "complete": sum(one.complete for one in played),
        "broken": list(broken),
    }
