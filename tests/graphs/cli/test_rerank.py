"""``seamless rerank`` over JSON lines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import Result

TEXTS = ["The battery lasts for two days.", "is_dishwasher_safe:  { value:true }", "Ships within three business days."]
QUERY = "can I put it in the dishwasher?"


def records(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def given(*lines: Any) -> bytes:
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode() + b"\n"


def test_scores_are_in_the_order_of_the_candidates(run: Callable[..., Result]) -> None:
    lines = given(
        {"id": 1, "query": QUERY, "candidates": TEXTS},
        {"id": "two", "query": QUERY, "candidates": [{"id": "c", "text": text} for text in TEXTS[::-1]]},
        {"id": 3, "query": QUERY, "candidates": []},
    )
    result = run("rerank", "--jsonl", stdin=lines)
    one, two, three = records(result)
    assert [set(record) for record in (one, two, three)] == [{"id", "scores"}] * 3
    assert one["scores"].index(max(one["scores"])) == 1
    assert all(0 <= score <= 1 for score in one["scores"])
    assert max(abs(a - b) for a, b in zip(one["scores"], two["scores"][::-1], strict=True)) < 1e-4
    assert (two["id"], three["scores"]) == ("two", [])
    assert result.stderr.startswith("3 lines in ")


def test_bad_lines_are_answered_with_an_error_on_their_own_line(run: Callable[..., Result]) -> None:
    result = run(
        "rerank",
        "--jsonl",
        stdin=given(
            "no json",
            {"id": 1, "candidates": TEXTS},
            {"id": 2, "query": QUERY},
            {"id": 3, "query": QUERY, "candidates": "one text"},
            {"id": 4, "query": QUERY, "candidates": ["a", {"id": "b"}]},
            {"id": 5, "query": " ", "candidates": TEXTS},
            {"id": 6, "query": QUERY, "candidates": ["half a pair \ud800"]},
            {"id": 7, "query": "\ud800", "candidates": TEXTS},
            {"id": 8, "query": QUERY, "candidates": TEXTS[:1]},
        ),
    )
    found = records(result)
    assert [record["id"] for record in found] == [None, *range(1, 9)]
    parts = ("JSON", "'query'", "'candidates'", "not a list", "Candidate 1", "empty", "Candidate 0", "not valid", "")
    for record, part in zip(found, parts, strict=True):
        assert part in record.get("error", "")
    assert len(found[8]["scores"]) == 1
    assert "8 refused. Their field 'error' says why." in result.stderr


def test_lines_come_from_a_file_and_wrong_use_ends_with_advice(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(given({"id": 1, "query": QUERY, "candidates": TEXTS}))
    assert len(records(run("rerank", "--jsonl", str(path)))[0]["scores"]) == 3
    assert "--jsonl" in run("rerank").stderr
    missing = run("rerank", "--jsonl", "nowhere.jsonl")
    assert missing.exit_code == 1
    assert "nowhere.jsonl cannot be read" in missing.stderr
    rate = run("rerank", "--jsonl", "--rate", "17", stdin=b"")
    assert rate.exit_code == 1
    assert "16, 32, 64, 128" in rate.stderr


def test_clara_reranks_too(run: Callable[..., Result]) -> None:
    result = run(
        "rerank", "--jsonl", "--model", "clara-nano", stdin=given({"id": 1, "query": QUERY, "candidates": TEXTS})
    )
    scores = records(result)[0]["scores"]
    assert len(scores) == 3
    assert all(0 <= score <= 1 for score in scores)
    assert len(set(scores)) == 3
