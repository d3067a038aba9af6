"""Which implementation stands behind each port."""

from qiao.platform.house import House


def fill_ports(house: House) -> None:
    """Give the house its operator and its texts."""
