"""What a customer's last words are: what he wants, not how he asked for somebody to tell it to."""

import pytest

from qiao.assist.queries import _tells


@pytest.mark.parametrize("text", ["人工", "0", "转人工！", "agent", "你好", "1", "12", "  ", "……", "••••••"])
def test_a_wish_a_greeting_and_a_key_say_nothing_of_what_he_wants(text: str) -> None:
    assert not _tells(text)


@pytest.mark.parametrize("text", ["没信号", "3737", "my bill is wrong", "我要找人工客服，查余额"])
def test_everything_else_does(text: str) -> None:
    assert _tells(text)
