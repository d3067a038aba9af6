"""Offers, conversations and agents who come, go, fall silent and come back."""

import pytest

from qiao.routing.model import decide, next_due_at
from qiao.routing.model_facts import (
    AgentBack,
    AgentLost,
    AgentSignedOff,
    AgentSignedOn,
    AgentStatusSet,
    CallbackTaken,
    ContactAbandoned,
    ContactArrived,
    ContactDropped,
    ContactReleased,
    ContactRestored,
    ContactTransferred,
    OfferAccepted,
    OfferDeclined,
    TimePassed,
    WrapUpFinished,
)
from qiao.routing.model_rules import Profile
from tests.routing.small_centre import ONE_CALL_OR_FOUR_CHATS, Centre

CALLS = (("voice", 1),)


@pytest.fixture
def centre() -> Centre:
    made = Centre()
    made.desk()
    made.agent("wang")
    return made


def arrival(name: str) -> ContactArrived:
    return ContactArrived(name, "bills", "voice", 0, language="zh-CN")


class TestOffer:
    def test_it_is_the_agents_until_the_lease_ends(self, centre: Centre) -> None:
        centre.arrive("li")
        assert next_due_at(centre.oracle.state) == 20
        assert centre.after(19) == []
        assert centre.after(1) == [
            "li not to wang: missed",
            "wang is not ready: missed",
            "li waits again",
        ]
        assert next_due_at(centre.oracle.state) is None

    def test_missed_the_contact_is_at_the_head_again_and_another_gets_it(self, centre: Centre) -> None:
        centre.arrive("li")
        centre.arrive("zhao")
        centre.after(20)
        assert centre.waiting() == ["li", "zhao"]
        assert centre.agent("chen") == ["li to chen (offer 2)"]

    def test_accepted_it_is_a_conversation_for_as_long_as_it_takes(self, centre: Centre) -> None:
        centre.talk("li", "wang")
        assert centre.after(3600) == []
        assert centre.tally() == {"offered": 1, "answered": 1}

    def test_the_lease_of_an_accepted_one_ends_nothing(self, centre: Centre) -> None:
        centre.agent("chen")
        centre.arrive("zhao")
        centre.arrive("li")
        centre.tell(OfferAccepted("li", "chen"))
        assert centre.after(20)[0] == "zhao not to wang: missed"
        assert centre.tell(ContactReleased("li")) == ["chen is rid of li: finished", "zhao to chen (offer 2)"]

    def test_declined_it_goes_on_and_the_agent_is_not_ready(self, centre: Centre) -> None:
        centre.agent("chen")
        centre.arrive("li")
        assert centre.tell(OfferDeclined("li", "wang")) == [
            "li not to wang: declined",
            "wang is not ready: declined",
            "li waits again",
            "li to chen (offer 2)",
        ]

    def test_declined_because_his_telephone_was_not_there_that_is_why_he_is_not_ready(self, centre: Centre) -> None:
        centre.agent("chen")
        centre.arrive("li")
        assert centre.tell(AgentStatusSet("wang", ready=False, reason="unreachable")) == []
        assert centre.tell(OfferDeclined("li", "wang")) == [
            "li not to wang: declined",
            "wang is not ready: unreachable",
            "li waits again",
            "li to chen (offer 2)",
        ]

    def test_only_he_can_answer_it_and_only_once(self, centre: Centre) -> None:
        centre.arrive("li")
        for answer in (OfferAccepted("li", "chen"), OfferDeclined("li", "chen"), OfferAccepted("nobody", "wang")):
            assert centre.tell(answer) == []
        centre.tell(OfferAccepted("li", "wang"))
        assert centre.tell(OfferAccepted("li", "wang")) == []
        assert centre.tell(OfferDeclined("li", "wang")) == []

    @pytest.mark.parametrize(
        ("fact", "why"),
        [(ContactAbandoned("li"), "abandoned"), (CallbackTaken("li"), "callback"), (ContactDropped("li"), "dropped")],
    )
    def test_a_customer_who_leaves_while_offered_frees_the_agent(self, centre: Centre, fact: object, why: str) -> None:
        centre.arrive("li")
        centre.arrive("zhao")
        assert centre.tell(fact) == [f"li not to wang: {why}", f"li is gone: {why}", "zhao to wang"]
        assert centre.tally() == {"offered": 2, why: 1, "waiting": 1}

    def test_it_counts_as_waiting_until_it_is_accepted(self, centre: Centre) -> None:
        centre.arrive("li")
        assert centre.tally() == {"offered": 1, "waiting": 1}


