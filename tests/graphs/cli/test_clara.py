"""``seamless clara`` over JSON lines, with a tiny random model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

DOCS = ["Returns are free within 30 days of delivery.", "Red shoes in size 40.", "We open at nine."]
Clara = Callable[..., Result]


@pytest.fixture
def clara(run: Callable[..., Result], tiny_clara: Path) -> Clara:
    """Runs ``seamless clara …`` over lines."""

    def call(command: str, *options: str, lines: list[Any], **settings: object) -> Result:
        given = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
        known = {"clara_model": tiny_clara, **settings}
        return run("clara", command, "--jsonl", *options, stdin=given.encode(), **known)

    return call


def records(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def asked(id: object, *documents: object, question: str = "how long are returns free?") -> dict[str, Any]:
    return {"id": id, "question": question, "docs": list(documents)}


def test_every_line_is_answered_in_order_with_what_was_used(clara: Clara) -> None:
    lines = [asked(1, *DOCS), asked("two", {"id": "r", "text": DOCS[0]}, {"text": DOCS[1]}), asked(3)]
    result = clara("answer", lines=lines)
    one, two, three = records(result)
    assert [set(record) for record in (one, two, three)] == [{"id", "answer", "used", "confidence"}] * 3
    assert [record["id"] for record in (one, two, three)] == [1, "two", 3]
    assert set(one["used"]) <= {0, 1, 2}
    assert set(two["used"]) <= {"r", 1}
    assert 0 < one["confidence"] <= 1
    assert (three["answer"], three["used"]) == ("not stated", [])
    assert result.stderr.startswith("3 lines in ")


@pytest.mark.parametrize("options", [(), ("--rate", "4"), ("--text",)], ids=["16x", "4x", "text"])
def test_answers_do_not_depend_on_the_lines_around_them(clara: Clara, options: tuple[str, ...]) -> None:
    lines = [asked(number, *DOCS[: 1 + number % 3], question=f"what is {'x' * number}?") for number in range(5)]
    together = records(clara("answer", *options, lines=lines))
    alone = [record for line in lines for record in records(clara("answer", *options, lines=[line]))]
    for one, other in zip(together, alone, strict=True):
        assert one.pop("confidence") == pytest.approx(other.pop("confidence"), abs=2e-5)
        assert one == other


def test_bad_lines_are_answered_with_an_error_and_counted(clara: Clara) -> None:
    lines = [
        "no json",
        {"id": 1, "docs": DOCS},
        {"id": 2, "question": "why?"},
        {"id": 3, "question": "why?", "docs": "one text"},
        {"id": 4, "question": "why?", "docs": ["a", {"id": "b"}]},
        asked(5, *DOCS, question=" "),
        asked(6, "word " * 2000),
        asked(7, *DOCS),
        asked(8, "half a pair \ud800"),
        asked(9, *DOCS, question="\ud800"),
    ]
    result = clara("answer", lines=lines)
    found = records(result)
    errors = [record.get("error", "") for record in found]
    assert [record["id"] for record in found] == [None, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    for error, part in zip(errors, ("JSON", "'question'", "'docs'", "not a list", "Document 1", "empty"), strict=False):
        assert part in error
    assert errors[7] == ""
    assert ["not valid text" in error for error in errors[8:]] == [True, True]
    refused = sum(map(bool, errors))
    assert f"{refused} refused. Their field 'error' says why." in result.stderr


def test_a_document_too_long_for_the_text_reader_is_refused_on_its_own_line(clara: Clara) -> None:
    long, short = records(clara("answer", "--text", lines=[asked(1, "word " * 2000), asked(2, *DOCS)]))
    assert "reads at most" in long["error"]
    assert "answer" in short


def test_compressing_tells_shapes_counts_and_bytes(clara: Clara) -> None:
    lines = [{"id": "a", "docs": DOCS[:2]}, {"id": "b", "docs": []}, {"id": "c", "docs": [""]}]
    a, b, c = records(clara("compress", "--rate", "4", lines=lines))
    assert a["rate"] == 4
    assert a["counts"] == [-(-tokens // 4) for tokens in a["tokens"]]
    assert a["shape"] == [2, max(a["counts"]), 32]
    assert a["bytes"] == [count * 32 * 4 for count in a["counts"]]
    assert a["text_bytes"] == [len(text) for text in DOCS[:2]]
    assert (b["counts"], b["shape"][0]) == ([], 0)
    assert c["tokens"] == [0]


def test_lines_come_from_a_file_too_and_a_missing_one_is_named(clara: Clara, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps(asked(1, *DOCS)))
    (record,) = records(clara("answer", str(path), lines=[]))
    assert record["id"] == 1
    missing = clara("answer", "nowhere.jsonl", lines=[])
    assert missing.exit_code == 1
    assert "nowhere.jsonl cannot be read" in missing.stderr


def test_wrong_use_ends_with_advice(clara: Clara, run: Callable[..., Result], tmp_path: Path) -> None:
    both = clara("answer", "--text", "--rate", "4", lines=[])
    assert both.exit_code == 1
    assert "exclude each other" in both.stderr
    assert "--jsonl" in run("clara", "answer").stderr
    nothing = clara("answer", "--model", str(tmp_path / "none"), lines=[])
    assert nothing.exit_code == 1
    assert "There is no CLaRa model" in nothing.stderr
