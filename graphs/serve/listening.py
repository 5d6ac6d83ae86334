"""Taking the port before anything slow starts, running uvicorn on it, and saying where the server is."""

import errno
import logging
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from seamless_retail.core.errors import ConfigurationError, PortInUseError
from seamless_retail.core.redaction import Redactor
from seamless_retail.graphs.privacy import redacted_record


def take_port(host: str, port: int) -> socket.socket:
    """A socket bound to the address; connections wait in its queue only once the server listens on it.

    Raises:
        PortInUseError: Another program listens there.
        ConfigurationError: The address is not one of this machine, or needs more rights.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise ConfigurationError(f"The host {host!r} cannot be resolved.", "Set SEAMLESS_HOST or --host.") from None
    taken = socket.socket(family, kind, protocol)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(address)
        taken.listen(0)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                f"Port {port} on {host} is in use.",
                f"Stop the program that listens there, or choose another port: seamless serve --port {port + 1}",
            ) from None
        raise ConfigurationError(
            f"Cannot listen on {host}:{port}: {error.strerror}.", "Set SEAMLESS_HOST, SEAMLESS_PORT, --host or --port."
        ) from None
    return taken


class AnnouncedServer(uvicorn.Server):
    """Says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        if self.started:
            self._announce()


def run_server(app: FastAPI, listening: socket.socket, announce: Callable[[], None], log_level: str) -> None:
    """Serve until interrupted. Requests under way get five seconds to finish."""
    config = uvicorn.Config(
        app, log_level=log_level.lower(), access_log=False, timeout_graceful_shutdown=5, server_header=False
    )
    for handler in logging.getLogger("uvicorn").handlers:
        handler.addFilter(_redacted)
    AnnouncedServer(config, announce).run([listening])


def _redacted(record: logging.LogRecord) -> bool:
    """Tracebacks that the server logs quote what customers typed."""
    redacted_record(record, Redactor())
    return True
