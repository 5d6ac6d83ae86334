"""Writes more records of the voice with any chat model: structured output, verified, and resumable.

    python -m seamless_retail.training.data.persona_generator --model openai:gpt-… --sentences FILE --out FOLDER

A triple is asked for one sentence and one dimension at a time. It is kept when it is a triple (the same facts in the
same order, the same negations), when the style scorer finds low under plain and plain under high by a margin, and
when no record says the same already. Answers of a domain are asked for from a text that holds them, and kept when every
number of the answer stands in that text. What was asked is never asked again: every outcome is a line of ``asked.log``.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel, Field, ValidationError

from seamless_retail.core.errors import LanguageModelError
from seamless_retail.core.personality import DIMENSIONS, Dimension
from seamless_retail.models.layer_heads import Array
from seamless_retail.training.data.persona_records import Difficulty, DomainAnswer, Triple

MARGIN = 0.15
"""By which the scorer must tell a wording from the next."""
ASKED = "asked.log"
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MEANING: dict[Dimension, str] = {
    "warmth": "low: terse, matter-of-fact. high: caring, personal, kind",
    "playful": "low: sober and exact. high: light-hearted, a pun or a wink",
    "formal": "low: casual, contractions. high: ceremonious, spelled out, 'may', 'kindly'",
    "encouragement": "low: leaves the customer alone. high: praises the choice, cheers on",
}
_TRIPLE = (
    "You write training data for the voice of a shop assistant. Rewrite the sentence twice so that only its "
    "{dimension} changes ({meaning}). Keep every word in braces, braces included, exactly and in the same order; add "
    "no fact, no number, no promise, and no negation. Keep the order of the sentence's other words; put words before, "
    "after and between them."
)
_ANSWERS = (
    "You write training data for a shop assistant that knows about {domain}. From the text, write {count} questions "
    "that customers ask, with short answers that the text alone supports, and how difficult each is."
)

Outcome = Literal["kept", "not a record", "facts", "style", "known"]


class Rewording(BaseModel):
    """The two wordings of a sentence."""

    low: str = Field(description="the sentence with the least of the dimension")
    high: str = Field(description="the sentence with the most of the dimension")


class Asked(BaseModel):
    """A question with its answer."""

    question: str
    answer: str
    difficulty: Difficulty


class Questions(BaseModel):
    """Questions on a text."""

    items: list[Asked]


class Scorer(Protocol):
    """What tells styles apart."""

    def scores(self, texts: Sequence[str]) -> Array:
        """``[n, 4]`` in the order of ``DIMENSIONS``."""
        ...


@dataclass
class Generator:
    """Asks a model for records and keeps the good ones in ``folder``.

    Attributes:
        model: Any chat model with structured output.
        folder: For one JSONL file per dimension and domain, and the log of what was asked.
        scorer: Judges whether a triple moves its dimension.
        known: Neutral sentences and questions that need no second record.
    """

    model: BaseChatModel
    folder: Path
    scorer: Scorer
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read what was asked before."""
        log = self.folder / ASKED
        lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        self._asked = {json.loads(line)["key"] for line in lines if line.endswith("}")}
        for page in self._pages():
            records = [json.loads(line) for line in page.read_text(encoding="utf-8").splitlines()]
            self.known |= {_key(r["dimension"], r["neutral"]) for r in records if "dimension" in r}
            self.known |= {_key(r["domain"], r["question"]) for r in records if "domain" in r}

    def _pages(self) -> list[Path]:
        return sorted(self.folder.glob("*.jsonl")) if self.folder.is_dir() else []

    def triples(self, sentences: Iterable[str], dimensions: Sequence[Dimension] = DIMENSIONS) -> dict[Outcome, int]:
        """A triple of each dimension for each sentence, whose facts stand in braces; returns how it went.

        Raises:
            LanguageModelError: The model cannot be reached. What was kept so far stays; run it again to go on.
        """
        counts: dict[Outcome, int] = {}
        for neutral in sentences:
            for dimension in dimensions:
                key = _key(dimension, neutral)
                if key in self._asked:
                    continue
                outcome = "known" if key in self.known else self._triple(neutral, dimension)
                counts[outcome] = counts.get(outcome, 0) + 1
                self._log(key, outcome)
        return counts

    def answers(self, texts: Iterable[str], domain: str, count: int = 5) -> dict[Outcome, int]:
        """``count`` questions on each text; returns how it went.

        Raises:
            LanguageModelError: As for :meth:`triples`.
        """
        counts: dict[Outcome, int] = {}
        for text in texts:
            key = _key(f"{domain} text", text)
            if key in self._asked:
                continue
            found = self._ask(Questions, _ANSWERS.format(domain=domain, count=count), text)
            for asked in found.items if isinstance(found, Questions) else ():
                outcome = self._answer(asked, text, domain)
                counts[outcome] = counts.get(outcome, 0) + 1
            self._log(key, "kept")
        return counts

    def _triple(self, neutral: str, dimension: Dimension) -> Outcome:
        prompt = _TRIPLE.format(dimension=dimension, meaning=_MEANING[dimension])
        said = self._ask(Rewording, prompt, neutral)
        if not isinstance(said, Rewording):
            return "not a record"
        try:
            triple = Triple(neutral=neutral, low=said.low, high=said.high, dimension=dimension)
        except ValidationError:
            return "facts"
        if not self._moves(triple):
            return "style"
        self._keep(dimension, triple)
        return "kept"

    def _answer(self, asked: Asked, text: str, domain: str) -> Outcome:
        if _key(domain, asked.question) in self.known:
            return "known"
        try:
            record = DomainAnswer(domain=domain, **asked.model_dump())
        except ValidationError:
            return "not a record"
        if not set(_NUMBER.findall(record.answer)) <= set(_NUMBER.findall(text)):
            return "facts"
        self.known.add(_key(domain, asked.question))
        self._keep(domain, record)
        return "kept"

    def _moves(self, triple: Triple) -> bool:
        """Whether the scorer sees low, neutral and high apart, and its dimension moves most."""
        low, neutral, high = self.scorer.scores([triple.plain("low"), triple.plain("neutral"), triple.plain("high")])
        own = DIMENSIONS.index(triple.dimension)
        apart = high[own] - neutral[own] > MARGIN and neutral[own] - low[own] > MARGIN
        return bool(apart and abs(high - low).argmax() == own)

    def _ask(self, shape: type[BaseModel], instruction: str, text: str) -> Any:
        try:
            asked = [SystemMessage(instruction), HumanMessage(text)]
            return self.model.with_structured_output(shape).invoke(asked)
        except (ValidationError, ValueError):  # an output of another shape
            return None
        except Exception as error:
            reason = str(error) or type(error).__name__
            raise LanguageModelError(f"The model did not answer: {reason}.", "Run it again to go on.") from error

    def _keep(self, name: str, record: BaseModel) -> None:
        self._append(f"{name}.jsonl", record.model_dump_json())

    def _log(self, key: str, outcome: Outcome) -> None:
        self._asked.add(key)
        self._append(ASKED, json.dumps({"key": key, "outcome": outcome}, ensure_ascii=False))

    def _append(self, name: str, line: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _key(kind: str, text: str) -> str:
    return f"{kind}: {' '.join(text.casefold().split())}"


def main() -> int:
    """Write triples for the sentences of a file."""
    from langchain.chat_models import init_chat_model

    from seamless_retail.models.style_scorer import StyleScorer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="as init_chat_model names it")
    parser.add_argument("--sentences", type=Path, required=True, help="one a line, facts in braces")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    sentences = [line.strip() for line in options.sentences.read_text(encoding="utf-8").splitlines() if line.strip()]
    generator = Generator(init_chat_model(options.model), options.out, StyleScorer.load())
    for outcome, count in generator.triples(sentences).items():
        print(f"{outcome}: {count}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
