"""A record is of its format, or the error names file, line and field."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from seamless_retail.core.errors import NotFoundError
from seamless_retail.training.clara.records import Format, Record, RecordFile, Turn, parse_record
from seamless_retail.training.run.errors import RecordError

QA = {"data_type": "qa", "question": ["Who?", "When?"], "answers": ["Ann", "2012"], "docs": ["Ann came in 2012."]}
PARAPHRASE = {"data_type": "paraphrase", "question": [], "answers": ["In 2012 Ann came."], "docs": ["Ann came."]}
STAGE2 = {"question": "Who?", "docs": ["Ann.", "Bob."], "gold_answer": "Ann", "answer": "It was Ann"}
SEVERAL = {
    "question": ["Who?", "Who else?"], "docs": ["Ann.", "Bob."],
    "gold_answer": ["Ann", "Bob"], "answer": ["Ann", "Bob"],
}  # fmt: skip
STAGE3 = {"question": "Who?", "docs": ["Ann.", "Bob."], "gold_answer": "Ann", "pos_index": [1]}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("stage1", QA, Record(("Ann came in 2012.",), (Turn("Who?", "Ann"), Turn("When?", "2012")))),
        ("stage1", PARAPHRASE, Record(("Ann came.",), (Turn(None, "In 2012 Ann came."),))),
        ("stage2", STAGE2, Record(("Ann.", "Bob."), (Turn("Who?", "It was Ann"),))),
        ("stage2", SEVERAL, Record(("Ann.", "Bob."), (Turn("Who?", "Ann"), Turn("Who else?", "Bob")))),
        ("stage3", STAGE3, Record(("Ann.", "Bob."), (Turn("Who?", "Ann"),), (1,))),
        ("stage3", {**STAGE3, "gold_answer": ["Ann", "Anna"]}, Record(("Ann.", "Bob."), (Turn("Who?", "Ann"),), (1,))),
        ("stage3", {"pos_index": [], **STAGE2}, Record(("Ann.", "Bob."), (Turn("Who?", "Ann"),))),
    ],
)  # fmt: skip
def test_each_format_is_read(kind: Format, value: dict[str, Any], expected: Record) -> None:
    assert parse_record(value, kind, "here") == expected


@pytest.mark.parametrize(
    ("kind", "value", "field", "fault"),
    [
        ("stage1", ["no object"], "(whole line)", "expected an object, found list"),
        ("stage1", {**QA, "data_type": "quiz"}, "data_type", "'quiz'"),
        ("stage1", {**QA, "answers": ["Ann"]}, "answers", "1 answers to 2 questions"),
        ("stage1", {**QA, "docs": ["a", "b"]}, "docs", "one document, found 2"),
        ("stage1", {**QA, "docs": []}, "docs", "expected a list of texts"),
        ("stage1", {**QA, "question": ["Who?", 7]}, "question", "entry 1 is not a text but 7"),
        ("stage1", {**PARAPHRASE, "answers": ["  "]}, "answers", "entry 0"),
        ("stage2", {**STAGE2, "answer": None}, "answer", "found None"),
        ("stage2", {k: v for k, v in STAGE2.items() if k != "answer"}, "answer", "missing"),
        ("stage2", {**STAGE2, "question": ["Who?"]}, "gold_answer", "expected a list of texts"),
        ("stage2", {**SEVERAL, "answer": ["Ann"]}, "answer", "1 answers to 2 questions"),
        ("stage3", {**STAGE3, "gold_answer": ""}, "gold_answer", "expected a text"),
        ("stage3", {**STAGE3, "pos_index": [2]}, "pos_index", "2 is not the place of one of 2 documents"),
        ("stage3", {**STAGE3, "pos_index": [True]}, "pos_index", "True is not"),
        ("stage3", {**STAGE3, "pos_index": 1}, "pos_index", "expected a list"),
    ],
)
def test_a_bad_record_names_place_and_field(kind: Format, value: object, field: str, fault: str) -> None:
    with pytest.raises(RecordError, match=fault) as caught:
        parse_record(value, kind, "train.jsonl, line 3")
    assert (caught.value.place, caught.value.field) == ("train.jsonl, line 3", field)
    assert f"train.jsonl, line 3, field {field!r}" in caught.value.message


@pytest.mark.parametrize("name", ["some.jsonl", "some.jsonl.gz"])
def test_a_file_counts_lines_as_an_editor_does(tmp_path: Path, name: str) -> None:
    text = f"{json.dumps(QA)}\n\n{json.dumps(PARAPHRASE)}\n{{broken\n".encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    records = RecordFile(path, "stage1")
    assert len(records) == 3, "the empty line is no record"
    assert [len(record.turns) for record in records[:2]] == [2, 1]
    with pytest.raises(RecordError, match="line 4"):
        records[2]
    assert [fault.place for fault in records.faults()] == [f"{path}, line 4"]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        RecordFile(tmp_path / "nowhere.jsonl", "stage1")
