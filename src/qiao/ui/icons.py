"""Our own line icons: 24 by 24, drawn with one stroke in the color of the text around them."""

from typing import Final

from markupsafe import Markup

_PATHS: Final = {
    "alert": "M12 4 2.8 20h18.4L12 4z M12 10v4.5 M12 17.2v.1",
    "arrow-left": "M20 12H5 M11 5.5 4.5 12l6.5 6.5",
    "bell": "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15z M10 21h4",
    "bolt": "M13 3 5 13.5h6L10.5 21 19 10.5h-6z",
    "book": "M12 6.5C10 5 7 4.5 3.5 4.5v13.5C7 18 10 18.5 12 20c2-1.5 5-2 8.5-2V4.5C17 4.5 14 5 12 6.5z M12 6.5V20",
    "bridge": "M2.5 17.5h19 M2.5 17.5c4.5-11 14.5-11 19 0 M7.5 17.5v-6.2 M12 17.5V9.3 M16.5 17.5v-6.2",
    "chart": "M4 20V4 M4 20h16 M8.5 16v-4 M13 16V8 M17.5 16v-6",
    "chat": "M4 5h16v11.5H11L6.5 20v-3.5H4z",
    "check": "M4.5 12.5 10 18 19.5 7",
    "chevron-down": "M6 9l6 6 6-6",
    "chevron-right": "M9 6l6 6-6 6",
    "clock": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z M12 7.5V12l3 2",
    "dots": "M5 12h.01 M12 12h.01 M19 12h.01",
    "edit": "M4 20l1-4.5L16 4.5 19.5 8l-11 11z M13.5 7l3.5 3.5",
    "file": "M6 3.5h8l4.5 4.5v12.5H6z M14 3.5V8h4.5",
    "filter": "M4 5.5h16l-6.2 7.3V19l-3.6-2v-4.2z",
    "gear": (
        "M12 8.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4z M12 3v2.5 M12 18.5V21 M3 12h2.5 M18.5 12H21 "
        "M5.6 5.6l1.8 1.8 M16.6 16.6l1.8 1.8 M18.4 5.6l-1.8 1.8 M7.4 16.6l-1.8 1.8"
    ),
    "globe": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z M3.5 12h17 M12 3.5c5 5 5 12 0 17 M12 3.5c-5 5-5 12 0 17",
    "handset": (
        "M8 2.5h8A1.5 1.5 0 0 1 17.5 4v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 "
        "8 2.5z M11 18.5h2"
    ),
    "home": "M3.5 11.5 12 4l8.5 7.5 M6 9.5V20h12V9.5 M10 20v-5.5h4V20",
    "inbox": "M4 13 6.5 5h11L20 13v6H4z M4 13h4.5l1.5 2.5h4l1.5-2.5H20",
    "info": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z M12 11v5 M12 7.8v.1",
    "key": "M8 10.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M11 11.7 19.5 3.5 M16 7l3 3",
    "keyboard": "M3 6.5h18v11H3z M7 10.5h.01 M11 10.5h.01 M15 10.5h.01 M18 10.5h.01 M8 14.2h8",
    "link": "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.6-5.6L12 7.3 M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.6 5.6L12 16.7",
    "list": "M9 6.5h11 M9 12h11 M9 17.5h11 M4.5 6.5h.01 M4.5 12h.01 M4.5 17.5h.01",
    "moon": "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
    "mic": "M12 3.5a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0V6A2.5 2.5 0 0 1 12 3.5z M6 11a6 6 0 0 0 12 0 M12 17v3.5",
    "pad": "M6 5h.01 M12 5h.01 M18 5h.01 M6 11h.01 M12 11h.01 M18 11h.01 M6 17h.01 M12 17h.01 M18 17h.01",
    "pause": "M8.5 5v14 M15.5 5v14",
    "phone": (
        "M5 4h4l1.8 5-2.3 1.6a12 12 0 0 0 5 5l1.6-2.3 4.9 1.7v4a1.5 1.5 0 0 1-1.7 1.5A16.5 16.5 0 0 1 "
        "3.5 5.7 1.5 1.5 0 0 1 5 4z"
    ),
    "plus": "M12 5v14 M5 12h14",
    "record": "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
    "refresh": "M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9 M19.5 4v5h-5",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z M15.5 15.5 20.5 20.5",
    "send": "M4 12 20 4.5 14 20l-3-6.5z M11 13.5 20 4.5",
    "shield": "M12 3.5 4.5 6v5.5c0 4.5 3 7.7 7.5 9 4.5-1.3 7.5-4.5 7.5-9V6z M8.5 12l2.5 2.5 4.5-5",
    "sign-out": "M14 4H5v16h9 M10 12h10.5 M17 8.5l3.5 3.5-3.5 3.5",
    "star": "M12 4l2.4 5 5.6.8-4 3.9.9 5.5L12 16.6 7.1 19.2l.9-5.5-4-3.9 5.6-.8z",
    "sun": (
        "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M12 2.5v2 M12 19.5v2 M2.5 12h2 M19.5 12h2 "
        "M5.3 5.3l1.4 1.4 M17.3 17.3l1.4 1.4 M18.7 5.3l-1.4 1.4 M6.7 17.3l-1.4 1.4"
    ),
    "text-size": "M3 18.5 7.5 7l4.5 11.5 M4.6 14.5h5.8 M13.5 18.5l3.5-8 3.5 8 M14.7 16h4.6",
    "undo": "M4 9.5h10a5 5 0 0 1 0 10H9 M8.5 5 4 9.5 8.5 14",
    "user": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6",
    "users": (
        "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z M2.5 19.5c.6-3.5 3-5 6.5-5s5.9 1.5 6.5 5 "
        "M15.5 5.2a3.5 3.5 0 0 1 0 6.6 M18 14.8c2 .7 3.2 2.2 3.5 4.7"
    ),
    "wallet": (
        "M4 7h14.5A1.5 1.5 0 0 1 20 8.5v10a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18.5z M4 7l11-3v3 M15.5 13.5h.01"
    ),
    "x": "M6 6l12 12 M18 6 6 18",
}


_ONWARD: Final = frozenset({"arrow-left", "chevron-right", "send", "sign-out", "undo"})
"""Signs that point along the line; they are turned where it runs from right to left."""


def icon(name: str, size: str = "md", label: str = "") -> Markup:
    """An icon as SVG in the size "sm", "md" or "lg" of the text; without a label screen readers pass over it.

    Raises KeyError for a name that is not drawn here.
    """
    told = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon icon-{}{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round" {}><path d="{}"></path></svg>'
    ).format(size, " icon-onward" if name in _ONWARD else "", told, _PATHS[name])


def icon_names() -> list[str]:
    """Every icon there is, for the style page."""
    return sorted(_PATHS)
