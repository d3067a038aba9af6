"""Where Asterisk and the speaking voice come from."""

from __future__ import annotations

import pytest

from tools.dev_machine import Missing
from tools.dev_voice import mirror, version_of


def test_packages_come_from_the_archive_that_this_machine_takes_debian_from() -> None:
    listed = (
        "m://one/security/ bookworm-security main\nm://two/debian/ bookworm main\nm://three/debian/ bookworm main\n"
    )
    assert mirror(listed, "bookworm") == "m://two/debian/"
    assert mirror("m://four/debian/ sid main\n", "") == "m://four/debian/"


def test_an_apt_without_a_debian_archive_is_told_what_to_do() -> None:
    with pytest.raises(Missing, match="QIAO_ASTERISK"):
        mirror("m://other/repo/ nodistro main\n\n", "bookworm")


def test_an_older_asterisk_is_known_as_such() -> None:
    assert version_of("Asterisk 22.10.1+dfsg") == (22, 10)
    assert version_of("Asterisk certified/20.7-cert1") == (20, 7)
    assert version_of("no such program") == (0, 0)
