"""The menu, the choices of the screen, and the files that browsers load."""

from collections.abc import Iterator

import pytest

from qiao.platform.web import local_path
from qiao.ui import Link, links, register_link
from qiao.ui.icons import icon, icon_names
from qiao.ui.links import _links
from qiao.ui.stream_line import Ring, topics_in


@pytest.fixture
def menu() -> Iterator[None]:
    kept = dict(_links)
    _links.clear()
    register_link(Link("work", "/desk", "My work", "home", None, 10))
    register_link(Link("team", "/desk/team", "Team", "chart", "team.view", 30))
    register_link(Link("cases", "/desk/cases", "Cases", "list", "cases.read", 20))
    register_link(Link("home", "/", "My page", "home", None, 10, "portal"))
    yield
    _links.clear()
    _links.update(kept)


@pytest.mark.usefixtures("menu")
def test_everybody_sees_the_links_that_his_rights_open_in_order() -> None:
    assert [link.code for link in links("desk", {"cases.read", "team.view"})] == ["work", "cases", "team"]
    assert [link.code for link in links("desk", ())] == ["work"]
    assert [link.code for link in links("portal", ())] == ["home"]


@pytest.mark.usefixtures("menu")
def test_a_link_that_is_registered_again_takes_the_place_of_the_first() -> None:
    register_link(Link("work", "/desk/today", "Today", "home", None, 10))
    assert [link.href for link in links("desk", ())] == ["/desk/today"]


@pytest.mark.parametrize(
    ("href", "path", "current"),
    [
        ("/desk", "/desk", True),
        ("/desk", "/desk/cases", False),
        ("/desk/cases", "/desk/cases/7", True),
        ("/desk/cases", "/desk/cases-of-old", False),
        ("/", "/", True),
        ("/", "/matters", False),
    ],
)
def test_a_link_is_current_on_the_pages_behind_it(href: str, path: str, current: bool) -> None:
    assert Link("x", href, "X", "home", None, 1).is_current(path) is current


@pytest.mark.parametrize(
    "told", ["//evil.example", "https://evil.example", "/\\evil", "", None, 7, "/a\nb", "x" * 3000]
)
def test_a_choice_leads_to_no_other_site(told: object) -> None:
    assert local_path(told) == "/"


def test_a_choice_leads_back_to_the_page_it_was_made_on() -> None:
    assert local_path("/desk/cases?view=mine") == "/desk/cases?view=mine"


def test_an_icon_is_silent_unless_it_has_a_name() -> None:
    assert 'aria-hidden="true"' in icon("home")
    assert 'aria-label="&lt;b&gt;"' in icon("home", label="<b>")
    assert len(icon_names()) > 30
    with pytest.raises(KeyError):
        icon("no such icon")


def test_a_ring_keeps_the_newest_frames_and_says_when_some_are_gone() -> None:
    ring = Ring(size=3)
    assert ring.after(0) == []
    for n in range(5):
        ring.put({"touch": [str(n)]})
    assert ring.after(5) == []
    assert ring.after(3) == ['{"n":4,"touch":["3"]}', '{"n":5,"touch":["4"]}']
    assert ring.after(2) is not None and ring.after(1) is None
    assert ring.after(6) is None


@pytest.mark.parametrize("value", [None, "a", {}, [1], [""], ["x" * 201], ["a"] * 501])
def test_a_list_of_topics_is_short_texts_and_nothing_else(value: object) -> None:
    with pytest.raises(ValueError, match="topic"):
        topics_in(value)
