"""``seamless ask``: one question, or a stream of questions as JSON lines."""

import json
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Annotated, Any

import typer
from rich.markup import escape

from seamless_retail.core.errors import InvalidQueryError, SeamlessError
from seamless_retail.graphs.cli.console import err, out
from seamless_retail.graphs.cli.jsonl import Line, read_batches, standard_input, write_line
from seamless_retail.graphs.cli.session import Session, command_settings, open_session, thread_of

LINE_FIELDS = ("answer", "citations", "lobes", "intent", "guardrail", "timings")


def ask(
    question: Annotated[str, typer.Argument(help="What the customer says.", show_default=False)] = "",
    customer: Annotated[str, typer.Option(help="Ask as this customer, such as C0001; without, as a guest.")] = "",
    thread: Annotated[str, typer.Option(help="Name of the conversation to go on with.")] = "",
    image: Annotated[
        list[str], typer.Option(help="A picture that belongs to the question: a file, or an https address.")
    ] = [],  # noqa: B006  # typer copies it
    locale: Annotated[str, typer.Option(help="Such as en-GB; by default the customer's.")] = "",
    jurisdiction: Annotated[str, typer.Option(help="Country whose food law applies, such as US.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole reply as one JSON object.")] = False,
    jsonl: Annotated[
        bool,
        typer.Option(
            "--jsonl", help='Read {"id","query","customer","image"} lines on standard input, write a line for each.'
        ),
    ] = False,
    resume: Annotated[
        str,
        typer.Option(help="Answer what the conversation of --thread waits for: yes, no, or a decision as JSON."),
    ] = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print intent, lobes and timings too.")] = False,
) -> None:
    """Answer a question about products, stock, orders, returns, loyalty or the stores.

    What a customer wants done to an order or the cart is shown with its price effect and waits for --resume yes.

    With --jsonl, a line that cannot be answered gives {"id","error"} and the rest goes on.
    """
    _check_options(question or "".join(image), resume, jsonl, thread)
    settings = command_settings(locale=locale, jurisdiction=jurisdiction)
    if question:
        _check(question)
    with open_session(settings, keeps_conversations=bool(thread or customer)) as session:
        if jsonl:
            _answer_lines(session, thread)
            return
        with _conversation(session, customer, thread) as name:
            output = _answer(session, question, customer, name, locale, jurisdiction, _resumption(resume), image)
    if as_json:
        output |= {"thread": name} if "interrupts" in output else {}
        sys.stdout.write(json.dumps(output, ensure_ascii=False, indent=2) + "\n")
    else:
        print_answer(output, verbose)
        _print_how_to_approve(output, customer, name)


def _check_options(question: str, resume: str, jsonl: bool, thread: str) -> None:
    if bool(question) + bool(resume) + jsonl != 1:
        given = question or resume or jsonl
        raise InvalidQueryError(
            "A question, --resume and --jsonl exclude each other." if given else "There is no question.",
            'Ask with `seamless ask "…"`, or feed JSON lines to `seamless ask --jsonl`.',
        )
    if resume and not thread:
        raise InvalidQueryError("--resume needs a conversation.", "Name it with --thread, as the question told.")


@contextmanager
def _conversation(session: Session, customer: str, thread: str) -> Iterator[str]:
    """The name of the conversation. A customer's single question gets one of its own, kept only if it waits."""
    from langgraph.checkpoint.base import BaseCheckpointSaver

    name = thread or (secrets.token_hex(4) if customer else "")
    yield name
    saver = session.brain.checkpointer
    if name and not thread and isinstance(saver, BaseCheckpointSaver):
        thread_id = thread_of(session.principal(customer), name) or ""
        if not session.brain.get_state({"configurable": {"thread_id": thread_id}}).interrupts:
            saver.delete_thread(thread_id)


def _resumption(text: str) -> "str | dict[str, Any] | None":
    """Words, or a decision as JSON.

    Raises:
        InvalidQueryError: It begins like JSON and is none.
    """
    if not text.lstrip().startswith("{"):
        return text or None
    try:
        return dict(json.loads(text))
    except ValueError as error:
        raise InvalidQueryError(f"The decision is not valid JSON: {error}.", "Answer yes or no.") from None


