"""The menu: rooms put links into it, the shell shows to each person those that his rights open."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Side = Literal["desk", "portal"]


@dataclass(frozen=True, slots=True)
class Link:
    """One entry. `msgid` is its English name, translated when shown; `right` None is for everybody on that side."""

    code: str
    href: str
    msgid: str
    icon: str
    right: str | None
    order: int
    side: Side = "desk"

    def is_current(self, path: str) -> bool:
        """Whether the page at `path` lies behind this link; the roots "/" and "/desk" are only themselves."""
        if self.href in ("/", "/desk"):
            return path.rstrip("/") == self.href.rstrip("/")
        return path == self.href or path.startswith(f"{self.href}/")


_links: dict[tuple[Side, str], Link] = {}


def register_link(link: Link) -> None:
    """Put a link into the menu; the same code again replaces it. Called from a room's `register`."""
    _links[link.side, link.code] = link


def links(side: Side, rights: Collection[str]) -> list[Link]:
    """The links of one side that somebody with these rights may follow, in order."""
    open_to_him = [
        link for link in _links.values() if link.side == side and (link.right is None or link.right in rights)
    ]
    return sorted(open_to_him, key=lambda link: (link.order, link.code))
