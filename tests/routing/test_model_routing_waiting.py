"""Who is next: rank, preferred agents, avoided agents, relaxing, overflow."""

import pytest

from qiao.routing.model_facts import (
    AgentSignedOff,
    AgentSignedOn,
    AgentStatusSet,
    CallbackTaken,
    ContactAbandoned,
    ContactDropped,
    ContactReleased,
    ContactTransferred,
    OfferDeclined,
)
from qiao.routing.model_matching import expected_wait
from qiao.routing.model_rules import Profile, RelaxStep
from tests.routing.small_centre import ONE_CALL_OR_FOUR_CHATS, Centre


@pytest.fixture
def centre() -> Centre:
    made = Centre()
    made.desk(head_start_seconds={"vip": 90.0})
    return made


def test_a_contact_waits_and_whether_anybody_could_ever_serve_it_is_said(centre: Centre) -> None:
    assert centre.arrive("li") == ["li waits at bills, unattended"]
    centre.agent("wang", ready=False)
    assert centre.arrive("zhao") == ["zhao waits at bills"]
    assert centre.arrive("jones", language="en") == ["jones waits at bills, unattended"]


def test_who_waits_longest_is_served_first_and_a_vip_has_ninety_seconds_of_credit(centre: Centre) -> None:
    for name, segment in (("first", None), ("second", None), ("vip", "vip")):
        centre.arrive(name, segment=segment)
        centre.after(40)
    assert centre.waiting() == ["vip", "first", "second"]
    assert centre.agent("wang") == ["vip to wang"]


def test_two_minutes_of_waiting_outweigh_the_credit(centre: Centre) -> None:
    centre.arrive("first")
    centre.after(91)
    centre.arrive("vip", segment="vip")
    assert centre.agent("wang") == ["first to wang"]


def test_a_callback_keeps_the_time_at_which_its_waiting_began(centre: Centre) -> None:
    centre.arrive("li")
    centre.arrive("called back", waited=3600)
    assert centre.agent("wang") == ["called back to wang"]


def test_the_least_loaded_agent_is_taken_then_the_one_idle_longest(centre: Centre) -> None:
    centre.agent("wang")
    centre.after(5)
    centre.agent("chen")
    assert centre.arrive("c1", channel="chat") == ["c1 to wang"]
    assert centre.arrive("c2", channel="chat") == ["c2 to chen"]
    assert centre.arrive("c3", channel="chat") == ["c3 to wang"]


def test_one_call_or_four_chats(centre: Centre) -> None:
    centre.agent("wang")
    for number in range(4):
        centre.talk(f"chat {number}", "wang", channel="chat")
    assert centre.arrive("chat 4", channel="chat") == ["chat 4 waits at bills"]
    assert centre.arrive("call") == ["call waits at bills"]
    told = centre.tell(ContactReleased("chat 0"))
    assert told == ["wang is rid of chat 0: finished", "chat 4 to wang"]
    assert centre.waiting() == ["call"]


def test_arriving_twice_is_arriving_once(centre: Centre) -> None:
    centre.arrive("li")
    assert centre.arrive("li") == []
    assert centre.tally() == {"offered": 1, "waiting": 1}


def test_a_desk_that_nobody_named_is_refused(centre: Centre) -> None:
    with pytest.raises(KeyError):
        centre.oracle.state.desks["nowhere"]
    with pytest.raises(KeyError):
        centre.arrive("li", "nowhere")


def test_a_contact_that_left_is_gone_whoever_says_it_twice(centre: Centre) -> None:
    centre.arrive("li")
    centre.arrive("zhao")
    assert centre.tell(ContactAbandoned("li")) == ["li is gone: abandoned"]
    assert centre.tell(ContactAbandoned("li")) == []
    assert centre.tell(CallbackTaken("zhao")) == ["zhao is gone: callback"]
    assert centre.tally() == {"offered": 2, "abandoned": 1, "callback": 1}


