"""The records of a patient context."""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Whom a statement is about."""

    SELF = "self"
    CHILD = "child"
    PARTNER = "partner"
    PARENT = "parent"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GUEST = "guest"
    HOUSEHOLD = "household"
    PET = "pet"
    ABSENT = "absent"
    """Somebody who will not eat of it: "my vegan boss isn't coming"."""


class Polarity(StrEnum):
    """Whether the person has it."""

    HAS = "has"
    HAS_NOT = "has_not"
    OUTGREW = "outgrew"
    RULED_OUT = "ruled_out"


class Severity(StrEnum):
    """How badly it harms; for allergens and foods."""

    ANAPHYLAXIS = "anaphylaxis"
    ALLERGY = "allergy"
    INTOLERANCE = "intolerance"
    AVOID = "avoid"
    """Asked for without a reason: "no nuts please"."""
    DISLIKE = "dislike"
    UNSTATED = "unstated"
    """Conditions, medicines and diets."""


class Temporality(StrEnum):
    """When it holds."""

    CURRENT = "current"
    PAST = "past"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Contraindication:
    """One statement that may forbid food to somebody."""

    key: str
    """``allergen:milk``, ``medicine:warfarin``, ``condition:ckd``, ``diet:vegan``."""
    who: Who
    polarity: Polarity
    severity: Severity
    temporality: Temporality
    span: tuple[int, int]
    """Place in the text; empty for a profile."""
    text: str
    row: str
    """Row of the tables."""
    detail: str = ""
    """The single nut (``nuts:cashew``), the stage of a disease, or the person's own word (``daughter``)."""
    person: str = ""
    """How the text calls the person: ``son``."""

    @property
    def kind(self) -> str:
        """``allergen``, ``medicine``, ``condition`` or ``diet``."""
        return self.key.partition(":")[0]

    @property
    def id(self) -> str:
        """The part after the colon."""
        return self.key.partition(":")[2]

    @property
    def is_active(self) -> bool:
        """Whether it restricts food now: had, outgrown, ruled out, the pets' and the absent people's do not."""
        return (
            self.polarity is Polarity.HAS
            and self.temporality is not Temporality.PAST
            and self.who not in (Who.PET, Who.ABSENT)
        )


@dataclass(frozen=True, slots=True)
class PatientContext:
    """All that was said, active or not, in the order of the text."""

    text: str
    language: str | None
    contraindications: tuple[Contraindication, ...] = ()
    meant: tuple[Who, str] | None = None
    """Of whom, and how called, the last thing said in an earlier message really is: "sorry, I meant my dog"."""

    @property
    def active(self) -> tuple[Contraindication, ...]:
        """Those that restrict food now."""
        return tuple(found for found in self.contraindications if found.is_active)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the active ones, each once, in order."""
        return tuple(dict.fromkeys(found.key for found in self.active))
