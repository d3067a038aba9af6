"""Colleagues who are on the line in somebody's contact, contacts handed to them, and what is urgent."""

import pytest

from qiao.routing.model import decide
from qiao.routing.model_facts import (
    AgentEngaged,
    AgentLost,
    AgentSignedOn,
    ContactArrived,
    ContactHanded,
    ContactReleased,
    ContactRestored,
    ContactTransferred,
    OfferAccepted,
)
from qiao.routing.model_matching import expected_wait
from qiao.routing.model_rules import Profile
from tests.routing.small_centre import ONE_CALL_OR_FOUR_CHATS, Centre


@pytest.fixture
def centre() -> Centre:
    made = Centre()
    made.desk()
    made.agent("wang")
    return made


class TestOnTheLine:
    def test_nothing_is_offered_to_him_until_he_is_off_it_again(self, centre: Centre) -> None:
        assert centre.tell(AgentEngaged("wang", True)) == []
        assert centre.tell(AgentEngaged("wang", True)) == []
        assert centre.arrive("li") == ["li waits at bills"]
        assert centre.tell(AgentEngaged("wang", False)) == ["li to wang"]

    def test_what_was_just_being_offered_to_him_goes_to_somebody_else(self, centre: Centre) -> None:
        centre.arrive("li")
        centre.agent("chen")
        assert centre.tell(AgentEngaged("wang", True)) == [
            "li not to wang: withdrawn",
            "li waits again",
            "li to chen (offer 2)",
        ]

    def test_what_was_held_for_him_waits_for_anybody(self, centre: Centre) -> None:
        centre.talk("zhao", "wang")
        centre.agent("chen")
        assert centre.arrive("li", preferred_agent_id="wang") == ["li waits at bills"]
        assert centre.tell(AgentEngaged("wang", True)) == ["li to chen"]

    def test_read_back_from_rows_he_is_not_given_the_offer_that_he_had(self, centre: Centre) -> None:
        centre.tell(AgentEngaged("wang", True))
        came = ContactArrived("li", "bills", "voice", 0, language="zh-CN")
        assert centre.tell(ContactRestored(came, "offered", "wang", 99)) == ["li waits at bills"]

    def test_of_one_who_is_not_here_nothing_is_known(self, centre: Centre) -> None:
        assert centre.tell(AgentEngaged("ghost", True)) == []


class TestHandedOver:
    def test_the_colleague_has_it_without_an_offer_whatever_he_serves(self, centre: Centre) -> None:
        centre.talk("li", "wang")
        centre.agent("jones", languages=frozenset({"en"}))
        centre.tell(AgentEngaged("jones", True))
        assert centre.tell(ContactHanded("li", "jones")) == ["wang is rid of li: handed", "jones has li"]
        assert centre.arrive("zhao") == ["zhao to wang"]
        assert centre.tally() == {"offered": 2, "answered": 1, "waiting": 1}
        assert centre.tell(ContactReleased("li")) == ["jones is rid of li: finished"]

    def test_nobody_has_it_whose_hands_are_full_or_who_is_not_here(self, centre: Centre) -> None:
        centre.talk("li", "wang")
        centre.agent("chen")
        centre.talk("zhao", "chen")
        for to in ("chen", "ghost", "wang"):
            assert centre.tell(ContactHanded("li", to)) == []
        assert centre.tell(ContactHanded("nobody", "chen")) == []

    def test_who_is_on_the_line_in_it_has_room_for_it_beside_what_he_has(self, centre: Centre) -> None:
        centre.talk("li", "wang")
        centre.agent("chen")
        centre.talk("zhao", "chen", channel="chat")
        centre.tell(AgentEngaged("chen", True))
        assert centre.tell(ContactHanded("li", "chen")) == ["wang is rid of li: handed", "chen has li"]

    def test_handed_to_one_who_fell_silent_it_waits_again_after_the_grace(self, centre: Centre) -> None:
        centre.talk("li", "wang")
        centre.agent("chen")
        centre.tell(AgentLost("chen"))
        centre.tell(ContactHanded("li", "chen"))
        assert centre.after(60) == ["chen is rid of li: lost", "li waits again", "li to wang (offer 2)"]

    def test_he_who_had_avoided_it_may_have_it_again(self, centre: Centre) -> None:
        centre.agent("chen")
        centre.talk("li", "wang")
        assert centre.tell(ContactTransferred("li", "bills"))[-1] == "li to chen (offer 2)"
        centre.tell(OfferAccepted("li", "chen"))
        assert centre.tell(ContactHanded("li", "wang")) == ["chen is rid of li: handed", "wang has li"]


class TestUrgent:
    def test_it_goes_before_who_has_waited_longer_and_before_a_vip(self, centre: Centre) -> None:
        centre.desk(head_start_seconds={"vip": 900.0})
        centre.talk("zhao", "wang")
        centre.arrive("old", waited=5000)
        centre.arrive("vip", segment="vip")
        centre.arrive("help", urgent=True)
        centre.arrive("help2", urgent=True, waited=3)
        assert centre.waiting() == ["help2", "help", "old", "vip"]
        assert centre.tell(ContactReleased("zhao"))[-1] == "help2 to wang"

    def test_it_stays_urgent_where_it_overflows_to(self, centre: Centre) -> None:
        centre.desk("help", overflow_after_seconds=5, overflow_desk_id="bills", skills=frozenset({("help", 1)}))
        centre.talk("zhao", "wang")
        centre.arrive("old")
        centre.arrive("cry", desk="help", urgent=True)
        assert centre.after(5) == ["cry overflowed to bills"]
        assert centre.waiting() == ["cry", "old"]

    def test_what_others_expect_to_wait_is_not_guessed_from_its_rank(self, centre: Centre) -> None:
        centre.talk("zhao", "wang")
        centre.arrive("cry", urgent=True)
        centre.after(10)
        centre.arrive("old")
        state = centre.oracle.state
        assert expected_wait(state, state.contacts["old"], centre.now) == 10
        centre.tell(ContactReleased("zhao"))
        assert expected_wait(state, state.contacts["old"], centre.now) == 10


def test_the_profile_changes_while_he_is_on_the_line_and_he_is_still_offered_nothing() -> None:
    centre = Centre()
    centre.desk()
    centre.agent("wang")
    centre.tell(AgentEngaged("wang", True))
    decide(centre.oracle.state, ContactArrived("li", "bills", "voice", 0, language="en"), 0)
    again = AgentSignedOn("wang", Profile(ONE_CALL_OR_FOUR_CHATS, languages=frozenset({"en"})))
    assert decide(centre.oracle.state, again, 0) == []
