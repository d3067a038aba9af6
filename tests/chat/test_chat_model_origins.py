"""An origin a line: what a browser's header can carry, and nothing that would say more in it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.channels.chat.model_origins import ORIGINS_MAX, as_lines, origins_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://www.example.cn", ("https://www.example.cn",)),
        (" HTTPS://Www.Example.CN/ \n\nhttps://www.example.cn:443", ("https://www.example.cn",)),
        ("https://shop.example.cn:8443", ("https://shop.example.cn:8443",)),
        ("https://例子.中国", ("https://xn--fsqu00a.xn--fiqs8s",)),
        ("", ()),
    ],
)
def test_addresses_are_kept_as_browsers_send_them_and_each_once(typed: str, kept: tuple[str, ...]) -> None:
    assert origins_of(typed) == (kept, "")


@pytest.mark.parametrize(
    "typed",
    [
        "http://www.example.cn", "www.example.cn", "https://*", "https://*.example.cn", "https://example.cn/shop",
        "https://example.cn; script-src *", "https://example.cn 'unsafe-inline'", "https://user@example.cn",
        "https://example.cn:0", "https://example.cn:65536", "https://example.cn:", "https://localhost", "https://.cn",
        "https://" + "a" * 70 + ".cn", "javascript:alert(1)", "https://10.0.0.1", "null",
    ],
)  # fmt: skip
def test_what_is_no_origin_of_a_site_is_named_and_nothing_is_kept(typed: str) -> None:
    assert origins_of(f"https://good.example.cn\n{typed}") == ((), typed[:80])


def test_more_than_a_header_should_carry_is_refused() -> None:
    lines = [f"https://n{number}.example.cn" for number in range(ORIGINS_MAX + 1)]
    assert len(origins_of("\n".join(lines[:-1]))[0]) == ORIGINS_MAX
    assert origins_of("\n".join(lines)) == ((), lines[-1])


@given(st.text(max_size=200))
def test_whatever_is_typed_nothing_else_gets_into_the_header_and_it_reads_back_the_same(typed: str) -> None:
    found, _ = origins_of(typed)
    assert all(re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]+)?", one) for one in found)
    assert origins_of(as_lines(found)) == (found, "")
