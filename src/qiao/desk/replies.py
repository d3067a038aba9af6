"""Saved replies: what is said often, in the customer's language where there is one, else in English."""

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from qiao.kernel.languages import nearest


@dataclass(frozen=True, slots=True)
class SavedReply:
    """A text to put into the editor; `names` is how staff find it, by language."""

    key: str
    names: Mapping[str, str]
    text: str


@cache
def _read() -> dict[str, Any]:
    text = (importlib.resources.files("qiao.desk") / "saved_replies.yaml").read_text("utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def saved_replies(language: str) -> tuple[SavedReply, ...]:
    """All of them, in the language nearest to the customer's."""
    return tuple(
        SavedReply(key, one["name"], one["text"][nearest(language, tuple(one["text"]), otherwise="en")])
        for key, one in _read().items()
    )
