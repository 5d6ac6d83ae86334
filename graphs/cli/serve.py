"""``seamless serve``: the HTTP server."""

from typing import TYPE_CHECKING, Annotated

import typer

from seamless_retail.graphs.cli.console import err, out
from seamless_retail.graphs.cli.session import command_settings, prepare

if TYPE_CHECKING:
    from seamless_retail.core.settings import Settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; by default SEAMLESS_HOST.")] = "",
    port: Annotated[int | None, typer.Option(help="Port to listen on; by default SEAMLESS_PORT.")] = None,
    langserve: Annotated[
        bool, typer.Option(help="Serve LangServe's routes and playgrounds; it has its own licence.")
    ] = True,
) -> None:
    """Serve the brain over HTTP: plain JSON, server-sent events, LangServe with its playgrounds."""
    from seamless_retail.graphs.serve import require_server

    require_server(langserve)
    from seamless_retail.graphs.serve.listening import run_server, take_port

    settings = command_settings(host=host, port=port)
    with take_port(settings.host, settings.port) as listening:
        prepare(settings)
        with err.status("Opening the shop …"):
            from seamless_retail.graphs.checkpoints import open_checkpointer
            from seamless_retail.graphs.serve import create_app
            from seamless_retail.graphs.tracing import tracing

            app = create_app(settings, langserve=langserve)
            with open_checkpointer(settings.threads_url):
                pass  # conversations that cannot be opened are refused before the server starts
        with tracing(settings):
            run_server(app, listening, lambda: _announce(settings, langserve), settings.log_level)


def _announce(settings: "Settings", langserve: bool) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = f"http://{host}:{settings.port}"
    out.print(f"Seamless Retail is ready at [bold]{base}/[/]")
    addresses = {"Questions (JSON)": "/ask", "Readiness": "/ready", "Schema": "/openapi.json"}
    if langserve:
        addresses = {"Playground": "/brain/playground/", "Chat playground": "/chat/playground/", **addresses}
    for name, path in addresses.items():
        out.print(f"  {name:<16} {base}{path}")
    out.print("Stop it with Ctrl-C.")
    out.file.flush()
