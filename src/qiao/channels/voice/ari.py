"""Asterisk's REST interface, thin: requests and events over one WebSocket that comes back by itself.

Nothing that happened while it was away is told again. So each time it stands, `on_open` is awaited before any event is
handed out: there the state is asked for and compared.
"""

import asyncio
import base64
import contextlib
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar

import structlog
from pydantic import TypeAdapter
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from qiao.channels.voice.ari_events import (
    Application,
    ApplicationReplaced,
    AriEvent,
    Bridge,
    Channel,
    RESTResponse,
    Variable,
    read_event,
)
from qiao.channels.voice.configuration import ARI_USER

log = structlog.get_logger(__name__)
Shape = TypeVar("Shape")
Way = Literal["in", "out"]
"""Of a channel's sound: what it says, what it hears."""
ANSWER_SECONDS: Final = 5.0
RECONNECT_SECONDS: Final = 0.1
RECONNECT_SECONDS_MAX: Final = 1.0
DEAD_SECONDS: Final = 3.0
"""Nobody has listened at its port for so long: a program that starts again does so sooner."""
UNREAD: Final = (
    *("BridgeCreated", "BridgeDestroyed", "ChannelCallerId", "ChannelConnectedLine", "ChannelCreated"),
    *("ChannelDialplan", "ChannelEnteredBridge", "ChannelHangupRequest", "ChannelHold", "ChannelLeftBridge"),
    *("ChannelStateChange", "ChannelUnhold", "ChannelVarset", "Dial", "PlaybackStarted", "PlaybackContinuing"),
    "RecordingStarted",
)
"""A list of what is read would keep the answers to our requests from us, too."""
FRAME_BYTES_MAX: Final = 4 * 1024 * 1024
GONE: Final = 404
THERE_ALREADY: Final = 409
NOT_MADE: Final = 500


class AriAway(Exception):
    """No connection, or no answer in time: whether it was done is not known."""


