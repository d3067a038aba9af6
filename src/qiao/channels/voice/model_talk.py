"""Who is in a call beside the customer, and who hears whom. Pure.

Routing says who should talk with him; what agents and telephones do changes the rest. From the whole follows for each
leg the one place where it belongs, and whoever serves the call moves it there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

Role = Literal["agent", "consulted", "leader"]
Way = Literal["listen", "whisper", "barge"]
"""How a team leader is in: hears, is heard by the agent alone, is heard by all."""
Place = Literal["hold", "talk", "alone", "beside"]
"""With music; with the others; where nobody hears him; beside the agent, who alone may hear him."""
WAYS: Final[tuple[Way, ...]] = ("listen", "whisper", "barge")
UNREACHED: Final = 20
NOT_THERE: Final = frozenset({3, 18, UNREACHED, 27})
"""Q.850: no route to it, it does not answer the network, it is not signed on, out of order."""
NORMAL: Final = 16
"""Q.850: somebody hung up; all other causes are faults of a telephone or of the way to it."""
BARELY: Final = timedelta(seconds=0.5)
"""Within so long of the answer nobody has said a word."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A colleague's telephone in this call. `lost`: it ended otherwise than by hanging up, or was never reached.

    `unreached`: the telephone itself was not there to be rung. `barely`: it was picked up for a moment only. Of both
    routing is told at once, and they are no longer kept.
    """

    id: UUID
    agent_id: UUID
    role: Role
    state: Literal["ringing", "up", "over"] = "ringing"
    way: Way = "listen"
    lost: bool = False
    unreached: bool = False
    barely: bool = False

    @property
    def live(self) -> bool:
        """Whether it rings or talks."""
        return self.state != "over"

    @property
    def channel(self) -> str:
        """What Asterisk calls it."""
        return f"leg-{self.id}"


@dataclass(frozen=True, slots=True)
class Talk:
    """All about a call but the customer's own side."""

    held: bool = False
    asking: bool = False
    """He keys what nobody may hear."""
    hard: bool = False
    """The agent has called this call a hard one; of the customer it says nothing."""
    noticing: bool = False
    """He hears the notice that the call may be ended, alone."""
    notices: int = 0
    """How many of them he has heard to their end."""
    noticed_at: datetime | None = None
    ended_by: UUID | None = None
    """The agent who has ended it by the operator's rule."""
    legs: tuple[Leg, ...] = ()

    def of(self, leg_id: UUID) -> Leg | None:
        """This leg."""
        return next((leg for leg in self.legs if leg.id == leg_id), None)

    def live(self, role: Role) -> Leg | None:
        """Whoever has this part now; each part is one person's."""
        return next((leg for leg in self.legs if leg.role == role and leg.live), None)

    @property
    def talks(self) -> bool:
        """Whether somebody is there for the customer."""
        return any(leg.state == "up" and leg.role != "leader" for leg in self.legs)


@dataclass(frozen=True, slots=True)
class Stands:
    """Where routing has the contact, and with whom; `met`: he has had him long enough to say a word."""

    state: str
    agent_id: UUID | None = None
    met: bool = True


# What is to be done -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accept:
    """He has picked up what is offered to him: tell routing."""

    agent_id: UUID


@dataclass(frozen=True, slots=True)
class Decline:
    """What is offered to him does not reach him: tell routing. `unreached`: his telephone was not there."""

    agent_id: UUID
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    """His telephone is gone with the customer waiting for a word: the customer goes back to the head of the queue.

    `at_once`: nobody can have said a word, so he is offered nothing more until he says that he is ready.
    """

    agent_id: UUID
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """The agent is gone while a colleague whom the customer may hear is there: the customer is the colleague's."""

    agent_id: UUID
    to_agent: UUID


@dataclass(frozen=True, slots=True)
class End:
    """The agent has hung up: the conversation is over."""

    agent_id: UUID


@dataclass(frozen=True, slots=True)
class Meet:
    """Customer and agent are there: let them talk."""


