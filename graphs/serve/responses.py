"""How errors and oversized bodies are answered: JSON with ``error`` and ``remedy``, never a traceback or a secret."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seamless_retail.core.errors import (
    ConversationStoreError,
    InvalidQueryError,
    LanguageModelError,
    NotAuthenticatedError,
    NotAuthorizedError,
    NotFoundError,
    SeamlessError,
    SearchIndexError,
    ShopDatabaseError,
)
from seamless_retail.core.images import LIMITS

log = logging.getLogger(__name__)

TROUBLES: Mapping[type[SeamlessError], str] = {
    ShopDatabaseError: "shop database",
    SearchIndexError: "search index",
    LanguageModelError: "language model",
    ConversationStoreError: "store of conversations",
}
"""What may fail without the client's doing, in words: status 503."""

STATUS: Mapping[type[SeamlessError], int] = {
    InvalidQueryError: 422,
    NotAuthenticatedError: 401,
    NotAuthorizedError: 403,
    NotFoundError: 404,
    **dict.fromkeys(TROUBLES, 503),
}
"""HTTP status by kind of error; what is not listed is 500."""

INTERNAL: Mapping[str, str] = {
    "error": "Something went wrong here.",
    "remedy": "Try again shortly; the operator finds the cause in the log.",
}

REMEDIES = {404: "See / for the addresses.", 405: "See / for the addresses and their methods."}

MAX_BODY_BYTES = 1_000_000
MAX_PICTURE_BODY_BYTES = MAX_BODY_BYTES + 4 * (LIMITS.bytes // 3 + 1)
"""With one picture of the largest size as base64 text."""


def status_of(error: SeamlessError) -> int:
    """The HTTP status that an error means."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


def describe(error: SeamlessError) -> Mapping[str, str]:
    """What a client is told. Troubles that are not the client's doing are named; their details stay in the log."""
    if status_of(error) < 500:
        return {"error": error.message, "remedy": error.remedy}
    what = next((name for kind, name in TROUBLES.items() if isinstance(error, kind)), None)
    return INTERNAL if what is None else {"error": f"The {what} does not answer.", "remedy": INTERNAL["remedy"]}


def describe_validation(errors: Sequence[Any]) -> dict[str, str]:
    """Every bad field of a request body in one line."""
    problems = [_problem(item) for item in errors]
    return {"error": "; ".join(problems) or "The request is not valid.", "remedy": "Correct it and send it again."}


def _problem(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    if item["type"] == "json_invalid":
        return f"The body is not valid JSON ({item['ctx']['error']})"
    place = ".".join(str(part) for part in item["loc"] if part != "body")
    return f"{place}: {item['msg']}" if place else str(item["msg"])


def install_error_handlers(app: FastAPI) -> None:
    """Answer every exception of the app with JSON."""
    app.add_exception_handler(SeamlessError, _answer_ours)
    app.add_exception_handler(RequestValidationError, _answer_request_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_defect)


async def _answer_ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SeamlessError)
    status = status_of(error)
    if status >= 500:
        log.error("%s", error, exc_info=error)
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse(describe(error), status, headers)


async def _answer_request_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return JSONResponse(describe_validation(error.errors()), 422)


async def _answer_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    remedy = REMEDIES.get(error.status_code, "Correct the request and send it again.")
    return JSONResponse({"error": str(error.detail), "remedy": remedy}, error.status_code, error.headers)


async def _answer_defect(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse(INTERNAL, 500)


class CheckedBody:
    """ASGI middleware: refuses bodies over ``limit`` bytes (413) and bodies that are not UTF-8 (422)."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, whatever its headers say about it, and pass it on whole."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limit:
                answer = _refusal(413, f"The request is larger than {self._limit:,} bytes.", "Send less at once.")
                await answer(scope, receive, send)
                return
        try:
            body.decode()
        except UnicodeDecodeError as error:
            answer = _refusal(422, f"The request is not valid UTF-8 text (byte {error.start}).", "Send UTF-8.")
            await answer(scope, receive, send)
            return
        await self._app(scope, _replay(bytes(body), receive), send)


def _refusal(status: int, error: str, remedy: str) -> JSONResponse:
    return JSONResponse({"error": error, "remedy": remedy}, status, {"connection": "close"})


def _replay(body: bytes, receive: Receive) -> Receive:
    """Receive the body as one message, then whatever comes next."""
    messages: Iterator[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive_again() -> Message:
        return next(messages, None) or await receive()

    return receive_again