class AriRefused(Exception):
    """Asterisk said no; `status` as in HTTP (404: the channel is gone)."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(f"{status} {told}")
        self.status = status


class NotThere(AriRefused):
    """The telephone to be rung is not signed on; nothing more will be told of it."""


class NameTaken(Exception):
    """Another program serves under our name; this one must stop, since it hears nothing more."""


class Ari:
    """One application at one Asterisk. `run` until cancelled; requests may be made while it stands."""

    def __init__(
        self,
        *,
        port: int,
        password: str,
        app: str,
        on_open: Callable[[], Awaitable[None]],
        on_event: Callable[[AriEvent], None],
        host: str = "127.0.0.1",
    ) -> None:
        self.app = app
        self.stands = asyncio.Event()
        """Set while the connection stands and `on_open` has returned."""
        self.dead = asyncio.Event()
        """Set while nobody listens at its port: Asterisk does not run, so all its calls are lost."""
        self._refused_since: float | None = None
        self._address = f"ws://{host}:{port}/ari/events?app={app}&subscribeAll=false"
        told = base64.b64encode(f"{ARI_USER}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {told}"}
        self._on_open, self._on_event = on_open, on_event
        self._socket: ClientConnection | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[RESTResponse]] = {}

    async def run(self) -> None:
        """Keep the connection. Raises NameTaken."""
        pause = RECONNECT_SECONDS
        while True:
            try:
                async with connect(
                    self._address,
                    additional_headers=self._headers,
                    max_size=FRAME_BYTES_MAX,
                    open_timeout=ANSWER_SECONDS,
                    proxy=None,
                ) as socket:
                    self._socket, pause = socket, RECONNECT_SECONDS
                    self._listened()
                    await self._serve(socket)
            except (OSError, WebSocketException, TimeoutError, AriAway, AriRefused) as error:
                log.warning("ari.away", app=self.app, error=type(error).__name__)
                self._refused() if isinstance(error, ConnectionRefusedError) else self._listened()
            finally:
                self._lost()
            await asyncio.sleep(pause)
            pause = min(pause * 2, RECONNECT_SECONDS_MAX)

    def _listened(self) -> None:
        self._refused_since = None
        self.dead.clear()

    def _refused(self) -> None:
        now = asyncio.get_running_loop().time()
        self._refused_since = now if self._refused_since is None else self._refused_since
        if now - self._refused_since >= DEAD_SECONDS:
            self.dead.set()

    def cut(self) -> None:
        """Have the connection break, as a fault would; it comes back by itself."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _serve(self, socket: ClientConnection) -> None:
        """Read until it closes; events wait until the state has been compared."""
        early: list[AriEvent] | None = []
        opening = asyncio.ensure_future(self._open())
        reading = asyncio.ensure_future(socket.recv())
        try:
            while True:
                todo = {reading} if early is None else {reading, opening}
                await asyncio.wait(todo, return_when=asyncio.FIRST_COMPLETED)
                if early is not None and opening.done():
                    await opening
                    for event in early:
                        self._hand_out(event)
                    early = None
                    self.stands.set()
                if reading.done():
                    event_told = self._take(await reading)
                    reading = asyncio.ensure_future(socket.recv())
                    if event_told is not None and early is not None:
                        early.append(event_told)
                    elif event_told is not None:
                        self._hand_out(event_told)
        finally:
            for task in (opening, reading):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def _open(self) -> None:
        """Have Asterisk not write what nobody here reads, a dozen events of each channel; if it will not, hear them."""
        unread = [{"type": kind} for kind in UNREAD]
        try:
            await self.request("PUT", f"applications/{self.app}/eventFilter", body={"disallowed": unread})
        except AriRefused as refused:
            log.warning("ari.hears_all", app=self.app, told=str(refused)[:200])
        await self._on_open()

    def _hand_out(self, event: AriEvent) -> None:
        if isinstance(event, ApplicationReplaced):
            raise NameTaken(self.app)
        self._on_event(event)

    def _take(self, raw: str | bytes) -> AriEvent | None:
        """An event, or None when it was an answer or nothing of ours."""
        try:
            told = json.loads(raw)
            if told.get("type") == "RESTResponse":
                answer = RESTResponse.model_validate(told)
                waiting = self._waiting.pop(answer.request_id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
                return None
            return read_event(told)
        except (ValueError, AttributeError) as error:
            log.warning("ari.not_understood", error=str(error)[:200])
            return None

    def _lost(self) -> None:
        self.stands.clear()
        self._socket = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(AriAway("the connection was lost"))
        self._waiting.clear()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> str:
        """One request; the body of the answer. Raises AriAway and AriRefused."""
        socket = self._socket
        if socket is None:
            raise AriAway("there is no connection")
        number = str(next(self._numbers))
        told: dict[str, Any] = {"type": "RESTRequest", "transaction_id": self.app, "request_id": number}
        told |= {"method": method, "uri": path}
        if query:
            told["query_strings"] = [{"name": name, "value": value} for name, value in query.items()]
        if body is not None:
            told |= {"content_type": "application/json", "message_body": json.dumps(body)}
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await socket.send(json.dumps(told))
                answer: RESTResponse = await waiting
        except (TimeoutError, WebSocketException) as error:
            raise AriAway(f"{method} {path.partition('?')[0]}: {type(error).__name__}") from None
        finally:
            self._waiting.pop(number, None)
        if answer.status_code >= 400:
            raise AriRefused(answer.status_code, answer.message_body or answer.reason_phrase)
        return answer.message_body

    async def _ask(self, shape: type[Shape], path: str, query: Mapping[str, str] | None = None) -> Shape:
        return TypeAdapter(shape).validate_json(await self.request("GET", path, query=query))

    async def channels(self) -> list[Channel]:
        """Every leg there is."""
        return await self._ask(list[Channel], "channels")

    async def bridges(self) -> list[Bridge]:
        """Every bridge there is."""
        return await self._ask(list[Bridge], "bridges")

    async def applications(self) -> list[Application]:
        """Every application Asterisk knows, connected or not, with what it has."""
        return await self._ask(list[Application], "applications")

    async def claim(self, channel: str) -> bool:
        """Take a broadcast call; False when another was quicker or it is gone."""
        try:
            await self.request("POST", "events/claim", query={"channelId": channel, "application": self.app})
        except AriRefused as refused:
            if refused.status in {GONE, THERE_ALREADY}:
                return False
            raise
        return True

    async def move_here(self, channel: str, from_app: str) -> None:
        """Take over a channel that a dead worker had."""
        await self.request("POST", f"channels/{channel}/move", query={"app": self.app, "appArgs": f"moved,{from_app}"})

    async def answer(self, channel: str) -> None:
        """Pick up."""
        await self.request("POST", f"channels/{channel}/answer")

    async def give_back(self, channel: str, *, mine: bool = False) -> None:
        """Back to the dialplan, which keeps the caller company and offers him again.

        `mine`: unless another worker has it by now.
        """
        if mine and channel not in (await self._ask(Application, f"applications/{self.app}")).channel_ids:
            return
        where = {"context": "fallback", "extension": "again", "priority": "1"}
        await self.request("POST", f"channels/{channel}/continue", query=where)

    async def hang_up(self, channel: str, cause: int = 16) -> None:
        """End a leg with a cause of Q.850 (17: busy, 21: refused, 34: congestion); gone already is as good."""
        with contextlib.suppress(AriRefused):
            await self.request("DELETE", f"channels/{channel}", query={"reason_code": str(cause)})

    async def play(self, channel: str, media: str, playback: str) -> None:
        """Play prompts one after the other (`sound:/path/without/ending`, commas between) under our own id."""
        await self.request("POST", f"channels/{channel}/play/{playback}", query={"media": media})

    async def stop_playing(self, playback: str) -> None:
        """Be silent at once; over already is as good."""
        with contextlib.suppress(AriRefused):
            await self.request("DELETE", f"playbacks/{playback}")

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        """Keep a word with the channel itself, where the next worker finds it."""
        await self.request("POST", f"channels/{channel}/variable", query={"variable": name, "value": value})

    async def variable(self, channel: str, name: str) -> str:
        """What a channel keeps under a name; "" for nothing, or for no such channel."""
        try:
            return (await self._ask(Variable, f"channels/{channel}/variable", {"variable": name})).value
        except AriRefused:
            return ""

    async def ensure_bridge(self, bridge: str, kind: str) -> None:
        """Have a bridge of this kind ("holding", "mixing")."""
        try:
            await self.request("POST", f"bridges/{bridge}", query={"type": kind, "name": bridge})
        except AriRefused as refused:
            if refused.status != THERE_ALREADY:
                raise

    async def join(self, bridge: str, channel: str) -> None:
        """Put a channel into a bridge; it leaves the one it was in."""
        await self.request("POST", f"bridges/{bridge}/addChannel", query={"channel": channel})

    async def leave(self, bridge: str, channel: str) -> None:
        """Take a channel out; not in it is as good."""
        with contextlib.suppress(AriRefused):
            await self.request("POST", f"bridges/{bridge}/removeChannel", query={"channel": channel})

    async def end_bridge(self, bridge: str) -> None:
        """Have no such bridge; whoever is in it stays with us, without sound."""
        with contextlib.suppress(AriRefused):
            await self.request("DELETE", f"bridges/{bridge}")

    async def ring(
        self,
        endpoint: str,
        channel: str,
        args: Sequence[str],
        headers: Mapping[str, str],
        seconds: int,
        *,
        caller: str = "",
        group: str = "",
    ) -> None:
        """Ring a telephone as this channel, with these SIP headers; picked up, it is ours with `args`.

        `caller`: the number that it shows. `group`: what the dialplan counts it among, as it does calls that come in.
        A-law, as the telephone network speaks, so that nothing is recoded. Raises NotThere.
        """
        query = {
            "endpoint": f"PJSIP/{endpoint}",
            "app": self.app,
            "appArgs": ",".join(args),
            "channelId": channel,
            "timeout": str(seconds),
            "formats": "alaw",
            **({"callerId": caller} if caller else {}),
        }
        told = {f"PJSIP_HEADER(add,{name})": value for name, value in headers.items()}
        told |= {"GROUP()": group} if group else {}
        try:
            await self.request("POST", "channels", query=query, body={"variables": told})
        except AriRefused as refused:
            # Of one that is not there Asterisk says either, by what last went wrong elsewhere.
            if refused.status not in {NOT_MADE, THERE_ALREADY} or await self.state_of(channel):
                raise
            raise NotThere(refused.status, str(refused)) from refused

    async def state_of(self, channel: str) -> str:
        """As Asterisk names it, "Up" once somebody has picked up; "" where there is no such channel."""
        with contextlib.suppress(AriRefused):
            return (await self._ask(Channel, f"channels/{channel}")).state
        return ""

    async def spy(self, channel: str, spy: str, args: Sequence[str], *, heard: bool) -> None:
        """Hear both ways of a channel as another one; `heard`: whoever joins that is heard there, by nobody else."""
        whisper = "out" if heard else "none"
        query = {"spy": "both", "whisper": whisper, "app": self.app, "appArgs": ",".join(args)}
        await self.request("POST", f"channels/{channel}/snoop/{spy}", query=query)

    async def music(self, bridge: str) -> None:
        """Have music in a bridge."""
        await self.request("POST", f"bridges/{bridge}/moh")

    async def watch(self, source: str) -> None:
        """Hear of a channel or endpoint also when it is not ours: "channel:<id>", "endpoint:PJSIP"."""
        await self.request("POST", f"applications/{self.app}/subscription", query={"eventSource": source})

    async def play_to_all(self, bridge: str, media: str, playback: str) -> None:
        """Play to everybody in a bridge under our own id."""
        await self.request("POST", f"bridges/{bridge}/play/{playback}", query={"media": media})

    async def listen(self, channel: str, listener: str, way: Way, args: list[str]) -> None:
        """Hear one way of a channel as a channel of our own."""
        query = {"spy": way, "whisper": "none", "app": self.app, "appArgs": ",".join(args)}
        await self.request("POST", f"channels/{channel}/snoop/{listener}", query=query)

    async def record(self, channel: str, name: str) -> None:
        """Write what a channel hears into a file of this name, until it is hung up."""
        query = {"name": name, "format": "wav", "ifExists": "append"}
        await self.request("POST", f"channels/{channel}/record", query=query)

    async def pause_recording(self, name: str, *, on: bool) -> None:
        """Write nothing for a while, or go on; no such recording is as good."""
        with contextlib.suppress(AriRefused):
            await self.request("POST" if on else "DELETE", f"recordings/live/{name}/pause")
