"""A contract: rooms meet only at the door (`qiao.<room>`) or read its facts (`qiao.<room>.events`)."""

from importlinter import Contract, ContractCheck, fields, output

from tools.floors import room_of


class Door(Contract):
    """Fails for each import that names a module behind another room's door."""

    package = fields.StringField()
    also = fields.SetField(subfield=fields.StringField(), required=False)
    free = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph, verbose):  # type: ignore[no-untyped-def]  # noqa: ARG002
        """Look at every import once."""
        bad = []
        for importer in sorted(graph.modules):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                if climbs(importer, imported, self.package, self.also or set(), self.free or set()):
                    bad.append((importer, imported))
        return ContractCheck(kept=not bad, metadata={"bad": bad})

    def render_broken_contract(self, check):  # type: ignore[no-untyped-def]
        """Say who climbed in where."""
        for importer, imported in check.metadata["bad"]:
            output.print_error(f"{importer} climbs in through the window: {imported}", bold=False)
            output.new_line()


def climbs(importer: str, imported: str, package: str, also: set[str], free: set[str]) -> bool:
    """True when the import passes another room's door; the composition root may go everywhere."""
    inside = f"{package}."
    if not importer.startswith(inside) or not imported.startswith(inside):
        return False
    coming, entered = room_of(importer), room_of(imported)
    if coming in (entered, "app") or entered.split(".")[0] in free:
        return False
    inner = imported.removeprefix(f"{package}.{entered}").removeprefix(".")
    return bool(inner) and inner not in also
