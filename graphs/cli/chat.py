"""``seamless chat``: a conversation, sentence by sentence."""

import secrets
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer
from rich.markup import escape

from seamless_retail.core.errors import SeamlessError
from seamless_retail.graphs.cli.ask import print_citations, shown
from seamless_retail.graphs.cli.console import err, out, print_error
from seamless_retail.graphs.cli.session import Session, command_settings, open_session, thread_of

HELP = "Commands: /why shows the sources of the last answer, /new begins a new conversation, /quit ends."


def chat(
    customer: Annotated[str, typer.Option(help="Chat as this customer, such as C0001; without, as a guest.")] = "",
    thread: Annotated[str, typer.Option(help="Name of the conversation to go on with; it is kept.")] = "",
) -> None:
    """Talk with the shop. The conversation is kept and can be gone on with by --thread.

    Before an order or the cart is changed, the change and its price effect are shown; only a clear yes does it.
    """
    with open_session(command_settings()) as session:
        Conversation(session, customer, thread).run()


class Conversation:
    """A conversation at the terminal, or over a pipe."""

    def __init__(self, session: Session, customer: str, thread: str) -> None:
        self._session = session
        self._principal = session.principal(customer)
        self._thread = thread or secrets.token_hex(4)
        self._last: dict[str, Any] = {}

    def run(self) -> None:
        """Read and answer until the input ends, ``/quit`` or Ctrl-D."""
        name = self._principal.customer_id or "guest"
        err.print(f"[dim]{name}, conversation {escape(self._thread)}. {HELP}[/]")
        while (line := self._read()) is not None:
            if line == "/quit":
                break
            self._handle(line)

    def _read(self) -> str | None:
        if sys.stdin.isatty():
            with suppress(ImportError):  # line editing and recall, where the platform has it
                import readline  # noqa: F401
            try:
                return input("› ").strip()
            except EOFError:
                return None
        raw = sys.stdin.buffer.readline()
        return raw.decode(errors="surrogateescape").strip() if raw else None

    def _handle(self, line: str) -> None:
        if line == "/new":
            self._thread, self._last = secrets.token_hex(4), {}
            err.print(f"[dim]conversation {self._thread}[/]")
        elif line == "/why":
            self._explain()
        elif line.startswith("/"):
            err.print(HELP)
        elif line:
            self._answer(line)

    def _answer(self, text: str) -> None:
        from seamless_retail.graphs.asking import stream_answer

        thread, said = thread_of(self._principal, self._thread), False
        try:
            for event in stream_answer(self._session.brain, text, principal=self._principal, thread_id=thread):
                if event["type"] == "sentence":
                    out.print(escape(event["data"]["text"]), end="", soft_wrap=True)
                    out.file.flush()
                    said = True
                elif event["type"] == "interrupt" and not said:
                    out.print(escape(shown(event["data"])), end="", soft_wrap=True)
                elif event["type"] == "final":
                    self._last = event["data"]
            out.print()
        except SeamlessError as error:
            print_error(error)

    def _explain(self) -> None:
        if not self._last.get("citations"):
            out.print("The last answer rests on no source.")
            return
        print_citations(self._last)
