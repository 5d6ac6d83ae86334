"""The authored examples of the assistant's voice: triples of one dimension, and questions of one domain.

A triple says one thing three ways, {"neutral", "low", "high", "dimension"}; facts stand in braces, in the same order in
all three. A sentence is on one side of the split in all four dimensions, by the hash of its neutral wording; a question
by the hash of itself.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from seamless_retail.core.errors import ImportSourceError
from seamless_retail.core.personality import DIMENSIONS, Dimension, Domain
from seamless_retail.core.protected_spans import Protected, Span, protect
from seamless_retail.core.style_check import Allowance, denies, faults, joined, learned

Side = Literal["train", "dev", "held_out"]
Level = Literal["neutral", "low", "high"]
Difficulty = Literal["easy", "medium", "hard"]
AUTHORED = "persona_authored"
_MARKED = re.compile(r"\{([^{}]*)\}")


class Triple(BaseModel):
    """One thing said plainly, with the least and with the most of a dimension; facts in braces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    neutral: str
    low: str
    high: str
    dimension: Dimension
    topic: str = ""

    @model_validator(mode="after")
    def _same_facts(self) -> "Triple":
        for level in ("low", "high"):
            if self.facts(level) != self.facts("neutral"):
                raise ValueError(f"the facts of {level} are not those of neutral, in their order")
            if found := faults(self.framed("neutral"), self.framed(level), learned(*self.change(level))):
                raise ValueError(f"{level}: {' '.join(found)}")
        return self

    def facts(self, level: Level) -> tuple[str, ...]:
        """In their order."""
        return tuple(_MARKED.findall(getattr(self, level)))

    def plain(self, level: Level) -> str:
        """The sentence as it is said."""
        return _MARKED.sub(r"\1", getattr(self, level))

    def framed(self, level: Level) -> str:
        """The sentence with placeholders for its facts."""
        return marked_frame(getattr(self, level)).text

    def change(self, level: Literal["low", "high"]) -> tuple[str, str]:
        """The frame before and after."""
        return self.framed("neutral"), self.framed(level)

    @property
    def side(self) -> Side:
        """Of the split."""
        return side_of(self.plain("neutral"))


class DomainAnswer(BaseModel):
    """A question of a domain with its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    answer: str
    difficulty: Difficulty
    domain: Domain

    @field_validator("question", "answer")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must not be empty")
        return value

    @property
    def side(self) -> Side:
        """Of the split."""
        return side_of(self.question)


@dataclass(frozen=True)
class Examples:
    """All that is known of a voice."""

    triples: tuple[Triple, ...]
    answers: tuple[DomainAnswer, ...]

    def of(self, dimension: Dimension, sides: Iterable[Side]) -> list[Triple]:
        """The triples of a dimension."""
        return [triple for triple in self.triples if triple.dimension == dimension and triple.side in sides]

    def on(self, domain: str, sides: Iterable[Side]) -> list[DomainAnswer]:
        """The answers of a domain."""
        return [answer for answer in self.answers if answer.domain == domain and answer.side in sides]

    @property
    def domains(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(sorted({answer.domain for answer in self.answers}))


def read_examples(folder: Path | None = None) -> Examples:
    """The authored examples, or those of a folder of JSONL files laid out like them.

    Raises:
        ImportSourceError: A file cannot be read, or a record in it is none.
    """
    source = folder or files("seamless_retail.training.data") / AUTHORED
    triples: list[Triple] = []
    answers: list[DomainAnswer] = []
    for file in _listed(source):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            record = _record(line, f"{file.name}:{number}") if line.strip() else None
            if isinstance(record, Triple):
                triples.append(record)
            elif record:
                answers.append(record)
    return Examples(tuple(triples), tuple(answers))


def allowance_of(triples: Sequence[Triple]) -> Allowance:
    """The words that the triples of a dimension add and leave out."""
    return joined(learned(*triple.change(level)) for triple in triples for level in ("low", "high"))


def transplanted(before: str, after: str, other: str) -> tuple[str, str] | None:
    """Another sentence with the opening and the closing that an example put around its own.

    Args:
        before: A frame.
        after: The same in a style.
        other: Another frame.

    Returns:
        ``other``, and ``other`` in that style; ``None`` where the style changed the sentence itself, or where one of
        the two denies something and the other does not.
    """
    body = before.rstrip(".")
    found = next((form for form in (body, _small(body)) if form in after), None)
    if found is None or denies(before) != denies(other):
        return None
    opening, closing = after.split(found, 1)
    begins = not opening or opening.rstrip()[-1] in ".!?"
    said = other.rstrip(".")
    return other, f"{opening}{said if begins else _small(said)}{closing}"


def _small(sentence: str) -> str:
    return sentence if sentence.startswith(("I ", "QX")) else sentence[:1].lower() + sentence[1:]


def marked_frame(marked: str) -> Protected:
    """A text whose facts stand in braces, with placeholders in their place."""
    spans, pieces, at, length = [], [], 0, 0
    for found in _MARKED.finditer(marked):
        pieces.append(marked[at : found.start()])
        length += len(pieces[-1])
        spans.append(Span(length, length + len(found[1]), found[1], "name"))
        pieces.append(found[1])
        length += len(found[1])
        at = found.end()
    return protect("".join((*pieces, marked[at:])), spans=spans)


def side_of(text: str) -> Side:
    """Three in twelve are held out, one in twelve is for choosing settings."""
    place = int(hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest(), 16) % 12
    return "held_out" if place < 3 else "dev" if place == 3 else "train"


def _listed(folder: Path | Traversable) -> list[Path | Traversable]:
    try:
        found = sorted((file for file in folder.iterdir() if file.name.endswith(".jsonl")), key=lambda file: file.name)
    except OSError as error:
        raise ImportSourceError(f"{folder} cannot be read.", "Name a folder of JSONL files.") from error
    if not found:
        raise ImportSourceError(f"{folder} holds no JSONL file.", "Name a folder of JSONL files.")
    return list(found)


def _record(line: str, where: str) -> Triple | DomainAnswer:
    try:
        content = json.loads(line)
        return (Triple if "dimension" in content else DomainAnswer).model_validate(content)
    except (ValueError, TypeError) as error:
        problem = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        remedy = f"A record has neutral, low, high and dimension ({', '.join(DIMENSIONS)}), or question, answer, …"
        raise ImportSourceError(f"{where} is no record: {problem}.", remedy) from error
