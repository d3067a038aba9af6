"""Answers of the chat's own endpoints: JSON, refusals in the customer's language out of nine."""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from qiao.channels.chat.frames import FrameTooLarge
from qiao.channels.chat.texts import refusal_text, spoken
from qiao.kernel.refused import InputNotUnderstood, Refused

AnyRequest = Request[Any, Any, Any]


def language_asked(request: AnyRequest) -> str:
    """What the page asked for (?lang=), else what the browser prefers."""
    asked = request.query_params.get("lang") or request.headers.get("x-chat-language")
    if asked:
        return spoken(asked)
    return spoken(request.headers.get("accept-language", "").split(",")[0].split(";")[0].strip() or None)


def in_his_language(
    handler: Callable[..., Awaitable[Response[Any]]],
) -> Callable[..., Awaitable[Response[Any]]]:
    """A refusal of this endpoint is answered in the customer's language: JSON with its code, plain text for a page."""

    @wraps(handler)
    async def answering(request: AnyRequest, *args: Any, **kwargs: Any) -> Response[Any]:
        try:
            return await handler(request, *args, **kwargs)
        except Refused as refused:
            text = refusal_text(language_asked(request), refused)
            if "text/html" in request.headers.get("accept", ""):
                return Response(text, status_code=refused.status, media_type="text/plain")
            told: dict[str, Any] = {"code": refused.code, "text": text}
            if "seconds" in refused.params:
                told["after_seconds"] = refused.params["seconds"]
            return Response(told, status_code=refused.status, headers={"X-Refusal-Code": refused.code})

    return answering


async def asked_json(request: AnyRequest) -> dict[str, Any]:
    """The body as a JSON object. Raises InputNotUnderstood and FrameTooLarge."""
    try:
        value = json.loads(await request.body())
    except HTTPException as error:
        raise FrameTooLarge if error.status_code == 413 else InputNotUnderstood from None
    except (ValueError, RecursionError):
        raise InputNotUnderstood from None
    if not isinstance(value, dict):
        raise InputNotUnderstood
    return value


def text_field(value: dict[str, Any], name: str, *, most: int = 4096) -> str | None:
    """A text in it, None if it is not there. Raises InputNotUnderstood for anything else."""
    found = value.get(name)
    if found is None:
        return None
    if not isinstance(found, str) or len(found) > most:
        raise InputNotUnderstood
    return found
