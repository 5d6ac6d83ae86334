"""The HTTP server: plain JSON and server-sent events, LangServe with its playgrounds, health."""

from importlib import import_module
from typing import TYPE_CHECKING

from seamless_retail.core.errors import MissingExtraError
from seamless_retail.core.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from seamless_retail.graphs.parts import Parts

__all__ = ["create_app", "require_server"]


def create_app(settings: Settings, *, parts: "Parts | None" = None, langserve: bool = True) -> "FastAPI":
    """Make the application; conversations are opened when it starts.

    Args:
        settings: Read once.
        parts: What the brain is made of; by default assembled from the settings.
        langserve: Whether ``/brain`` and ``/chat`` are there.

    Raises:
        MissingExtraError: The extra ``serve`` is not installed.
        SeamlessError: A part cannot be made; see :func:`seamless_retail.graphs.assembly.assemble`.
    """
    require_server(langserve)
    from seamless_retail.graphs.serve.app import build_app

    return build_app(settings, parts, langserve)


def require_server(langserve: bool = True) -> None:
    """Make sure that the server's packages are there.

    Raises:
        MissingExtraError: The extra ``serve`` is not installed.
    """
    try:
        for package in ("fastapi", "jwt", "sse_starlette", "uvicorn"):
            import_module(package)
    except ImportError:
        raise MissingExtraError("The HTTP server", "serve") from None
    if langserve:
        import_module("seamless_retail.graphs.serve.langserve_routes")
