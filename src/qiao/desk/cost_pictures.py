"""The two pictures of the cost page, as plain values that a script draws; the table below tells the same."""

from typing import Any, Final

from qiao.desk.forms import AnyRequest
from qiao.desk.typed import say
from qiao.insight import Figures
from qiao.kernel.languages import N_

NODES: Final = {
    "all": (N_("All contacts"), "blue"),
    "machine": (N_("Served by machine"), "blue"),
    "straight": (N_("A person at once"), "amber"),
    "stayed": (N_("Stayed with it"), "green"),
    "handed": (N_("Handed to a person"), "amber"),
    "followed": (N_("A person within 24 hours"), "red"),
    "unknown": (N_("Nobody knows who"), "grey"),
    "young": (N_("Not known yet"), "grey"),
}


def pictures(request: AnyRequest, found: Figures) -> dict[str, dict[str, Any]]:
    """Where contacts go, and how many there are each day."""
    return {"flow": _flow(request, found), "days": _days(request, found)}


def flows(found: Figures) -> dict[tuple[str, str], int]:
    """How many contacts go from where to where; ways that nobody took are left out."""
    whole, ripe = found.total.whole, found.total.ripe
    alone = whole.machine - whole.handed
    told = {
        ("all", "machine"): whole.machine,
        ("all", "straight"): whole.straight,
        ("machine", "stayed"): ripe.contained,
        ("machine", "handed"): whole.handed,
        ("machine", "followed"): ripe.followed,
        ("machine", "unknown"): ripe.unknown,
        ("machine", "young"): alone - (ripe.machine - ripe.handed),
    }
    return {way: count for way, count in told.items() if count > 0}


def _flow(request: AnyRequest, found: Figures) -> dict[str, Any]:
    ways = flows(found)
    counts = {"all": found.total.whole.contacts, **{to: count for (_, to), count in ways.items()}}
    used = [code for code in NODES if any(code in way for way in ways)]
    return {
        "kind": "flow",
        "nodes": [
            {"name": code, "label": f"{say(request, NODES[code][0])} {counts[code]:,}", "tone": NODES[code][1]}
            for code in used
        ],
        "links": [{"source": come, "target": go, "value": count} for (come, go), count in ways.items()],
    }


def _days(request: AnyRequest, found: Figures) -> dict[str, Any]:
    days = found.days
    series = (
        (N_("by machine alone"), "green", [one.whole.machine - one.whole.handed for one in days.values()]),
        (N_("handed to a person"), "amber", [one.whole.handed for one in days.values()]),
        (N_("a person at once"), "violet", [one.whole.straight for one in days.values()]),
    )
    return {
        "kind": "days",
        "x": say(request, N_("day")),
        "y": say(request, N_("contacts a day")),
        "days": [f"{day:%m-%d}" for day in days],
        "series": [{"name": say(request, name), "tone": tone, "values": values} for name, tone, values in series],
    }
