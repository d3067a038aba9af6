"""Which implementation stands behind each port."""

from qiao.app.rooms import all_rooms
from qiao.bss import Lines, Operator, Payments
from qiao.bss.sandbox import SandboxLines, SandboxOperator, SandboxPayments
from qiao.platform.house import House
from qiao.platform.i18n import Texts
from qiao.platform.signing import Keys


def fill_ports(house: House) -> None:
    """Give the house its texts, its keys, its operator and who takes payments."""
    packages = ["qiao.kernel", "qiao.platform", *(f"qiao.{room.name}" for room in all_rooms()), "qiao.app"]
    house.ports[Texts] = Texts.load(packages)
    house.ports[Keys] = Keys.of(house.settings)
    house.ports[Operator] = SandboxOperator(house.database)
    house.ports[Lines] = SandboxLines(house.database)
    house.ports[Payments] = SandboxPayments(
        house.database, pages=lambda: f"{house.settings.address}/demo/pay", signer=house.get(Keys).signer("sandbox.pay")
    )
