"""What contacts count as and come to: tables and properties of the pure part."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.insight import model
from qiao.insight.model import Contact, Cost, Counts, Key, Prices, Share

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SHI = uuid4()
HOURS = st.integers(0, 72).map(lambda hours: AT + timedelta(hours=hours))


def contact(**told: object) -> Contact:
    plain = Contact(
        id=uuid4(),
        day=date(2026, 11, 23),
        channel="sms",
        service="balance",
        language="zh-CN",
        segment="standard",
        unit_id=None,
        customer_id=SHI,
        started_at=AT,
        ended_at=AT,
        machine=True,
        person_at=None,
        answered=False,
        done=False,
    )
    return replace(plain, **told)


contacts = st.builds(
    contact,
    id=st.uuids(),
    day=st.sampled_from([date(2026, 11, 23), date(2026, 11, 24)]),
    channel=st.sampled_from(["sms", "chat"]),
    customer_id=st.sampled_from([SHI, None]),
    started_at=HOURS,
    ended_at=st.none() | HOURS,
    machine=st.booleans(),
    person_at=st.none() | HOURS,
    answered=st.booleans(),
    done=st.booleans(),
    followed_at=st.none() | HOURS,
)


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        ({}, Counts(contacts=1, machine=1)),
        ({"done": True}, Counts(contacts=1, machine=1, done=1)),
        ({"followed_at": AT}, Counts(contacts=1, machine=1, followed=1)),
        ({"customer_id": None}, Counts(contacts=1, machine=1, unknown=1)),
        ({"customer_id": None, "followed_at": AT}, Counts(contacts=1, machine=1, unknown=1)),
        ({"person_at": AT}, Counts(contacts=1, machine=1, handed=1, asked=1)),
        ({"person_at": AT, "customer_id": None, "answered": True}, Counts(1, 1, handed=1, asked=1, answered=1)),
        ({"machine": False, "person_at": AT, "ended_at": None}, Counts(contacts=1, asked=1)),
        ({"machine": False}, Counts(contacts=1)),
    ],
)
def test_what_a_contact_counts_as(told: dict[str, object], counts: Counts) -> None:
    found = model.counted(contact(**told))
    assert found == (Key(date(2026, 11, 23), "sms", "balance", "zh-CN", "standard", None), counts)


def test_a_contact_that_still_goes_on_by_machine_counts_for_nothing_yet() -> None:
    assert model.counted(contact(ended_at=None)) is None
    assert model.changes(None, contact(ended_at=None)) == {}


def test_containment_is_of_those_of_whom_it_can_be_known() -> None:
    counts = Counts(contacts=10, machine=8, handed=2, followed=1, unknown=3, asked=4)
    assert counts.contained == 2
    assert counts.containment == Share(2, 5)
    assert counts.containment.percent == 40
    assert counts.straight == 2
    assert Share(0, 0).percent is None


@given(contacts)
def test_what_stayed_and_what_left_are_all_there_were(one: Contact) -> None:
    told = model.counted(one)
    if told is not None:
        counts = told[1]
        assert counts.machine == counts.contained + counts.handed + counts.followed + counts.unknown
        assert 0 <= counts.contained <= counts.machine <= counts.contacts == 1
        assert counts.straight >= 0


@given(st.lists(contacts, max_size=6))
def test_day_rows_are_the_same_however_a_contact_came_to_stand_so(stages: list[Contact]) -> None:
    rows: dict[Key, Counts] = {}
    before: Contact | None = None
    for stage in stages:
        for key, counts in model.changes(before, stage).items():
            rows[key] = rows.get(key, Counts()) + counts
        before = stage
    told = model.counted(stages[-1]) if stages else None
    assert {key: counts for key, counts in rows.items() if counts != Counts()} == (dict([told]) if told else {})


def test_nothing_changes_where_nothing_does() -> None:
    one = contact()
    assert model.changes(one, one) == {}
    assert model.changes(one, None) == {key: Counts() - counts for key, counts in [model.counted(one) or ()]}


@pytest.mark.parametrize(("hours", "follows"), [(-1, False), (0, True), (23, True), (24, True), (25, False)])
def test_a_person_asked_for_within_a_day_of_its_end_follows(hours: int, follows: bool) -> None:
    served = contact()
    other = contact(channel="chat", machine=False, person_at=AT + timedelta(hours=hours))
    assert model.followed([other, served]) == {served.id: other.person_at if follows else None}


@given(st.lists(contacts, max_size=8, unique_by=lambda one: one.id), st.randoms())
def test_what_follows_does_not_depend_on_the_order_in_which_it_is_heard(found: list[Contact], chance: object) -> None:
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert model.followed(found) == model.followed(mixed)
    assert set(model.followed(found)) == {one.id for one in found if one.alone}


def test_a_contact_worked_out_anew_keeps_what_only_earlier_events_told() -> None:
    known = contact(done=True, followed_at=AT, ended_at=None)
    fresh = replace(known, service="", done=False, machine=False, followed_at=None)
    assert model.merged(known, fresh) == known
    later = replace(fresh, ended_at=AT)
    assert model.merged(known, later).ended_at == AT
    assert model.merged(replace(known, ended_at=AT + timedelta(minutes=1)), later).ended_at == AT + timedelta(minutes=1)
    assert model.merged(replace(known, service=""), replace(fresh, service="bill")).service == "bill"


@pytest.mark.parametrize(
    ("known", "fresh", "kept"),
    [
        (("balance", False), ("bill", False), ("balance", False)),
        (("balance", False), ("bill", True), ("balance", False)),
        (("balance", True), ("bill", False), ("bill", False)),
        (("balance", True), ("bill", True), ("balance", True)),
        (("balance", True), ("", False), ("balance", True)),
        (("", False), ("bill", True), ("bill", True)),
        (("", False), ("", False), ("", False)),
    ],
)
def test_what_was_ordered_tells_better_than_words_and_the_first_stays(
    known: tuple[str, bool], fresh: tuple[str, bool], kept: tuple[str, bool]
) -> None:
    one, other = contact(service=known[0], guessed=known[1]), contact(service=fresh[0], guessed=fresh[1])
    merged = model.merged(one, other)
    assert (merged.service, merged.guessed) == kept


def test_a_day_is_the_centres_and_ripe_when_its_last_contacts_had_their_day() -> None:
    assert model.day_of(datetime(2026, 11, 22, 16, 0, tzinfo=UTC), SHANGHAI) == date(2026, 11, 23)
    day = date(2026, 11, 23)
    midnight = datetime(2026, 11, 24, 0, 0, tzinfo=SHANGHAI)
    assert not model.ripe(day, midnight + timedelta(hours=24, minutes=59), SHANGHAI)
    assert model.ripe(day, midnight + timedelta(hours=25), SHANGHAI)


@given(st.integers(0, 10**9).map(lambda seconds: AT + timedelta(seconds=seconds, microseconds=seconds % 977)))
def test_a_visit_begins_on_a_half_hour_and_holds_its_moment(at: datetime) -> None:
    begins = model.visit_at(at)
    assert begins <= at < begins + model.VISIT
    assert begins.minute in (0, 30)
    assert (begins.second, begins.microsecond) == (0, 0)


def test_sums_by_a_part() -> None:
    key = Key(date(2026, 11, 23), "sms", "balance", "zh-CN", "standard", None)
    rows = [(key, Counts(1)), (replace(key, channel="chat"), Counts(2)), (key, Counts(4))]
    assert model.summed(rows, lambda one: model.part_of(one, "channel")) == {"sms": Counts(5), "chat": Counts(2)}
    assert model.part_of(key, "day") == "2026-11-23"


PRICES = Prices({"": Decimal(5), "sms": Decimal(12), "person": Decimal(800), "person.chat": Decimal(600)}, "CNY")


def test_cost_is_the_machines_price_and_the_persons_and_what_stayed_spared_the_difference() -> None:
    counts = Counts(contacts=10, machine=8, handed=2, followed=1, answered=3)
    assert model.cost_of("sms", counts, PRICES) == Cost(Decimal(8 * 12 + 3 * 800), Decimal(5 * (800 - 12)))
    assert model.cost_of("chat", counts, PRICES) == Cost(Decimal(8 * 5 + 3 * 600), Decimal(5 * 595))
    assert model.cost_of("x", counts, Prices({}, "CNY")) == Cost()
    dear = Prices({"": Decimal(900), "person": Decimal(800)}, "CNY")
    assert model.cost_of("x", counts, dear).spared == 0


@given(st.lists(st.integers(0, 50), min_size=8, max_size=8), st.lists(st.integers(0, 50), min_size=8, max_size=8))
def test_cost_of_sums_is_the_sum_of_costs(one: list[int], other: list[int]) -> None:
    mine, yours = Counts(*one), Counts(*other)
    together = model.cost_of("sms", mine + yours, PRICES)
    assert together == model.cost_of("sms", mine, PRICES) + model.cost_of("sms", yours, PRICES)


def test_fractions_of_a_fen_are_rounded_once_at_the_end() -> None:
    assert model.whole(Decimal("10.5")) == 10
    assert model.whole(Decimal("11.5")) == 12
    assert model.whole(Decimal("0.4") * 3) == 1
