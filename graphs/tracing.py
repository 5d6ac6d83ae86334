"""LangSmith tracing: off unless the settings turn it on, whatever the environment of the process says.

With tracing on, every run is sent with personal data masked in inputs, outputs, metadata and errors: e-mail addresses,
phone, card, account and identity numbers, addresses, the names people introduce themselves with, and what is said of
anybody's health, by customers as by dietary profiles (:mod:`seamless_retail.graphs.privacy`). Tags are the one place
the masking does not reach, so no tags are set. What else customers say is sent as they say it: choose a project whose
readers may see it.

Traces are sent by daemon threads and flushed for a bounded time, so that an endpoint that does not answer delays the
end of the process by :data:`FLUSH_S` seconds and no more.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from langgraph.config import get_config

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.settings import Settings
from seamless_retail.graphs.privacy import redactor

if TYPE_CHECKING:
    from langsmith import Client

HOSTED = "https://api.smith.langchain.com"
FLUSH_S = 2.0
REQUEST_MS = (1_000, 5_000)
"""Milliseconds to connect, and to read."""


@contextmanager
def tracing(settings: Settings) -> Iterator[None]:
    """Trace, or make sure that nothing is traced, for everything run inside the block.

    Raises:
        ConfigurationError: Tracing is on and goes to the hosted service, but there is no key.
    """
    from langsmith import tracing_context

    if not settings.tracing:
        with tracing_context(enabled=False):
            yield
        return
    client = _open_client(settings)
    try:
        with tracing_context(enabled=True, client=client, project_name=settings.tracing_project):
            yield
    finally:
        client.flush(timeout=FLUSH_S)
        client.close(timeout=0)


def annotate(metadata: dict[str, str]) -> None:
    """Add metadata to the run being traced and to the one at the root of its trace; without tracing, do nothing."""
    from langsmith import get_current_run_tree

    run = get_current_run_tree()
    if run is None:
        return
    run.add_metadata(metadata)
    for handler in getattr(get_config().get("callbacks"), "handlers", ()):
        root = getattr(handler, "run_map", {}).get(str(run.trace_id))
        if root is not None:
            root.add_metadata(metadata)


def _open_client(settings: Settings) -> "Client":
    from langsmith import Client
    from langsmith.utils import get_env_var

    key = settings.tracing_api_key.get_secret_value()
    if not (key or settings.tracing_endpoint):
        raise ConfigurationError(
            "Tracing is on, but there is neither a LangSmith key nor an endpoint.",
            "Set SEAMLESS_TRACING_API_KEY or SEAMLESS_TRACING_ENDPOINT, or SEAMLESS_TRACING=false.",
        )
    # The client has no argument for this; it reads the variable once, through a cache.
    os.environ["LANGSMITH_USE_DAEMON"] = "true"
    get_env_var.cache_clear()  # type: ignore[attr-defined]  # its overloads hide the lru_cache
    return Client(
        api_url=settings.tracing_endpoint or HOSTED,
        api_key=key,
        timeout_ms=REQUEST_MS,
        anonymizer=redactor(settings).data,
        hide_inputs=False,
        hide_outputs=False,
        hide_metadata=False,
        omit_traced_runtime_info=True,
    )
