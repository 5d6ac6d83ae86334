"""``GET /``: what this server is and where things are; ``/session``: signing in and out in a browser."""

import ipaddress
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape
from importlib.resources import files
from string import Template

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from seamless_retail.core.customers import Customer
from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import NotAuthenticatedError, UnknownCustomerError
from seamless_retail.core.ports import Shop
from seamless_retail.graphs.serve.callers import SESSION_COOKIE, Caller
from seamless_retail.graphs.serve.tokens import issue_token

DEMONSTRATION_SESSION = timedelta(hours=12)

EXAMPLES = (
    "Find blue summer dresses under $50",
    "Which granola has no nuts?",
    "Where is my last order?",
    "Cancel my last order",
    "Can I return shoes I have worn once?",
)

PLAYGROUNDS = (
    ("/brain/playground/", "Brain playground", "One question, the whole reply: lobes, guards, citations, timings."),
    ("/chat/playground/", "Chat playground", "A conversation, streamed sentence by sentence."),
)

ADDRESSES = (
    ("POST /ask", "One question as JSON: query, thread_id; resume answers what a reply asked back."),
    ("POST /ask/stream", "The same as server-sent events, a sentence each."),
    ("GET /health", "The process is up."),
    ("GET /ready", "Shop, index, router and conversations answer."),
    ("GET /openapi.json", "Every route and its schema."),
)

LANGSERVE_ADDRESSES = (
    ("POST /brain/invoke", "LangServe; also /batch, /stream, /stream_log, /stream_events, under /chat too."),
)

router = APIRouter(include_in_schema=False)


@router.get("/")
async def landing(request: Request) -> Response:
    """The landing page."""
    caller, notice = await _caller(request)
    signed_in_as = caller.principal.customer_id if caller else ""
    shop = request.app.state.shop
    customers = await run_in_threadpool(demonstration_customers, shop) if _is_loopback(request) else []
    nonce = secrets.token_urlsafe(16)
    page = _template().substitute(
        nonce=nonce,
        notice=notice,
        examples="".join(f'<button type="button">{escape(text)}</button>' for text in EXAMPLES),
        customers=_customer_section(request, customers, signed_in_as),
        playgrounds=_playgrounds(request.app.state.has_langserve),
        addresses=_rows(ADDRESSES + (LANGSERVE_ADDRESSES if request.app.state.has_langserve else ())),
    )
    response = HTMLResponse(page, headers=_headers(nonce))
    if notice:
        response.delete_cookie(SESSION_COOKIE)
    return response


@router.get("/session")
async def session(request: Request, token: str = "") -> Response:
    """Sign a browser in with a token, or say who is signed in."""
    callers = request.app.state.callers
    if not token:
        caller = await callers.identify(request)
        return JSONResponse({"customer_id": caller.principal.customer_id, "locale": caller.principal.locale})
    await callers.customer(callers.verify(token))
    response = RedirectResponse("/", 303, {"referrer-policy": "no-referrer", "cache-control": "no-store"})
    secure = request.url.scheme == "https"
    response.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="lax", secure=secure)
    return response


@router.post("/session/end")
async def end_session() -> Response:
    """Sign a browser out."""
    response = RedirectResponse("/", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response


def demonstration_customers(shop: Shop) -> Sequence[Customer]:
    """A few customers of the demonstration shop, most with a dietary profile; none of any other shop."""
    if not isinstance(shop, SqlShop) or "demonstration" not in shop.metadata():
        return []
    first = shop.customers.all(limit=100)
    restricted = [customer for customer in first if not customer.profile.is_empty]
    return [*restricted[:5], *(customer for customer in first if customer.profile.is_empty)][:6]


async def _caller(request: Request) -> tuple[Caller | None, str]:
    """The caller, and a notice when their sign-in is no longer good."""
    try:
        return await request.app.state.callers.identify(request), ""
    except (NotAuthenticatedError, UnknownCustomerError) as error:
        return None, f'<p class="card notice">You are signed out: {escape(error.message)} {escape(error.remedy)}</p>'


def _is_loopback(request: Request) -> bool:
    """Whether server and browser are on this machine, reached under a name of this machine."""
    client = request.client.host if request.client else ""
    return _names_this_machine(client) and _names_this_machine(request.url.hostname or "")


def _names_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _customer_section(request: Request, customers: Iterable[Customer], signed_in_as: str) -> str:
    cards = "".join(_customer_card(request, customer, signed_in_as) for customer in customers)
    status = (
        f'<form method="post" action="/session/end"><p>Signed in as {escape(signed_in_as)}</p>'
        '<button class="quiet">Sign out</button></form>'
        if signed_in_as
        else ""
    )
    if not cards:
        return f"<h2>You</h2>{status}" if status else ""
    hint = "Sign in as a customer of the demonstration shop. These links are offered on this machine only."
    return f'<h2>Customers</h2><p class="hint">{hint}</p>{status}<div class="grid">{cards}</div>'


def _customer_card(request: Request, customer: Customer, signed_in_as: str) -> str:
    token = issue_token(request.app.state.settings, customer.id, DEMONSTRATION_SESSION)
    name = escape(f"{customer.first_name} {customer.last_name}")
    style = "card chosen" if customer.id == signed_in_as else "card"
    return (
        f'<a class="{style}" href="/session?token={token}" rel="noreferrer"><strong>{name}</strong> '
        f'<span class="soft">{escape(customer.id)}</span><br><span class="soft">{escape(_profile(customer))}</span></a>'
    )


def _profile(customer: Customer) -> str:
    profile = customer.profile
    allergies = ", ".join(f"{item.allergen.replace('-', ' ')} ({item.severity})" for item in profile.allergies)
    told = [f"allergic to {allergies}"] if allergies else []
    told += [*profile.diets, *profile.conditions, *(f"takes {medicine}" for medicine in profile.medicines)]
    return "; ".join(told) or "no dietary profile"


def _playgrounds(has_langserve: bool) -> str:
    if not has_langserve:
        return '<p class="soft">The playgrounds come with LangServe, which this server runs without.</p>'
    return "".join(
        f'<a class="card" href="{address}"><strong>{title}</strong><br><span class="soft">{text}</span></a>'
        for address, title, text in PLAYGROUNDS
    )


def _rows(addresses: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<tr><td><code>{address}</code></td><td>{escape(text)}</td></tr>" for address, text in addresses)


def _headers(nonce: str) -> dict[str, str]:
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return {"content-security-policy": policy, "cache-control": "no-store", "referrer-policy": "no-referrer"}


def _template() -> Template:
    return Template(files("seamless_retail.graphs.serve").joinpath("landing.html").read_text(encoding="utf-8"))
