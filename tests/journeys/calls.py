"""A demo with calls: Asterisk, a worker of calls, telephones of callers, and agents' browsers that hear and speak."""

from __future__ import annotations

import array
import asyncio
import contextlib
import io
import os
import re
import shutil
import socket
import sys
import wave
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
from playwright.async_api import async_playwright, expect
from sqlalchemy import update

from qiao.bss.sandbox.filling import mark
from qiao.bss.sandbox.store import holdings
from qiao.channels.voice import Speaker
from qiao.channels.voice.configuration import ARI_USER
from qiao.channels.voice.model_recording import LEGS
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import RATE, SILENCE, decode, loudness, share_of, tone
from qiao.channels.voice.server import ari_password
from tests.journeys.people import Agent
from tests.journeys.running_demo import RunningDemo, running_demo
from tests.looking import a_moment
from tests.voice.conftest import free_port, voice_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from playwright.async_api import Browser

    from qiao.channels.voice.sandbox import PhoneCall
    from qiao.kernel.service_ids import ServiceId
    from qiao.platform.database import Transaction

CALLER_HERTZ, AGENT_HERTZ = 440.0, 1000.0
WINDOW = RATE // 2
HOTLINE = "10086"
STRANGER = "+8613700009999"
"""Nobody's number that we know."""
PASSWORD = "482915"
"""The service password that a customer of the tests has chosen."""
COUNSELLOR = "员工关怀热线 8800，只有您看到"
EMBASSY = "驻贝宁使馆，+229 01 00 00 00"
"""What the operator of the tests tells callers from country code 229."""


@dataclass
class Centre:
    """The running house and its telephones."""

    demo: RunningDemo
    folder: Path

    async def phone(self, number: str) -> Softphone:
        return await Softphone.open(("127.0.0.1", self.demo.settings.voice.sip_port), number)

    async def says_to(self, call: PhoneCall, words: str, language: str = "zh-CN") -> None:
        """Wait until the caller has heard this sentence to its end."""
        prompt = await Speaker(self.demo.settings).prompt(words, language)
        await call.heard.hear(prompt.path, seconds=60)

    async def telephone(self, number: str) -> AnsweringPhone:
        """The telephone in the network behind the trunk: it calls us, and rings when we call its number."""
        voice = self.demo.settings.voice
        return await AnsweringPhone.listen(("127.0.0.1", voice.sip_port), number, port=voice.trunks[0].port)

    @asynccontextmanager
    async def agents_browser(
        self, hertz: float = AGENT_HERTZ, *, asks: bool = False, devices: bool = True
    ) -> AsyncIterator[Browser]:
        """A browser whose microphone hears this tone, now and then: what never stops is taken for noise and removed.

        `asks`: the microphone must be allowed first; not `devices`: there is none.
        """
        heard = self.folder / f"microphone-{hertz:.0f}.wav"
        if not heard.exists():
            with wave.open(str(heard), "wb") as out:
                out.setparams((1, 2, 8000, 0, "NONE", ""))
                samples = decode((tone(hertz, 0.3) + bytes(SILENCE) * 10) * 20)
                out.writeframes(b"".join(one.to_bytes(2, "little", signed=True) for one in samples))
        path = os.environ.get("QIAO_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        flags = [
            "--no-sandbox",
            *([] if asks else ["--use-fake-ui-for-media-stream"]),
            *(["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={heard}"] if devices else []),
            "--autoplay-policy=no-user-gesture-required",
            "--disable-background-networking",
        ]
        async with async_playwright() as playwright:
            opened = await playwright.chromium.launch(executable_path=path, args=flags)
            yield opened
            await opened.close()


