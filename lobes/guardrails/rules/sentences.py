"""One sentence a shopper understands, for each reason."""

from seamless_retail.core.food_facts import allergens as allergen_facts
from seamless_retail.core.food_facts.conditions import load_conditions
from seamless_retail.core.food_facts.diets import load_diets
from seamless_retail.core.food_facts.medicines import medicine, said
from seamless_retail.lobes.guardrails.patient.context import Contraindication, Severity, Who

_PEOPLE = {
    Who.SELF: "you",
    Who.CHILD: "your child",
    Who.PARTNER: "your partner",
    Who.PARENT: "your parent",
    Who.SIBLING: "your sibling",
    Who.GRANDPARENT: "your grandparent",
    Who.GUEST: "your guest",
    Who.HOUSEHOLD: "your household",
    Who.PET: "your pet",
}
_FAMILY = frozenset(
    (
        "son",
        "daughter",
        "child",
        "kid",
        "baby",
        "toddler",
        "wife",
        "husband",
        "partner",
        "girlfriend",
        "boyfriend",
        "fiance",
        "fiancee",
        "spouse",
        "mother",
        "father",
        "mom",
        "mum",
        "dad",
        "brother",
        "sister",
        "grandmother",
        "grandfather",
        "grandma",
        "grandpa",
        "friend",
        "guest",
        "colleague",
        "roommate",
        "flatmate",
        "neighbour",
        "neighbor",
        "niece",
        "nephew",
        "cousin",
        "aunt",
        "uncle",
        "grandson",
        "granddaughter",
        "stepson",
        "stepdaughter",
    )
)


def person(found: Contraindication) -> str:
    """``you``, ``your son``."""
    own = found.person.lower().removeprefix("my ").removeprefix("our ").removeprefix("a ")
    return f"your {own}" if found.who is not Who.SELF and own in _FAMILY else _PEOPLE[found.who]


def is_are(who: str) -> str:
    """The verb to a person."""
    return "are" if who == "you" else "is"


def trouble(found: Contraindication, them: str = "it") -> str:
    """``your son is anaphylactic to them``."""
    who = person(found)
    match found.severity:
        case Severity.ANAPHYLAXIS:
            return f"{who} {is_are(who)} anaphylactic to {them}"
        case Severity.ALLERGY:
            return f"{who} {is_are(who)} allergic to {them}"
        case Severity.INTOLERANCE:
            return f"{who} {'do' if who == 'you' else 'does'} not tolerate {them}"
        case Severity.DISLIKE:
            return f"{who} {'do' if who == 'you' else 'does'} not like {them}"
        case Severity.AVOID:
            return f"{who} asked for none" if who == "you" else f"{who} should have none"
        case _:
            return because(found)


def because(found: Contraindication) -> str:
    """``you take warfarin``, ``your wife is pregnant``, ``your son eats halal``."""
    who = person(found)
    verb = is_are(who)
    match found.kind:
        case "medicine":
            return f"{who} take{'' if who == 'you' else 's'} {medicine_name(found)}"
        case "diet":
            diet = load_diets().get(found.id)
            return f"{who} follow{'' if who == 'you' else 's'} a diet ({diet.name if diet else found.id})"
        case "condition" if found.id == "pregnancy":
            return f"{who} {verb} pregnant or trying to be"
        case "condition" if found.id == "infant":
            return f"{who} {verb} under one year old"
        case "condition" if found.id in ("child_u5",):
            return f"{who} {verb} under five years old"
        case "condition" if found.id == "breastfeeding":
            return f"{who} {verb} breastfeeding"
        case "condition" if found.id == "dialysis":
            return f"{who} {verb} on dialysis"
        case "condition":
            condition = load_conditions().get(found.id)
            return f"{who} {'have' if who == 'you' else 'has'} {condition.name if condition else found.id}"
    return trouble(found)


def medicine_name(found: Contraindication) -> str:
    """``warfarin``, ``a blood thinner``, or the customer's own word for a medicine that no table knows."""
    return said(found.id) if medicine(found.id) else found.detail or found.id


def allergen_name(id: str) -> str:
    """``cashew nuts`` for ``nuts:cashew``."""
    known = allergen_facts.allergens().get(id)
    return (known.name if known else id.partition(":")[2] or id).lower()


def capital(sentence: str) -> str:
    """With a capital and a full stop."""
    text = sentence.strip()
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")
