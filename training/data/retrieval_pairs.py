"""Questions with the passages that answer them, to train sentence embeddings on.

A record is ``{"instruction", "query", "positive", "negative"}``, one a line: ``instruction`` (optional) says what is
looked for, ``negative`` (optional) is one text or a list of texts that do not answer, and ``group`` (optional) names
what must not stand on two sides of a split, such as a product; without it the positive does.

Sources by name, beside files of such records:

============= =================================================================================================
shoppers      questions of hetPQA's training part, each with the evidence that people marked
answers       the same questions with the answers that people wrote
attributes    attribute records of semiPQA's training part under the questions of ``attribute_questions.jsonl``
sentences     the same questions with the sentence that says the attribute
products      questions on the products of the demonstration shop, its training split
policies      questions on its policies, its training split
============= =================================================================================================

No product, question or candidate of the ranking files of hetPQA and semiPQA occurs in them. The files under
``../shared/data`` are not shipped; a source that needs one says so where it is missing.
"""

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from seamless_retail.core.errors import ConfigurationError, NotFoundError
from seamless_retail.training.data.compressor_texts import RANKINGS, Pair, policy_pairs, product_pairs
from seamless_retail.training.run.errors import RecordError

FIELDS = ("instruction", "query", "positive", "negative", "group")
_WORDINGS_OF_A_RECORD = 2
_VALUE = re.compile(r'value:"([^"]{2,25})"')


@dataclass(frozen=True)
class RetrievalRecord:
    """A question, a passage that answers it, and passages that do not."""

    query: str
    positive: str
    negatives: tuple[str, ...] = ()
    instruction: str = ""
    group: str = ""
    """Records of one group stay on one side of a split."""
    source: str = ""


def read_records(path: Path) -> Iterator[RetrievalRecord]:
    """The records of a file, its name as their source.

    Raises:
        NotFoundError: There is no such file.
        RecordError: A line is no record; names file, line and field.
    """
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.", f"Name a file, or sources among: {', '.join(SOURCES)}.")
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _record(f"{path}, line {number}", line, path.stem)


def _record(place: str, line: str, source: str) -> RetrievalRecord:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise RecordError(place, "", f"no JSON: {error}") from None
    if not isinstance(found, dict):
        raise RecordError(place, "", "not an object")
    if unknown := sorted(set(found) - set(FIELDS)):
        raise RecordError(place, unknown[0], f"unknown; a record has {', '.join(FIELDS)}")
    query, positive = (_text(place, found, name) for name in ("query", "positive"))
    negative = found.get("negative") or ()
    negatives = [negative] if isinstance(negative, str) else negative
    if not isinstance(negatives, list | tuple) or not all(isinstance(text, str) and text.strip() for text in negatives):
        raise RecordError(place, "negative", "neither a text nor a list of texts")
    if positive in negatives:
        raise RecordError(place, "negative", "holds the positive")
    instruction, group = (_text(place, found, name, needed=False) for name in ("instruction", "group"))
    return RetrievalRecord(query, positive, tuple(negatives), instruction, group or positive, source)