class TestConversation:
    def test_it_cannot_be_abandoned_or_called_back(self, centre: Centre) -> None:
        centre.talk("li", "wang")
        assert centre.tell(ContactAbandoned("li")) == []
        assert centre.tell(CallbackTaken("li")) == []

    def test_dropped_it_frees_the_agent_at_once_even_in_wrap_up(self, centre: Centre) -> None:
        centre.desk(wrap_up_max_seconds=120.0)
        centre.talk("li", "wang")
        assert centre.tell(ContactDropped("li")) == ["wang is rid of li: dropped"]
        centre.talk("zhao", "wang")
        centre.tell(ContactReleased("zhao"))
        assert centre.tell(ContactDropped("zhao")) == ["wang is rid of zhao: dropped"]
        assert centre.tell(ContactDropped("zhao")) == []

    def test_released_it_is_written_up_and_wrap_up_has_a_maximum(self, centre: Centre) -> None:
        centre.desk(wrap_up_max_seconds=120.0)
        centre.talk("li", "wang")
        centre.arrive("zhao")
        assert centre.tell(ContactReleased("li")) == ["li is written up"]
        assert centre.tell(ContactReleased("li")) == []
        assert centre.after(119) == []
        assert centre.after(1) == ["wang is rid of li: overran", "zhao to wang"]
        assert centre.tell(WrapUpFinished("li")) == []

    def test_written_up_the_agent_is_free(self, centre: Centre) -> None:
        centre.desk(wrap_up_max_seconds=120.0)
        centre.talk("li", "wang")
        assert centre.tell(WrapUpFinished("li")) == []
        centre.tell(ContactReleased("li"))
        assert centre.tell(WrapUpFinished("li")) == ["wang is rid of li: finished"]

    def test_one_that_waits_cannot_be_released(self, centre: Centre) -> None:
        centre.arrive("li")
        assert centre.tell(ContactReleased("li")) == []
        assert centre.tell(ContactReleased("nobody")) == []


class TestStatus:
    def test_not_ready_he_gets_nothing_new_and_keeps_what_he_has(self, centre: Centre) -> None:
        centre.talk("li", "wang", channel="chat")
        centre.tell(AgentStatusSet("wang", ready=False, reason="tea"))
        assert centre.arrive("zhao", channel="chat") == ["zhao waits at bills"]
        assert centre.tell(AgentStatusSet("wang", ready=True)) == ["zhao to wang"]

    def test_ready_twice_keeps_his_place_among_the_idle(self, centre: Centre) -> None:
        centre.after(5)
        centre.agent("chen")
        centre.after(5)
        centre.tell(AgentStatusSet("wang", ready=True))
        assert centre.arrive("li") == ["li to wang"]

    def test_of_one_who_is_not_here_nothing_is_known(self, centre: Centre) -> None:
        for fact in (
            AgentStatusSet("ghost", ready=True),
            AgentLost("ghost"),
            AgentBack("ghost"),
            AgentSignedOff("ghost"),
        ):
            assert centre.tell(fact) == []


class TestSigningOff:
    def test_his_offer_and_his_conversation_wait_again_by_rank_and_what_he_wrote_up_is_done(
        self, centre: Centre
    ) -> None:
        centre.desk("slow", wrap_up_max_seconds=120.0)
        centre.talk("written", "wang", channel="chat", desk="slow")
        centre.tell(ContactReleased("written"))
        centre.talk("talking", "wang", channel="chat", waited=5)
        centre.arrive("offered", channel="chat", waited=9)
        assert sorted(centre.tell(AgentSignedOff("wang"))) == [
            "offered not to wang: withdrawn",
            "offered waits again",
            "talking waits again",
            "wang is rid of talking: lost",
            "wang is rid of written: finished",
        ]
        assert centre.waiting() == ["offered", "talking"]
        assert centre.tally() == {"offered": 3, "answered": 1, "waiting": 2}
        assert centre.tell(AgentSignedOff("wang")) == []


class TestNewProfile:
    def test_it_counts_from_now_on_also_for_what_waits(self, centre: Centre) -> None:
        assert centre.arrive("jones", language="en") == ["jones waits at bills, unattended"]
        told = centre.tell(AgentSignedOn("wang", Profile(ONE_CALL_OR_FOUR_CHATS, languages=frozenset({"en"}))))
        assert told == ["jones to wang"]

    def test_a_smaller_capacity_lets_what_he_has_go_on_and_adds_nothing(self, centre: Centre) -> None:
        centre.talk("c1", "wang", channel="chat")
        centre.talk("c2", "wang", channel="chat")
        centre.arrive("c3", channel="voice")
        assert centre.tell(AgentSignedOn("wang", Profile(CALLS, languages=frozenset({"zh-CN"})))) == []
        assert centre.tell(ContactReleased("c1")) == ["wang is rid of c1: finished"]
        assert centre.tell(ContactReleased("c2")) == ["wang is rid of c2: finished", "c3 to wang"]

    def test_those_held_for_him_are_looked_at_anew(self, centre: Centre) -> None:
        centre.talk("li", "wang")
        centre.arrive("zhao", preferred_agent_id="wang")
        centre.agent("chen")
        told = centre.tell(AgentSignedOn("wang", Profile(CALLS, languages=frozenset({"en"}))))
        assert told == ["zhao to chen"]


