"""What we read of Asterisk and ask of it, against the API descriptions that its package brings (rest-api/*.json)."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args, get_type_hints
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from qiao.channels.voice import ari_events, ear, endpoints
from qiao.channels.voice.ari import GONE, THERE_ALREADY, UNREAD, Ari
from qiao.channels.voice.ari_events import KINDS, RESTResponse, read_event
from qiao.channels.voice.programs import find_programs
from qiao.kernel.ids import AgentId, new_id
from tests.voice.conftest import voice_settings

if TYPE_CHECKING:
    from pathlib import Path

PLAIN: dict[str, Any] = {"string": "a word", "int": 7, "long": 7, "object": {}, "Date": "2026-11-30T15:50:57.123+0000"}
ARGUMENTS: dict[Any, tuple[Any, ...]] = {
    str: ("word",),
    int: (17,),
    bool: (True, False),
    list[str]: (["one", "two"],),
    Sequence[str]: (["one", "two"],),
    Mapping[str, str]: ({"X-Name": "value"},),
}
"""What a verb of the driver is tried with, by the kind of its argument."""
NO_REQUEST = {"run", "request"}
NUMBERS = {"int": r"-?\d+", "long": r"-?\d+", "boolean": "true|false"}


@dataclass
class Described:
    """All that the descriptions say."""

    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    operations: list[tuple[str, re.Pattern[str], dict[str, Any]]] = field(default_factory=list)
    above: dict[str, str] = field(default_factory=dict)
    """By model, the one whose fields it has beside its own."""

    def read(self, path: Path) -> None:
        told = json.loads(path.read_text("utf-8"))
        for name, model in told.get("models", {}).items():
            self.models[name] = model["properties"]
            self.above |= dict.fromkeys(model.get("subTypes", []), name)
        for api in told["apis"]:
            pattern = re.compile(re.sub(r"{\w+}", "[^/?]+", api["path"]))
            self.operations += [(one["httpMethod"], pattern, one) for one in api.get("operations", [])]

    def fields(self, name: str) -> dict[str, Any]:
        """Of a model, with those of the models above it."""
        return self.models[name] | (self.fields(self.above[name]) if name in self.above else {})

    def required(self, name: str) -> set[str]:
        return _required(self.fields(name).items())

    def sample(self, kind: str) -> Any:
        """The least that may be told as one of this kind: what is required, and nothing else."""
        if kind.startswith("List["):
            return [self.sample(kind[5:-1])]
        if kind in PLAIN:
            return PLAIN[kind]
        told = {name: _first(one, self) for name, one in self.fields(kind).items() if one.get("required")}
        return told | ({"type": kind} if "type" in told else {})

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """The one that a request means; a fixed path goes before one with names in it."""
        found = [one for verb, pattern, one in self.operations if verb == method and pattern.fullmatch(path)]
        assert found, f"{method} {path}"
        return min(found, key=lambda one: sum(each["paramType"] == "path" for each in one.get("parameters", [])))

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None) -> str:
        """The least that is described as the answer to what is asked; AssertionError where it may not be asked so."""
        operation = self.operation(method, path)
        told: dict[str, dict[str, dict[str, Any]]] = {"path": {}, "query": {}, "body": {}}
        for one in operation.get("parameters", []):
            told[one["paramType"]][one["name"]] = one
        assert _required(told["query"].items()) <= set(query) <= set(told["query"]), f"{method} {path} {set(query)}"
        for name, value in query.items():
            one = told["query"][name]
            assert re.fullmatch(NUMBERS.get(one["dataType"], "(?s).*"), value), f"{method} {path} {name}={value}"
            assert value in (_allowed(one) or [value]), f"{method} {path} {name}={value}"
        assert body is None or told["body"], f"{method} {path} has no body"
        if any(one["dataType"] == "containers" for one in told["body"].values()):  # else its value is the whole body
            assert set(body or {}) <= set(told["body"]), f"{method} {path} {body}"
        kind = operation["responseClass"]
        return "" if kind == "void" else json.dumps(self.sample(kind))


def _required(fields: Iterable[tuple[str, Mapping[str, Any]]]) -> set[str]:
    return {name for name, told in fields if told.get("required")}


def _allowed(told: Mapping[str, Any]) -> list[str]:
    return list(told.get("allowableValues", {}).get("values", []))


def _first(told: Mapping[str, Any], described: Described) -> Any:
    return _allowed(told)[0] if _allowed(told) else described.sample(told["type"])


@pytest.fixture(scope="module")
def described(programs: str) -> Described:
    folder = find_programs(programs).share / "rest-api"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: this Asterisk came without its API descriptions")
    made = Described()
    for path in sorted(folder.glob("*.json")):
        made.read(path)
    return made


def test_every_field_that_we_read_is_described_and_may_be_missing_only_where_it_may_be_there(
    described: Described,
) -> None:
    told = ari_events._Told
    names = [name for name, one in vars(ari_events).items() if inspect.isclass(one) and issubclass(one, told)]
    assert {*KINDS, "Channel", "RESTResponse"} <= set(names)
    for name in names:
        if name != told.__name__:
            ours = vars(ari_events)[name].model_fields
            assert set(ours) <= set(described.fields(name)), name
            assert {one for one, field in ours.items() if field.is_required()} == described.required(name) & set(ours)
    assert {*KINDS, *UNREAD} <= {name for name, above in described.above.items() if above == "Event"}


def test_the_least_that_is_described_is_read_and_nothing_of_another_kind(described: Described) -> None:
    for kind in KINDS:
        told = described.sample(kind)
        assert type(read_event(told)).__name__ == kind
        for name in set(vars(ari_events)[kind].model_fields) - {"type"}:
            with pytest.raises(ValueError, match="not as described"):
                read_event({**told, name: None})
    answer = RESTResponse.model_validate(described.sample("RESTResponse"))
    assert (answer.status_code, answer.message_body) == (7, "")


@dataclass
class Strict:
    """An Asterisk that answers what is described, and keeps what was asked otherwise."""

    described: Described
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        where = urlsplit(socket.request.path)
        self._answer("GET", where.path.removeprefix("/ari"), dict(parse_qsl(where.query)), None)
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.send(self._take(json.loads(await socket.recv())))

    def _take(self, told: Mapping[str, Any]) -> str:
        if not self.described.required("RESTRequest") <= set(told) <= set(self.described.fields("RESTRequest")):
            self.wrong.append(f"a request has {sorted(told)}")
        query = {one["name"]: one["value"] for one in told.get("query_strings", [])}
        body = json.loads(told["message_body"]) if "message_body" in told else None
        said = self._answer(told["method"], f"/{told['uri']}", query, body)
        answer = self.described.sample("RESTResponse")
        return json.dumps({**answer, "request_id": told["request_id"], "status_code": 200, "message_body": said})

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None) -> str:
        self.asked.append(f"{method} {path}")
        try:
            return self.described.answer(method, path, query, body)
        except AssertionError as error:
            self.wrong.append(str(error))
            return "{}"

    @asynccontextmanager
    async def driven(self) -> AsyncIterator[Ari]:
        async with serve(self.serve, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            ari = Ari(port=port, password="", app="qiao-test", on_open=_nothing, on_event=lambda _: None)
            running = asyncio.create_task(ari.run())
            try:
                async with asyncio.timeout(20):
                    await ari.stands.wait()
                yield ari
            finally:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running


async def _nothing() -> None:
    """Nothing is compared."""


def ways_to_call(verb: Any) -> Iterator[dict[str, Any]]:
    """Arguments of each kind, so that a verb that comes to the driver is tried by itself."""
    hints = {name: kind for name, kind in get_type_hints(verb).items() if name != "return"}
    for values in itertools.product(*(ARGUMENTS.get(kind) or get_args(kind) for kind in hints.values())):
        yield dict(zip(hints, values, strict=True))


async def test_whatever_the_driver_asks_is_described_with_all_that_it_sends(described: Described) -> None:
    strict = Strict(described)
    verbs = {name: verb for name, verb in inspect.getmembers(Ari, inspect.iscoroutinefunction) if name[0] != "_"}
    async with strict.driven() as ari:
        for name in sorted(set(verbs) - NO_REQUEST):
            before = len(strict.asked)
            for told in ways_to_call(verbs[name]):
                await verbs[name](ari, **told)
            assert len(strict.asked) > before, name
        await ear._open(ari, "word")
    assert strict.wrong == []
    assert strict.asked[:2] == ["GET /events", "PUT /applications/qiao-test/eventFilter"]


def test_refusals_that_mean_something_to_us_are_described(described: Described) -> None:
    for path, status in [
        ("/events/claim", GONE),
        ("/events/claim", THERE_ALREADY),
        ("/channels", THERE_ALREADY),
        ("/bridges/one", THERE_ALREADY),
        ("/channels/one/answer", GONE),
    ]:
        errors = described.operation("POST", path)["errorResponses"]
        assert status in {int(one["code"]) for one in errors}, path


async def test_telephones_are_made_and_taken_away_as_described(
    described: Described, programs: str, voice_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = Strict(described)

    def answers(request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content) if request.content else None
        said = strict._answer(request.method, request.url.path, dict(request.url.params), body)
        return httpx2.Response(200, text=said)

    transport = httpx2.MockTransport(answers)
    monkeypatch.setattr(
        endpoints, "_asterisk", lambda _: httpx2.AsyncClient(base_url="http://asterisk/", transport=transport)
    )
    settings = voice_settings(programs, voice_folder)
    await endpoints.have_telephone(settings, AgentId(new_id()))
    await endpoints.drop_telephone(settings, AgentId(new_id()))
    assert await endpoints.names(settings)
    assert strict.wrong == [] and len(strict.asked) == 7
