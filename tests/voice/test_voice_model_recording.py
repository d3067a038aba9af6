"""When a call is recorded, and what its recordings are called."""

from __future__ import annotations

from qiao.channels.voice.model_recording import HUNG_UP_SECONDS, lack, name_of, read_name, wanted


def test_names_of_recordings_are_read_back_and_other_files_are_left_alone() -> None:
    assert read_name(name_of("01a2-3", "out")) == ("01a2-3", "out")
    for other in ("rec-x-both", "rec--in", "letter", "moh-1-in"):
        assert read_name(other) is None


def test_only_a_conversation_is_recorded_and_nothing_secret_in_it() -> None:
    assert wanted(talking=True, secret=False, stopped=False, given_up=False) == "on"
    assert wanted(talking=True, secret=True, stopped=False, given_up=False) == "paused"
    assert wanted(talking=True, secret=False, stopped=True, given_up=False) == "paused"
    assert wanted(talking=True, secret=False, stopped=False, given_up=True) == "off"
    assert wanted(talking=False, secret=False, stopped=False, given_up=False) == "off"


def test_without_room_a_call_is_not_recorded_or_not_to_its_end() -> None:
    assert lack(room=False, begun=False, ended_seconds=None) == "no_room"
    assert lack(room=False, begun=True, ended_seconds=None) == "room_ended"
    assert lack(room=False, begun=True, ended_seconds=60) == "room_ended", "that is why it ended"


def test_a_recording_that_ended_while_its_call_goes_on_broke_off_and_a_moment_ago_it_may_have_ended_with_it() -> None:
    assert lack(room=True, begun=True, ended_seconds=None) is None
    assert lack(room=True, begun=True, ended_seconds=HUNG_UP_SECONDS - 0.1) is None
    assert lack(room=True, begun=True, ended_seconds=HUNG_UP_SECONDS) == "broke_off"
