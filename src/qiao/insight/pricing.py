"""What a contact costs by channel, from the settings."""

from decimal import Decimal

from qiao.insight.model import Prices
from qiao.kernel.money import Money
from qiao.platform.settings import Settings

MINOR = 100


def prices_of(settings: Settings) -> Prices:
    """The operator's own figures; what he did not set counts as the house's default."""
    return Prices(
        {name: Decimal(told) * MINOR for name, told in settings.contact_costs.items()}, Money.of("0").currency
    )
