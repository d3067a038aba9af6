"""Prompts are spoken when flows are published, not while somebody listens: every sentence that has no gaps to fill."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import structlog

from qiao import selfservice
from qiao.channels.voice import line_phrases
from qiao.channels.voice.script import say, texts
from qiao.channels.voice.speech import NotSpoken, Speaker, key_of
from qiao.kernel.languages import LANGUAGES

log = structlog.get_logger(__name__)
KEYS: Final = "0123456789"


def sentences_of(flow_text: str) -> dict[str, set[str]]:
    """A flow's sentences by language; those with {gaps} are spoken when they are filled."""
    tree, _, _ = selfservice.read_tree(flow_text)
    found: dict[str, set[str]] = {language: set() for language in LANGUAGES}
    for texts_told in _texts(tree):
        for language, words in texts_told.items():
            if "{" not in words:
                found[language].add(words)
    return found


def own_sentences(language: str) -> set[str]:
    """The room's own without gaps, and each key."""
    whole = {
        words
        for told in (texts(), line_phrases.texts())
        for name in told.keys()  # noqa: SIM118
        if "{" not in (words := told.sentences[name][language])
    }
    asked = {say("press_for_language", language, key=key) for key in KEYS[1:]}
    return whole | asked | {say("press", language, key=key) for key in KEYS}


async def publish(speaker: Speaker, flows: Mapping[str, str], language: str) -> tuple[int, int]:
    """Have all sentences of these flows spoken in a language; how many there are, and how many could not be."""
    wanted = own_sentences(language).union(*(sentences_of(text)[language] for text in flows.values()))
    failed = 0
    for words in sorted(wanted):
        try:
            await speaker.prompt(words, language)
        except NotSpoken as error:
            failed += 1
            log.warning("voice.not_spoken", language=language, key=key_of(words, language), why=str(error)[:200])
    return len(wanted), failed


def _texts(tree: Any) -> Iterator[dict[str, str]]:
    """Every mapping that has a text in each of the nine languages."""
    if isinstance(tree, dict):
        if all(isinstance(tree.get(language), str) for language in LANGUAGES):
            yield {language: tree[language] for language in LANGUAGES}
            return
        for part in tree.values():
            yield from _texts(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _texts(part)
