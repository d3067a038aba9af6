"""Flows written for tests: a text is the same word in nine languages unless told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import yaml

from qiao.kernel.languages import LANGUAGES
from qiao.selfservice.model_flow import Flow
from qiao.selfservice.reading import build_flow

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class _NoAnchors(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def said(word: str, **others: str) -> dict[str, str]:
    """A text in nine languages."""
    named = {language.replace("-", "_"): language for language in LANGUAGES}
    return dict.fromkeys(LANGUAGES, word) | {named[one]: text for one, text in others.items()}


def choice(key: str, go: str, **more: Any) -> dict[str, Any]:
    """A choice of a menu."""
    return {"key": key, "text": said(f"choice {key}"), "go": go, **more}


def told(steps: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A flow as plain values; it starts at its first step, and `person` is a hand unless told otherwise."""
    steps = steps if "person" in steps else {**steps, "person": {"hand": "general"}}
    names = {"flow": "f", "name": said("a flow"), "start": next(iter(steps)), "human": "person"}
    return {**names, "steps": steps, **header}


def written(steps: dict[str, Any], **header: Any) -> str:
    """The flow as text."""
    return yaml.dump(told(steps, **header), Dumper=_NoAnchors, allow_unicode=True, sort_keys=False)


def flow_of(steps: dict[str, Any], **header: Any) -> Flow:
    """The flow, built."""
    flow, wrong = build_flow(told(steps, **header), {})
    assert flow is not None, wrong
    return flow