def _text(place: str, found: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    text = found.get(name) or ""
    if not isinstance(text, str):
        raise RecordError(place, name, "not a text")
    if needed and not text.strip():
        raise RecordError(place, name, "missing or blank")
    return text.strip()


def chosen_records(sources: Iterable[str], data: Path) -> list[RetrievalRecord]:
    """The records of named sources and of files, one after the other.

    Args:
        sources: Names, or paths of files; a relative path is looked for in ``data``.
        data: The folder of the data sets.

    Raises:
        NotFoundError: A file is missing.
        RecordError: A line is no record.
        ConfigurationError: There is no record.
    """
    found = [
        record
        for source in sources
        for record in (SOURCES[source](data) if source in SOURCES else read_records(data / source))
    ]
    if not found:
        raise ConfigurationError("No records are chosen.", f"Set records to files or to some of: {', '.join(SOURCES)}.")
    return found


def write_records(path: Path, records: Iterable[RetrievalRecord]) -> int:
    """Write records as :func:`read_records` reads them; returns how many."""
    with path.open("w", encoding="utf-8") as file:
        return sum(bool(file.write(json.dumps(_as_json(record), ensure_ascii=False) + "\n")) for record in records)


def _as_json(record: RetrievalRecord) -> dict[str, Any]:
    return {
        "instruction": record.instruction,
        "query": record.query,
        "positive": record.positive,
        "negative": list(record.negatives),
        "group": record.group,
    }


def _shoppers(data: Path) -> Iterator[RetrievalRecord]:
    for row in _unseen(data):
        yield RetrievalRecord(
            row["question"],
            row["candidate"],
            instruction="Find the passage that answers a shopper's question about a product.",
            group=row["ASIN"],
            source="shoppers",
        )


def _answers(data: Path) -> Iterator[RetrievalRecord]:
    instruction = "Find the answer to a shopper's question about a product."
    for row in _unseen(data):
        yield RetrievalRecord(
            row["question"], row["answer"], instruction=instruction, group=row["ASIN"], source="answers"
        )


def _unseen(data: Path) -> Iterator[dict[str, str]]:
    """Rows of hetPQA's training part on products, questions and evidence that no ranking file has."""
    held = _held(data)
    for row in _rows(data, "hetpqa_answers_train.tsv.gz"):
        texts = {plain(row["question"]), plain(row["candidate"]), row["ASIN"]}
        if not held & texts:
            yield row


def _attributes(data: Path) -> Iterator[RetrievalRecord]:
    instruction = "Find the attribute of a product that answers a shopper's question."
    for question, row, name in _asked(data):
        yield RetrievalRecord(question, row["data"], instruction=instruction, group=name, source="attributes")


def _sentences(data: Path) -> Iterator[RetrievalRecord]:
    instruction = "Find the sentence that answers a shopper's question about a product."
    for question, row, name in _asked(data):
        yield RetrievalRecord(question, row["text"], instruction=instruction, group=name, source="sentences")


def _asked(data: Path, seed: int = 0) -> Iterator[tuple[str, dict[str, str], str]]:
    """Question, row and attribute, some wordings for each record of semiPQA that no ranking file has."""
    held, wordings, random = _held(data), attribute_questions(), Random(seed)
    for row in _rows(data, "semipqa_data2text_train.tsv.gz"):
        name = row["data"].partition(":")[0]
        value = _VALUE.search(row["data"])
        asked = [question for question in wordings.get(name, ()) if value or "{value}" not in question]
        chosen = random.sample(asked, min(_WORDINGS_OF_A_RECORD, len(asked)))
        filled = [question.replace("{value}", value[1].lower() if value else "") for question in chosen]
        if plain(row["data"]) not in held:
            yield from ((question, row, name) for question in filled if plain(question) not in held)


def attribute_questions() -> dict[str, list[str]]:
    """How shoppers ask for an attribute, by its name; ``{value}`` stands for the value."""
    text = files("seamless_retail.training.data").joinpath("attribute_questions.jsonl").read_text(encoding="utf-8")
    return {row["attribute"]: row["questions"] for row in map(json.loads, text.splitlines())}


def _products(_: Path) -> Iterator[RetrievalRecord]:
    yield from _of_shop("products", product_pairs("train"))


def _policies(_: Path) -> Iterator[RetrievalRecord]:
    for record in _of_shop("policies", policy_pairs("train")):
        yield replace(record, group=record.positive)


def _of_shop(source: str, pairs: Iterable[Pair]) -> Iterator[RetrievalRecord]:
    instruction = "Find the page of the shop that answers a customer's question."
    for pair in pairs:
        yield RetrievalRecord(pair.question, pair.document, instruction=instruction, group=pair.document, source=source)


def _held(data: Path) -> set[str]:
    """Products, questions and candidates of the ranking files."""
    rows = [row for name in RANKINGS for row in _rows(data, name)]
    texts = {plain(row[column]) for row in rows for column in ("question", "candidate")}
    return texts | {row["ASIN"] for row in rows if "ASIN" in row}


def _rows(data: Path, name: str) -> list[dict[str, str]]:
    path = data / "amazon_pqa" / name
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.", "Name the data folder by --data or SEAMLESS_DATA.")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def plain(text: str) -> str:
    """What texts are compared by: letters without case, white space as one space."""
    return " ".join(text.casefold().split())


SOURCES: Mapping[str, Callable[[Path], Iterator[RetrievalRecord]]] = {
    "shoppers": _shoppers,
    "answers": _answers,
    "attributes": _attributes,
    "sentences": _sentences,
    "products": _products,
    "policies": _policies,
}
