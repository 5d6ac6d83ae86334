"""JSON lines in: every bad line is named, none stops the rest."""

import io
import json
import os
import sys
from itertools import chain

import pytest

from seamless_retail.graphs.cli.jsonl import MAX_LINE_BYTES, Line, read_batches, write_line


def read_lines(raw: bytes) -> list[Line]:
    return list(chain.from_iterable(read_batches(io.BytesIO(raw), ("query",), ("customer",))))


GOOD = b'{"id": 2, "query": "hello"}\n'


@pytest.mark.parametrize(
    ("raw", "identity", "error"),
    [
        (b'{"id": 1, "query": ', None, "not valid JSON"),
        (b"\n", None, "not valid JSON"),
        (b"[1]", None, "not a JSON object"),
        (b'{"query": "a"}', None, "'id' is missing"),
        (b'{"id": "x"}', "x", "'query' is missing"),
        (b'{"id": 1, "query": 5}', 1, "'query' is not text"),
        (b'{"id": 1, "query": null}', 1, "'query' is not text"),
        (b'{"id": 1, "query": "a", "customer": 7}', 1, "'customer' is not text"),
        (b'{"id": 1, "query": "\xff"}', None, "not valid UTF-8 (byte 20)"),
        (b"[" * 100_000, None, "not valid JSON"),
        (b'{"id": 1, "query": "' + b"x" * MAX_LINE_BYTES + b'"}', None, "longer than"),
    ],
)
def test_a_bad_line_is_named_and_the_next_one_is_read(raw: bytes, identity: object, error: str) -> None:
    bad, good = read_lines(raw.rstrip(b"\n") + b"\n" + GOOD)
    assert error in bad.error
    assert bad.id == identity
    assert (good.id, good.record["query"], good.error) == (2, "hello", "")


def test_further_fields_a_missing_customer_and_a_byte_order_mark_are_taken() -> None:
    raw = b'\xef\xbb\xbf{"id": 1, "query": "a", "customer": null, "note": 3}'
    (line,) = read_lines(raw)
    assert line.error == ""
    assert line.record["customer"] is None


def test_a_line_is_written_in_utf8_whatever_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    for value in ("crème £5", "\ud800"):  # the second is an unpaired surrogate, which UTF-8 cannot hold
        write_line({"id": value})
    assert [json.loads(line)["id"] for line in written.getvalue().splitlines()] == ["crème £5", "\ud800"]


def test_a_line_that_is_there_is_not_kept_waiting_for_the_next_one() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as source:
        batches = read_batches(stream, ("query",))
        source.write(GOOD + GOOD + GOOD[:9])
        assert [line.id for line in next(batches)] == [2, 2]
        source.write(GOOD[9:])
        assert [line.id for line in next(batches)] == [2]