class TestPreferredAgent:
    def test_he_gets_the_contact_although_another_is_idle_longer(self, centre: Centre) -> None:
        centre.agent("wang")
        centre.agent("chen")
        assert centre.arrive("li", preferred_agent_id="chen") == ["li to chen"]

    def test_while_he_is_busy_it_is_held_for_him_then_for_anybody(self, centre: Centre) -> None:
        centre.agent("chen")
        centre.talk("zhao", "chen")
        centre.agent("wang")
        assert centre.arrive("li", preferred_agent_id="chen") == ["li waits at bills"]
        assert centre.after(29) == []
        assert centre.after(1) == ["li to wang"]

    def test_what_is_held_for_him_goes_before_what_waits_for_anybody(self, centre: Centre) -> None:
        centre.agent("chen")
        centre.talk("zhao", "chen")
        centre.arrive("anybody", waited=60)
        centre.arrive("li", preferred_agent_id="chen")
        assert centre.tell(ContactReleased("zhao"))[-1] == "li to chen"

    def test_what_is_held_but_does_not_fit_yet_does_not_stop_smaller_ones(self, centre: Centre) -> None:
        centre.agent("chen")
        for number in range(4):
            centre.talk(f"chat {number}", "chen", channel="chat")
        centre.arrive("call", preferred_agent_id="chen")
        centre.arrive("chat 4", channel="chat")
        assert centre.tell(ContactReleased("chat 0"))[-1] == "chat 4 to chen"

    def test_a_held_contact_may_leave(self, centre: Centre) -> None:
        centre.agent("chen")
        centre.talk("zhao", "chen")
        centre.arrive("li", preferred_agent_id="chen")
        assert centre.tell(ContactAbandoned("li")) == ["li is gone: abandoned"]
        assert centre.tell(ContactReleased("zhao")) == ["chen is rid of zhao: finished"]

    @pytest.mark.parametrize("gone", [AgentStatusSet("chen", ready=False), AgentSignedOff("chen")])
    def test_when_he_goes_those_held_for_him_go_to_anybody(self, centre: Centre, gone: object) -> None:
        centre.agent("chen")
        centre.talk("zhao", "chen")
        centre.agent("wang")
        centre.agent("zhou")
        centre.arrive("li", preferred_agent_id="chen")
        assert centre.tell(gone)[-1] in {"li to wang", "li to zhou"}

    @pytest.mark.parametrize(
        "change",
        [{"ready": False}, {"languages": frozenset({"en"})}],
    )
    def test_one_who_cannot_take_it_is_not_waited_for(self, centre: Centre, change: dict[str, object]) -> None:
        centre.agent("chen", **change)
        centre.agent("wang")
        assert centre.arrive("li", preferred_agent_id="chen") == ["li to wang"]

    def test_nobody_is_waited_for_who_is_not_here_or_where_the_desk_does_not_hold(self, centre: Centre) -> None:
        centre.agent("wang")
        assert centre.arrive("li", preferred_agent_id="chen", channel="chat") == ["li to wang"]
        centre.desk("now", preferred_hold_seconds=0.0)
        centre.talk("zhao", "wang", desk="now", channel="chat", preferred_agent_id="wang")


def test_held_and_returned_contacts_of_an_agent_who_closes_go_on_by_rank(centre: Centre) -> None:
    centre.agent("chen", capacity=(("chat", 1),))
    assert centre.arrive("offered", channel="chat") == ["offered to chen"]
    centre.arrive("held", channel="chat", preferred_agent_id="chen", waited=10)
    centre.agent("wang", capacity=(("chat", 1),))
    assert centre.tell(OfferDeclined("offered", "chen")) == [
        "offered not to chen: declined",
        "chen is not ready: declined",
        "offered waits again",
        "held to wang",
    ]


