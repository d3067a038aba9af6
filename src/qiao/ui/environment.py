"""What the kit adds to the one Jinja environment: formats, icons, assets, links.

Macros are imported without context, so what every page knows (now, zone, csrf) is noted when a page begins to render,
and read from there by filters and macros alike.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import jinja2
from jinja2.runtime import Context

from qiao.kernel.languages import LANGUAGES
from qiao.kernel.money import Money
from qiao.platform.web.pages import speaking
from qiao.ui import formats
from qiao.ui.assets import asset
from qiao.ui.icons import icon
from qiao.ui.links import links
from qiao.ui.slots import slots


class Setting(NamedTuple):
    """What the page that is being made stands in."""

    now: datetime
    zone: str
    csrf: str


_OUTSIDE: Final = Setting(datetime(2000, 1, 1, tzinfo=UTC), "UTC", "")
_setting: ContextVar[Setting] = ContextVar("setting", default=_OUTSIDE)


class PageContext(Context):
    """A template's variables; notes those that macros need although they are imported without context."""

    def __init__(self, environment: jinja2.Environment, parent: dict[str, Any], *rest: Any, **more: Any) -> None:
        super().__init__(environment, parent, *rest, **more)
        if isinstance(parent.get("now"), datetime):
            _setting.set(Setting(parent["now"], str(parent.get("zone", "UTC")), str(parent.get("csrf", ""))))


def _relative(instant: datetime | None, zone: str | None = None) -> str:
    here = _setting.get()
    return formats.NONE if instant is None else formats.relative(instant, here.now, zone or here.zone, speaking.get())


def _at(instant: datetime | None, zone: str | None = None) -> str:
    here = _setting.get()
    return formats.NONE if instant is None else formats.at(instant, here.now, zone or here.zone, speaking.get())


def _day(instant: datetime | date | None, zone: str | None = None) -> str:
    here = _setting.get()
    return formats.NONE if instant is None else formats.day(instant, here.now, zone or here.zone, speaking.get())


def _exact(instant: datetime | None, zone: str | None = None) -> str:
    here = _setting.get()
    return formats.NONE if instant is None else formats.exact(instant, zone or here.zone, speaking.get())


def _clock_time(instant: datetime | None, zone: str | None = None) -> str:
    return formats.NONE if instant is None else formats.clock_time(instant, zone or _setting.get().zone)


def _month(told: str | None) -> str:
    return formats.NONE if told is None else formats.month(told, speaking.get())


def _money(amount: Money | None) -> str:
    return formats.money(amount, speaking.get())


def _in_language(said: Mapping[str, Any] | str | None, language: str | None = None) -> str:
    return formats.in_language(said, language or speaking.get())


def _quantity(value: float | Decimal | None, unit: str) -> str:
    return formats.quantity(value, unit, speaking.get())


def _counted(n: int) -> str:
    return formats.counted(n, speaking.get())


def _languages() -> tuple[str, ...]:
    return LANGUAGES


def _page_now() -> datetime:
    return _setting.get().now


def _page_csrf() -> str:
    return _setting.get().csrf


def _format_words() -> Mapping[str, str]:
    return formats.WORDS["zh-CN" if speaking.get().startswith("zh") else "en"]


FILTERS: Final = {
    "ago": _relative,
    "until": _relative,
    "at": _at,
    "day": _day,
    "exact": _exact,
    "clock_time": _clock_time,
    "month": _month,
    "duration": formats.duration,
    "money": _money,
    "number": formats.number,
    "counted": _counted,
    "quantity": _quantity,
    "language_name": formats.language_name,
    "masked": formats.masked,
    "in_language": _in_language,
}
GLOBALS: Final = {
    "icon": icon,
    "asset": asset,
    "links": links,
    "slots": slots,
    "languages": _languages,
    "clock_time": _clock_time,
    "format_words": _format_words,
    "page_now": _page_now,
    "page_csrf": _page_csrf,
}


def extend(environment: jinja2.Environment) -> None:
    """Give the environment of all rooms the kit's filters and globals; called once by app."""
    environment.context_class = PageContext
    environment.filters.update(FILTERS)
    environment.globals.update(GLOBALS)
