"""Open question sets in the formats of CLaRa's three stages.

    python -m seamless_retail.training.data.clara_converters --out FOLDER [--data FOLDER] [--sets …] [--stages 1 2 3]

| set | document | split |
|---|---|---|
| ``pubmedqa`` | an abstract (stage 1), its sections (stages 2, 3) | by the hash of the article's number |
| ``hetpqa`` | a product's text, review or answer | its own train and dev; no training question is on a dev document |
| ``clara_pretrain_example`` | a Wikipedia passage | by the hash of the passage |

Writes ``<set>_stage<n>_<split>.jsonl``. Documents that fill up a record (stages 2 and 3) are of the same split, and
never of the same article or product.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape

from seamless_retail.core.errors import ImportSourceError, NotFoundError, SeamlessError
from seamless_retail.core.settings import load_settings
from seamless_retail.training.data.clara_catalogue import Split, split_of, write_jsonl
from seamless_retail.training.data.clara_multidocument import Stage, several

console = Console(stderr=True)
SPLITS: tuple[Split, ...] = ("train", "dev", "test")
DOCUMENTS: dict[Stage, int] = {2: 5, 3: 20}
"""Documents per record, as in the paper."""
DECISION = "{question} Answer yes, no or maybe."


@dataclass(frozen=True)
class Case:
    """One question of a set, with the documents that answer it."""

    group: str
    """Article, product or passage: documents of one group are never each other's distractors."""
    documents: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    """Questions and answers on the documents together."""
    teacher: str = ""
    """A longer answer to the last question."""


def read_pubmedqa(folder: Path, split: Split) -> list[Case]:
    """Questions on abstracts: the conclusion in words, then yes, no or maybe."""
    path = folder / "pubmedqa" / "train.json.gz"
    cases = []
    for number, row in json.loads(_content(path)).items():
        place = f"{path}, record {number}"
        question, conclusion = _text(row, "QUESTION", place), _text(row, "LONG_ANSWER", place)
        decision = _text(row, "final_decision", place)
        pairs = ((question, conclusion), (DECISION.format(question=question), decision))
        if split_of(f"pubmed:{number}") == split:
            cases.append(Case(number, _texts(row, "CONTEXTS", place), pairs, conclusion))
    return cases


def read_hetpqa(folder: Path, split: Split) -> list[Case]:
    """Shoppers' questions; each document has an answer of its own. There is no test split."""
    held_out = {text for case in _hetpqa_file(folder, "dev") for text in case.documents}
    if split == "dev":
        return list(_hetpqa_file(folder, "dev"))
    if split == "test":
        return []
    return [case for case in _hetpqa_file(folder, "train") if not held_out.intersection(case.documents)]


def read_pretrain_example(folder: Path, split: Split) -> list[Case]:
    """Passages with about eight questions each."""
    path = folder / "clara_pretrain_example" / "pretrain_data.jsonl.gz"
    cases = []
    for place, row in _rows(path):
        questions, answers = _texts(row, "question", place), _texts(row, "answers", place)
        if len(questions) != len(answers):
            raise _bad(place, "answers", f"has {len(answers)} items for {len(questions)} questions")
        documents = _texts(row, "docs", place)
        if split_of(documents[0]) == split:
            cases.append(Case(documents[0], documents, tuple(zip(questions, answers, strict=True))))
    return cases


READERS: dict[str, Callable[[Path, Split], list[Case]]] = {
    "pubmedqa": read_pubmedqa,
    "hetpqa": read_hetpqa,
    "clara_pretrain_example": read_pretrain_example,
}


def convert(
    name: str, folder: Path, stage: Literal[1, 2, 3], split: Split, *, documents: int = 0, seed: int = 7
) -> list[dict[str, Any]]:
    """One set, stage and split as records.

    Args:
        name: A key of :data:`READERS`.
        folder: The folder with the sets' folders.
        stage: 1, 2 or 3.
        split: Of the set.
        documents: Documents per record in stages 2 and 3; 0: :data:`DOCUMENTS`.
        seed: For the choice and order of distractors.

    Raises:
        NotFoundError: The set is not there.
        ImportSourceError: A record is not as expected; says which file, line and field.
    """
    cases = READERS[name](folder, split)
    if stage == 1:
        return list(_single(cases))
    return list(_several(cases, stage, documents or DOCUMENTS[stage], Random(seed)))


