"""The whole web app, built once for a process of tests; each test moves into its house."""

from typing import Final

from litestar import Litestar

from qiao.app.ports import fill_ports
from qiao.app.web import build_web
from qiao.bss import Lines, Network, Operator, Payments
from qiao.bss.sandbox import SandboxLines, SandboxNetwork, SandboxPayments
from qiao.platform.house import House
from qiao.platform.signing import Keys

_standing: Final[list[tuple[House, Litestar]]] = []


def moved_into(house: House, operator: Operator) -> tuple[House, Litestar]:
    """The app and its house, with this test's database, clock, files and operator behind it.

    To build all routes takes a good part of a second, more than most tests.
    """
    if not _standing:
        fill_ports(house)
        _standing.append((house, build_web(house)))
    kept, app = _standing[0]
    for name in ("settings", "clock", "database", "files", "hub"):
        setattr(kept, name, getattr(house, name))
    kept.ports[Operator] = operator
    kept.ports[Lines] = SandboxLines(house.database)
    kept.ports[Network] = SandboxNetwork(house.database)
    signer = kept.get(Keys).signer("sandbox.pay")
    kept.ports[Payments] = SandboxPayments(house.database, pages=lambda: "http://provider.example/pay", signer=signer)
    return kept, app
