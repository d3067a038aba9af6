"""Contracts of our own: rooms meet only at the door, and the two that hold for every room there is or will be."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.domain.imports import ModuleExpression

from tools.floors import room_of

NOT_ROOMS = {"kernel", "platform", "app", "ui"}  # built otherwise inside


class Door(Contract):
    """Rooms import each other's door (`qiao.<room>`) or facts (`qiao.<room>.events`), nothing behind them."""

    package = fields.StringField()
    also = fields.SetField(subfield=fields.StringField(), required=False)
    free = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import once."""
        package = str(self.package)
        also: Any = self.also or set()  # type: ignore[truthy-bool]
        free: Any = self.free or set()  # type: ignore[truthy-bool]
        seen = ((one, other) for one in sorted(graph.modules) for other in graph.find_modules_directly_imported_by(one))
        bad = [(one, other) for one, other in seen if climbs(one, other, package, also, free)]
        return ContractCheck(kept=not bad, metadata={"bad": bad})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say who climbed in where."""
        for importer, imported in check.metadata["bad"]:
            output.print_error(f"{importer} climbs in through the window: {imported}", bold=False)
            output.new_line()


class InsideEveryRoom(LayersContract):
    """The layers contract with every room as a container; nobody has to remember to list a new one."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Fill in the rooms, then check as ever."""
        self.containers: Any = [ModuleExpression(f"qiao.{room}") for room in rooms(graph.modules)]
        return super().check(graph, verbose)


class PureModels(ForbiddenContract):
    """The forbidden contract with the kernel and every room's models and events as sources."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Fill in the modules, then check as ever."""
        self.source_modules: Any = [ModuleExpression(name) for name in pure_modules(graph.modules)]
        return super().check(graph, verbose)


def climbs(importer: str, imported: str, package: str, also: set[str], free: set[str]) -> bool:
    """True when the import passes another room's door; the composition root may go everywhere."""
    inside = f"{package}."
    if not importer.startswith(inside) or not imported.startswith(inside):
        return False
    coming, entered = room_of(importer), room_of(imported)
    if coming in (entered, "app") or entered.split(".", 1)[0] in free:
        return False
    inner = imported.removeprefix(f"{package}.{entered}").removeprefix(".")
    return bool(inner) and inner not in also


def rooms(modules: set[str]) -> list[str]:
    """Every room among the modules: packages on a floor, and the channels and connectors each for itself."""
    found = {room_of(name) for name in modules if name.startswith("qiao.")}
    return sorted(found - NOT_ROOMS - {"", "channels", "connectors"})


def pure_modules(modules: set[str]) -> list[str]:
    """The kernel, and in every room events and whatever is called model or model_…"""
    last = {name: name.rpartition(".")[2] for name in modules if room_of(name) not in {*NOT_ROOMS, ""}}
    found = [name for name, word in last.items() if word in {"events", "model"} or word.startswith("model_")]
    return ["qiao.kernel", *sorted(found)]
