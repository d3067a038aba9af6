"""Articles as plain values: paragraphs, lists, excerpts."""

from __future__ import annotations

from datetime import UTC, datetime

from qiao.kernel.ids import ArticleId, new_id
from qiao.knowledge.model import Article, blocks, excerpt


def test_a_body_becomes_paragraphs_and_lists_and_nothing_active() -> None:
    made = blocks("First\n\n1. one\n2) two\n- three\nLast <script>")
    assert [(one.kind, one.lines) for one in made] == [
        ("paragraph", ("First",)),
        ("list", ("one", "two", "three")),
        ("paragraph", ("Last <script>",)),
    ]
    article = Article(ArticleId(new_id()), "T", "- a", "en", "staff", (), 1, datetime(2026, 1, 1, tzinfo=UTC), "x")
    assert [one.kind for one in article.blocks] == ["list"]


def test_an_excerpt_is_the_piece_that_was_asked_about() -> None:
    assert "needle" in excerpt("x" * 300 + " needle " + "y" * 300, ["needle"])
    assert excerpt("short", ["needle"]) == "short"
