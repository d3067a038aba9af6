"""One knock at a route as its own page would send it, and what was answered, in one word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
from litestar import Litestar

from tests.access.telltale import MONTH

PNG_NAME: Final = "a.png"
CONTACT: Final = "/desk/contacts/{interaction_id}"
CASE: Final = "/desk/cases/{case_id}"


@dataclass(frozen=True)
class Ask:
    """What a route is sent. `refuses`: refusals that say the caller was let in and only his form was no good.

    `spends`: what was asked about is not afterwards what it was before. `leaves`: the session is over or locked.
    """

    query: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    refuses: tuple[str, ...] = ()
    spends: bool = False
    leaves: bool = False


ASKS: Final[dict[str, Ask]] = {
    "GET /docs/{path}": Ask(),
    "POST /ui/theme": Ask(form={"theme": "dark"}),
    "POST /desk/ui/theme": Ask(form={"theme": "dark"}),
    "POST /ui/language": Ask(form={"language": "en"}),
    "POST /desk/ui/language": Ask(form={"language": "en"}),
    "POST /ui/elderly": Ask(form={"elderly": "0"}),
    "GET /chat/frame": Ask(query="site=portal"),
    "POST /chat/visits": Ask(json={}),
    "POST /chat/messages": Ask(json={"key": "key-00000001", "text": "hello"}),
    "POST /chat/leave": Ask(json={}),
    "POST /chat/poll": Ask(json={}),
    "POST /chat/files": Ask(form={"key": "key-00000001"}),
    "POST /chat/plain": Ask(form={"key": "key-00000001", "text": "hello"}),
    "POST /sign-in": Ask(form={"number": "13771000001"}),
    "POST /sign-in/code": Ask(form={"code": "000000"}),
    "POST /sign-out": Ask(leaves=True),
    "GET /me/bill": Ask(query=f"month={MONTH}"),
    "POST /me/services/cancel": Ask(refuses=("kernel.input_not_understood",)),
    "POST /me/do/{service_code}": Ask(form={"key": "key-00000001"}, refuses=("400",)),
    "POST /me/large": Ask(form={"elderly": "0"}),
    "POST /me/person-first": Ask(form={"person": "0"}),
    "POST /me/digits": Ask(form={"digits": "0000", "key": "key-00000001"}, refuses=("409",)),
    "POST /me/help/{flow_code}/{session_id}": Ask(form={"press": "0", "mark": "0"}),
    "POST /matters/{case_id}/confirm": Ask(form={"solved": "yes"}, refuses=("cases.nothing_asked",)),
    "POST /matters/{case_id}/rate": Ask(form={"stars": "5"}, refuses=("cases.nothing_asked",)),
    "POST /matters/{case_id}/answer": Ask(form={"request": "{request_id}", "item.short_code": "3737"}),
    "POST /desk/sign-in": Ask(
        form={"login": "nobody", "password": "nothing"},
        refuses=("platform.sign_in_refused", "platform.too_many_tries"),
    ),
    "POST /desk/sign-out": Ask(leaves=True),
    "POST /desk/lock": Ask(leaves=True),
    "POST /desk/second-factor": Ask(
        form={"code": "000000"}, refuses=("platform.sign_in_refused", "platform.too_many_tries")
    ),
    "GET /desk/go": Ask(query="q=words"),
    "GET /desk/search": Ask(query="q=words"),
    "POST /desk/presence": Ask(form={"status": "ready"}),
    f"POST {CONTACT}/accept": Ask(spends=True),
    f"POST {CONTACT}/decline": Ask(spends=True),
    f"GET {CONTACT}/bill": Ask(query=f"month={MONTH}"),
    f"GET {CONTACT}/usage": Ask(query=f"month={MONTH}"),
    f"GET {CONTACT}/provider": Ask(query="short_code=3737"),
    f"POST {CONTACT}/orders": Ask(
        form={"code": "correct_address", "agreed": "yes"}, refuses=("kernel.input_not_understood",)
    ),
    f"GET {CONTACT}/service": Ask(query="code=correct_address"),
    f"POST {CONTACT}/flow": Ask(form={"act": "begin", "flow": "complaint_intake"}),
    f"POST {CONTACT}/advice": Ask(refuses=("assist.assistant_off",)),
    f"POST {CONTACT}/say": Ask(form={"text": "good morning"}),
    f"POST {CONTACT}/draft": Ask(form={"text": "good m"}),
    f"POST {CONTACT}/size": Ask(form={"text": "good m"}),
    f"POST {CONTACT}/read": Ask(form={"seq": "1"}),
    f"POST {CONTACT}/files": Ask(refuses=("interactions.file_is_empty",)),
    f"POST {CONTACT}/identify": Ask(
        form={"number": "x"},
        refuses=("kernel.input_not_understood", "interactions.identity_stands", "platform.too_often"),
    ),
    f"POST {CONTACT}/end": Ask(spends=True),
    f"POST {CONTACT}/transfer": Ask(form={"desk_id": "x"}, refuses=("kernel.input_not_understood",)),
    f"POST {CONTACT}/wrap-up": Ask(form={"disposition": "x"}, refuses=("interactions.disposition_unknown",)),
    f"POST {CONTACT}/note": Ask(form={"text": "call him after six"}),
    f"POST {CONTACT}/case": Ask(refuses=("kernel.input_not_understood", "cases.category_unknown")),
    f"POST {CONTACT}/matter/{{case_id}}/{{act}}": Ask(form={"text": "he called again"}),
    f"POST {CASE}/take-over": Ask(spends=True),
    f"POST {CASE}/files": Ask(refuses=("interactions.file_is_empty",)),
    "POST /desk/cases/views": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/cases/bulk": Ask(refuses=("kernel.input_not_understood",)),
    "GET /desk/flows/edit": Ask(query="flow=main_menu"),
    "POST /desk/flows/edit": Ask(form={"flow": "main_menu", "text": "a: 1", "act": "check"}),
    "POST /desk/flows/play": Ask(form={"flow": "main_menu", "version": "0", "act": "again"}),
    "GET /desk/rules/edit": Ask(query="rule=clocks"),
    "POST /desk/rules/edit": Ask(form={"rule": "clocks", "text": "a: 1", "act": "check"}),
    "POST /matters/{case_id}/add": Ask(form={"text": "and more"}),
    f"POST {CASE}/reopen": Ask(refuses=("kernel.input_not_understood", "cases.not_resolved")),
    "POST /me/call-back": Ask(
        form={"from_at": "x"}, refuses=("kernel.input_not_understood", "routing.entry_point_unknown")
    ),
    "POST /demo/handset": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/approvals": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/callbacks": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/messages/{code}": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/campaigns": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/campaigns/{code_id}": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/numbers": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/numbers/{number}": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/chats/{key}": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/ending-calls": Ask(form={"notices": "1", "seconds": "30"}),
    "POST /desk/knowledge": Ask(refuses=("kernel.input_not_understood",)),
    "POST /desk/knowledge/{article_id}": Ask(refuses=("kernel.input_not_understood",)),
}
FORM_REFUSED: Final = Ask(refuses=("kernel.input_not_understood",))
"""Acts of a case are sent empty: whoever is let in is told what is missing."""
SIGN_IN: Final = re.compile(r"(/desk)?/sign-in(\?|$)")


def ask_of(route: str) -> Ask:
    """How this route is asked."""
    return ASKS.get(route, FORM_REFUSED if route.startswith(f"POST {CASE}/") else Ask())


def path_of(route: str, ids: Mapping[str, object]) -> str:
    """The address with these ids in it."""
    path = route.partition(" ")[2]
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", str(value))
    assert "{" not in path, f"{route} wants more than {sorted(ids)}"
    return path


async def knock(
    http: httpx.AsyncClient, route: str, ids: Mapping[str, object] | None = None, *, csrf: str = "", htmx: bool = True
) -> httpx.Response:
    """Send what the route's own page would send."""
    method, ask = route.partition(" ")[0], ask_of(route)
    path = path_of(route, ids or {}) + (f"?{ask.query}" if ask.query else "")
    headers = {**({"x-csrf-token": csrf} if csrf else {}), **({"hx-request": "true"} if htmx else {})}
    if method == "GET":
        return await http.get(path, headers=headers)
    if ask.json is not None:
        return await http.post(path, json=ask.json, headers=headers)
    form = {name: str((ids or {}).get(value[1:-1], value)) for name, value in ask.form.items()}
    return await http.post(path, data=form, headers=headers)