@asynccontextmanager
async def centre_with_calls(database_url: str, folder: Path, programs: str, **told: Any) -> AsyncIterator[Centre]:
    """Everything that `./dev demo --voice` starts; `told`: what else is set about calls."""
    port = free_port(socket.SOCK_DGRAM)
    trunk = {"name": "sea", "host": "127.0.0.1", "port": port, "allow": ["127.0.0.1/32"]}
    voice = voice_settings(
        programs, folder, **{"trunks": [trunk], "embassies": {"229": EMBASSY}, "counsellor": COUNSELLOR, **told}
    )
    async with running_demo(database_url, folder, asterisk=programs, voice=voice.voice) as demo:
        await demo.start("voice asterisk")
        await demo.start("voice worker")
        await asterisk_answers(demo)
        try:
            yield Centre(demo, folder)
        finally:
            sys.stdout.write(demo.logs())  # shown when the test fails


async def asterisk_answers(demo: RunningDemo) -> None:
    """Wait until telephones can be had."""
    settings = demo.settings
    auth = (ARI_USER, ari_password(settings))
    address = f"http://127.0.0.1:{settings.voice.http_port}/ari/asterisk/ping"
    async with asyncio.timeout(60), httpx2.AsyncClient(auth=auth, trust_env=False) as client:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                if (await client.get(address)).status_code == 200:
                    return
            await a_moment()


class Talker(Agent):
    """An agent with a telephone."""

    @classmethod
    async def comes(cls, browser: Browser, demo: RunningDemo, login: str) -> Talker:
        """Signs in, and says that he is ready once his telephone is there."""
        made = await cls.signs_in(browser, demo, login)
        await made.is_connected()
        await made.set_status("ready")
        return made

    async def takes_call_of(self, phone: Softphone, hertz: float = AGENT_HERTZ) -> PhoneCall:
        """This telephone calls the hotline and wants a person, he answers by one key, and they hear each other."""
        call = await waits_for_person(phone)
        speaks(call)
        await self.answers()
        await caller_hears(call, hertz)
        await self.hears(CALLER_HERTZ)
        return call

    async def is_connected(self) -> None:
        """His telephone is there."""
        await expect(self.page.locator("#phone-state")).to_have_attribute("data-tone", "green", timeout=30_000)

    async def key(self, letter: str) -> None:
        """Press one key, with the cursor in no field, once something on the screen answers to it."""
        await expect(self.page.locator(f"[data-shortcut='{letter}']").first).to_be_visible()
        await self.page.evaluate("document.activeElement?.blur()")
        await self.page.keyboard.press(letter)

    async def hangs_up(self) -> None:
        """By its key; the house has heard it, and the strip says that it is over."""
        async with self.page.expect_response(re.compile(r"/desk/phone/[^/]+/hang-up$")) as told:
            await self.key("x")
        answer = await told.value
        assert answer.ok, f"{answer.status}: {await answer.text()}"
        await expect(self.page.locator("#phone-calls [data-call]")).to_have_count(0)

    async def hears(self, hertz: float, seconds: float = 40) -> None:
        """This tone is what comes out of his browser."""
        found = await self.page.evaluate(HEARS, [hertz, seconds * 1000])
        assert found, f"does not hear {hertz} Hz"

    async def hears_nothing_of(self, hertz: float) -> None:
        """From some moment on this tone is not there for two seconds."""
        assert await self.page.evaluate(HEARS_NOT, hertz), f"hears {hertz} Hz"


LISTEN = """
  const audio = document.getElementById("phone-sound");
  const share = async (hertz) => {
    const stream = audio?.srcObject;
    if (!stream) {
      await new Promise((done) => setTimeout(done, 100));
      return 0;
    }
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(stream).connect(analyser);
    await new Promise((done) => setTimeout(done, 300));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const power = bins.map((one) => 10 ** (one / 10));
    const at = Math.round((hertz * analyser.fftSize) / context.sampleRate);
    const near = power.slice(Math.max(at - 4, 0), at + 5).reduce((sum, one) => sum + one, 0);
    const whole = power.reduce((sum, one) => sum + one, 0);
    await context.close();
    return whole > 1e-6 ? near / whole : 0;
  };
"""
HEARS = (
    "async ([hertz, ms]) => {"
    + LISTEN
    + "const until = performance.now() + ms; while (performance.now() < until)"
    + " if ((await share(hertz)) > 0.2) return true; return false; }"
)
HEARS_NOT = (
    "async (hertz) => {"
    + LISTEN
    + "const until = performance.now() + 30000; let quiet = 0; while (performance.now() < until)"
    + " { quiet = (await share(hertz)) > 0.1 ? 0 : quiet + 1; if (quiet === 6) return true; } return false; }"
)


