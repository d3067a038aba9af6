"""The floors of the house, read from the contract that enforces them, so that they are written once."""

import configparser
import re
from pathlib import Path
from typing import Final

CONTRACTS: Final = Path(__file__).resolve().parent.parent / ".importlinter"


def floors(path: Path = CONTRACTS) -> list[list[str]]:
    """Rooms by floor, highest first."""
    contracts = configparser.ConfigParser(interpolation=None)
    contracts.read(path, "utf-8")
    lines = contracts["importlinter:contract:floors"]["layers"].strip().splitlines()
    return [re.findall(r"\w+", line) for line in lines]


def room_of(module: str) -> str:
    """The room of a module: `qiao.cases.store` is in cases, `qiao.channels.chat.wire` in channels.chat."""
    parts = module.split(".")[1:]
    if parts[:1] in (["channels"], ["connectors"]):
        return ".".join(parts[:2])
    return parts[0] if parts else ""
