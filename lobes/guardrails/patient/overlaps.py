"""Statements that another one already explains, and repetitions."""

import re
from collections.abc import Iterator, Sequence

from seamless_retail.core.food_facts.diets import load_diets
from seamless_retail.core.food_facts.foods import food_index
from seamless_retail.core.food_facts.medicines import medicine, medicine_classes
from seamless_retail.core.food_facts.terms import split_words
from seamless_retail.lobes.guardrails.patient.ages import NUMBER
from seamless_retail.lobes.guardrails.patient.context import Contraindication, Polarity, Severity, Temporality, Who

_MAMMAL_KEYS = frozenset({"allergen:beef", "allergen:pork", "allergen:lamb", "allergen:gelatin", "diet:no-pork"})
"""What an allergy to mammal meat holds already."""


def settled(text: str, statements: Sequence[Contraindication]) -> tuple[Contraindication, ...]:
    """The statements of a note, each once."""
    return tuple(_once(_without_doubles(text, statements)))


def _without_doubles(text: str, statements: Sequence[Contraindication]) -> list[Contraindication]:
    """Without what another statement already explains.

    The milk of a lactose intolerance, the kind of medicine beside its member, the diet that another one includes, and
    a food that is only asked about or left out because of a medicine that has a rule for it ("no cheese" with Nardil).
    """
    active = [s for s in statements if s.is_active]
    medicines = [known for s in active if s.kind == "medicine" and (known := medicine(s.id))]
    members = {known.group for s in active if s.kind == "medicine" and (known := medicine(s.id)) and known.inn == s.id}
    foods = {food for known in medicines for rule in known.rules for food in rule.foods}
    included = {(s.who, id) for s in active for id in _allergens_of(s)}
    intolerant = {s.who for s in active if s.key == "condition:lactose-intolerance"}

    is_coeliac = any(s.key == "condition:coeliac" for s in active)
    meatless = {s.who for s in active if s.key == "condition:alpha_gal"}
    fish_eaters = {s.who for s in active if s.key == "diet:pescatarian"}

    def is_explained(s: Contraindication) -> bool:
        if s.key == "diet:gluten-free" and is_coeliac:
            return True
        if s.who in meatless and s.key in _MAMMAL_KEYS:
            return True
        if s.who in meatless and s.key == "diet:hindu_no_beef" and not s.text.lower().startswith("hind"):
            return True
        if s.who in fish_eaters and s.key == "diet:vegetarian":
            return True
        if s.kind == "medicine":
            known = medicine(s.id)
            return bool(known and known.inn != s.id and members & _covered(s.id))
        if s.kind == "allergen" and s.severity is Severity.AVOID and (s.who, s.id) in included:
            return True
        if s.key != "allergen:milk" or s.polarity is not Polarity.HAS:
            return False
        if s.who in intolerant and s.severity in (Severity.INTOLERANCE, Severity.AVOID):
            return True
        cheese = "cheese" in foods and any(m.value.food == "cheese" for m in food_index().find(split_words(s.text)))
        asked = bool(foods & {"dairy", "milk"}) and _is_asked(text, s.span[1])
        return s.severity is Severity.AVOID and (cheese or asked)

    return [s for s in statements if not is_explained(s)]


def _covered(kind: str) -> set[str]:
    """The rows of the members of a kind of medicines."""
    known = medicine_classes().get(kind)
    return set(known.covers) if known else set()


def _allergens_of(statement: Contraindication) -> tuple[str, ...]:
    """The allergens that a diet leaves out anyway."""
    diet = load_diets().get(statement.id) if statement.kind == "diet" else None
    return diet.allergens if diet else ()


def _is_asked(text: str, at: int) -> bool:
    end = re.search(r"[.!?\n;]", text[at:])
    return bool(end and end[0] == "?")


def _once(statements: Sequence[Contraindication]) -> Iterator[Contraindication]:
    """Without repetitions, and with one age for one child: a two-year-old "baby" is no infant."""
    older = any(s.key == "condition:child_u5" and NUMBER.search(s.text) for s in statements)
    seen: set[tuple[str, Who, str, Polarity, Temporality]] = set()
    for statement in statements:
        if older and statement.key == "condition:infant" and not NUMBER.search(statement.text):
            continue
        mark = (statement.key, statement.who, statement.detail, statement.polarity, statement.temporality)
        if mark not in seen:
            seen.add(mark)
            yield statement
