"""The questions that answers are scored on: held-out products of the shop, and dev sets of real questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seamless_retail.core.ports import NOT_STATED
from seamless_retail.models.clara.prompts import reply_of
from seamless_retail.training.data.clara_catalogue import Catalogue, Split, evaluation_records
from seamless_retail.training.data.clara_converters import convert

KINDS = ("value", "yes or no", NOT_STATED)


@dataclass(frozen=True)
class Item:
    """A question, the documents to read, and the answers that count as right."""

    question: str
    right: tuple[str, ...]
    documents: tuple[str, ...]

    @property
    def kind(self) -> str:
        """One of :data:`KINDS`, as the right answer shows."""
        if self.right[0] == NOT_STATED:
            return NOT_STATED
        return "yes or no" if self.right[0] in ("yes", "no") else "value"


def shop_items(catalogue: Catalogue, seed: int, per_product: int = 6) -> list[Item]:
    """Questions on products as they stand in the catalogue."""
    return items_of(evaluation_records(catalogue, seed, questions=per_product))


def items_of(records: Iterable[Mapping[str, Any]]) -> list[Item]:
    """The questions of stage-1 records."""
    return [
        Item(question, (reply_of(answer),), tuple(record["docs"]))
        for record in records
        for question, answer in zip(record["question"], record["answers"], strict=True)
    ]


def dev_items(name: str, data: Path, split: Split) -> list[Item]:
    """Questions of an open set.

    Raises:
        NotFoundError: The set is not there.
    """
    return items_of(convert(name, data, 1, split))
