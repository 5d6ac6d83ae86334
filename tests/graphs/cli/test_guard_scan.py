"""``seamless guard scan`` and ``seamless guard import-off``."""

import json

import pytest
from typer.testing import CliRunner

from seamless_retail.graphs.cli.app import app


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("SEAMLESS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, lines="": CliRunner().invoke(app, ["guard", *arguments], input=lines)


def records(result):
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def test_lines_are_answered_in_order_and_a_bad_one_on_its_own_line(run):
    lines = '{"id": 1, "text": "Milk, eggs. May contain nuts. Gluten-free."}\nno json\n{"id": 3, "text": ""}\n'
    first, bad, empty = records(run("scan", "--jsonl", lines=lines))
    assert first["id"] == 1
    assert (first["contains"], first["may_contain"], first["free_from"]) == (["eggs", "milk"], ["nuts"], ["gluten"])
    assert first["spans"][0] | {"row": ""} == {
        "allergen": "milk",
        "start": 0,
        "end": 4,
        "text": "Milk",
        "status": "contains",
        "rule": "named",
        "row": "",
    }
    assert "not valid JSON" in bad["error"]
    assert empty["cannot_clear"] is True


def test_an_exempt_derivative_is_a_marked_span_and_in_no_list(run):
    (record,) = records(run("scan", "soybean oil, salt"))
    assert record["contains"] == []
    assert [span["exempt"] for span in record["spans"]] == [True]


def test_what_an_opaque_ingredient_may_hide_is_named(run):
    (record,) = records(run("scan", "wheat flour, spices"))
    assert (record["cannot_clear"], record["may_hide"]) == (True, ["celery", "mustard"])


def test_null_bytes_huge_and_empty_texts_are_answered_each_on_its_line(run):
    texts = {"null": "mi\0lk, sugar", "huge": "sugar, water, milk. " * 15_000, "empty": ""}
    lines = "".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in texts.items())
    too_long = json.dumps({"id": "long", "text": "x" * 1_000_001}) + "\n"
    null, huge, empty, long = records(run("scan", "--jsonl", lines=lines + too_long))
    assert (null["contains"], huge["contains"]) == (["milk"], ["milk"])
    assert empty["cannot_clear"] is True
    assert "longer than" in long["error"]


def test_imported_words_count_in_later_scans(run, tmp_path):
    folder = tmp_path / "off"
    folder.mkdir()
    (folder / "allergen_synonyms.tsv").write_text("allergen_id\tlang\tsynonym\nen:milk\tbr\tlaezh\n", encoding="utf-8")
    assert run("import-off", str(folder)).exit_code == 0
    line = '{"id": 1, "text": "laezh", "lang": "br"}\n'
    assert records(run("scan", "--jsonl", lines=line))[0]["contains"] == ["milk"]


def test_no_label_is_refused(run):
    result = run("scan")
    assert result.exit_code == 1
    assert "There is no label" in result.stderr