class TestSilentAgent:
    def test_his_offers_return_at_once(self, centre: Centre) -> None:
        centre.arrive("li")
        assert centre.tell(AgentLost("wang")) == ["li not to wang: withdrawn", "li waits again"]
        assert centre.tell(AgentLost("wang")) == []
        assert centre.tell(AgentBack("wang")) == ["li to wang (offer 2)"]

    def test_his_conversation_is_kept_for_a_minute_then_offered_again(self, centre: Centre) -> None:
        centre.talk("li", "wang")
        centre.agent("chen")
        assert centre.tell(AgentLost("wang")) == []
        assert centre.after(59) == []
        assert centre.after(1) == ["wang is rid of li: lost", "li waits again", "li to chen (offer 2)"]

    def test_back_in_time_he_keeps_it(self, centre: Centre) -> None:
        centre.talk("li", "wang")
        centre.tell(AgentLost("wang"))
        centre.after(59)
        assert centre.tell(AgentBack("wang")) == []
        assert centre.tell(AgentBack("wang")) == []
        assert centre.after(600) == []
        assert centre.tell(ContactReleased("li")) == ["wang is rid of li: finished"]

    def test_what_he_writes_up_stays_his(self, centre: Centre) -> None:
        centre.desk(wrap_up_max_seconds=120.0)
        centre.talk("li", "wang")
        centre.tell(ContactReleased("li"))
        assert centre.tell(AgentLost("wang")) == []
        assert centre.tell(AgentBack("wang")) == []
        assert centre.after(120) == ["wang is rid of li: overran"]

    def test_what_was_said_to_the_end_needs_no_writing_up_by_him(self, centre: Centre) -> None:
        centre.desk(wrap_up_max_seconds=120.0)
        centre.talk("li", "wang")
        centre.tell(AgentLost("wang"))
        assert centre.tell(ContactReleased("li")) == ["wang is rid of li: finished"]

    def test_a_dropped_or_transferred_conversation_of_his_is_not_waited_for(self, centre: Centre) -> None:
        centre.talk("li", "wang", channel="chat")
        centre.talk("zhao", "wang", channel="chat")
        centre.tell(AgentLost("wang"))
        assert centre.tell(ContactDropped("li")) == ["wang is rid of li: dropped"]
        told = centre.tell(ContactTransferred("zhao", "bills"))
        assert told == ["wang is rid of zhao: transferred", "zhao transferred to bills"]


class TestTakingOver:
    def test_what_stands_in_rows_is_as_it_was(self, centre: Centre) -> None:
        for name in ("chen", "zhou"):
            centre.agent(name)
        assert centre.tell(ContactRestored(arrival("offered"), "offered", "wang", until=7.0, attempt=2)) == []
        assert centre.tell(ContactRestored(arrival("talking"), "active", "chen")) == []
        assert centre.tell(ContactRestored(arrival("written"), "wrap_up", "zhou", until=9.0)) == []
        assert centre.tally() == {"offered": 3, "answered": 2, "waiting": 1}
        assert centre.after(7)[:2] == ["offered not to wang: missed", "wang is not ready: missed"]
        assert centre.after(2) == ["zhou is rid of written: overran", "offered to zhou (offer 3)"]

    def test_whose_agent_is_not_here_waits(self, centre: Centre) -> None:
        assert centre.tell(ContactRestored(arrival("li"), "active", "ghost")) == ["li to wang"]
        assert centre.tell(ContactRestored(arrival("li"), "active", "wang")) == []

    def test_whose_agent_is_silent_is_kept_for_the_grace_but_not_an_offer(self, centre: Centre) -> None:
        centre.tell(AgentLost("wang"))
        assert centre.tell(ContactRestored(arrival("li"), "offered", "wang", until=7.0)) == ["li waits at bills"]
        assert centre.tell(ContactRestored(arrival("zhao"), "active", "wang")) == []
        assert centre.after(60) == ["wang is rid of zhao: lost", "zhao waits again"]


def test_time_never_goes_back(centre: Centre) -> None:
    centre.after(100)
    centre.arrive("li")
    assert next_due_at(centre.oracle.state) == 120
    assert decide(centre.oracle.state, TimePassed(), 50.0) == []
    assert centre.oracle.state.now == 100
