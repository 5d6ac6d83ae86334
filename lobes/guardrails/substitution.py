"""What to offer instead: the nearest product of the catalogue that passes, and a recipe rewritten line by line.

Every replacement is judged again before it is offered, and the rewritten recipe is judged as a whole.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from seamless_retail.core.catalogue import Product
from seamless_retail.core.food_facts.terms import split_words
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.patient.context import PatientContext
from seamless_retail.lobes.guardrails.rules import Judgement, ProductFacts, Verdict, from_product, judge

SWAPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("milk", ("oat drink", "rice drink", "soy drink")),
    ("butter", ("olive oil", "sunflower oil")),
    ("cream", ("coconut milk", "oat drink")),
    ("cheese", ("nutritional yeast", "tofu")),
    ("yogurt", ("coconut yogurt", "soy yogurt")),
    ("egg", ("ground flaxseed and water", "mashed banana", "apple sauce")),
    ("wheat flour", ("rice flour", "buckwheat flour", "maize flour")),
    ("flour", ("rice flour", "buckwheat flour", "maize flour")),
    ("pasta", ("rice noodles", "maize pasta")),
    ("bread", ("rice cakes", "maize tortillas")),
    ("soy sauce", ("coconut aminos", "salt")),
    ("peanut butter", ("sunflower seed butter", "sesame paste")),
    ("peanuts", ("roasted sunflower seeds", "roasted chickpeas")),
    ("nuts", ("sunflower seeds", "pumpkin seeds")),
    ("almonds", ("sunflower seeds", "pumpkin seeds")),
    ("cashews", ("sunflower seeds", "pumpkin seeds")),
    ("walnuts", ("pumpkin seeds", "sunflower seeds")),
    ("hazelnuts", ("pumpkin seeds", "sunflower seeds")),
    ("tahini", ("sunflower seed butter",)),
    ("honey", ("maple syrup", "rice syrup")),
    ("sugar", ("erythritol", "apple sauce")),
    ("gelatine", ("agar",)),
    ("gelatin", ("agar",)),
    ("bacon", ("smoked tofu", "mushrooms")),
    ("pork", ("chicken", "tofu")),
    ("beef", ("lentils", "mushrooms")),
    ("chicken", ("tofu", "chickpeas")),
    ("fish", ("tofu", "chickpeas")),
    ("shrimp", ("hearts of palm", "chickpeas")),
    ("wine", ("vegetable stock", "grape juice")),
    ("mustard", ("turmeric",)),
    ("grapefruit", ("apple", "orange")),
    ("salt", ("herbs", "lemon juice")),
    ("onion", ("chives",)),
)
"""An ingredient and what does its work in a dish, the best first (general kitchen knowledge)."""

TRIED_TOGETHER = 8
"""Candidates judged in one check."""


@dataclass(frozen=True, slots=True)
class Substitute:
    """A product to offer, with its own verdict."""

    product: Product
    judgement: Judgement
    likeness: float
    """0 to 1: share of the words and facets that both have."""


@dataclass(frozen=True, slots=True)
class RecipeLine:
    """One ingredient of a rewritten recipe; ``line`` is empty where nothing that passes is known."""

    before: str
    line: str
    judgement: Judgement
    """Of the line as it was."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A rewritten recipe."""

    lines: tuple[RecipeLine, ...]
    judgement: Judgement
    """Of the whole as rewritten: what cannot be made safe stays blocked."""


def substitute(
    wanted: Product,
    catalogue: Iterable[Product],
    context: PatientContext,
    *,
    jurisdiction: str = "EU",
    limit: int = 1,
    guard: FoodGuard | None = None,
    customer_id: str = "",
) -> list[Substitute]:
    """The products nearest to the wanted one that pass for everybody the context speaks of, best first.

    Args:
        wanted: What cannot be had.
        catalogue: What can be offered instead.
        context: Whom it is for.
        jurisdiction: Country or body of law of the customer.
        limit: How many are wanted.
        guard: Judges each; a late or failed check clears nothing.
        customer_id: For the guard's audit.
    """
    guard = guard or FoodGuard()
    ranked = sorted(
        (
            (likeness_of(wanted, other), other)
            for other in catalogue
            if other.id != wanted.id and other.food is not None
        ),
        key=lambda pair: (-pair[0], pair[1].id),
    )
    found: list[Substitute] = []
    near = [(likeness, product) for likeness, product in ranked if likeness > 0.0]
    for batch in range(0, len(near), TRIED_TOGETHER):
        tried = near[batch : batch + TRIED_TOGETHER]
        facts = [from_product(product) for _, product in tried]
        verdicts = guard.check(context, facts, jurisdiction=jurisdiction, customer_id=customer_id)
        for (likeness, product), verdict in zip(tried, verdicts, strict=True):
            if verdict.verdict is Verdict.PASS and len(found) < limit:
                found.append(Substitute(product, Judgement(verdict.verdict, verdict.reasons), likeness))
        if len(found) == limit:
            break
    return found


def likeness_of(first: Product, second: Product) -> float:
    """How near two products are: department and category first, then words of the name and facets."""
    if first.department != second.department:
        return 0.0
    one, other = _words(first), _words(second)
    shared = len(one & other) / max(1, len(one | other))
    return 0.6 * (first.category == second.category) + 0.4 * shared


def rewrite_recipe(
    ingredients: Sequence[str], context: PatientContext, *, name: str = "recipe", jurisdiction: str = "EU"
) -> Recipe:
    """Replace each ingredient that does not pass by the first swap that does, and judge the whole again."""
    lines = [_rewrite(line, context, jurisdiction) for line in ingredients]
    kept = ", ".join(line.line or line.before for line in lines)
    whole = ProductFacts(name=name, ingredients=kept)
    return Recipe(tuple(lines), judge(context, whole, jurisdiction=jurisdiction))


def _rewrite(line: str, context: PatientContext, jurisdiction: str) -> RecipeLine:
    judgement = _judge_line(line, context, jurisdiction)
    if judgement.verdict is not Verdict.BLOCK:
        return RecipeLine(line, line, judgement)
    for food, swaps in sorted(SWAPS, key=lambda pair: -len(pair[0])):
        pattern = re.compile(rf"\b{re.escape(food)}s?\b", re.IGNORECASE)
        if not pattern.search(line):
            continue
        for swap in swaps:
            changed = pattern.sub(swap, line, count=1)
            if _judge_line(changed, context, jurisdiction).verdict.gravity < Verdict.CANNOT_CLEAR.gravity:
                return RecipeLine(line, changed, judgement)
    return RecipeLine(line, "", judgement)


def _judge_line(line: str, context: PatientContext, jurisdiction: str) -> Judgement:
    """One ingredient by itself; amounts of nutrients are no property of a line, so they are left out."""
    judged = judge(context, ProductFacts(name="", ingredients=line, language="en"), jurisdiction=jurisdiction)
    reasons = tuple(reason for reason in judged.reasons if reason.where != "nutrition")
    verdict = max((reason.verdict for reason in reasons), key=lambda v: v.gravity, default=Verdict.PASS)
    return replace(judged, verdict=verdict, reasons=reasons)


def _words(product: Product) -> frozenset[str]:
    facets = [value for values in product.attributes.values() for value in values]
    text = " ".join([product.name, product.category, *facets])
    return frozenset(word.text.removesuffix("s") for word in split_words(text))