class TestAvoidedAgent:
    def test_he_is_passed_over_for_the_next(self, centre: Centre) -> None:
        centre.agent("wang")
        centre.agent("chen")
        assert centre.arrive("li", avoid_agent_id="wang") == ["li to chen"]
        assert centre.arrive("zhao") == ["zhao to wang"]

    def test_in_a_pool_of_other_profiles_too(self, centre: Centre) -> None:
        centre.agent("wang")
        centre.after(1)
        centre.agent("chen", capacity=(("voice", 1),))
        assert centre.arrive("li", avoid_agent_id="wang") == ["li to chen"]

    def test_with_nobody_else_the_contact_waits_and_stops_nobody(self, centre: Centre) -> None:
        centre.agent("wang")
        assert centre.arrive("li", avoid_agent_id="wang") == ["li waits at bills"]
        assert centre.arrive("zhao") == ["zhao to wang"]
        assert centre.agent("chen") == ["li to chen"]

    def test_he_looks_behind_those_who_avoid_him(self, centre: Centre) -> None:
        centre.arrive("li", avoid_agent_id="wang")
        centre.arrive("zhao", avoid_agent_id="wang", language="en")
        centre.arrive("qian")
        both = frozenset({"zh-CN", "en"})
        assert centre.agent("wang", languages=both, capacity=(("voice", 1), ("chat", 1))) == ["qian to wang"]
        assert centre.agent("chen", languages=both) == ["li to chen"]

    def test_he_gets_none_when_all_avoid_him(self, centre: Centre) -> None:
        centre.arrive("li", avoid_agent_id="wang")
        assert centre.agent("wang") == []

    def test_even_if_preferred(self, centre: Centre) -> None:
        centre.agent("wang")
        assert centre.arrive("li", preferred_agent_id="wang", avoid_agent_id="wang") == ["li waits at bills"]

    def test_a_call_that_avoids_him_does_not_stop_a_chat_that_he_has_room_for(self, centre: Centre) -> None:
        centre.agent("wang")
        centre.talk("chat", "wang", channel="chat")
        centre.arrive("call")
        assert centre.arrive("li", channel="chat", avoid_agent_id="wang") == ["li waits at bills"]
        for number in range(3):
            centre.talk(f"more {number}", "wang", channel="chat")
        centre.arrive("zhao", channel="chat")
        assert centre.tell(ContactReleased("chat"))[-1] == "zhao to wang"


class TestRelaxing:
    def test_needs_ease_by_steps(self) -> None:
        centre = Centre()
        centre.desk(
            skills=frozenset({("bill", 2)}),
            relax=(RelaxStep(30, levels=(("bill", 1),)), RelaxStep(60, drop_language=True)),
        )
        centre.agent("wang", skills=frozenset({("bill", 1)}), languages=frozenset({"en"}))
        assert centre.arrive("li") == ["li waits at bills"]
        assert centre.after(30) == ["li is easier"]
        assert centre.after(30) == ["li is easier", "li to wang"]

    def test_a_step_on_condition_of_a_long_wait_is_looked_at_again(self) -> None:
        centre = Centre()
        step = RelaxStep(30, drop_language=True, expected_wait_over_seconds=40)
        centre.desk(relax=(step,))
        centre.agent("wang", capacity=(("voice", 1),))
        centre.talk("zhao", "wang")
        centre.arrive("li")
        assert centre.after(30) == []
        centre.arrive("old", waited=200)
        assert centre.after(14) == []
        assert centre.after(1) == ["li is easier"]

    def test_it_is_taken_when_nobody_signed_on_serves_the_contact(self) -> None:
        centre = Centre()
        centre.desk(relax=(RelaxStep(30, drop_language=True, expected_wait_over_seconds=40),))
        centre.agent("jones", languages=frozenset({"en"}))
        assert centre.arrive("li") == ["li waits at bills"]
        assert centre.after(30) == ["li is easier", "li to jones"]


class TestExpectedWait:
    def test_it_is_what_the_last_one_waited_less_what_this_one_has(self, centre: Centre) -> None:
        centre.agent("wang", capacity=(("voice", 1),), ready=False)
        centre.arrive("li")
        centre.after(50)
        centre.tell(AgentStatusSet("wang", ready=True))
        centre.arrive("zhao")
        centre.after(10)
        zhao = centre.oracle.state.contacts["zhao"]
        assert expected_wait(centre.oracle.state, zhao, centre.now) == pytest.approx(40)

    def test_or_what_the_first_in_line_has_waited_if_that_is_more(self, centre: Centre) -> None:
        centre.agent("wang", ready=False)
        centre.arrive("li", waited=70)
        centre.arrive("zhao")
        zhao = centre.oracle.state.contacts["zhao"]
        assert expected_wait(centre.oracle.state, zhao, centre.now) == pytest.approx(70)

    def test_it_is_known_with_an_empty_lane_and_unknown_with_nobody_there(self, centre: Centre) -> None:
        centre.agent("wang")
        centre.talk("li", "wang", waited=25)
        li = centre.oracle.state.contacts["li"]
        assert expected_wait(centre.oracle.state, li, centre.now) == 0.0
        centre.tell(AgentSignedOff("wang"))
        assert expected_wait(centre.oracle.state, li, centre.now) is None


