"""Which implementation stands behind each port."""

from urllib.parse import urlsplit

from qiao.app.rooms import all_rooms
from qiao.assist import Assistant, assistant_from
from qiao.bss import Lines, Network, Operator, Payments
from qiao.bss.sandbox import SandboxLines, SandboxNetwork, SandboxOperator, SandboxPayments
from qiao.platform.house import House
from qiao.platform.i18n import Texts
from qiao.platform.settings import Settings
from qiao.platform.signing import Keys


def fill_ports(house: House) -> None:
    """Give the house its texts, keys, operator, payment provider and, where it is allowed one, its assistant."""
    packages = ["qiao.kernel", "qiao.platform", *(f"qiao.{room.name}" for room in all_rooms()), "qiao.app"]
    house.ports[Texts] = Texts.load(packages)
    house.ports[Keys] = Keys.of(house.settings)
    house.ports[Operator] = SandboxOperator(house.database)
    house.ports[Lines] = SandboxLines(house.database)
    house.ports[Network] = SandboxNetwork(house.database)
    house.ports[Payments] = SandboxPayments(
        house.database, pages=lambda: payment_pages(house.settings), signer=house.get(Keys).signer("sandbox.pay")
    )
    if (assistant := assistant_from(house.settings)) is not None:
        house.ports[Assistant] = assistant


def payment_pages(settings: Settings) -> str:
    """Where the sandbox's payment provider has his pages: a house of his own, never ours; "" where none runs."""
    host = urlsplit(settings.address).hostname or settings.host
    return f"http://{host}:{settings.demo_pay_port}/pay" if settings.demo_pay_port else ""
