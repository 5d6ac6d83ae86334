"""Retrieval records: their format, and that the ranking files do not leak into the built-in sources."""

import gzip
import json
import re
from pathlib import Path

import pytest

from seamless_retail.core.errors import ConfigurationError, NotFoundError
from seamless_retail.core.settings import load_settings
from seamless_retail.training.benchmarks.ranking import RankingSet
from seamless_retail.training.data.retrieval_pairs import (
    RetrievalRecord,
    attribute_questions,
    chosen_records,
    plain,
    read_records,
    write_records,
)
from seamless_retail.training.run.errors import RecordError

GOOD = {"instruction": "Find it.", "query": "is it red?", "positive": "It is red."}


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    records = [
        RetrievalRecord("is it red?", "It is red.", ("It is new.", "It is dear."), "Find it.", "product 1", "own"),
        RetrievalRecord("größe?", "color: { value:red }", group="color: { value:red }", source="own"),
    ]
    assert write_records(tmp_path / "own.jsonl", records) == 2
    assert list(read_records(tmp_path / "own.jsonl")) == records


def test_a_negative_is_a_text_or_a_list_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps({**GOOD, "negative": "It is new."}) + "\n\n" + json.dumps({**GOOD, "negative": None}))
    assert [record.negatives for record in read_records(path)] == [("It is new.",), ()]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2, field ''.*no JSON"),
        ("[]", "not an object"),
        (json.dumps({**GOOD, "postive": "x"}), "line 2, field 'postive'"),
        (json.dumps({**GOOD, "query": " "}), "field 'query'.*blank"),
        (json.dumps({**GOOD, "positive": 3}), "field 'positive'.*not a text"),
        (json.dumps({**GOOD, "negative": ["x", 1]}), "field 'negative'"),
        (json.dumps({**GOOD, "negative": ["It is red."]}), "holds the positive"),
    ],
)
def test_a_wrong_record_is_named_by_file_line_and_field(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + line + "\n")
    with pytest.raises(RecordError, match=message):
        list(read_records(path))


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no file"):
        chosen_records(["absent.jsonl"], tmp_path)
    with pytest.raises(NotFoundError, match=r"hetpqa_ranking_dev\.tsv\.gz"):
        chosen_records(["shoppers"], tmp_path)
    with pytest.raises(ConfigurationError, match="No records"):
        chosen_records([], tmp_path)


def test_products_questions_and_candidates_of_the_ranking_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "amazon_pqa").mkdir()

    def write(name: str, *rows: str) -> None:
        path = tmp_path / "amazon_pqa" / f"{name}.tsv.gz"
        path.write_bytes(gzip.compress("\n".join(rows).encode() + b"\n"))

    write("hetpqa_ranking_dev", "qid\tASIN\tquestion\tcandidate\tlabel", "1\tSEEN\tis it red?\tIt is red.\t1")
    write("semipqa_ranking_dev", "qid\tquestion\tcandidate\tlabel", "1\tHow  Long?\tcolor: { value:blue }\t1")
    write("semipqa_data2text_train", "data\ttext", "color: { value:blue }\tBlue.", "color: { value:green }\tGreen.")
    write(
        "hetpqa_answers_train",
        "ASIN\tquestion\tcandidate\tanswer\tsource",
        "SEEN\tanother?\tx\tsaid\tCQA",
        "P1\thow long?\ty\tsaid\tCQA",
        "P1\tis it heavy?\tit is red.\tsaid\tCQA",
        "P1\tis it big?\tIt is big.\tsaid\tCQA",
    )
    assert [record.query for record in chosen_records(["shoppers"], tmp_path)] == ["is it big?"]
    attributes = chosen_records(["attributes"], tmp_path)
    assert {record.positive for record in attributes} == {"color: { value:green }"}
    assert {record.group for record in attributes} == {"color"}
    asked = [question.replace("{value}", ".*") for question in attribute_questions()["color"]]
    assert all(any(re.fullmatch(one.replace("?", r"\?"), record.query) for one in asked) for record in attributes)


def test_nothing_of_the_real_ranking_files_is_learned() -> None:
    data = load_settings(plugins=False).data
    if not (data / "amazon_pqa").is_dir():
        pytest.skip(f"no {data / 'amazon_pqa'}; set SEAMLESS_DATA")
    records = chosen_records(["shoppers", "answers", "attributes", "sentences"], data)
    learned = {plain(record.query) for record in records}
    evidence = {plain(record.positive) for record in records if record.source in ("shoppers", "attributes")}
    assert len(records) > 8000
    for name in ("hetpqa", "semipqa"):
        ranked = RankingSet.read(name, data / "amazon_pqa" / f"{name}_ranking_dev.tsv.gz")
        assert not learned & {plain(text) for text in ranked.questions}
        assert not evidence & {plain(text) for text in ranked.documents}


def test_every_attribute_has_questions() -> None:
    found = attribute_questions()
    assert len(found) > 200
    assert all(questions and all(one.endswith("?") for one in questions) for questions in found.values())
