"""Who is in a call and who hears whom: every turn of it as tables, and what must hold whatever colleagues do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from qiao.channels.voice.model_talk import (
    BARELY,
    CUSTOMER,
    NORMAL,
    WAYS,
    Accept,
    Decline,
    Deed,
    End,
    Leave,
    Leg,
    Meet,
    Over,
    Part,
    Return,
    Stands,
    Talk,
    Way,
    conference,
    consult,
    ended,
    gone,
    guests,
    hand,
    hear_each_other,
    hold,
    let_go,
    oversee,
    picked_up,
    places,
    settle,
    take_over,
)

ANNA, CHEN, LIU = uuid4(), uuid4(), uuid4()
LEG, ASKED, LEADER = uuid4(), uuid4(), uuid4()
WITH_ANNA = Stands("active", ANNA)


def talking() -> Talk:
    return Talk(legs=(Leg(LEG, ANNA, "agent", "up"),))


def consulting(*, up: bool = True) -> Talk:
    talk = consult(talking(), ASKED, CHEN)
    return picked_up(talk, ASKED) if up else talk


def overseen(way: Way = "listen") -> Talk:
    return picked_up(oversee(talking(), LEADER, LIU, way), LEADER)


def deeds(talk: Talk, stands: Stands) -> tuple[Deed, ...]:
    return settle(talk, stands, uuid4())[1]


def test_an_offer_rings_and_picking_up_accepts_it_then_they_meet() -> None:
    talk, told = settle(Talk(), Stands("offered", ANNA), LEG)
    assert talk.legs == (Leg(LEG, ANNA, "agent"),) and told == ()
    assert deeds(talk, Stands("offered", ANNA)) == ()
    assert list(places(talk)) == [(CUSTOMER, "hold")] and not talk.talks
    talk = picked_up(talk, LEG)
    assert deeds(talk, Stands("offered", ANNA)) == (Accept(ANNA),)
    assert deeds(talk, WITH_ANNA) == (Meet(),)
    assert hear_each_other(talk, CUSTOMER, f"leg-{LEG}")


def test_an_offer_taken_on_the_screen_rings_on_until_it_is_picked_up() -> None:
    assert deeds(Talk(legs=(Leg(LEG, ANNA, "agent"),)), WITH_ANNA) == ()


def test_a_telephone_that_is_not_reached_declines() -> None:
    talk = gone(Talk(legs=(Leg(LEG, ANNA, "agent"),)), LEG, 20)
    assert deeds(talk, Stands("offered", ANNA)) == (Decline(ANNA, unreached=True),)


@pytest.mark.parametrize("cause", [17, 19, 21])
def test_a_telephone_that_rang_and_was_not_picked_up_was_there(cause: int) -> None:
    talk = gone(Talk(legs=(Leg(LEG, ANNA, "agent"),)), LEG, cause)
    assert deeds(talk, Stands("offered", ANNA)) == (Decline(ANNA),)


def test_a_telephone_that_is_lost_in_the_talk_was_there() -> None:
    (leg,) = gone(Talk(legs=(Leg(LEG, ANNA, "agent", "up"),)), LEG, 20).legs
    assert leg.lost and not leg.unreached


@pytest.mark.parametrize(("cause", "deed"), [(NORMAL, End), (44, Return)])
def test_hanging_up_ends_it_and_a_telephone_that_is_lost_gives_the_customer_back(
    cause: int, deed: type[End | Return]
) -> None:
    assert deeds(gone(talking(), LEG, cause), WITH_ANNA) == (deed(ANNA),)


def test_who_waits_again_is_with_nobody_and_a_hard_call_stays_one() -> None:
    talk, told = settle(replace(consulting(), hard=True, asking=True), Stands("waiting"), uuid4())
    assert told == (Part(),) and talk.hard and not (talk.held or talk.asking or talk.talks)
    assert settle(talk, Stands("waiting"), uuid4()) == (Talk(hard=True), (Part(),)), "what is over is forgotten"


@pytest.mark.parametrize("stands", [Stands("wrap_up", ANNA), Stands("done"), Stands("offered", None), Stands("")])
def test_what_is_over_for_routing_is_over(stands: Stands) -> None:
    talk, told = settle(consulting(), stands, uuid4())
    assert told == (Over(),) and not any(leg.live for leg in talk.legs)


def test_another_agent_takes_the_place_of_the_first() -> None:
    talk, told = settle(talking(), Stands("offered", CHEN), ASKED)
    assert [(leg.agent_id, leg.state) for leg in talk.legs] == [(ANNA, "over"), (CHEN, "ringing")] and told == ()
    again, _ = settle(talk, Stands("offered", CHEN), uuid4())
    assert [leg.agent_id for leg in again.legs] == [CHEN]


def test_handed_over_the_customer_is_with_the_colleague_at_once_and_stays_with_him() -> None:
    talk = hand(consulting())
    assert hear_each_other(talk, CUSTOMER, f"leg-{ASKED}") and not talk.held and guests(talk) == frozenset()
    assert talk.live("agent") == Leg(ASKED, CHEN, "agent", "up")
    his, told = settle(talk, Stands("active", CHEN), uuid4())
    assert told == (Meet(),) and his.legs == (Leg(ASKED, CHEN, "agent", "up"),)


@pytest.mark.parametrize("cause", [NORMAL, 44])
@pytest.mark.parametrize("how", [lambda talk: talk, conference])
def test_an_agent_who_goes_leaves_the_customer_to_the_colleague_who_is_there(
    cause: int, how: Callable[[Talk], Talk]
) -> None:
    left = gone(how(consulting()), LEG, cause)
    assert deeds(left, WITH_ANNA) == (Leave(ANNA, CHEN),)
    his, told = settle(left, Stands("active", CHEN), uuid4())
    assert told == (Meet(),) and his.live("agent") == Leg(ASKED, CHEN, "agent", "up") and not his.held


def test_a_customer_who_was_not_heard_or_is_on_hold_is_not_let_go() -> None:
    down = gone(talking(), LEG, NORMAL)
    assert deeds(down, WITH_ANNA) == (End(ANNA),)
    for left in (down, gone(talking(), LEG, 44)):
        assert deeds(left, Stands("active", ANNA, met=False)) == (Return(ANNA, at_once=True),)
    assert deeds(gone(hold(talking(), on=True), LEG, NORMAL), WITH_ANNA) == (Return(ANNA),)
    assert deeds(gone(consulting(up=False), LEG, NORMAL), WITH_ANNA) == (Return(ANNA),)


@pytest.mark.parametrize(
    ("stayed", "deed"),
    [
        (timedelta(0), Return(ANNA, at_once=True)),
        (BARELY - timedelta(milliseconds=1), Return(ANNA, at_once=True)),
        (BARELY, End(ANNA)),
        (timedelta(seconds=-1), End(ANNA)),
        (None, End(ANNA)),
    ],
    ids=["at once", "barely", "long enough", "a clock that was put", "not known"],
)
def test_who_picked_up_for_a_moment_only_was_with_nobody_however_late_we_hear_of_it(
    stayed: timedelta | None, deed: Deed
) -> None:
    assert deeds(gone(talking(), LEG, NORMAL, stayed), WITH_ANNA) == (deed,)
    rang = gone(Talk(legs=(Leg(LEG, ANNA, "agent"),)), LEG, NORMAL, stayed)
    assert deeds(rang, Stands("offered", ANNA)) == (Decline(ANNA),), "it was never picked up"


def test_a_team_leader_who_has_come_in_has_the_customer_when_the_agent_goes_and_one_who_only_listens_has_not() -> None:
    left = gone(overseen("barge"), LEG, NORMAL)
    assert deeds(left, WITH_ANNA) == (Leave(ANNA, LIU),)
    his, told = settle(left, Stands("active", LIU), uuid4())
    assert told == (Meet(),) and his.live("agent") == Leg(LEADER, LIU, "agent", "up", "barge")
    for way in ("listen", "whisper"):
        assert deeds(gone(overseen(way), LEG, NORMAL), WITH_ANNA) == (End(ANNA),)


def test_nobody_is_asked_who_is_in_the_call_already() -> None:
    assert consult(overseen(), ASKED, LIU) == overseen()


def test_guests_are_those_who_are_in_the_call_without_having_the_customer() -> None:
    assert guests(talking()) == frozenset()
    assert guests(consulting(up=False)) == {CHEN} and guests(overseen()) == {LIU}
    assert guests(ended(consulting())) == frozenset()


def test_one_who_was_asked_may_be_offered_the_call_meanwhile() -> None:
    talk, _ = settle(replace(consulting(), held=True), Stands("active", CHEN), uuid4())
    assert not talk.held and [leg.role for leg in talk.legs if leg.live] == ["agent"]


def test_hold_is_only_for_those_who_talk() -> None:
    assert hold(Talk(), on=True) == Talk()
    held = hold(talking(), on=True)
    assert dict(places(held))[CUSTOMER] == "hold" and hold(held, on=False) == talking()


def test_who_keys_a_secret_is_heard_by_nobody() -> None:
    assert dict(places(replace(overseen("barge"), asking=True)))[CUSTOMER] == "alone"


def test_a_colleague_is_asked_while_the_customer_hears_music() -> None:
    talk = consulting()
    assert hear_each_other(talk, f"leg-{LEG}", f"leg-{ASKED}") and not hear_each_other(talk, CUSTOMER, f"leg-{ASKED}")
    assert hear_each_other(conference(talk), CUSTOMER, f"leg-{ASKED}")
    assert conference(consulting(up=False)) == consulting(up=False) and conference(talking()) == talking()
    back = let_go(talk)
    assert not back.held and back.live("consulted") is None and let_go(talking()) == talking()


@pytest.mark.parametrize("talk", [Talk(), Talk(legs=(Leg(LEG, ANNA, "agent"),)), consulting()])
def test_nobody_is_asked_without_a_talk_or_twice(talk: Talk) -> None:
    assert consult(talk, uuid4(), LIU) == talk
    assert consult(talking(), uuid4(), ANNA) == talking(), "nor himself"


def test_only_a_colleague_who_is_there_is_handed_the_customer() -> None:
    assert hand(talking()) == talking() and hand(consulting(up=False)) == consulting(up=False)
    alone = gone(consulting(), LEG, NORMAL)
    assert hand(alone) == alone


@pytest.mark.parametrize("way", WAYS)
def test_a_leader_who_listens_or_whispers_is_beside_and_barging_in_he_is_with_all(way: Way) -> None:
    talk = overseen(way)
    assert hear_each_other(talk, CUSTOMER, f"leg-{LEADER}") == (way == "barge")
    assert oversee(talk, uuid4(), LIU, "barge").live("leader") == Leg(LEADER, LIU, "leader", "up", "barge")


def test_one_leader_at_a_time_and_none_who_talks_himself() -> None:
    assert oversee(overseen(), uuid4(), CHEN, "barge") == overseen()
    assert oversee(talking(), uuid4(), ANNA, "listen") == talking()
    assert oversee(Talk(), uuid4(), LIU, "listen") == Talk()


def test_a_leader_takes_the_customer_over() -> None:
    talk = take_over(overseen("whisper"), LIU)
    assert hear_each_other(talk, CUSTOMER, f"leg-{LEADER}")
    mine = talk.live("agent")
    assert mine is not None and mine.agent_id == LIU and talk.live("leader") is None
    three = picked_up(oversee(consulting(), LEADER, LIU, "listen"), LEADER)
    taken = take_over(three, LIU)
    assert taken.live("agent") == Leg(LEADER, LIU, "agent", "up") and taken.live("consulted") is None
    assert take_over(overseen(), CHEN) == overseen() and take_over(talking(), LIU) == talking()
    ringing = oversee(talking(), LEADER, LIU, "listen")
    assert take_over(ringing, LIU) == ringing
    alone = gone(overseen(), LEG, NORMAL)
    assert take_over(alone, LIU) == alone


def test_what_is_gone_or_unknown_changes_nothing() -> None:
    over = gone(talking(), LEG, NORMAL)
    assert gone(over, LEG, 44) == over and gone(over, uuid4(), 44) == over and picked_up(over, LEG) == over
    assert not hear_each_other(over, CUSTOMER, f"leg-{LEG}")


class Colleagues(RuleBasedStateMachine):
    """Whatever they do, in any order, and whatever routing says meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk()

    people = st.sampled_from([ANNA, CHEN, LIU])

    @rule(state=st.sampled_from(["waiting", "offered", "active", "wrap_up"]), agent=people)
    def routing_says(self, state: str, agent: UUID) -> None:
        fresh = uuid4()
        stands = Stands(state, agent)
        self.talk, _ = settle(self.talk, stands, fresh)
        again, _ = settle(self.talk, stands, uuid4())
        assert [leg for leg in again.legs if leg.live] == [leg for leg in self.talk.legs if leg.live], "once is enough"

    @rule(which=st.integers(0, 5))
    def somebody_picks_up(self, which: int) -> None:
        if self.talk.legs:
            self.talk = picked_up(self.talk, self.talk.legs[which % len(self.talk.legs)].id)

    @rule(which=st.integers(0, 5), cause=st.sampled_from([NORMAL, 44]))
    def somebody_goes(self, which: int, cause: int) -> None:
        if self.talk.legs:
            self.talk = gone(self.talk, self.talk.legs[which % len(self.talk.legs)].id, cause)

    @rule(agent=people)
    def one_is_asked(self, agent: UUID) -> None:
        self.talk = consult(self.talk, uuid4(), agent)

    @rule(agent=people, way=st.sampled_from(WAYS))
    def one_oversees(self, agent: UUID, way: Way) -> None:
        self.talk = oversee(self.talk, uuid4(), agent, way)

    @rule(agent=people)
    def one_takes_over(self, agent: UUID) -> None:
        self.talk = take_over(self.talk, agent)

    @rule(does=st.sampled_from([conference, let_go, hand]), on=st.booleans(), asks=st.booleans())
    def the_agent_does(self, does: object, on: bool, asks: bool) -> None:
        assert callable(does)
        self.talk = replace(hold(does(self.talk), on=on), asking=asks and self.talk.talks)

    @invariant()
    def each_part_is_one_persons(self) -> None:
        live = [leg.role for leg in self.talk.legs if leg.live]
        assert len(live) == len(set(live))

    @invariant()
    def the_customer_is_in_one_place_and_hears_no_whisper(self) -> None:
        where = list(places(self.talk))
        assert [one for one, _ in where].count(CUSTOMER) == 1
        for leg in self.talk.legs:
            if leg.role == "leader" and leg.way != "barge":
                assert not hear_each_other(self.talk, CUSTOMER, leg.channel)

    @invariant()
    def nobody_hears_a_secret_or_who_hears_music(self) -> None:
        if self.talk.asking or self.talk.held:
            assert not any(hear_each_other(self.talk, CUSTOMER, leg.channel) for leg in self.talk.legs)


TestColleagues = Colleagues.TestCase
TestColleagues.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
