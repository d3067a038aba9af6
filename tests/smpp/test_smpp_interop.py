"""Our centre with foreign clients, and our client with a centre that speaks through a foreign codec."""

from __future__ import annotations

import asyncio
import shutil
import urllib.parse
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiosmpplib
import httpx2
import pytest
import smpplib.client
import smpplib.consts
import smpplib.gsm
import smpplib.smpp

from qiao.channels.smpp.model_receipt import receipt_of
from qiao.channels.smpp.model_text import part_of, submissions
from qiao.channels.smpp.sandbox import Centre
from qiao.kernel.sms import as_sms
from tests.looking import a_moment
from tests.smpp.lines import ACCOUNTS, Heard, bound, centre, until

if TYPE_CHECKING:
    from pathlib import Path

TO = "8613900001111"
TEXTS = ["Hello, world @£$€[]", "您的话费余额是 23.50 元。", "a" * 161, "您的账单" * 40, "😀" * 40]


def deliver(there: Centre, words: str) -> None:
    for told, tlvs in submissions(as_sms(words), 5, "udh"):
        there.send(f"+{TO}", "10086", told, tlvs)


@pytest.mark.parametrize("words", TEXTS[:4])  # smpplib cuts through the characters of the fifth
async def test_smpplib_submits_and_is_delivered_to(words: str) -> None:
    there, arrived = Centre(ACCOUNTS), []
    there.arrived = lambda *told: arrived.append(told)
    port = await there.listen()
    got: list[Any] = []

    def hear(pdu: Any) -> int:
        got.append(pdu)
        return 0  # ESME_ROK

    def play() -> None:
        client = smpplib.client.Client("127.0.0.1", port, timeout=5, allow_unknown_opt_params=True)
        client.set_message_received_handler(hear)
        client.connect()
        client.bind_transceiver(system_id="qiao", password="secret")
        parts, encoding, kind = smpplib.gsm.make_parts(words)
        for part in parts:
            client.send_message(
                source_addr="10086", destination_addr=TO, short_message=part, data_coding=encoding, esm_class=kind,
                registered_delivery=True,
            )  # fmt: skip
        while len(got) < len(parts) + as_sms(words).segments:
            client.read_once()
        client.unbind()
        client.disconnect()

    deliver(there, words)
    async with asyncio.timeout(30):
        await asyncio.to_thread(play)
    assert arrived == [(TO, "10086", words)]
    receipts = {
        one.receipted_message_id or one.short_message.split()[0][3:].decode() for one in got if one.esm_class & 4
    }
    assert receipts == set(there.ledger.taken)
    assert sum(len(one.short_message) for one in got if not one.esm_class & 4) >= len(words)
    await there.stop()


