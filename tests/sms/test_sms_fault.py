"""A fault told by text leads to its flow: the line is looked at first, then the phone, one short text at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao.app.rooms import all_rooms
from qiao.bss import Lines, Network
from qiao.bss.sandbox import SandboxLines, SandboxNetwork
from tests.sms.texting import SHI

if TYPE_CHECKING:
    from tests.sms.texting import Centre


@pytest.fixture(autouse=True)
async def network(here: Centre) -> None:
    all_rooms()
    here.house.ports[Lines] = SandboxLines(here.database, answer_seconds=15.0)
    here.house.ports[Network] = SandboxNetwork(here.database, answer_seconds=15.0)
    async with here.database.transaction() as tx:
        await tx.execute(text("truncate sandbox.area_faults, sandbox.line_readings"))


async def test_no_signal_by_text_is_looked_into_and_ends_when_there_is_signal(here: Centre) -> None:
    (choice,) = await here.text("没信号")
    assert "1 没信号" in choice
    begun = "".join(await here.text("1"))
    assert "不用您动手" in begun
    assert "服务密码" in begun
    (look,) = await here.text(SHI.value[-6:])
    assert "屏幕最上面一行" in look
    assert "1 有小飞机" in look
    (plane,) = await here.text("有小飞机")
    assert "点一下小飞机" in plane
    assert await here.text("有信号了") == ["好了，手机有信号了。"]


@pytest.mark.parametrize(
    ("words", "named"), [("上网慢", "上网慢或上不了网"), ("彩信发不了", "彩信发不了"), ("宽带断了", "宽带断了")]
)
async def test_each_fault_is_found_by_its_words(here: Centre, words: str, named: str) -> None:
    (choice,) = await here.text(words)
    assert f"1 {named}" in choice
