"""The ``seamless`` command: one module per command group, heavy imports only inside commands."""

from seamless_retail.graphs.cli.app import app, main

__all__ = ["app", "main"]
