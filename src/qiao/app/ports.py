"""Which implementation stands behind each port."""

from qiao.app.rooms import all_rooms
<<<<<<< HEAD
from qiao.bss import Lines, Operator, Payments
from qiao.bss.sandbox import SandboxLines, SandboxOperator, SandboxPayments
=======
from qiao.assist import Assistant, assistant_from
from qiao.bss import Operator
from qiao.bss.sandbox import SandboxOperator
>>>>>>> main
from qiao.platform.house import House
from qiao.platform.i18n import Texts
from qiao.platform.signing import Keys


def fill_ports(house: House) -> None:
<<<<<<< HEAD
    """Give the house its texts, its keys, its operator and who takes payments."""
=======
    """Give the house its texts, its keys, its operator and, where the operator allows one, its assistant."""
>>>>>>> main
    packages = ["qiao.kernel", "qiao.platform", *(f"qiao.{room.name}" for room in all_rooms()), "qiao.app"]
    house.ports[Texts] = Texts.load(packages)
    house.ports[Keys] = Keys.of(house.settings)
    house.ports[Operator] = SandboxOperator(house.database)
<<<<<<< HEAD
    house.ports[Lines] = SandboxLines(house.database)
    house.ports[Payments] = SandboxPayments(
        house.database, pages=lambda: f"{house.settings.address}/demo/pay", signer=house.get(Keys).signer("sandbox.pay")
    )
=======
    if (assistant := assistant_from(house.settings)) is not None:
        house.ports[Assistant] = assistant
>>>>>>> main
