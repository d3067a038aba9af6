"""Which number of ours is shown."""

from __future__ import annotations

import pytest

from qiao.channels.voice.model_caller import Service, shown_number

SERVICES = (
    Service("13800100186", "roaming", "8613800100186"),
    Service("10087", "faults"),
    Service("10086", "hotline"),
)


@pytest.mark.parametrize(
    ("told", "services", "dialled", "served", "shown"),
    [
        ("4008001000", SERVICES, "10087", ("hotline",), "4008001000"),
        ("", SERVICES, "10087", ("hotline",), "10087"),
        ("", SERVICES, "13800100186", (), "8613800100186"),
        ("", SERVICES, "", ("roaming",), "8613800100186"),
        ("", SERVICES, "", ("faults", "roaming"), "10087"),
        ("", SERVICES, "", ("*",), "10086"),
        ("", SERVICES, "99999", (), "10086"),
        ("", (), "10086", ("*",), "10086"),
        ("", (), "", (), ""),
    ],
)
def test_the_number_that_he_knows_is_shown(
    told: str, services: tuple[Service, ...], dialled: str, served: tuple[str, ...], shown: str
) -> None:
    assert shown_number(told, services, dialled, served) == shown
