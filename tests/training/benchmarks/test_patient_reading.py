"""The benchmark of patient notes compares like with like and shows what failed."""

import json
from pathlib import Path

from seamless_retail.training.benchmarks.patient_notes import Note
from seamless_retail.training.benchmarks.patient_reading import canonical, measure, render, score_note


def test_one_spelling_for_each_thing() -> None:
    """Aliases of the facts and spellings of an INN become one key."""
    assert canonical("condition:celiac") == canonical("condition:coeliac")
    assert canonical("medicine:cyclosporine") == canonical("medicine:ciclosporin")
    assert canonical("medicine:ferrous sulfate") == canonical("medicine:iron")
    assert canonical("medicine:warfarin") != canonical("medicine:apixaban")


def test_optional_keys_count_neither_way() -> None:
    """A missed key is missed, one too many is added, an optional one is neither."""
    text = "I take warfarin and I'm pregnant."
    keys = frozenset({"condition:gout"}), frozenset({"condition:pregnancy"})
    score = score_note(Note("x", "en", "customer", text, *keys, (), "a"))
    assert (score.found, score.missed, score.added) == (0, ("condition:gout",), ("medicine:warfarin",))


def test_other_notes_are_measured_and_every_failing_id_is_shown(tmp_path: Path) -> None:
    """A file of one's own: the parts are all, each language and each style."""
    note = {"id": "x-1", "lang": "en", "style": "customer", "text": "I take warfarin.", "half": "b"}
    file = tmp_path / "notes.jsonl"
    file.write_text(json.dumps({**note, "expected": ["condition:gout"], "optional": [], "tags": []}), encoding="utf-8")
    figures = measure(file)
    assert [(row["part"], row["notes"]) for row in figures["rows"]] == [("all", 1), ("en", 1), ("customer", 1)]
    assert "x-1: missed condition:gout; added medicine:warfarin" in render(figures)