def speaks(call: PhoneCall, hertz: float = CALLER_HERTZ, seconds: float = 600) -> None:
    """The caller goes on saying this tone."""
    call.media.say(tone(hertz, 1) * int(seconds))


def share_heard(call: PhoneCall, hertz: float) -> float:
    """How much of the last half second that he heard is this tone; 0 for silence."""
    samples = call.heard.samples(max(len(call.heard.sound) - WINDOW, 0))
    return share_of(samples, hertz) if loudness(samples) > 100 else 0.0


async def caller_hears(
    call: PhoneCall, hertz: float = AGENT_HERTZ, seconds: float = 40, *, share: float = 0.25
) -> None:
    """Wait until half a second of what he hears is this tone; `share`: so much of it, where others speak, too."""
    since = len(call.heard.sound)

    def heard() -> bool:
        return len(call.heard.sound) > since + WINDOW and share_heard(call, hertz) > share

    await call.heard.until(heard, seconds)


async def caller_hears_other(call: PhoneCall, hertz: float = AGENT_HERTZ, seconds: float = 40) -> None:
    """Wait until half a second of what he hears is anything but this tone, and not silence."""
    since = len(call.heard.sound)

    def heard() -> bool:
        samples = call.heard.samples(max(len(call.heard.sound) - WINDOW, 0))
        return len(call.heard.sound) > since + WINDOW and loudness(samples) > 200 and share_of(samples, hertz) < 0.05

    await call.heard.until(heard, seconds)


async def waits_for_person(phone: Softphone, number: str = HOTLINE) -> PhoneCall:
    """Calls the hotline, or another number of ours, and presses 0."""
    call = await phone.call(number)
    assert call.status == 200
    await call.heard.until(lambda: len(call.heard.sound) > 8000, 30)
    call.press("0")
    return call


async def choose_password(tx: Transaction, service: ServiceId) -> None:
    """At the operator, this customer has chosen PASSWORD."""
    his = update(holdings).where(holdings.c.service == str(service))
    await tx.execute(his.values(password_mark=mark(service, PASSWORD)))


async def keys_password(agent: Talker, call: PhoneCall) -> None:
    """An English agent asks for the service password, and the customer keys it in."""
    await agent.page.get_by_role("button", name="Ask for the service password").click()
    await expect(agent.page.locator("#phone-calls")).to_contain_text("you hear nothing")
    await caller_hears_other(call)
    await agent.hears_nothing_of(CALLER_HERTZ)
    call.press(f"{PASSWORD}#")


async def recorded(listener: Agent, contact: str) -> tuple[list[int], list[int]]:
    """The sound of a call that is over, as he may hear it again: the customer's side, and what the customer heard."""
    async with asyncio.timeout(60):
        while True:
            shown = await listener.page.request.get(f"/desk/recordings/{contact}")
            if len(re.findall(r"\b[0-9a-f]{64}\b", await shown.text())) == len(LEGS):
                break
            await listener.page.wait_for_timeout(200)
    sound = await listener.page.request.get(f"/desk/recordings/{contact}/sound")
    with wave.open(io.BytesIO(await sound.body())) as read:
        samples = array.array("h", read.readframes(read.getnframes()))
    return list(samples[::2]), list(samples[1::2])


def has_tone(samples: Sequence[int], hertz: float) -> bool:
    """Whether half a second of it is mostly this tone."""
    pieces = (samples[at : at + WINDOW] for at in range(0, len(samples), WINDOW))
    return any(loudness(one) > 100 and share_of(one, hertz) > 0.25 for one in pieces)


async def quiet(seconds: float, call: PhoneCall) -> None:
    """Let the caller hear so many seconds more."""
    wanted = len(call.heard.sound) + int(seconds * RATE)
    async with asyncio.timeout(seconds + 10):
        await call.heard.until(lambda: len(call.heard.sound) >= wanted, seconds + 10)
