"""JSON lines on standard input and output: as many lines out as came in, in the same order, each flushed at once."""

import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from seamless_retail.core.errors import ImportSourceError

MAX_LINE_BYTES = 1_000_000
READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Line:
    """One line read: its record, or why there is none. ``id`` is whatever JSON value the line gave, if it did."""

    id: Any
    record: dict[str, Any]
    error: str = ""


def standard_input() -> io.BufferedIOBase:
    """Standard input as bytes."""
    return cast(io.BufferedIOBase, sys.stdin.buffer)


@contextmanager
def opened(file: str) -> Iterator[io.BufferedIOBase]:
    """A file of lines as bytes; ``-`` is standard input.

    Raises:
        ImportSourceError: The file cannot be read.
    """
    if file == "-":
        yield standard_input()
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115  # closed below; what fails in the body is not the file's fault
    except OSError as error:
        raise ImportSourceError(f"{file} cannot be read: {error.strerror}.", "Check the path.") from None
    with stream:
        yield stream


def is_valid(text: str) -> bool:
    """Whether UTF-8 can hold it: JSON can spell half a surrogate pair, which no tokenizer reads."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_batches(
    stream: io.BufferedIOBase, required: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[list[Line]]:
    """Read records with ``id`` and these text fields; further fields are ignored. A bad line comes with its error.

    Lines that are there already come together; a single one is not kept waiting.
    """
    first, rest = True, b""
    while chunk := stream.read1(READ_BYTES):
        *complete, rest = (rest + chunk).split(b"\n")
        rest = rest[: MAX_LINE_BYTES + 1]
        if complete:
            yield [_parse(raw, required, optional, first and not number) for number, raw in enumerate(complete)]
            first = False
    if rest:
        yield [_parse(rest, required, optional, first)]


def write_line(record: dict[str, Any]) -> None:
    """Write one record in UTF-8 and flush it."""
    try:
        line = json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        line = json.dumps(record).encode()
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def _parse(raw: bytes, required: Sequence[str], optional: Sequence[str], first: bool) -> Line:
    if len(raw) > MAX_LINE_BYTES:
        return Line(None, {}, f"The line is longer than {MAX_LINE_BYTES:,} bytes.")
    try:
        record = json.loads(raw.decode("utf-8-sig" if first else "utf-8"))
    except UnicodeDecodeError as error:
        return Line(None, {}, f"The line is not valid UTF-8 (byte {error.start}).")
    except (ValueError, RecursionError):
        return Line(None, {}, "The line is not valid JSON.")
    if not isinstance(record, dict):
        return Line(None, {}, "The line is not a JSON object.")
    identity = record.get("id")
    if identity is None:
        return Line(None, {}, "The field 'id' is missing.")
    for name in required:
        if name not in record:
            return Line(identity, {}, f"The field {name!r} is missing.")
    for name in (*required, *optional):
        if not isinstance(record.get(name, ""), str) and (name in required or record[name] is not None):
            return Line(identity, {}, f"The field {name!r} is not text.")
    return Line(identity, record)