def _single(cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    """Stage 1: the questions on one document stand together. Several documents of one case are read as one."""
    asked: dict[str, list[tuple[str, str]]] = {}
    for case in cases:
        asked.setdefault("\n".join(case.documents), []).extend(case.pairs)
    for document, pairs in asked.items():
        yield {
            "data_type": "qa",
            "question": [question for question, _ in pairs],
            "answers": [answer for _, answer in pairs],
            "docs": [document],
        }


def _several(cases: Sequence[Case], stage: Stage, documents: int, random: Random) -> Iterator[dict[str, Any]]:
    """Stages 2 and 3: one question of each case, its documents among those of other cases."""
    pool = [(case.group, text) for case in cases for text in case.documents]
    for case in cases:
        question, answer = case.pairs[-1] if case.teacher else random.choice(case.pairs)
        others: dict[str, None] = {}
        for group, text in random.sample(pool, min(len(pool), 4 * documents)):
            if group != case.group and text not in case.documents and len(case.documents) + len(others) < documents:
                others[text] = None
        yield several(question, answer, case.documents, list(others), stage, random, case.teacher)


def _hetpqa_file(folder: Path, split: Split) -> Iterator[Case]:
    path = folder / "qa_with_docs" / f"hetpqa_{split}.jsonl.gz"
    for place, row in _rows(path):
        question, answers = _text(row, "question", place), _texts(row, "answers", place)
        yield Case(_text(row, "asin", place), _texts(row, "docs", place), ((question, answers[0]),), " ".join(answers))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(_content(path).splitlines(), start=1):
        place = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ImportSourceError(f"{place} is not JSON ({error}).", "Download the set again.") from error
        yield place, row


def _content(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes())
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no {path}.", "Point --data or SEAMLESS_DATA at the sets.") from error
    except (OSError, EOFError) as error:
        raise ImportSourceError(f"{path} cannot be unpacked: {error}.", "Download the set again.") from error


def _text(row: dict[str, Any], field: str, place: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise _bad(place, field, "is not a text")
    return value


def _texts(row: dict[str, Any], field: str, place: str) -> tuple[str, ...]:
    value = row.get(field)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item.strip() for item in value):
        raise _bad(place, field, "is not a list of texts")
    return tuple(value)


def _bad(place: str, field: str, problem: str) -> ImportSourceError:
    return ImportSourceError(f"{place}: {field!r} {problem}.", "Correct the record, or download the set again.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert and write."""
    options = _parser().parse_args(arguments)
    try:
        for name in options.sets:
            for stage in options.stages:
                for split in SPLITS:
                    records = convert(name, options.data, stage, split, documents=options.documents, seed=options.seed)
                    records = records[: options.max_samples or None]
                    if records and not options.dry_run:
                        options.out.mkdir(parents=True, exist_ok=True)
                        write_jsonl(options.out / f"{name}_stage{stage}_{split}.jsonl", records)
                    console.print(f"{name} stage {stage} {split}: {len(records)} records")
    except SeamlessError as error:
        console.print(f"[red]{escape(str(error))}[/]")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=load_settings().data, help="folder with the sets' folders")
    parser.add_argument("--out", type=Path, required=True, help="folder for the JSONL files")
    parser.add_argument("--sets", nargs="+", choices=tuple(READERS), default=tuple(READERS))
    parser.add_argument("--stages", nargs="+", type=int, choices=(1, 2, 3), default=(1, 2, 3))
    parser.add_argument("--documents", type=int, default=0, help="per record; default 5 (stage 2) and 20 (stage 3)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--max-samples", type=int, default=0, help="so many records per file only")
    parser.add_argument("--dry-run", action="store_true", help="read and check, write nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
