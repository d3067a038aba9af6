"""Three ones and three 100 %: each share within the one before it."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from qiao.cases.model_standards import CaseFacts, Share, standard_of

FACTS = st.builds(
    CaseFacts,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 5),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(FACTS, max_size=12))
def test_each_share_is_counted_within_the_one_before(facts: list[CaseFacts]) -> None:
    found = standard_of(Counter(facts))
    assert found.solved.of == found.first_moment.of == len(facts)
    assert found.told.of == found.first_person.of == found.one_go.of == found.solved.count
    assert found.satisfied.of == found.told.count
    for share in (found.solved, found.told, found.satisfied, found.first_moment, found.first_person, found.one_go):
        assert 0 <= share.count <= share.of
        assert (share.percent is None) == (share.of == 0)
        assert 0 <= (share.percent or 0) <= 100
    everybody = [one for one in facts if one.proved and one.told and one.said_yes and one.stars in (0, 4, 5)]
    assert found.satisfied.count == len(everybody)


def test_of_nothing_there_is_no_share() -> None:
    assert (Share(0, 0).percent, Share(1, 4).percent) == (None, 25)