def told(route: str, answer: httpx.Response) -> str:
    """What was answered: opens, sign_in, not_allowed, not_found, not_proven, or the code of another refusal."""
    onward = answer.headers.get("location") or answer.headers.get("hx-redirect") or ""
    code = answer.headers.get("x-refusal-code", "")
    if SIGN_IN.match(onward):
        return "sign_in"
    if answer.status_code == 404:
        return "not_found"
    known = {"kernel.not_allowed": "not_allowed", "platform.identity_not_proven": "not_proven"}
    if code in known:
        return known[code]
    if answer.status_code < 400 or (code or str(answer.status_code)) in ask_of(route).refuses:
        return "opens"
    return code or f"{answer.status_code}: {answer.text[:300]}"


def alike(answer: httpx.Response, ids: Mapping[str, object]) -> str:
    """An answer without the ids that were asked about: two of these are equal or somebody can tell them apart."""
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    whole = f"{answer.status_code} {headers} {answer.text}"
    for value in ids.values():
        if isinstance(value, UUID):
            whole = whole.replace(str(value), "ID")
    return whole


async def opens_socket(app: Litestar, path: str, *, cookies: Mapping[str, str], query: str = "") -> bool:
    """Whether a WebSocket of a page of our own is let in; it is closed at once."""
    host = "127.0.0.1:8420"
    said = "; ".join(f"{name}={value}" for name, value in cookies.items())
    headers = [(b"host", host.encode()), (b"origin", f"http://{host}".encode()), (b"cookie", said.encode())]
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": headers,
        "subprotocols": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8420),
    }
    coming: list[dict[str, Any]] = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}]
    sent: list[str] = []

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "websocket.disconnect", "code": 1001}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await app(scope, receive, send)  # type: ignore[arg-type]
    return "websocket.accept" in sent