@dataclass(frozen=True, slots=True)
class Part:
    """Nobody is with the customer any more and he waits again."""


@dataclass(frozen=True, slots=True)
class Over:
    """The conversation is over: let the customer go."""


Deed = Accept | Decline | Return | Leave | End | Meet | Part | Over
Settled = tuple[Talk, tuple[Deed, ...]]


def settle(talk: Talk, stands: Stands, fresh: UUID) -> Settled:
    """Bring the legs in line with routing; a new leg is called `fresh`. Done twice it changes nothing more."""
    if stands.state == "waiting":
        return _alone(talk), (Part(),)
    if stands.state not in {"offered", "active"} or stands.agent_id is None:
        return _alone(talk), (Over(),)
    talk = _his(talk, stands.agent_id)
    mine = next((leg for leg in talk.legs if leg.role == "agent" and leg.agent_id == stands.agent_id), None)
    if mine is None:
        return replace(talk, legs=(*talk.legs, Leg(fresh, stands.agent_id, "agent"))), ()
    if stands.state == "offered":
        return talk, ((Accept(stands.agent_id),) if mine.state == "up" else _unreached(mine))
    if mine.state == "over":
        return talk, (_left(talk, mine, stands),)
    return talk, ((Meet(),) if mine.state == "up" else ())


def _left(talk: Talk, mine: Leg, stands: Stands) -> Deed:
    """What follows from an agent's going: the customer is not let go while he has not been heard or is on hold."""
    heard = (leg for leg in talk.legs if leg.role == "consulted" or (leg.role == "leader" and leg.way == "barge"))
    other = next((leg for leg in heard if leg.state == "up"), None)
    if other is not None:
        return Leave(mine.agent_id, other.agent_id)
    at_once = mine.barely or not stands.met
    if mine.lost or talk.held or at_once:
        return Return(mine.agent_id, at_once=at_once)
    return End(mine.agent_id)


def _unreached(leg: Leg) -> tuple[Deed, ...]:
    return (Decline(leg.agent_id, leg.unreached),) if leg.state == "over" else ()


def _alone(talk: Talk) -> Talk:
    """Nobody is with him; what the call has been stays."""
    return replace(ended(talk), held=False, asking=False, noticing=False)


def ended(talk: Talk) -> Talk:
    """All live legs over; what was over before is forgotten."""
    return replace(talk, legs=tuple(replace(leg, state="over") for leg in talk.legs if leg.live))


def guests(talk: Talk) -> frozenset[UUID]:
    """Colleagues who are in the call, or are rung for it, without having the customer."""
    return frozenset(leg.agent_id for leg in talk.legs if leg.live and leg.role != "agent")


def _his(talk: Talk, agent_id: UUID) -> Talk:
    """Whoever else was the agent goes; who was asked for advice and has it now becomes the agent."""
    legs = []
    handed = False
    for leg in talk.legs:
        if leg.role == "agent" and leg.agent_id != agent_id:
            handed = handed or leg.live
            if leg.live:
                legs.append(replace(leg, state="over"))
        elif leg.role != "agent" and leg.agent_id == agent_id and leg.live:
            legs.append(replace(leg, role="agent"))
            handed = True
        else:
            legs.append(leg)
    return replace(talk, legs=tuple(legs), held=talk.held and not handed)


# What agents and telephones do ------------------------------------------------------------------------------------


def picked_up(talk: Talk, leg_id: UUID) -> Talk:
    """A telephone was picked up."""
    return _with(talk, leg_id, state="up")


def gone(talk: Talk, leg_id: UUID, cause: int, stayed: timedelta | None = None) -> Talk:
    """A telephone is gone. `stayed`: how long it was picked up by the clock of Asterisk, which saw both; None: unknown.

    When we got to hear of the one and the other says nothing of it. Less than nothing, that clock was put.
    """
    leg = talk.of(leg_id)
    if leg is None or not leg.live:
        return talk
    ringing = leg.state == "ringing"
    barely = not ringing and stayed is not None and timedelta(0) <= stayed < BARELY
    lost, unreached = cause != NORMAL or ringing, ringing and cause in NOT_THERE
    return _with(talk, leg_id, state="over", lost=lost, unreached=unreached, barely=barely)


