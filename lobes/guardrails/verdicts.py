"""One food's label against one customer's restrictions: the verdict, its causes in words, and the quoted label."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seamless_retail.core.catalogue import Product
from seamless_retail.core.customers import Severity
from seamless_retail.core.evidence import Citation, Source
from seamless_retail.core.source_text import written_name
from seamless_retail.core.sources import product_source
from seamless_retail.lobes.guardrails.restrictions import AvoidedAllergen, Restrictions
from seamless_retail.lobes.wording import join_words

STRICTNESS = ("pass", "warn", "cannot_clear", "block")
"""Verdicts, the mildest first."""

TRACES_HARM = (Severity.SEVERE, Severity.ANAPHYLACTIC)
"""Severities for which "may contain" counts as "contains"."""

NO_REASON = ("", "")


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for a verdict: what the label says, why that matters to this customer, and both quoted."""

    verdict: str
    label: tuple[str, str]
    """What the label does and with what: ``declares`` and ``peanuts``."""
    why: tuple[str, str]
    """``your profile lists`` and ``peanuts (severe)``; empty for a pass."""
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one product, with the causes of that verdict only."""

    product: Product
    verdict: str
    causes: tuple[Cause, ...] = ()

    @property
    def cause(self) -> str:
        """``the label declares peanuts, and your profile lists peanuts (severe)``; the same for equal causes."""
        labels = _clauses([cause.label for cause in self.causes], "or" if self.verdict == "pass" else "and")
        whys = _clauses([cause.why for cause in self.causes if all(cause.why)], "and")
        return ", and ".join(
            part for part in (f"the label {join_words(labels)}" if labels else "", join_words(whys)) if part
        )

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Label and profile, each once."""
        return tuple(dict.fromkeys(citation for cause in self.causes for citation in cause.citations))


def judge(product: Product, restrictions: Restrictions) -> Finding:
    """Judge one food; the strictest cause decides."""
    source = product_source(product)
    causes = [*_judge_diets(product, source, restrictions)]
    causes += [_judge_allergen(product, source, avoided) for avoided in restrictions.allergens]
    verdict = max((cause.verdict for cause in causes), key=STRICTNESS.index, default="pass")
    return Finding(product, verdict, tuple(cause for cause in causes if cause.verdict == verdict))


def _clauses(parts: Sequence[tuple[str, str]], conjunction: str) -> list[str]:
    """``declares nuts and milk``: parts with the same opening in one clause."""
    grouped: dict[str, list[str]] = {}
    for opening, what in dict.fromkeys(parts):
        grouped.setdefault(opening, []).append(what)
    return [f"{opening} {join_words(what, conjunction)}" for opening, what in grouped.items()]


def _judge_allergen(product: Product, source: Source, avoided: AvoidedAllergen) -> Cause:
    allergen, name, food = avoided.allergen, written_name(avoided.allergen), product.food
    contains, traces = source.cite("allergens"), source.cite("traces")
    if food is None or food.allergens is None:
        verdict, label, place = "cannot_clear", ("does not declare", "allergens"), contains
    elif allergen in food.allergens:
        verdict, label, place = "block", ("declares", name), contains
    elif food.traces is None:
        verdict, label, place = "cannot_clear", ("does not declare", "traces"), traces
    elif allergen in food.traces:
        verdict = "block" if avoided.severity in TRACES_HARM else "warn"
        label, place = ("says it may contain", name), traces
    else:
        return Cause("pass", ("names no", name), NO_REASON, (contains, traces))
    return Cause(verdict, label, avoided.known_from, (place, *avoided.citations))


def _judge_diets(product: Product, source: Source, restrictions: Restrictions) -> Iterator[Cause]:
    declared = product.attributes.get("diet", ())
    place = "attributes.diet" if "attributes.diet" in source.fields else "name"
    for diet in restrictions.diets:
        citations = (source.cite(place), *diet.citations)
        if diet.accepts(declared):
            yield Cause("pass", ("says", diet.name), NO_REASON, citations)
        else:
            why = ("your profile lists", f"a {diet.name} diet")
            yield Cause("cannot_clear", ("does not say", diet.name), why, citations)
