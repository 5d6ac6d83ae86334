"""Who calls: a customer with a verified token, or a guest known only by a random id in a cookie."""

import re
import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seamless_retail.core.errors import NotAuthenticatedError
from seamless_retail.core.ports import Customers
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import Settings
from seamless_retail.graphs.identity import customer_principal, guest_principal
from seamless_retail.graphs.serve.tokens import read_token, signing_key, verify_token

SESSION_COOKIE = "seamless_session"
GUEST_COOKIE = "seamless_guest"
GUEST_HEADER = "x-guest-id"
GUEST_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Caller:
    """The verified caller. ``identity`` owns the caller's threads: ``customer:C0001`` or ``guest:3f…``."""

    principal: Principal
    identity: str


class CallerRegistry:
    """Turns requests into callers."""

    def __init__(self, settings: Settings, customers: Customers) -> None:
        self._settings, self._customers = settings, customers
        self._key = signing_key(settings)

    async def identify(self, request: HTTPConnection) -> Caller:
        """The caller of a request. Nothing but a token we signed makes anybody a customer.

        Raises:
            NotAuthenticatedError: It carries a token that is malformed, expired or not ours.
            UnknownCustomerError: The token is ours, but the customer no longer exists.
        """
        if token := _token(request):
            claims = read_token(self._key, token)
            return await self.customer(claims.customer_id, claims.roles)
        guest = request.scope["state"][GUEST_COOKIE]
        return Caller(guest_principal(self._settings), f"guest:{guest}")

    async def customer(self, customer_id: str, roles: tuple[str, ...] = ()) -> Caller:
        """The caller with this customer id, and with the roles of the token.

        Raises:
            UnknownCustomerError: There is no such customer.
        """
        principal = await run_in_threadpool(customer_principal, self._customers, customer_id)
        return Caller(replace(principal, roles=roles), f"customer:{principal.customer_id}")

    def verify(self, token: str) -> str:
        """The customer id of a token.

        Raises:
            NotAuthenticatedError: The token is not valid.
        """
        return verify_token(self._key, token)


class GuestCookie:
    """ASGI middleware: every guest gets a random id, as cookie for browsers and as header for programs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the guest's id into the request's state, and a new one into the response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        known = request.cookies.get(GUEST_COOKIE) or request.headers.get(GUEST_HEADER, "")
        guest = known if GUEST_ID.fullmatch(known) else secrets.token_hex(16)
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state[GUEST_COOKIE] = guest

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and guest != known:
                headers = MutableHeaders(scope=message)
                secure = "; Secure" if scope.get("scheme") == "https" else ""
                headers.append("set-cookie", f"{GUEST_COOKIE}={guest}; Path=/; HttpOnly; SameSite=Lax{secure}")
                headers[GUEST_HEADER] = guest
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _token(request: HTTPConnection) -> str:
    header = request.headers.get("authorization", "")
    if not header:
        return request.cookies.get(SESSION_COOKIE, "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticatedError(
            "The Authorization header is not a bearer token.", "Send `Authorization: Bearer TOKEN`, or no such header."
        )
    return token.strip()
