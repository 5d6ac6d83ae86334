"""Exercises on one document: asking a chat model, checking what it wrote, asking again for what was refused."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel, Field

from seamless_retail.core.errors import LanguageModelError
from seamless_retail.training.data.clara_verification import why_unfaithful, why_wrong

INSTRUCTIONS = (
    "You write reading exercises. Write {pairs} questions that this document answers, and say the document in other "
    "words.\nEvery answer is short and copied word for word from the document: an amount, a time, a name, a condition. "
    "Cover different facts. A question makes sense on its own and does not contain its answer; no yes-or-no question.\n"
    "The paraphrase keeps every figure and every name and adds nothing.\n"
)


class Pair(BaseModel):
    """One question and its answer."""

    question: str = Field(description="A question that the document answers; understandable on its own.")
    answer: str = Field(description="The answer in words copied from the document, as short as possible.")


class Exercise(BaseModel):
    """What the chat model returns for one document."""

    pairs: list[Pair] = Field(description="Questions with their answers.")
    paraphrase: str = Field(default="", description="The whole document in other words.")


@dataclass(frozen=True)
class Wishes:
    """What is asked of the model for each document."""

    pairs: int = 6
    paraphrase: bool = True
    rounds: int = 3
    """Requests per document at most; what is still refused after the last is counted and left out."""
    concurrency: int = 4
    """Documents in work at a time."""


@dataclass
class Written:
    """What one document gave."""

    pairs: list[Pair] = field(default_factory=list)
    paraphrase: str = ""
    refused: Counter[str] = field(default_factory=Counter)


def exercise_writer(model: BaseChatModel) -> Callable[[str], Exercise | None]:
    """A function from prompt to exercise, ``None`` where the model wrote something else.

    Models that call tools return structured output; the others are shown the JSON schema.
    """
    from langchain_core.exceptions import OutputParserException
    from langchain_core.output_parsers import PydanticOutputParser

    parser: PydanticOutputParser[Exercise] = PydanticOutputParser(pydantic_object=Exercise)
    try:
        structured = model.with_structured_output(Exercise, include_raw=True)
    except NotImplementedError:
        structured = None

    def write(prompt: str) -> Exercise | None:
        found: Any
        try:
            if structured is not None:
                found = dict(structured.invoke(prompt))["parsed"]  # the message itself stands under "raw"
            else:
                found = parser.invoke(model.invoke(f"{prompt}\n\n{parser.get_format_instructions()}"))
        except OutputParserException:
            return None
        except Exception as error:  # every provider raises its own types
            raise LanguageModelError(
                f"The chat model failed: {type(error).__name__}: {str(error)[:300]}",
                "Check the model's name, key, quota and address.",
            ) from error
        return found if isinstance(found, Exercise) else None

    return write


def write_exercises(text: str, write: Callable[[str], Exercise | None], wishes: Wishes) -> Written:
    """Ask for exercises on a text until there are enough that the check accepts, or the rounds are over.

    Raises:
        LanguageModelError: The model cannot be reached.
    """
    written, complaints = Written(), [""]
    for _ in range(wishes.rounds):
        missing = wishes.pairs - len(written.pairs)
        if not complaints or (missing <= 0 and (written.paraphrase or not wishes.paraphrase)):
            break
        exercise = write(_prompt(text, missing, written, [line for line in complaints if line]))
        complaints = _take(exercise, text, written, wishes)
    return written


def _take(exercise: Exercise | None, text: str, written: Written, wishes: Wishes) -> list[str]:
    """Keep what the check accepts; returns what to tell the model about the rest."""
    if exercise is None:
        written.refused["the answer of the model was not readable"] += 1
        return ["Your last answer was not of the requested structure."]
    complaints = []
    for pair in exercise.pairs:
        if len(written.pairs) == wishes.pairs:
            break
        why = why_wrong(pair.question, pair.answer, text, [kept.question for kept in written.pairs])
        if not why:
            written.pairs.append(Pair(question=pair.question.strip(), answer=pair.answer.strip()))
            continue
        written.refused[why] += 1
        complaints.append(f"{pair.question!r} with {pair.answer!r}: {why}.")
    if wishes.paraphrase and not written.paraphrase:
        why = why_unfaithful(exercise.paraphrase, text)
        written.paraphrase = "" if why else exercise.paraphrase.strip()
        if why:
            written.refused[why.partition(" (")[0].partition(":")[0]] += 1
            complaints.append(f"The paraphrase: {why}.")
    return complaints


def _prompt(text: str, missing: int, written: Written, complaints: Sequence[str]) -> str:
    parts = [INSTRUCTIONS.format(pairs=max(missing, 0))]
    if written.pairs:
        parts.append("Do not ask again: " + " ".join(pair.question for pair in written.pairs) + "\n")
    if complaints:
        parts.append("Refused so far, do better:\n" + "\n".join(complaints) + "\n")
    parts.append(f"Document:\n<<<\n{text}\n>>>")
    return "\n".join(parts)
