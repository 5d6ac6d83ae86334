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

HELP = (
    "Commands: /image FILE sends a picture with your next line (an empty one asks what it is), /why shows the sources "
    "of the last answer, /new begins a new conversation, /quit ends."
)


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
        self._image: dict[str, Any] | None = None

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
        elif line == "/image" or line.startswith("/image "):
            self._take(line.removeprefix("/image").strip().strip("'\""))
        elif line.startswith("/"):
            err.print(HELP)
        elif line or self._image:
            self._answer(line)

    def _take(self, file: str) -> None:
        """Keep a picture for the next line."""
        from seamless_retail.core.images import given_block

        if not file:
            err.print("[dim]Name a file: /image photo.jpg[/]")
            return
        try:
            self._image = given_block(file)
            err.print(f"[dim]{escape(self._image['source'])} goes with your next line.[/]")
        except SeamlessError as error:
            print_error(error)

    def _answer(self, text: str) -> None:
        from seamless_retail.graphs.asking import stream_answer

        thread, said = thread_of(self._principal, self._thread), False
        image, self._image = self._image, None
        try:
            for event in stream_answer(
                self._session.brain, text, principal=self._principal, thread_id=thread, image=image
            ):
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
        if mood := told_mood(self._last):
            out.print(escape(mood), soft_wrap=True)
        if not self._last.get("citations"):
            out.print("The last answer rests on no source.")
            return
        print_citations(self._last)


def told_mood(output: dict[str, Any]) -> str:
    """How the assistant took the message, and whether a person was given the conversation; empty if nothing is told."""
    mood, handover = output.get("mood") or {}, output.get("handover") or {}
    now = mood.get("now") or {}
    parts = [f"Mood: {now['sentiment']}, urgency {now['urgency']}."] if now else []
    if mood.get("emergency"):
        parts.append(f"Emergency ({mood['emergency']}): {mood['emergency_number']}, {mood['emergency_source']}.")
    if handover:
        parts.append(f"Handed over ({handover['reason']}) as {handover['id']}.")
    return " ".join(parts)
