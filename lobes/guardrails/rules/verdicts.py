"""Products as the rules see them, verdicts, and the reasons for them."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from seamless_retail.core.catalogue import Product
from seamless_retail.core.food_facts.food_rules import NUTRIENTS

_GRAMS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(g|ml|gram|grams|millilit)", re.IGNORECASE)


class Verdict(StrEnum):
    """What may be done with a product; the gravest reason decides."""

    BLOCK = "block"
    CANNOT_CLEAR = "cannot_clear"
    WARN = "warn"
    PASS = "pass"

    @property
    def gravity(self) -> int:
        """Higher is graver."""
        return {"pass": 0, "warn": 1, "cannot_clear": 2, "block": 3}[self.value]

    @property
    def is_cleared(self) -> bool:
        """Whether the product may be offered, perhaps with a warning."""
        return self in (Verdict.PASS, Verdict.WARN)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a verdict."""

    key: str
    """The contraindication: ``medicine:simvastatin``."""
    verdict: Verdict
    row: str
    """Row of the tables that says so."""
    source: str
    """The authority behind the row."""
    span: tuple[int, int]
    """Place of the proof in ``where``; empty where the proof is that nothing is said."""
    where: str
    """``name``, ``ingredients``, ``may_contain``, ``claims``, ``allergens``, ``traces`` or ``nutrition``."""
    text: str
    sentence: str
    """For the shopper."""
    reviewed: bool = False
    separate_hours: float | None = None

    def __post_init__(self) -> None:
        if not (self.row and self.source and self.sentence):
            raise ValueError(f"A reason for {self.key} lacks its row, its source or its sentence.")

    def to_record(self) -> dict[str, Any]:
        """As JSON."""
        record: dict[str, Any] = {
            "key": self.key,
            "verdict": self.verdict.value,
            "row": self.row,
            "source": self.source,
            "where": self.where,
            "span": list(self.span),
            "text": self.text,
            "sentence": self.sentence,
            "reviewed": self.reviewed,
        }
        return record if self.separate_hours is None else {**record, "separate_hours": self.separate_hours}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one product, with every reason, the gravest first."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a label says. Text is data: nothing in it is obeyed."""

    name: str
    ingredients: str = ""
    may_contain: str = ""
    claims: str = ""
    nutrition: Mapping[str, float] = field(default_factory=dict)
    """Per 100 g or 100 ml, by the keys of ``NUTRIENTS``."""
    serving_g: float | None = None
    allergens: tuple[str, ...] | None = None
    """Declared by the producer as data; None: not declared."""
    traces: tuple[str, ...] | None = None
    language: str | None = None
    id: str = ""
    """Of the product, for who asks about several."""
    is_declared_as_data: bool = False
    """Whether the source keeps declarations as data: then ``None`` for ``allergens`` or ``traces`` is a gap in it."""


def from_product(product: Product) -> ProductFacts:
    """The label of a catalogue product."""
    food = product.food
    if food is None:
        return ProductFacts(product.name, id=product.id)
    values = food.nutrition.model_dump() if food.nutrition else {}
    return ProductFacts(
        name=product.name,
        ingredients=food.ingredients,
        claims=", ".join(product.attributes.get("diet", ())),
        nutrition={key: value for key, value in values.items() if key in NUTRIENTS and value is not None},
        serving_g=serving_grams(food.serving),
        allergens=None if food.allergens is None else tuple(a.value for a in food.allergens),
        traces=None if food.traces is None else tuple(a.value for a in food.traces),
        id=product.id,
        is_declared_as_data=True,
    )


def from_record(record: Mapping[str, Any]) -> ProductFacts:
    """A product as JSON: ``name``, ``ingredients``, ``may_contain``, ``claims``, ``nutrition_per_100g``, ``serving``.

    Raises:
        ValueError: A field has the wrong type, or there is neither a name nor a list of ingredients.
    """
    texts = {field: _text(record, field) for field in ("name", "ingredients", "may_contain", "claims", "language")}
    if not (texts["name"] or texts["ingredients"]):
        raise ValueError("The product has neither a name nor ingredients.")
    nutrition = record.get("nutrition_per_100g")
    nutrition = {} if nutrition is None else nutrition
    if not isinstance(nutrition, Mapping):
        raise ValueError("The field 'nutrition_per_100g' is not an object.")
    values = {key: value for key, value in nutrition.items() if key in NUTRIENTS and value is not None}
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise ValueError(f"The amount {key!r} is not a number of 0 or more.")
    serving = record.get("serving_g", record.get("serving"))
    grams = float(serving) if isinstance(serving, int | float) and serving > 0 else serving_grams(str(serving or ""))
    return ProductFacts(
        name=texts["name"],
        ingredients=texts["ingredients"],
        may_contain=texts["may_contain"],
        claims=texts["claims"],
        nutrition=values,
        serving_g=grams,
        language=texts["language"] or None,
    )


def _text(record: Mapping[str, Any], field: str) -> str:
    value = record.get(field)
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    if not isinstance(value, str):
        raise ValueError(f"The field {field!r} of the product is not text.")
    return value


def serving_grams(serving: str) -> float | None:
    """Grams or millilitres of a written serving: ``1 cup (240 ml)``."""
    found = _GRAMS.search(serving)
    return float(found[1].replace(",", ".")) if found else None


def worst(reasons: Sequence[Reason]) -> Verdict:
    """The gravest verdict."""
    return max((reason.verdict for reason in reasons), key=lambda verdict: verdict.gravity, default=Verdict.PASS)
