"""Files over the chat: up to the limit, what they are and nothing else, for their own conversation only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chat.conftest import Server

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" + "1f15c489"
    "0000000a49444154789c6300010000050001" + "0d0a2db40000000049454e44ae426082"
)
HTML = b"<!doctype html><script>alert(1)</script>"
MEGABYTE = 1024 * 1024


async def send(server: Server, token: str, name: str, content: bytes, key: str = "", **asked: str) -> Any:
    async with server.http(**{"x-chat-token": token}) as http:
        return await http.post(
            "/chat/files",
            params={"site": "shop", "lang": "en", **asked},
            data={"key": key or uuid4().hex},
            files={"file": (name, content, "application/octet-stream")},
            timeout=60,
        )


async def kept(server: Server, token: str) -> list[dict[str, Any]]:
    async with server.http(**{"x-chat-token": token}) as http:
        frames = (await http.post("/chat/poll", json={"site": "shop"})).json()["frames"]
    return list(frames[0]["messages"])


def stored(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


async def test_an_image_is_shown_in_the_page_and_a_document_is_a_download(server: Server) -> None:
    token = (await server.visit())["token"]
    for name, content in (("短信.png", PNG), ("bill.pdf", b"%PDF-1.7 x"), ("note.txt", HTML)):
        assert (await send(server, token, name, content)).status_code == 200
    messages = await kept(server, token)
    assert [(m["file"]["name"], m["file"]["inline"]) for m in messages] == [
        ("短信.png", True), ("bill.pdf", False), ("note.txt", False),
    ]  # fmt: skip
    async with server.http() as http:
        answers = [await http.get(message["file"]["url"]) for message in messages]
    assert [a.headers["content-type"] for a in answers] == ["image/png", "application/pdf", "text/plain; charset=utf-8"]
    assert [a.headers["content-disposition"].split(";")[0] for a in answers] == ["inline", "attachment", "attachment"]
    assert answers[0].content == PNG
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_ten_megabytes_go_and_one_byte_more_is_refused_with_what_was_kept(server: Server) -> None:
    token = (await server.visit())["token"]
    assert (await send(server, token, "log.txt", b"a" * 10 * MEGABYTE)).status_code == 200
    answer = await send(server, token, "log.txt", b"a" * (10 * MEGABYTE + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "interactions.file_too_large")
    assert "10.01 MB" in answer.json()["text"] and "everything you wrote is kept" in answer.json()["text"]
    assert len(await kept(server, token)) == 1


async def test_far_more_than_the_limit_is_refused_before_it_is_read(server: Server) -> None:
    token = (await server.visit())["token"]
    answer = await send(server, token, "log.txt", b"a" * 14 * MEGABYTE)
    assert (answer.status_code, answer.json()["code"]) == (413, "interactions.file_too_large")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("photo.png", HTML, "interactions.file_is_not_what_it_says"),
        ("bill.pdf", PNG, "interactions.file_is_not_what_it_says"),
        ("page.html", HTML, "interactions.file_kind_not_taken"),
        ("image.svg", b"<svg/>", "interactions.file_kind_not_taken"),
        ("run.exe", b"MZ\x00", "interactions.file_kind_not_taken"),
        ("empty.txt", b"", "interactions.file_is_empty"),
    ],
)
async def test_a_lying_or_active_file_is_refused_and_leaves_nothing(
    server: Server, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    token = (await server.visit())["token"]
    answer = await send(server, token, name, content)
    assert (answer.status_code >= 400, answer.json()["code"]) == (True, code)
    assert name in answer.json()["text"]
    assert (await kept(server, token), stored(tmp_path / "files")) == ([], 0)


async def test_the_same_key_keeps_one_file_also_when_both_come_at_once(server: Server, tmp_path: Path) -> None:
    token = (await server.visit())["token"]
    answers = await asyncio.gather(*(send(server, token, "a.png", PNG, key="key-00000001") for _ in range(4)))
    again = await send(server, token, "a.png", PNG, key="key-00000001")
    assert {answer.json()["seq"] for answer in (*answers, again)} == {1}
    assert (len(await kept(server, token)), stored(tmp_path / "files")) == (1, 1)


async def test_who_is_not_known_has_no_file_read(server: Server) -> None:
    answer = await send(server, "a.b", "a.png", PNG)
    assert (answer.status_code, answer.json()["code"]) == (403, "chat.visit_not_known")
    async with server.http(**{"x-chat-token": (await server.visit())["token"]}) as http:
        bare = await http.post("/chat/files?site=shop", json={"key": "x"})
        empty = await http.post("/chat/files?site=shop", data={"key": "key-00000001"})
    assert [bare.status_code, empty.status_code] == [400, 400]


async def test_an_address_opens_its_own_file_for_a_day_and_no_other(server: Server) -> None:
    mine, his = (await server.visit())["token"], (await server.visit())["token"]
    for token in (mine, his):
        await send(server, token, "a.png", PNG)
    my_url, his_url = [(await kept(server, token))[0]["file"]["url"] for token in (mine, his)]
    my_path, his_key = my_url.split("?")[0], his_url.split("?")[1]
    async with server.http(accept="application/json") as http:
        refused = [
            await http.get(address)
            for address in (my_path, f"{my_path}?k=", f"{my_path}?{his_key}", f"/chat/files/{uuid4()}?{his_key}")
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(404, "kernel.not_found")}
        server.house.clock.forward(hours=25)  # type: ignore[attr-defined]
        assert (await http.get(my_url)).status_code == 404


async def test_a_file_whose_bytes_are_gone_is_not_found(server: Server) -> None:
    token = (await server.visit())["token"]
    await send(server, token, "a.png", PNG)
    url = (await kept(server, token))[0]["file"]["url"]
    await server.house.files.delete(UUID(url.split("/")[-1].split("?")[0]))
    async with server.http(accept="application/json") as http:
        assert (await http.get(url)).status_code == 404