def shown(interrupt: dict[str, Any]) -> str:
    """What a conversation waits for, as a customer reads it."""
    from seamless_retail.lobes.approval import APPROVAL, asked_in_words

    value = interrupt["value"]
    return asked_in_words(value) if isinstance(value, dict) and value.get("type") == APPROVAL else str(value)


def _print_how_to_approve(output: dict[str, Any], customer: str, thread: str) -> None:
    if output.get("interrupts") and thread:
        who = f"--customer {customer} " if customer else ""
        how = f"seamless ask {who}--thread {escape(thread)} --resume yes"
        err.print(f"[dim]Answer with: {how} (or no)[/]", soft_wrap=True)


def _check(question: str) -> None:
    """Refuse what cannot be read before anything slow is opened."""
    from seamless_retail.tools.understanding.text import MAX_CHARACTERS, normalise

    normalise(question, MAX_CHARACTERS)


def print_answer(output: dict[str, Any], verbose: bool = False) -> None:
    """The answer, its numbered citations, and what the guards decided."""
    out.print(escape(output["answer"]), soft_wrap=True)
    print_citations(output)
    for decision in output["guardrail"].get("decisions", []):
        about = f" ({decision['product_id']})" if decision["product_id"] else ""
        out.print(f"[yellow]{decision['guard']}: {decision['verdict']}{about}[/] {escape(decision['reason'])}")
    if verbose:
        _print_details(output)


def print_citations(output: dict[str, Any]) -> None:
    """What the marks in the answer stand for."""
    for citation in output["citations"]:
        quote = " ".join(citation["quote"].split())
        mark = escape(f"[{citation['mark']}]")
        out.print(f"[dim]{mark}[/] [cyan]{escape(citation['source_id'])}[/] [dim]“{escape(quote)}”[/]", soft_wrap=True)


def _print_details(output: dict[str, Any]) -> None:
    intent = output["intent"]
    out.print(f"[dim]intent[/]  {intent['intent']} ({intent['confidence']:.2f})")
    for lobe in output["lobes"]:
        out.print(f"[dim]lobe[/]    {lobe['name']}: {lobe['role']}, {lobe['status']}, {lobe['elapsed_ms']:.1f} ms")
    for name, elapsed in output["timings"].items():
        out.print(f"[dim]time[/]    {name}: {elapsed:.1f} ms")


def _answer(
    session: Session,
    query: str,
    customer: str,
    thread: str,
    locale: str = "",
    jurisdiction: str = "",
    resume: "str | dict[str, Any] | None" = None,
    images: Sequence[str] = (),
) -> dict[str, Any]:
    """The brain's output without its messages, which repeat the question and the answer."""
    from seamless_retail.graphs.asking import ask as ask_brain

    principal = session.principal(customer, locale, jurisdiction)
    thread_id = thread_of(principal, thread)
    output = ask_brain(
        session.brain, query, principal=principal, thread_id=thread_id, resume=resume, image=list(images) or None
    )
    return {name: value for name, value in output.items() if name != "messages"}


def _answer_lines(session: Session, thread: str) -> None:
    refused = 0
    batches = read_batches(standard_input(), required=("query",), optional=("customer", "image"))
    for line in chain.from_iterable(batches):
        record = _answer_line(session, line, thread)
        refused += "error" in record
        write_line(record)
    if refused:
        err.print(f"[yellow]Lines that could not be answered: {refused}. Their field 'error' says why.[/]")


def _answer_line(session: Session, line: Line, thread: str) -> dict[str, Any]:
    if line.error:
        return {"id": line.id, "error": line.error}
    try:
        customer, image = line.record.get("customer") or "", line.record.get("image")
        output = _answer(session, line.record["query"], customer, thread, images=[image] if image else [])
    except SeamlessError as error:
        return {"id": line.id, "error": str(error)}
    asked = {"interrupts": output["interrupts"]} if "interrupts" in output else {}
    return {"id": line.id, **{name: output[name] for name in LINE_FIELDS}, **asked}
