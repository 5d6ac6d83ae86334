"""Who is to be protected from what: the verified profile, and what the customer says in the conversation.

Both count together. What is said can add to a profile and never takes anything out of it: "I outgrew my egg allergy"
leaves the allergy of the profile where it is, for anybody can type it, and only a change of the profile ends it. Of
what was said before in the same conversation, a later correction takes back its own subject: "I am not allergic to
nuts" ends "I am allergic to nuts" of the same person, and "sorry, I meant my dog" gives the last statement to the dog.
An order to ignore it takes nothing back.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.customers import Customer
from seamless_retail.core.evidence import Citation, Source
from seamless_retail.core.sources import profile_source
from seamless_retail.lobes.guardrails.patient import (
    Contraindication,
    PatientContext,
    Polarity,
    Severity,
    Temporality,
    Who,
    from_profile,
    read_context,
)
from seamless_retail.lobes.stated import without_names

NOTHING_TOLD = PatientContext("", None)
_WISHES = (Severity.AVOID, Severity.DISLIKE)
_ABOUT_PEOPLE = re.compile(
    r"\b(?:i|we|he|she|they|who|that)(?:['’]?(?:m|re|s)"
    r"| (?:am|are|is|can|could|must|may|should|eat|avoid|keep|follow|don|do|does|take|try|need))\b"
    r"|\bfor (?:a|an|my|our|his|her)\b|\bmy \w+(?: \w+)? (?:is|are|can|must|should|eats?)\b",
    re.IGNORECASE,
)
"""In English, whether a wish or a diet is said of a person ("I can't have milk"), not of a product ("vegan cheese")."""

_NOTHING_RESTRICTS = re.compile(
    r"\b(?:no|don['’]?t have any) (?:known )?(?:food )?(?:allerg(?:y|ies)|intolerances?|restrictions)\b"
    r"|\bnot allergic to anything\b|\b(?:can|may) eat (?:anything|everything)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Household:
    """Everything that restricts one customer's food in one turn."""

    context: PatientContext
    citations: Mapping[str, Citation] = field(default_factory=dict)
    """Where the profile says so, by the key of the contraindication."""
    question: str = ""
    """What is to be asked before anybody relies on the answer; an advisor's."""
    is_read: bool = True
    """Whether profile and message could be read; if not, no food is cleared."""

    @property
    def is_unrestricted(self) -> bool:
        """Whether nothing restricts it, as for nine questions in ten."""
        return self.is_read and not self.context.active

    @classmethod
    def from_state(cls, record: Mapping[str, Any]) -> "Household":
        """The household as the graph's state keeps it.

        Raises:
            KeyError: The record lacks a field.
            ValueError: A field has an unknown value.
        """
        if not record["is_read"]:
            return UNREAD
        citations = {key: Citation.model_validate(citation) for key, citation in record["citations"].items()}
        return cls(PatientContext("", None, from_records(record["statements"])), citations, record["question"])

    def to_state(self) -> dict[str, Any]:
        """As JSON, only what restricts."""
        return {
            "is_read": self.is_read,
            "question": self.question,
            "statements": to_records(self.context.active),
            "citations": {key: citation.model_dump(mode="json") for key, citation in self.citations.items()},
        }


UNRESTRICTED = Household(NOTHING_TOLD)
"""A household that may eat anything."""
UNREAD = Household(NOTHING_TOLD, is_read=False)
"""A household that could not be read."""


def household(
    customer: Customer | None,
    told: PatientContext = NOTHING_TOLD,
    before: Iterable[Mapping[str, str]] = (),
    excluded: Iterable[Allergen] = (),
) -> Household:
    """Profile, conversation and message together.

    Args:
        customer: The verified customer, or nobody.
        told: The message, as :func:`read_message` reads it.
        before: What the conversation said, as :func:`remembered` keeps it.
        excluded: Allergens that the message filters out; they count as wishes.
    """
    known = from_profile(customer.profile).contraindications if customer else ()
    said = [*from_records(before), *told.contraindications]
    met = {found.key for found in (*known, *said)}
    wished = [_wish(allergen) for allergen in excluded]
    found = _distinct([*known, *said, *(wish for wish in wished if wish.key not in met)])
    citations = _profile_citations(profile_source(customer), known) if customer and known else {}
    return Household(PatientContext(told.text, told.language, tuple(found)), citations)


