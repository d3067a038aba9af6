"""When a call is recorded, and what its recordings are called."""

from __future__ import annotations

from qiao.channels.voice.model_recording import name_of, read_name, wanted


def test_names_of_recordings_are_read_back_and_other_files_are_left_alone() -> None:
    assert read_name(name_of("01a2-3", "out")) == ("01a2-3", "out")
    for other in ("rec-x-both", "rec--in", "letter", "moh-1-in"):
        assert read_name(other) is None


def test_only_a_conversation_is_recorded_and_nothing_secret_in_it() -> None:
    assert wanted(talking=True, secret=False, stopped=False, room=True) == "on"
    assert wanted(talking=True, secret=True, stopped=False, room=True) == "paused"
    assert wanted(talking=True, secret=False, stopped=True, room=True) == "paused"
    assert wanted(talking=True, secret=False, stopped=False, room=False) == "off"
    assert wanted(talking=False, secret=False, stopped=False, room=True) == "off"
