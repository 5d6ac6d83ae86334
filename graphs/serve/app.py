"""The FastAPI application: parts, middleware, routes."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from langgraph.checkpoint.base import BaseCheckpointSaver

from seamless_retail import __version__
from seamless_retail.core.settings import Settings
from seamless_retail.graphs.assembly import assemble
from seamless_retail.graphs.brain import build_brain
from seamless_retail.graphs.checkpoints import open_async_checkpointer
from seamless_retail.graphs.parts import Parts
from seamless_retail.graphs.serve import health, landing, plain_routes
from seamless_retail.graphs.serve.callers import CallerRegistry, GuestCookie
from seamless_retail.graphs.serve.conversations import Conversations
from seamless_retail.graphs.serve.responses import (
    MAX_BODY_BYTES,
    MAX_PICTURE_BODY_BYTES,
    CheckedBody,
    install_error_handlers,
)
from seamless_retail.graphs.warm_up import warm


def build_app(settings: Settings, parts: Parts | None, langserve: bool) -> FastAPI:
    """See :func:`seamless_retail.graphs.serve.create_app`."""
    if parts is None:
        parts = assemble(settings)
        warm(parts)
    app = FastAPI(
        title="Seamless Retail",
        version=__version__,
        lifespan=_lifespan(settings, parts),
        docs_url=None,  # the documentation pages load their scripts from a CDN and are blank offline
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.shop = parts.shop
    app.state.callers = CallerRegistry(settings, parts.shop.customers)
    app.state.has_langserve = langserve
    app.include_router(landing.router)
    app.include_router(health.router)
    app.include_router(plain_routes.router)
    if langserve:
        from seamless_retail.graphs.serve.langserve_routes import add_langserve_routes

        add_langserve_routes(app, lambda: app.state.conversations)
    install_error_handlers(app)
    app.add_middleware(GuestCookie)
    app.add_middleware(CheckedBody, limit=MAX_PICTURE_BODY_BYTES if parts.sight else MAX_BODY_BYTES)
    return app


def _lifespan(settings: Settings, parts: Parts) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_async_checkpointer(settings.threads_url) as checkpointer:
            app.state.conversations = Conversations(build_brain(parts, checkpointer=checkpointer))
            app.state.probes = _probes(parts, checkpointer)
            yield

    return lifespan


def _probes(parts: Parts, checkpointer: BaseCheckpointSaver[Any] | None) -> Mapping[str, health.Probe]:
    """One small real question to each part that an answer needs."""
    probes: dict[str, health.Probe] = {
        "shop": partial(run_in_threadpool, parts.shop.policies.all),
        "index": partial(run_in_threadpool, parts.retriever.invoke, "store opening hours"),
        "router": partial(run_in_threadpool, parts.classifier.classify, ["store opening hours"]),
    }
    if checkpointer is not None:
        probes["conversations"] = partial(checkpointer.aget_tuple, {"configurable": {"thread_id": "readiness"}})
    return probes