class _Told(aiosmpplib.AbstractHook):
    def __init__(self) -> None:
        self.received_ones: list[Any] = []

    async def sending(self, smpp_message: Any, pdu: bytes, client_id: str) -> None: ...

    async def received(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
        self.received_ones.append(smpp_message)

    async def send_error(self, smpp_message: Any, error: Exception, client_id: str) -> None:
        raise error


async def test_aiosmpplib_submits_and_is_delivered_to() -> None:
    async with centre() as (there, port):
        arrived: list[tuple[str, str, str]] = []
        there.arrived = lambda *told: arrived.append(told)
        hook = _Told()
        esme = aiosmpplib.ESME("127.0.0.1", port, "qiao", "secret", hook=hook, log_level="CRITICAL")
        task = asyncio.create_task(esme.start())
        for words in TEXTS[:2]:
            await esme.broker.enqueue(
                aiosmpplib.SubmitSm(
                    short_message=words,
                    source=aiosmpplib.PhoneNumber("10086"),
                    destination=aiosmpplib.PhoneNumber(TO),
                    encoding="ucs2" if as_sms(words).encoding == "UCS-2" else "gsm0338",
                )
            )
        await until(lambda: len(arrived) == 2)
        assert {words for _, _, words in arrived} == set(TEXTS[:2])
        deliver(there, TEXTS[0])
        deliver(there, TEXTS[1])
        await until(lambda: not there.waiting and not there.links[0].unacknowledged)
        delivered = [one for one in hook.received_ones if isinstance(one, aiosmpplib.DeliverSm)]
        assert set(TEXTS[:2]) <= {one.short_message for one in delivered}
        assert sum(one.is_receipt() for one in delivered) == 2
        await esme.stop()
        with suppress(asyncio.CancelledError):
            await task


async def test_our_client_is_understood_by_a_centre_with_a_foreign_codec_and_understands_it() -> None:
    submitted: list[Any] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = smpplib.client.Client("127.0.0.1", 1, allow_unknown_opt_params=True)  # only its numbers are used

        def say(command: str, **told: Any) -> None:
            pdu = smpplib.smpp.make_pdu(command, client=client, **told)
            if "sequence" in told:
                pdu.sequence = told["sequence"]
            writer.write(pdu.generate())

        with suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(4)
                data = head + await reader.readexactly(int.from_bytes(head, "big") - 4)
                pdu = smpplib.smpp.parse_pdu(data, client=client, allow_unknown_opt_params=True)
                match pdu.command:
                    case "bind_transceiver":
                        say("bind_transceiver_resp", sequence=pdu.sequence, system_id="foreign")
                    case "submit_sm":
                        submitted.append(pdu)
                        say("submit_sm_resp", sequence=pdu.sequence, message_id=f"{len(submitted):x}")
                        say(
                            "deliver_sm", source_addr=TO, destination_addr="10086", esm_class=4,
                            short_message=b"id:%x stat:DELIVRD err:000 text:" % len(submitted),
                        )  # fmt: skip
                        say(
                            "deliver_sm", source_addr=TO, destination_addr="10086", data_coding=8,
                            short_message="查余额".encode("utf-16-be"),
                        )  # fmt: skip
                    case "unbind":
                        say("unbind_resp", sequence=pdu.sequence)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        heard = Heard()
        link = await bound(server.sockets[0].getsockname()[1], heard)
        assert link.system_id == "foreign"
        wanted = 0
        for words in TEXTS:
            sms = as_sms(words)
            for fields, tlvs in submissions(sms, 9, "udh"):
                wanted += 1
                link.submit(words, body_with(fields, tlvs))
        await until(lambda: len(heard.answers) == wanted and len(heard.came) == 2 * wanted)
        assert [one.message_id for one in heard.answers] == [f"{number:x}" for number in range(1, wanted + 1)]
        receipts = [one.id for pdu in heard.came if (one := receipt_of(pdu))]
        assert sorted(receipts) == sorted(one.message_id for one in heard.answers)
        assert {part_of(pdu).text for pdu in heard.came if receipt_of(pdu) is None} == {"查余额"}
        assert b"".join(pdu.short_message[6:] for pdu in submitted if pdu.esm_class)[:153] == b"a" * 153
        await link.leave()
        assert link.why_closed == "left"


def body_with(fields: Any, tlvs: Any) -> bytes:
    from qiao.channels.smpp import body_of

    return body_of({"source": "10086", "destination": TO, "registered": 1, **fields}, tlvs)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bearerbox") is None, reason="kannel is not installed (apt-get install kannel)")
async def test_kannel_submits_and_is_delivered_to(tmp_path: Path, unused_tcp_ports: list[int]) -> None:
    async with centre() as (there, port):
        arrived: list[tuple[str, str, str]] = []
        there.arrived = lambda *told: arrived.append(told)
        admin, boxes, sending, hearing = unused_tcp_ports
        got: list[str] = []

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = (await reader.readline()).decode()
            told = urllib.parse.parse_qs(line.split()[1].partition("?")[2], encoding="latin-1")
            got.append(told["text"][0].encode("latin-1").decode(told["charset"][0]))
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nContent-Type: text/plain\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(hear, "127.0.0.1", hearing)
        conf = tmp_path / "kannel.conf"
        conf.write_text(KANNEL.format(admin=admin, boxes=boxes, sending=sending, hearing=hearing, port=port))
        boxes_up = [await _box("bearerbox", conf)]
        try:
            await until(lambda: there.links and there.links[0].bound, seconds=30)
            boxes_up.append(await _box("smsbox", conf))
            async with httpx2.AsyncClient(trust_env=False) as client:
                for words in TEXTS[:4]:
                    await _until_sent(client, sending, words)
            await until(lambda: len(arrived) == 4)
            assert {words for _, _, words in arrived} == set(TEXTS[:4])
            for words in TEXTS[:4]:
                deliver(there, words)
            await until(lambda: len(got) == 4, seconds=30)
            assert set(got) == set(TEXTS[:4])
        finally:
            for box in reversed(boxes_up):
                with suppress(ProcessLookupError):
                    box.terminate()
                await box.wait()
            server.close()


async def _box(name: str, conf: Path) -> asyncio.subprocess.Process:
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(name, str(conf), cwd=conf.parent, stdout=quiet, stderr=quiet)


async def _until_sent(client: httpx2.AsyncClient, port: int, words: str) -> None:
    told = {"username": "u", "password": "p", "from": "10086", "to": TO, "text": words, "charset": "UTF-8",
            "coding": "2" if as_sms(words).encoding == "UCS-2" else "0"}  # fmt: skip
    async with asyncio.timeout(30):
        while True:
            with suppress(httpx2.HTTPError):
                if (await client.get(f"http://127.0.0.1:{port}/cgi-bin/sendsms", params=told)).status_code == 202:
                    return
            await a_moment()


KANNEL = """
group = core
admin-port = {admin}
admin-interface = "127.0.0.1"
admin-password = bar
smsbox-port = {boxes}
smsbox-interface = "127.0.0.1"
box-allow-ip = "127.0.0.1"

group = smsc
smsc = smpp
smsc-id = sandbox
host = 127.0.0.1
port = {port}
smsc-username = qiao
smsc-password = secret
system-type = ""
transceiver-mode = true
source-addr-autodetect = true

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sending}
sendsms-interface = "127.0.0.1"
mo-recode = true

group = sendsms-user
username = u
password = p
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = true
get-url = "http://127.0.0.1:{hearing}/?text=%b&charset=%C"
concatenation = true
max-messages = 0
"""


@pytest.fixture
def unused_tcp_ports() -> list[int]:
    import socket

    held = [socket.socket() for _ in range(4)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