def read_message(text: str, names: Iterable[str] = ()) -> PatientContext:
    """What one message of the customer says; product names in it say nothing."""
    listed = [name for name in names if name.lower() in text.lower()]
    return read_context(without_names(text, listed) if listed else text)


def is_unrestricting(text: str) -> bool:
    """Whether a message in English says that nothing at all restricts the food."""
    return bool(_NOTHING_RESTRICTS.search(text)) and not read_message(text).active


def remembered(before: Sequence[Mapping[str, str]], told: PatientContext) -> list[dict[str, str]]:
    """What the conversation is to remember after a message: what it said before, corrected and added to."""
    known = list(from_records(before))
    if told.meant and known:
        known[-1] = replace(known[-1], who=told.meant[0], person=told.meant[1])
    kept = [old for old in known if old.is_active and not any(_takes_back(new, old) for new in told.contraindications)]
    new = [found for found in told.active if _is_lasting(found, told)]
    return to_records(_distinct([*kept, *new]))


def _is_lasting(found: Contraindication, told: PatientContext) -> bool:
    """Whether it holds beyond the message: a diet or a wish may be asked of one product only."""
    if found.kind in ("allergen", "condition", "medicine") and found.severity not in _WISHES:
        return True
    return told.language not in ("en", None) or bool(_ABOUT_PEOPLE.search(told.text))


def _takes_back(new: Contraindication, old: Contraindication) -> bool:
    is_same = (new.key, new.who, new.person) == (old.key, old.who, old.person)
    is_same &= not new.key.endswith(":unknown") or new.detail == old.detail
    return is_same and (new.polarity is not Polarity.HAS or new.temporality is Temporality.PAST)


def to_records(statements: Iterable[Contraindication]) -> list[dict[str, str]]:
    """Contraindications as JSON, without the words in which they were said."""
    return [
        {
            "key": found.key,
            "who": found.who.value,
            "polarity": found.polarity.value,
            "severity": found.severity.value,
            "temporality": found.temporality.value,
            "row": found.row,
            "detail": found.detail,
            "person": found.person,
        }
        for found in statements
    ]


def from_records(records: Iterable[Mapping[str, str]]) -> tuple[Contraindication, ...]:
    """The contraindications of :func:`to_records`.

    Raises:
        KeyError: A field is missing.
        ValueError: A field has an unknown value.
    """
    return tuple(
        Contraindication(
            key=record["key"],
            who=Who(record["who"]),
            polarity=Polarity(record["polarity"]),
            severity=Severity(record["severity"]),
            temporality=Temporality(record["temporality"]),
            span=(0, 0),
            text="",
            row=record["row"],
            detail=record["detail"],
            person=record["person"],
        )
        for record in records
    )


def _distinct(statements: Iterable[Contraindication]) -> list[Contraindication]:
    """Without those that say the same of the same person."""
    found = {(s.key, s.who, s.person, s.detail, s.polarity, s.severity, s.temporality): s for s in statements}
    return list(found.values())


def _wish(allergen: Allergen) -> Contraindication:
    key, row = f"allergen:{allergen.value}", f"allergens/{allergen.value}"
    return Contraindication(key, Who.SELF, Polarity.HAS, Severity.AVOID, Temporality.CURRENT, (0, 0), "", row)


def _profile_citations(source: Source, known: Iterable[Contraindication]) -> dict[str, Citation]:
    fields = {"condition": "conditions", "medicine": "medicines", "diet": "diets"}
    named = {found.key: fields.get(found.kind, f"allergies.{found.id}") for found in known}
    # An allergen that is in no list of allergies follows from a condition, as gluten does from coeliac disease.
    return {key: source.cite(name if name in source.fields else "conditions") for key, name in named.items()}
