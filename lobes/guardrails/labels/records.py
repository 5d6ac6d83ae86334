"""What reading a label gives: findings, opaque ingredients, and the reading that holds them."""

from dataclasses import dataclass
from enum import StrEnum

from seamless_retail.core.food_facts.allergens import EU_14


class Status(StrEnum):
    """What a label says of one allergen."""

    CONTAINS = "contains"
    MAY_CONTAIN = "may_contain"
    FREE_FROM = "free_from"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place of a label that says something of one allergen."""

    allergen: str
    status: Status
    span: tuple[int, int]
    """Start and end in the text as it was given."""
    text: str
    """The text of the span."""
    rule: str
    """How it was found (``named``, ``inferred``, ``additive``, …) and, after a slash, what decided the status."""
    row: str
    """Id of the row of the lexicon."""
    source: str
    """The statute or the practice behind the row."""
    exempt: bool = False
    """The law of the jurisdiction takes this derivative out of the declaration: a warning, never a silence."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """An ingredient whose source is not stated, and the allergens that it may hide."""

    term: str
    span: tuple[int, int]
    may_hide: frozenset[str]
    row: str
    source: str


@dataclass(frozen=True, slots=True)
class LabelReading:
    """All that a label says of allergens."""

    text: str
    language: str | None
    """The main language (ISO 639-1), or None if it is none of ours."""
    findings: tuple[Finding, ...]
    opaque: tuple[Opaque, ...]
    unreadable: bool = False
    """Nothing to read, a language without a lexicon, too garbled, or cut off."""

    def of(self, allergen: str) -> tuple[Finding, ...]:
        """The findings on one allergen."""
        return tuple(finding for finding in self.findings if finding.allergen == allergen)

    def status(self, allergen: str) -> Status:
        """What the label says of one allergen; the gravest statement wins, so a claim never clears an ingredient."""
        found = {finding.status for finding in self.of(allergen)}
        return next((status for status in Status if status in found), Status.UNKNOWN)

    @property
    def conflicts(self) -> frozenset[str]:
        """Allergens that the label both claims to be free from and names as an ingredient or a trace."""
        claimed = {finding.allergen for finding in self.findings if finding.status is Status.FREE_FROM}
        return frozenset(allergen for allergen in claimed if self.status(allergen) is not Status.FREE_FROM)

    @property
    def cannot_clear(self) -> bool:
        """Whether silence on an allergen means nothing here: empty, unknown language, unreadable."""
        return self.unreadable

    def hidden(self, known: frozenset[str] = frozenset(EU_14)) -> frozenset[str]:
        """Those of the allergens that an opaque ingredient may hide and that are not found already."""
        hidden = frozenset[str]().union(*(opaque.may_hide for opaque in self.opaque))
        return frozenset(a for a in hidden & known if self.status(a) is not Status.CONTAINS)