def hold(talk: Talk, *, on: bool) -> Talk:
    """The customer hears music, or the others again."""
    return replace(talk, held=on) if talk.talks else talk


def consult(talk: Talk, leg_id: UUID, agent_id: UUID) -> Talk:
    """Ask a colleague, while the customer hears music. One at a time, and nobody who is in the call already."""
    agent = talk.live("agent")
    if agent is None or agent.state != "up" or talk.live("consulted") is not None:
        return talk
    if any(leg.live and leg.agent_id == agent_id for leg in talk.legs):
        return talk
    asked = (*(leg for leg in talk.legs if leg.live or leg.role == "agent"), Leg(leg_id, agent_id, "consulted"))
    return replace(talk, held=True, legs=asked)


def conference(talk: Talk) -> Talk:
    """All three hear each other."""
    asked = talk.live("consulted")
    return replace(talk, held=False) if asked is not None and asked.state == "up" else talk


def hand(talk: Talk) -> Talk:
    """Leave the customer to the colleague who was asked: he is with him at once."""
    asked, agent = talk.live("consulted"), talk.live("agent")
    if asked is None or asked.state != "up" or agent is None:
        return talk
    return replace(_with(_with(talk, agent.id, state="over"), asked.id, role="agent"), held=False)


def let_go(talk: Talk) -> Talk:
    """The colleague goes, the agent is with the customer again."""
    asked = talk.live("consulted")
    return replace(_with(talk, asked.id, state="over"), held=False) if asked is not None else talk


def oversee(talk: Talk, leg_id: UUID, agent_id: UUID, way: Way) -> Talk:
    """A team leader comes in, or changes how he is in. One at a time; whoever talks in the call does not oversee it."""
    leader = talk.live("leader")
    if leader is not None:
        return _with(talk, leader.id, way=way) if leader.agent_id == agent_id else talk
    if not talk.talks or any(leg.live and leg.agent_id == agent_id for leg in talk.legs):
        return talk
    return replace(talk, legs=(*talk.legs, Leg(leg_id, agent_id, "leader", way=way)))


def take_over(talk: Talk, agent_id: UUID) -> Talk:
    """The team leader who has come in takes the customer; the agent goes."""
    leader, agent = talk.live("leader"), talk.live("agent")
    if leader is None or leader.agent_id != agent_id or leader.state != "up" or agent is None:
        return talk
    asked = talk.live("consulted")
    talk = _with(talk, asked.id, state="over") if asked is not None else talk
    return hand(_with(talk, leader.id, role="consulted"))


def _with(talk: Talk, leg_id: UUID, **became: object) -> Talk:
    legs = tuple(
        replace(leg, **became) if leg.id == leg_id and leg.live else leg  # type: ignore[arg-type]
        for leg in talk.legs
    )
    return replace(talk, legs=legs)


# Who hears whom ---------------------------------------------------------------------------------------------------

CUSTOMER: Final = "customer"


def places(talk: Talk) -> Iterator[tuple[str, Place]]:
    """(channel, place) of everybody who is there, the customer first as CUSTOMER."""
    if talk.asking or talk.noticing:
        yield CUSTOMER, "alone"
    else:
        yield CUSTOMER, "talk" if talk.talks and not talk.held else "hold"
    for leg in talk.legs:
        if leg.state == "up":
            yield leg.channel, "beside" if leg.role == "leader" and leg.way != "barge" else "talk"


def hear_each_other(talk: Talk, one: str, other: str) -> bool:
    """Whether sound goes both ways between two channels (CUSTOMER for his); whispers are no such way."""
    where = dict(places(talk))
    return one in where and other in where and where[one] == where[other] == "talk"