class TestOverflow:
    def test_after_a_while_another_desk_has_the_contact_and_it_keeps_its_place_in_time(self, centre: Centre) -> None:
        centre.desk(overflow_after_seconds=60.0, overflow_desk_id="general")
        centre.desk("general", language_matters=False)
        centre.arrive("li")
        centre.after(50)
        centre.arrive("general's own", "general")
        assert centre.after(10) == ["li overflowed to general"]
        assert centre.waiting() == ["li", "general's own"]
        assert centre.tally() == {"offered": 1, "overflowed": 1}
        assert centre.tally("general") == {"offered": 2, "waiting": 2}
        assert centre.agent("jones", languages=frozenset({"en"})) == ["li to jones"]

    def test_it_never_comes_back_to_where_it_was(self, centre: Centre) -> None:
        centre.desk(overflow_after_seconds=60.0, overflow_desk_id="general")
        centre.desk("general", overflow_after_seconds=60.0, overflow_desk_id="bills")
        centre.arrive("li")
        assert centre.after(60) == ["li overflowed to general"]
        assert centre.after(600) == []

    def test_a_desk_that_is_not_there_takes_nobody(self, centre: Centre) -> None:
        centre.desk(overflow_after_seconds=60.0, overflow_desk_id="nowhere")
        centre.arrive("li")
        assert centre.after(60) == []
        assert centre.agent("wang") == ["li to wang"]


class TestRulesThatChange:
    def test_who_waits_waits_by_the_new_ones(self, centre: Centre) -> None:
        centre.desk("other")
        centre.arrive("elsewhere", "other")
        centre.arrive("li", segment="vip")
        centre.arrive("zhao", waited=10)
        assert centre.waiting() == ["li", "zhao", "elsewhere"]
        centre.agent("jones", languages=frozenset({"en"}))
        assert centre.desk(language_matters=False) == ["zhao to jones"]

    def test_who_talks_talks_on(self, centre: Centre) -> None:
        centre.agent("wang")
        centre.talk("li", "wang")
        assert centre.desk(language_matters=False) == []
        assert centre.tell(ContactReleased("li")) == ["wang is rid of li: finished"]


class TestTransfer:
    def test_to_a_named_agent_of_another_desk(self, centre: Centre) -> None:
        centre.desk("faults")
        for name in ("wang", "chen", "zhou"):
            centre.agent(name)
        centre.talk("li", "wang")
        assert centre.tell(ContactTransferred("li", "faults", "zhou")) == [
            "wang is rid of li: transferred",
            "li transferred to faults",
            "li to zhou (offer 2)",
        ]
        assert centre.tally() == {"offered": 1, "answered": 1}
        assert centre.tally("faults") == {"offered": 1, "waiting": 1}

    def test_never_back_to_him_who_hands_it_on(self, centre: Centre) -> None:
        centre.agent("wang")
        centre.talk("li", "wang")
        told = centre.tell(ContactTransferred("li", "bills", "wang"))
        assert told == ["wang is rid of li: transferred", "li transferred to bills"]
        assert centre.waiting() == ["li"]

    def test_only_of_a_conversation(self, centre: Centre) -> None:
        centre.arrive("li")
        assert centre.tell(ContactTransferred("li", "bills")) == []
        assert centre.tell(ContactTransferred("nobody", "bills")) == []


def test_lanes_and_pools_forget_what_is_stale() -> None:
    centre = Centre()
    centre.desk()
    for number in range(70):
        centre.arrive(f"c{number}", waited=100 - number)
    for number in range(1, 69):
        centre.tell(ContactAbandoned(f"c{number}"))
    (lane,) = centre.oracle.state.lanes.values()
    assert len(lane.heap) < 66
    profile = Profile(ONE_CALL_OR_FOUR_CHATS, languages=frozenset({"zh-CN"}), skills=frozenset({("tea", 1)}))
    for agent in ("first", "wang"):
        centre.tell(AgentSignedOn(agent, profile))
        centre.oracle.now += 1
        centre.tell(AgentStatusSet(agent, ready=True))
    for contact in ("c0", "c69"):
        centre.tell(ContactDropped(contact))
    for _ in range(100):
        centre.tell(AgentStatusSet("wang", ready=True))
    assert all(len(pool.heap) < 70 for pool in centre.oracle.state.group_of(profile).pools)
    assert centre.arrive("li") == ["li to first"]
    assert centre.arrive("zhao") == ["zhao to wang"]
