"""``seamless recommend``: JSON lines in and out, and the training of the model behind it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import Result

Run = Callable[..., Result]


def given(*lines: Any) -> bytes:
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode() + b"\n"


def records(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_line_gets_items_with_scores_and_reasons(run_seeded: Run) -> None:
    lines = given(
        {"id": 1, "history": ["F00001", "G00012"], "k": 3},
        {"id": "two", "history": [], "k": 2, "customer": None},
        {"id": 3, "history": [], "customer": "C0001"},
    )
    result = run_seeded("recommend", "--jsonl", stdin=lines)
    one, two, three = records(result)
    assert [(record["id"], len(record["items"])) for record in (one, two, three)] == [(1, 3), ("two", 2), (3, 10)]
    for item in (*one["items"], *two["items"], *three["items"]):
        assert set(item) == {"sku", "score", "reason"}
        assert item["reason"] and 0 <= item["score"] <= 1
    assert result.stderr.startswith("3 lines in ")


def test_bad_lines_are_answered_with_an_error_on_their_own_line(run_seeded: Run, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    lines = (
        ("no json", "JSON"),
        ({"id": 1}, "'history' is missing"),
        ({"id": 2, "history": "F00001"}, "not a list"),
        ({"id": 3, "history": ["F00001", 7]}, "Item 1 of the history"),
        ({"id": 4, "history": ["\ud800"]}, "Item 0 of the history"),
        ({"id": 5, "history": [], "k": 0}, "'k'"),
        ({"id": 6, "history": [], "k": True}, "'k'"),
        ({"id": 7, "history": [], "customer": 5}, "'customer' is not text"),
        ({"id": 8, "history": [], "customer": "nobody"}, "Unknown customer 'nobody'"),
        ({"id": 9, "history": ["'; DROP TABLE products; --"], "k": 1}, ""),
    )
    path.write_bytes(given(*(line for line, _ in lines)))
    result = run_seeded("recommend", "--jsonl", "--file", str(path))
    found = records(result)
    for record, (_, told) in zip(found, lines, strict=True):
        assert told in record.get("error", ""), record
        assert ("items" in record) is (told == "")
    assert "9 refused. Their field 'error' says why." in result.stderr


def test_wrong_use_ends_with_advice(run: Run) -> None:
    result = run("recommend")
    assert result.exit_code == 1
    assert "seamless recommend train PATH" in result.stderr


def test_a_file_of_purchases_is_learned_and_then_used(run: Run, tmp_path: Path) -> None:
    path, home = tmp_path / "sales.csv", tmp_path / "home"
    rows = [f"c{c},{item},2026-01-{day:02}" for c in range(12) for day, item in enumerate(("ant", "bee", "cow"), 1)]
    path.write_text("\n".join(["customer,item,time", *rows]), encoding="utf-8")
    dry = run("recommend", "train", str(path), "--dry-run", home=home)
    assert dry.exit_code == 0
    assert not home.exists()
    trained = run("recommend", "train", str(path), "--max-minutes", "0.05", home=home)
    assert trained.exit_code == 0
    assert str(home / "next_item") in trained.stderr.replace("\n", "")
    found = records(run("recommend", "--jsonl", stdin=given({"id": 1, "history": ["ant"], "k": 2}), home=home))
    assert {item["sku"] for item in found[0]["items"]} == {"bee", "cow"}
    assert found[0]["items"][0]["reason"].startswith("often bought after ant")


def test_a_file_that_cannot_be_learned_from_ends_with_an_error(run: Run, tmp_path: Path) -> None:
    result = run("recommend", "train", str(tmp_path / "missing.csv"), home=tmp_path / "home")
    assert result.exit_code == 1
    assert not (tmp_path / "home").exists()
