"""The three formats of training records, one JSON object per line, and their validation.

Stage 1    ``{"data_type": "qa" | "paraphrase", "question": [...], "answers": [...], "docs": [one text]}``
           The lists are parallel; a paraphrase has its text in ``answers`` and any questions are ignored.
Stage 2    ``{"question": text, "docs": [...], "gold_answer": text, "answer": text}``
           ``answer`` is what is learned (in the paper a teacher's), ``gold_answer`` what it is judged by. The three may
           also be parallel lists: several questions on the same documents cost one pass.
Stage 3    ``{"question": text, "docs": [...], "gold_answer": text}`` and optionally ``"pos_index": [0, ...]``: the
           places in ``docs`` of the documents that hold the answer.

``gold_answer`` may also be a list of equivalent answers, the first of which is learned. Other fields are left alone.
"""

import gzip
import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from seamless_retail.core.errors import NotFoundError
from seamless_retail.training.run.errors import RecordError

Format = Literal["stage1", "stage2", "stage3"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What is asked of the documents and what is to be said."""

    question: str | None
    """``None`` asks for a paraphrase of the document."""
    answer: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record of any stage."""

    documents: tuple[str, ...]
    turns: tuple[Turn, ...]
    positives: tuple[int, ...] = ()
    """Places of the documents that hold the answer; empty when unknown."""


def parse_record(value: object, kind: Format, place: str) -> Record:
    """Check one decoded line.

    Args:
        value: What ``json.loads`` gave.
        kind: The format it must have.
        place: For the error: ``train.jsonl, line 3``.

    Raises:
        RecordError: It is not of this format; names the field.
    """
    if not isinstance(value, dict):
        raise RecordError(place, "(whole line)", f"expected an object, found {type(value).__name__}")
    documents = _texts(value, "docs", place)
    if kind == "stage1":
        return _pretraining(value, documents, place)
    if kind == "stage2" and isinstance(value.get("question"), list):
        _texts(value, "gold_answer", place)
        return Record(documents, _turns(value, "answer", place))
    question = _text(value, "question", place)
    gold = _first_text(value, "gold_answer", place)
    answer = _text(value, "answer", place) if kind == "stage2" else gold
    positives = _positions(value, len(documents), place) if kind == "stage3" else ()
    return Record(documents, (Turn(question, answer),), positives)


def _pretraining(value: dict[str, Any], documents: tuple[str, ...], place: str) -> Record:
    if len(documents) != 1:
        raise RecordError(place, "docs", f"expected a list of one document, found {len(documents)}")
    data_type = value.get("data_type")
    if data_type == "paraphrase":
        answers = _texts(value, "answers", place)
        return Record(documents, tuple(Turn(None, answer) for answer in answers))
    if data_type != "qa":
        raise RecordError(place, "data_type", f"expected 'qa' or 'paraphrase', found {data_type!r}")
    return Record(documents, _turns(value, "answers", place))


def _turns(value: dict[str, Any], field: str, place: str) -> tuple[Turn, ...]:
    """Parallel lists of questions and of answers, these under ``field``."""
    questions, answers = _texts(value, "question", place), _texts(value, field, place)
    if len(questions) != len(answers):
        raise RecordError(place, field, f"{len(answers)} answers to {len(questions)} questions")
    return tuple(map(Turn, questions, answers))


def _text(value: dict[str, Any], field: str, place: str) -> str:
    found = value.get(field)
    if not isinstance(found, str) or not found.strip():
        raise RecordError(place, field, "missing" if field not in value else f"expected a text, found {_short(found)}")
    return found


def _first_text(value: dict[str, Any], field: str, place: str) -> str:
    return _texts(value, field, place)[0] if isinstance(value.get(field), list) else _text(value, field, place)


def _texts(value: dict[str, Any], field: str, place: str) -> tuple[str, ...]:
    found = value.get(field)
    if not isinstance(found, list) or not found:
        fault = "missing" if field not in value else f"expected a list of texts, found {_short(found)}"
        raise RecordError(place, field, fault)
    for number, text in enumerate(found):
        if not isinstance(text, str) or not text.strip():
            raise RecordError(place, field, f"entry {number} is not a text but {_short(text)}")
    return tuple(found)


def _positions(value: dict[str, Any], documents: int, place: str) -> tuple[int, ...]:
    found = value.get("pos_index", [])
    if not isinstance(found, list):
        raise RecordError(place, "pos_index", f"expected a list of whole numbers, found {_short(found)}")
    for index in found:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < documents:
            raise RecordError(place, "pos_index", f"{_short(index)} is not the place of one of {documents} documents")
    return tuple(dict.fromkeys(found))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


class RecordFile(Sequence[Record]):
    """The records of a ``.jsonl`` or ``.jsonl.gz`` file, read when they are needed.

    Of a plain file only the places of its lines are held, so it may be larger than memory; a compressed one is
    unpacked into memory.

    Args:
        path: The file. Empty lines are skipped.
        kind: The format of its records.

    Raises:
        NotFoundError: There is no such file.
    """

    def __init__(self, path: Path, kind: Format) -> None:
        if not path.is_file():
            raise NotFoundError(f"There is no {path}.", "Check the data section of the configuration.")
        self.path, self.kind = path, kind
        self._lines: list[bytes] = []
        self._starts, self._numbers = array("q"), array("q")
        start = 0
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    self._starts.append(start)
                    self._numbers.append(number)
                    if path.suffix == ".gz":
                        self._lines.append(line)
                start += len(line)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: Any) -> Any:
        """The record at ``index``.

        Raises:
            RecordError: The line is not a record of this format.
        """
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = f"{self.path}, line {self._numbers[index]}"
        try:
            value = json.loads(self._line(index))
        except ValueError as error:
            raise RecordError(place, "(whole line)", f"not JSON ({error})") from error
        return parse_record(value, self.kind, place)

    def _line(self, index: int) -> bytes:
        if self._lines:
            return self._lines[index]
        with self.path.open("rb") as file:
            file.seek(self._starts[index])
            return file.readline()

    def faults(self) -> Iterator[RecordError]:
        """Every line that is not a record."""
        for index in range(len(self)):
            try:
                self[index]
            except RecordError as error:
                yield error
