"""What Asterisk is told: whose calls it takes, and that nothing in it dials out by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from qiao.channels.voice.configuration import RunFolder, files
from qiao.channels.voice.endpoints import ENDPOINT, heard_at
from qiao.channels.voice.programs import Programs
from qiao.platform.settings_voice import VoiceSettings

SEA = {"name": "sea", "host": "192.0.2.9", "allow": ["192.0.2.9", "198.51.100.0/24"]}


def written(**told: Any) -> dict[str, str]:
    run = RunFolder(Path("/v/asterisk"), Path("/run/q"))
    return files(VoiceSettings(**told), Programs(None, Path("/usr/sbin/asterisk")), run, "pw")


def test_it_listens_on_this_machine_only_unless_told() -> None:
    made = written()
    assert "bind=127.0.0.1:5060" in made["pjsip.conf"] and "0.0.0.0" not in "".join(made.values())
    assert "bindaddr=127.0.0.1" in written(sip_host="198.51.100.7")["http.conf"]
    assert "bind=198.51.100.7:5070" in written(sip_host="198.51.100.7", sip_port=5070)["pjsip.conf"]
    assert "bind=[::1]:5060" in written(sip_host="::1")["pjsip.conf"]


def test_sound_is_bound_to_the_same_address_unless_that_is_all_of_them() -> None:
    told = written(trunks=[SEA], sip_host="198.51.100.7")["pjsip.conf"]
    assert "media_address=198.51.100.7\nbind_rtp_to_media_address=yes\n" in told
    assert "media_address" not in written(trunks=[SEA], sip_host="0.0.0.0")["pjsip.conf"]
    assert "media_address" not in written(trunks=[SEA], sip_host="::")["pjsip.conf"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::"])
def test_browsers_sound_is_on_all_addresses_where_they_could_reach_none_else(host: str) -> None:
    assert heard_at(host) == {}
    assert heard_at("198.51.100.7") == {"media_address": "198.51.100.7", "bind_rtp_to_media_address": "yes"}


def test_nobody_who_calls_moves_a_call_by_himself() -> None:
    assert written(trunks=[SEA])["pjsip.conf"].count("allow_transfer=no") == 1
    assert ENDPOINT["allow_transfer"] == "no"


def test_a_trunk_takes_calls_from_its_addresses_only_and_strangers_are_nobody() -> None:
    made = written(trunks=[SEA])
    told = made["pjsip.conf"]
    assert "match=192.0.2.9/32\nmatch=198.51.100.0/24" in told and "endpoint_identifier_order=username,ip" in told
    assert told.count("identify_by=ip") == 1, "a trunk is known by its address, never by its name"
    assert "anonymous" not in told + made["modules.conf"]
    assert "type=auth" not in told


def test_a_trunk_with_a_password_is_challenged_both_ways() -> None:
    told = written(trunks=[{**SEA, "username": "op", "password": "s3cret"}])["pjsip.conf"]
    assert "\nauth=trunk-sea\noutbound_auth=trunk-sea\n" in told
    assert "username=op\npassword=s3cret" in told


def test_a_trunk_whose_network_vouches_for_nobody_is_not_believed() -> None:
    assert "trust_id_inbound=yes" in written(trunks=[SEA])["pjsip.conf"]
    assert "trust_id_inbound=no" in written(trunks=[{**SEA, "asserted": False}])["pjsip.conf"]


def test_the_dialplan_dials_nobody_but_the_fallback_number() -> None:
    plain = written(trunks=[SEA])["extensions.conf"]
    assert "Dial(" not in plain and "> 500]?full" in plain
    assert "FILTER(+0-9*#,${EXTEN})" in plain  # what a stranger dials never becomes a word of the dialplan
    told = written(trunks=[SEA], fallback="13900000000")["extensions.conf"]
    assert told.count("Dial(") == 1 and "Dial(PJSIP/13900000000@trunk-sea,60)" in told


@pytest.mark.parametrize(
    "told",
    [
        {"trunks": [{**SEA, "allow": []}]},
        {"trunks": [{**SEA, "allow": ["anywhere"]}]},
        {"trunks": [{**SEA, "name": "a]\n[b"}]},
        {"trunks": [{**SEA, "host": "x\ncontext=y"}]},
        {"trunks": [SEA, SEA]},
        {"rtp_first": 20_000, "rtp_last": 20_000},
        {"fallback": "1,2)"},
        {"sip_host": "0.0.0.0:5060\nx"},
        {"sip_host": "999.1"},
        {"destinations": ["86"]},
    ],
)
def test_settings_that_could_not_be_meant_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VoiceSettings(**told)


def test_a_password_with_a_line_break_never_becomes_a_line_of_its_own() -> None:
    with pytest.raises(ValidationError):
        VoiceSettings(trunks=[{**SEA, "username": "op", "password": "x\n[evil]"}])


def test_ports_say_how_many_legs_there_may_be() -> None:
    assert VoiceSettings().legs_max == 1000
