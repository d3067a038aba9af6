"""The states a message goes through: pure."""

from __future__ import annotations

from qiao.post.model import FOLLOWS, State, after_crash, may_follow


def test_a_message_ends_in_one_of_three_ways_and_never_goes_on_from_there() -> None:
    endings: tuple[State, ...] = ("delivered", "failed", "unknown")
    assert all(not FOLLOWS[ending] for ending in endings)
    assert may_follow("accepted", "claimed")
    assert not may_follow("accepted", "delivered")


def test_only_a_claimed_message_is_in_doubt_after_a_crash() -> None:
    assert after_crash("submitted", repeats_safely=True) == "submitted"
    assert after_crash("claimed", repeats_safely=True) == "accepted"
    assert after_crash("claimed", repeats_safely=False) == "unknown"
