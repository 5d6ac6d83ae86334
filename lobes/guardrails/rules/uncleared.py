"""Reasons for not clearing a product: nothing readable, something that may hide an allergen, something unknown."""

from seamless_retail.lobes.guardrails.labels import Opaque
from seamless_retail.lobes.guardrails.patient.context import Contraindication
from seamless_retail.lobes.guardrails.rules.sentences import capital
from seamless_retail.lobes.guardrails.rules.verdicts import Reason, Verdict

LABEL_LAW = "Regulation (EU) No 1169/2011, Articles 9(1)(b), (c) and 21: ingredients and allergens are to be declared"
HOUSE_RULE = "House rule: what no table knows is never cleared"


def unreadable(found: Contraindication, missing: str, why: str) -> Reason:
    """The list of ingredients is ``missing``; ``why`` says for whom that matters."""
    return Reason(
        key=found.key,
        verdict=Verdict.CANNOT_CLEAR,
        row="rules/no-readable-ingredients",
        source=LABEL_LAW,
        span=(0, 0),
        where="ingredients",
        text="",
        sentence=capital(f"I cannot clear this: {missing}, and {why}"),
    )


def hidden(found: Contraindication, opaque: Opaque, allergen: str, why: str) -> Reason:
    """An ingredient may hide an allergen, given by its name."""
    return Reason(
        key=found.key,
        verdict=Verdict.CANNOT_CLEAR,
        row=opaque.row,
        source=opaque.source,
        span=opaque.span,
        where="ingredients",
        text=opaque.term,
        sentence=capital(f'I cannot clear this: "{opaque.term}" may hide {allergen}, and {why}'),
    )


def undeclared(found: Contraindication, field: str, why: str) -> Reason:
    """Our record of the product has a gap: nothing is declared in ``field``, ``allergens`` or ``traces``."""
    return Reason(
        key=found.key,
        verdict=Verdict.CANNOT_CLEAR,
        row=f"rules/undeclared-{field}",
        source=LABEL_LAW,
        span=(0, 0),
        where=field,
        text="",
        sentence=capital(f"I cannot clear this: the label does not declare {field}, and {why}"),
    )


def unknown(found: Contraindication, sentence: str) -> Reason:
    """No table knows what is to be avoided."""
    return Reason(
        key=found.key,
        verdict=Verdict.CANNOT_CLEAR,
        row="rules/unknown-contraindication",
        source=HOUSE_RULE,
        span=(0, 0),
        where="context",
        text=found.text,
        sentence=capital(sentence),
    )
