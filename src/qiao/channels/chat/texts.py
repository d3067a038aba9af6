"""The chat's words to customers, in nine languages, from `texts/*.yaml`."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from qiao.channels.chat.model import Told
from qiao.kernel.languages import LANGUAGES, RIGHT_TO_LEFT, nearest
from qiao.kernel.refused import Refused


@cache
def pack(language: str) -> dict[str, Any]:
    """All texts of one of LANGUAGES; `refused` maps a refusal's code to what is said of it."""
    path = files("qiao.channels.chat").joinpath("texts", f"{language}.yaml")
    loaded: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


@cache
def pack_json(language: str) -> str:
    """The texts a browser needs, with language and direction."""
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    return json.dumps({"language": language, "direction": direction, **pack(language)}, ensure_ascii=False)


def spoken(asked: str | None, otherwise: str = "zh-CN") -> str:
    """The language of ours that is nearest to what was asked for."""
    return nearest(asked[:35] if asked else None, LANGUAGES, otherwise)


def say(language: str, told: Told) -> str:
    """A text with its parameters filled in."""
    return str(pack(language)[told.name]).format(**told.params)


def refusal_text(language: str, refused: Refused) -> str:
    """What was refused, in the customer's language; a code nobody translated gets the general sentence."""
    known: dict[str, str] = pack(language)["refused"]
    try:
        return known.get(refused.code, known["other"]).format(**refused.params)
    except (KeyError, IndexError):
        return known["other"]
