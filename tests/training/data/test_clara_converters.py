"""Open sets in the formats of the three stages: on small files of our own, and on the real ones where they are."""

import gzip
import json
from pathlib import Path
from typing import Any, Literal

import pytest

from seamless_retail.core.errors import ImportSourceError, NotFoundError
from seamless_retail.training.data.clara_catalogue import split_of
from seamless_retail.training.data.clara_converters import READERS, SPLITS, convert, main

ARTICLE = {"QUESTION": "Does it help?", "CONTEXTS": ["We asked 40.", "30 said so."], "LONG_ANSWER": "It helps most."}


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content.encode()))


def passage(number: int) -> dict[str, Any]:
    return {"data_type": "qa", "question": [f"Who is {number}?"], "answers": [f"N{number}"], "docs": [f"N{number} is."]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = {str(number): ARTICLE | {"final_decision": "yes", "CONTEXTS": [f"{number} a", f"{number} b"]}
                for number in range(40)}  # fmt: skip
    write(tmp_path / "pubmedqa" / "train.json.gz", json.dumps(articles))
    shared = {"asin": "B1", "question": "how big?", "answers": ["big.", "very."], "docs": ["it is big.", "very big."]}
    own = {"asin": "B2", "question": "how red?", "answers": ["red."], "docs": ["it is red."]}
    more = {"asin": "B2", "question": "what color?", "answers": ["it is red."], "docs": ["it is red."]}
    write(tmp_path / "qa_with_docs" / "hetpqa_train.jsonl.gz", "\n".join(map(json.dumps, (shared, own, more))))
    write(tmp_path / "qa_with_docs" / "hetpqa_dev.jsonl.gz", json.dumps(shared | {"asin": "B3"}))
    passages = "\n".join(json.dumps(passage(number)) for number in range(60))
    write(tmp_path / "clara_pretrain_example" / "pretrain_data.jsonl.gz", passages)
    return tmp_path


def test_pubmedqa_by_stage(folder: Path) -> None:
    split = split_of("pubmed:3")
    number = [name for name in map(str, range(40)) if split_of(f"pubmed:{name}") == split].index("3")
    assert convert("pubmedqa", folder, 1, split)[number] == {
        "data_type": "qa",
        "question": ["Does it help?", "Does it help? Answer yes, no or maybe."],
        "answers": ["It helps most.", "yes"],
        "docs": ["3 a\n3 b"],
    }
    second = convert("pubmedqa", folder, 2, split)[number]
    assert (second["gold_answer"], second["answer"], len(second["docs"])) == ("yes", "It helps most.", 5)
    third = convert("pubmedqa", folder, 3, split)[number]
    assert {third["docs"][place] for place in third["pos_index"]} == {"3 a", "3 b"}
    assert len(third["docs"]) == 20


def test_hetpqa_trains_on_no_document_of_its_dev_set(folder: Path) -> None:
    assert convert("hetpqa", folder, 1, "train") == [
        {"data_type": "qa", "question": ["how red?", "what color?"], "answers": ["red.", "it is red."],
         "docs": ["it is red."]}
    ]  # fmt: skip
    [dev] = convert("hetpqa", folder, 2, "dev")
    assert (dev["gold_answer"], dev["answer"]) == ("big.", "big. very.")
    assert sorted(dev["docs"]) == ["it is big.", "very big."]
    assert convert("hetpqa", folder, 1, "test") == []


def test_passages_stay_on_one_side(folder: Path) -> None:
    texts = [{record["docs"][0] for record in convert("clara_pretrain_example", folder, 1, split)} for split in SPLITS]
    assert all(texts)
    assert sum(map(len, texts)) == len(set.union(*texts)) == 60


@pytest.mark.parametrize("stage", (2, 3))
def test_same_seed_same_records_and_own_split_only(folder: Path, stage: Literal[2, 3]) -> None:
    records = convert("clara_pretrain_example", folder, stage, "dev", documents=4, seed=1)
    assert records == convert("clara_pretrain_example", folder, stage, "dev", documents=4, seed=1)
    assert records != convert("clara_pretrain_example", folder, stage, "dev", documents=4, seed=2)
    assert all(split_of(text) == "dev" for record in records for text in record["docs"])


def test_what_is_wrong_with_a_record_is_said(folder: Path) -> None:
    path = folder / "clara_pretrain_example" / "pretrain_data.jsonl.gz"
    for line, problem in (
        (json.dumps(passage(1) | {"answers": []}), "line 2: 'answers' is not a list of texts"),
        (json.dumps(passage(1) | {"answers": ["a", "b"]}), "line 2: 'answers' has 2 items for 1 questions"),
        ("{broken", "line 2 is not JSON"),
    ):
        write(path, f"{json.dumps(passage(0))}\n{line}")
        with pytest.raises(ImportSourceError, match=problem):
            convert("clara_pretrain_example", folder, 1, "train")
    path.write_bytes(b"not packed")
    with pytest.raises(ImportSourceError, match="cannot be unpacked"):
        convert("clara_pretrain_example", folder, 1, "train")
    path.unlink()
    with pytest.raises(NotFoundError, match="SEAMLESS_DATA"):
        convert("clara_pretrain_example", folder, 1, "train")


def test_the_command_writes_files_and_a_dry_run_none(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["--data", str(folder), "--out", str(out), "--dry-run"]) == 0
    assert not out.exists()
    assert main(["--data", str(folder), "--out", str(out), "--stages", "1", "--max-samples", "2"]) == 0
    names = {path.name for path in out.iterdir()}
    assert "hetpqa_stage1_test.jsonl" not in names, "there is no such split"
    assert {"pubmedqa_stage1_train.jsonl", "hetpqa_stage1_dev.jsonl"} <= names
    assert len((out / "pubmedqa_stage1_train.jsonl").read_text().splitlines()) == 2
    assert main(["--data", str(tmp_path / "nowhere"), "--out", str(out)]) == 1


@pytest.mark.parametrize("name", READERS)
def test_the_real_sets_convert_without_leaks(data_folder: Path, name: str) -> None:
    held_out: set[str] = set()
    for split in ("dev", "test"):
        held_out |= {text for case in READERS[name](data_folder, split) for text in case.documents}
    for stage in (1, 2, 3):
        records = convert(name, data_folder, stage, "train")
        assert len(records) > 300
        assert not held_out.intersection(text for record in records for text in record["docs"])
        for record in records:
            if stage == 1:
                assert len(record["question"]) == len(record["answers"])
                assert len(record["docs"]) == 1
            else:
                assert "" not in (record["question"], record["gold_answer"])
                assert len(record["docs"]) == {2: 5, 3: 20}[stage] or name == "pubmedqa"
            if stage == 3:
                assert 1 <= len(record["pos_index"]) < 20
