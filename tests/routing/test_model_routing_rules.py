"""What a contact needs and whom it fits: tables."""

import pytest

from qiao.routing.model_rules import NO_SKILLS, DeskRules, Needs, Profile, RelaxStep, strictest

CHINESE = frozenset({"zh-CN"})
BILL_2 = frozenset({("bill", 2)})


def rules(**given: object) -> DeskRules:
    return DeskRules("bills", **{"skills": BILL_2, "segment_matters": True} | given)


def needs(desk: DeskRules, stage: int = 0, **given: object) -> Needs:
    arrival = {"channel": "chat", "language": "zh-CN", "segment": "vip", "unit": "north"} | given
    return desk.needs(stage=stage, **arrival)


def test_a_desk_asks_for_its_skills_and_those_of_the_contact() -> None:
    found = needs(rules(), skills=frozenset({("bill", 3), ("line", 1)}))
    assert found == Needs("chat", frozenset({("bill", 3), ("line", 1)}), "zh-CN", "vip", "north")


def test_language_and_segment_count_only_where_the_desk_says_so() -> None:
    found = needs(rules(language_matters=False, segment_matters=False))
    assert (found.language, found.segment) == (None, None)


def test_a_skill_named_twice_keeps_its_higher_level() -> None:
    assert strictest(frozenset({("bill", 1), ("bill", 3), ("line", 2)})) == {("bill", 3), ("line", 2)}


@pytest.mark.parametrize(
    ("step", "left"),
    [
        (RelaxStep(60, drop_language=True), Needs("chat", BILL_2, None, "vip", "north")),
        (RelaxStep(60, drop_segment=True), Needs("chat", BILL_2, "zh-CN", None, "north")),
        (RelaxStep(60, levels=(("bill", 1),)), Needs("chat", frozenset({("bill", 1)}), "zh-CN", "vip", "north")),
        (RelaxStep(60, levels=(("bill", 0),)), Needs("chat", NO_SKILLS, "zh-CN", "vip", "north")),
        (RelaxStep(60, levels=(("bill", 3),)), Needs("chat", BILL_2, "zh-CN", "vip", "north")),
        (RelaxStep(60, levels=(("other", 1),)), Needs("chat", BILL_2, "zh-CN", "vip", "north")),
    ],
)
def test_a_step_makes_needs_easier_never_harder_and_keeps_the_unit(step: RelaxStep, left: Needs) -> None:
    assert needs(rules(relax=(step,)), stage=1) == left


@pytest.mark.parametrize(
    ("profile", "serves"),
    [
        (Profile((("chat", 4),), BILL_2, CHINESE), True),
        (Profile((("chat", 4),), frozenset({("bill", 3)}), CHINESE), True),
        (Profile((("chat", 4),), frozenset({("bill", 1), ("bill", 2)}), CHINESE), True),
        (Profile((("chat", 4),), frozenset({("bill", 1)}), CHINESE), False),
        (Profile((("chat", 4),), NO_SKILLS, CHINESE), False),
        (Profile((("voice", 1),), BILL_2, CHINESE), False),
        (Profile((("voice", 1), ("chat", 0)), BILL_2, CHINESE), False),
        (Profile((("chat", 4),), BILL_2, frozenset({"en"})), False),
        (Profile((("chat", 4),), BILL_2, CHINESE, segments=frozenset({"vip"})), True),
        (Profile((("chat", 4),), BILL_2, CHINESE, segments=frozenset({"consumer"})), False),
        (Profile((("chat", 4),), BILL_2, CHINESE, units=frozenset({"north"})), True),
        (Profile((("chat", 4),), BILL_2, CHINESE, units=frozenset({"south"})), False),
    ],
)
def test_an_agent_serves_what_he_has_channel_skill_language_segment_and_unit_for(
    profile: Profile, serves: bool
) -> None:
    assert profile.serves(needs(rules())) is serves


def test_whoever_needs_nothing_particular_is_served_by_anybody_on_the_channel() -> None:
    assert Profile((("chat", 1),), segments=frozenset(), units=frozenset()).serves(Needs("chat"))


def test_one_call_or_four_chats_fill_an_agent() -> None:
    profile = Profile((("voice", 1), ("chat", 4), ("email", 0)))
    assert (profile.whole, profile.weight("voice"), profile.weight("chat")) == (4, 4, 1)
    assert profile.weight("email") == profile.whole
