"""What the sandbox's SMS centre took, answered and delivered: in memory and, if wanted, in a file of JSON lines."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Taken:
    """One short message that was submitted; `answered` once its submit_sm_resp was written to a link that stood."""

    id: str
    system_id: str
    source: str
    destination: str
    text: str | None
    reference: int
    number: int
    of: int
    encoding: int
    answered: bool = False
    receipt: str = ""
    """The state that a receipt told, and that was acknowledged."""


@dataclass
class Ledger:
    """Everything that went through the centre since it was started."""

    path: Path | None = None
    taken: dict[str, Taken] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._file = None if self.path is None else os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def take(self, one: Taken) -> None:
        """A submission was accepted."""
        self.taken[one.id] = one
        self._line({"taken": one.id, "to": one.destination, "part": one.number, "of": one.of})

    def answer(self, message_id: str) -> None:
        """Its response was handed to the network."""
        if (one := self.taken.get(message_id)) is not None:
            one.answered = True
            self._line({"answered": message_id})

    def receipt(self, message_id: str, state: str) -> None:
        """Its receipt was acknowledged."""
        if (one := self.taken.get(message_id)) is not None:
            one.receipt = state
            self._line({"receipt": message_id, "state": state})

    def _line(self, told: Mapping[str, Any]) -> None:
        if self._file is not None:
            os.write(self._file, json.dumps(told).encode() + b"\n")
