"""An assistant over HTTP against a small server that speaks the protocol, well and badly."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from qiao.assist import Advice, Assistant, AssistantAway, HttpAssistant, assistant_from
from qiao.platform.settings import Settings

SOURCES = ["Ring tone\nText QX to cancel.", "Service: Bill"]
Answers = Callable[[dict[str, Any], str], Awaitable[bytes]]


@asynccontextmanager
async def served(answers: Answers) -> AsyncIterator[str]:
    """A server on this machine; `answers` gets the body and the head of each request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [line.partition(":")[2] for line in head.splitlines() if line.lower().startswith("content-length")]
        body = await reader.readexactly(int(lengths[0]))
        writer.write(await answers(json.loads(body), head))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"http://127.0.0.1:{port}/v1/"


def http(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close"
    return head.encode() + b"\r\n\r\n" + body


def said(content: Any) -> bytes:
    return http(json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode())


def asking(url: str, seconds_max: float = 5.0) -> HttpAssistant:
    return HttpAssistant(url=url, key="secret", model="small", seconds_max=seconds_max)


async def test_it_is_asked_in_the_protocol_and_its_answer_is_read() -> None:
    heard: list[tuple[dict[str, Any], str]] = []

    async def answers(body: dict[str, Any], head: str) -> bytes:
        heard.append((body, head))
        return said('{"order": [1, 0], "draft": "发送 QX 即可退订。"}')

    async with served(answers) as url:
        assistant = asking(url)
        assert isinstance(assistant, Assistant)
        told = await assistant.advise(["退订彩铃"], SOURCES, "zh-CN")
    assert told == Advice((1, 0), "发送 QX 即可退订。")
    ((body, head),) = heard
    assert head.startswith("POST /v1/chat/completions ")
    assert "authorization: bearer secret" in head.lower()
    assert body["model"] == "small"
    assert [one["role"] for one in body["messages"]] == ["system", "user"]
    assert "[1] Service: Bill" in body["messages"][1]["content"]
    assert assistant.name == "small @ 127.0.0.1"


@pytest.mark.parametrize(
    "answer",
    [
        http(b"{}", "500 Internal Server Error"),
        http(b"{}", "401 Unauthorized"),
        http(b"no json"),
        http(b"{}"),
        http(b'{"choices": []}'),
        http(b'{"choices": [{"message": null}]}'),
        http(b"[" * 100_000),
        http(b"\xff\xfe"),
        said(None),
        said(7),
        said("x" * 300_000),
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
        b"nonsense\r\n\r\n",
        http(b"", "307 Temporary Redirect"),
    ],
)
async def test_whatever_goes_wrong_there_is_one_refusal_here(answer: bytes) -> None:
    async def answers(_body: dict[str, Any], _head: str) -> bytes:
        return answer

    async with served(answers) as url:
        with pytest.raises(AssistantAway):
            await asking(url).advise(["x"], SOURCES, "en")


async def test_it_is_not_waited_for_longer_than_was_set() -> None:
    never = asyncio.Event()

    async def answers(_body: dict[str, Any], _head: str) -> bytes:
        await never.wait()
        return b""

    async with served(answers) as url:
        began = asyncio.get_running_loop().time()
        with pytest.raises(AssistantAway):
            await asking(url, seconds_max=0.2).advise(["x"], SOURCES, "en")
        assert asyncio.get_running_loop().time() - began < 3
        never.set()


async def test_nobody_there_is_the_same_refusal() -> None:
    with pytest.raises(AssistantAway):
        await asking("http://127.0.0.1:1/v1").advise(["x"], SOURCES, "en")


def test_none_is_asked_unless_it_is_named_and_allowed() -> None:
    named = {"assistant_url": "http://127.0.0.1:9/v1", "mode": "test"}
    assert assistant_from(Settings(mode="test")) is None
    assert assistant_from(Settings(**named)) is None  # type: ignore[arg-type]
    assert assistant_from(Settings(**named, assistant_reads_conversations=True)) is not None  # type: ignore[arg-type]
