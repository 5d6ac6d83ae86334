"""The verdict on one product of an answer: its reasons in one clause, and the quotations that prove them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seamless_retail.core.catalogue import Product
from seamless_retail.core.evidence import Citation, GuardDecision, Source
from seamless_retail.core.sources import product_source
from seamless_retail.lobes.guardrails.food_guard import FoodVerdict
from seamless_retail.lobes.guardrails.household import Household
from seamless_retail.lobes.guardrails.rules import Reason, Verdict
from seamless_retail.lobes.guardrails.rules.sentences import person
from seamless_retail.lobes.wording import join_words

NAME = "nutrition"
"""Of the guard, in its decisions and in the graph."""
UNKNOWN = "rules/unknown-contraindication"
TOLD_AT_MOST = 2
"""Reasons that one sentence gives."""
_UNCLEARED = "I cannot clear this: "
_VERBS = {"contains": "contain", "may contain": "may contain", "declares": "declare", "has": "have", "holds": "hold"}
_MADE = "made from "
_QUOTED = re.compile(r' \("[^"]*"\)')
_PLACES = {"may_contain": "traces", "claims": "attributes.diet"}
"""Parts of a label that are fields of another name in the product's text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One food, the verdict on it, and for whom."""

    product: Product
    verdict: FoodVerdict
    household: Household

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The gravest reasons, one for each contraindication."""
        gravest = [reason for reason in self.verdict.reasons if reason.verdict is self.verdict.verdict]
        return tuple({reason.key: reason for reason in reversed(gravest)}.values())[::-1]

    @property
    def is_only_unknown(self) -> bool:
        """Whether all that stands against clearing it is a medicine or a condition that no table knows."""
        uncleared = [r for r in self.verdict.reasons if r.verdict is Verdict.CANNOT_CLEAR]
        return self.verdict.verdict is Verdict.CANNOT_CLEAR and all(
            reason.row == UNKNOWN and not reason.key.startswith(("allergen:", "diet:")) for reason in uncleared
        )

    @property
    def is_shown(self) -> bool:
        """Whether it may be offered: with a warning, or, where only a pharmacist can tell, with that advice."""
        return self.verdict.is_cleared or self.is_only_unknown

    @property
    def people(self) -> str:
        """For whom it is not: ``you``, ``your daughter``, ``you and your son``."""
        keys = {reason.key for reason in self.reasons}
        active = self.household.context.active
        return join_words(list(dict.fromkeys(person(found) for found in active if found.key in keys))) or "you"

    def cause(self, subject: str = "it", *, is_plural: bool = False) -> str:
        """The reasons as one clause about ``subject``: ``it contains peanuts, and you are allergic to them``."""
        told = dict.fromkeys(_clause(reason, subject, is_plural) for reason in self.reasons[:TOLD_AT_MOST])
        return "; ".join(told)

    @property
    def likeness(self) -> tuple[str, ...]:
        """What findings that may share a sentence have in common: the causes without the words of each label."""
        return (self.verdict.verdict.value, *(_QUOTED.sub("", r.sentence) for r in self.reasons[:TOLD_AT_MOST]))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Label and profile, each once."""
        source = product_source(self.product)
        label = [_proof(source, reason) for reason in self.reasons[:TOLD_AT_MOST]]
        profile = [self.household.citations.get(reason.key) for reason in self.reasons[:TOLD_AT_MOST]]
        return tuple(dict.fromkeys(citation for citation in (*label, *profile) if citation))

    def decision(self, sentence: str) -> GuardDecision:
        """The record for the caller; ``sentence`` is empty for a pass."""
        first = self.reasons[0] if self.reasons else None
        return GuardDecision(
            guard=NAME,
            verdict=self.verdict.verdict.value,
            product_id=self.product.id,
            reason=sentence,
            citations=self.citations,
            rule=first.row if first else "",
            source=first.source if first else "",
            audit_id=self.verdict.audit_id,
        )


def _clause(reason: Reason, subject: str, is_plural: bool) -> str:
    says = _QUOTED.sub("", reason.sentence).rstrip(".")
    if says.startswith(_UNCLEARED):
        return says.removeprefix(_UNCLEARED)
    lowered = says[:1].lower() + says[1:]
    for verb, plural in _VERBS.items():
        if lowered.startswith(f"{verb} "):
            return f"{subject} {plural if is_plural else verb}{lowered.removeprefix(verb)}"
    if lowered.startswith(_MADE):
        return f"{subject} {'are' if is_plural else 'is'} {lowered}"
    return says if says.startswith("I ") else lowered


def _proof(source: Source, reason: Reason) -> Citation:
    """The words of the product's text that prove a reason; the name where the proof is that nothing is said."""
    field = _PLACES.get(reason.where, reason.where)
    if reason.where == "nutrition" and reason.text:
        field = f"nutrition.{reason.text.partition('=')[0]}"
    if field not in source.fields:
        field = next(
            (other for other in ("ingredients", "allergens") if other in source.fields and not reason.text), "name"
        )
    start, end = source.fields[field]
    if reason.where in ("ingredients", "name") and reason.text:
        label = source.text.index(": ", start) + 2 if reason.where == "ingredients" else start
        first, last = label + reason.span[0], label + reason.span[1]
        if source.text[first:last] == reason.text:
            return source.cite_span(first, last)
    return source.cite_span(start, end)


def by_likeness(findings: Sequence[Finding]) -> Mapping[tuple[str, ...], list[Finding]]:
    """Findings that one sentence can tell together, in order."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.likeness, []).append(finding)
    return groups
