"""The nutrition guard's node: no food that its customer must not eat goes from the draft into the answer unnoticed.

It has the food guard judge every food that the draft is about, takes out what is blocked or not cleared, says why, and
offers the nearest product that passes instead. What only a picture tells of is never cleared. It fails closed: when the
household or the labels cannot be read, all food is left out.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from langgraph.runtime import Runtime

from seamless_retail.core.catalogue import Product
from seamless_retail.core.evidence import Claim, GuardDecision
from seamless_retail.core.ports import Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import ProductQuery, Understanding
from seamless_retail.lobes.composer import MAX_LISTED
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.findings import NAME, Finding
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.guard import strictest
from seamless_retail.lobes.guardrails.household import Household
from seamless_retail.lobes.guardrails.notices import notices, sentence
from seamless_retail.lobes.guardrails.pictured import never_cleared, uncleared
from seamless_retail.lobes.guardrails.replacement import Replacements
from seamless_retail.lobes.guardrails.rules import Verdict, from_product
from seamless_retail.lobes.phrasebook import LIST_KINDS
from seamless_retail.lobes.pictures import pictured
from seamless_retail.lobes.state import BrainState
from seamless_retail.lobes.visual_claims import asks_safety

log = logging.getLogger(__name__)

LABEL_KINDS = frozenset(
    {
        "ingredients",
        "nutrition",
        "allergens",
        "traces",
        "undeclared",
        "contains_allergen",
        "may_contain_allergen",
        "lacks_allergen",
    }
)
"""Claims that only repeat the label: they stay when the customer asked about that very product."""

REPEATED_KINDS = frozenset({"undeclared", "contains_allergen", "may_contain_allergen", "lacks_allergen"})
"""Label claims that a verdict on the product says as well."""

SAFETY_WANTS = frozenset({"allergens"})
"""Wants of a message to which "nothing stands against it" is part of the answer."""

UNREAD = (
    "I could not read what you must not eat, so I left out all food; "
    "please say it in English or put it into your profile."
)


class NutritionGuard:
    """The guard's node, over the shop's labels.

    Args:
        shop: Its labels, and its catalogue for replacements.
        food_guard: Judges.
    """

    name = NAME

    def __init__(self, shop: Shop, food_guard: FoodGuard | None = None) -> None:
        self._shop, self._guard = shop, food_guard or FoodGuard()
        self._replacements = Replacements(shop, self._guard)

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Rewrite ``draft`` and write ``guardrail``."""
        household, draft = Household.from_state(state["household"]), Draft.model_validate(state["draft"])
        unclear = uncleared(draft)
        if household.is_unrestricted and not unclear and not pictured(state, draft.asked_product_id):
            return {}
        understanding = Understanding.model_validate(state["understanding"])
        draft, decisions = self.check(draft, household, runtime.context or Principal(), understanding)
        if food := self._pictured(state, draft, understanding):
            draft, decisions = never_cleared(draft, decisions, food)
        decisions = (*decisions, *unclear)
        if household.question and decisions:
            draft = draft.model_copy(update={"missing": (*draft.missing, household.question)})
        shown = [d.model_dump(mode="json") for d in decisions if d.verdict != "pass"]
        return {
            "draft": draft.model_dump(mode="json"),
            "guardrail": {"verdict": strictest(decisions), "decisions": shown},
        }

    def _pictured(self, state: BrainState, draft: Draft, understanding: Understanding) -> Product | None:
        """The food whose safety is asked and that only a picture tells of."""
        if not (pictured(state, draft.asked_product_id) and asks_safety(understanding)):
            return None
        product = self._shop.catalogue.get(draft.asked_product_id)
        return product if product and _is_food(product) else None

    def check(
        self, draft: Draft, household: Household, principal: Principal, understanding: Understanding | None = None
    ) -> tuple[Draft, tuple[GuardDecision, ...]]:
        """Judge every food the draft is about, remove, replace or annotate its claims, and say why.

        Args:
            draft: What is about to be worded.
            household: Whom it is for.
            principal: The verified caller; the food law of the caller's country counts.
            understanding: The message, for what a replacement must satisfy.

        Returns:
            The draft as it may be worded, and one decision per food.
        """
        products = self._shop.catalogue.get_many(draft.product_ids)
        foods = [product for product in products if _is_food(product)]
        if not foods or household.is_unrestricted:
            return draft, ()
        if not household.is_read:
            return _leave_out_all(draft, foods)
        verdicts = self._guard.check(
            household.context,
            [from_product(product) for product in foods],
            jurisdiction=principal.jurisdiction,
            customer_id=principal.customer_id,
        )
        findings = [Finding(p, verdict, household) for p, verdict in zip(foods, verdicts, strict=True)]
        wants = set(understanding.wants) if understanding else set()
        checked, decisions = _apply(draft, findings, asks_safety=bool(SAFETY_WANTS & wants))
        wanted = understanding.products if understanding else ProductQuery()
        offers = self._replacements.find(draft, checked, findings, wanted, principal)
        return checked.model_copy(update={"claims": (*checked.claims, *offers)}), decisions


def _is_food(product: Product) -> bool:
    return product.food is not None or product.department == "grocery"


def _apply(draft: Draft, findings: Sequence[Finding], *, asks_safety: bool) -> tuple[Draft, tuple[GuardDecision, ...]]:
    asked = draft.asked_product_id
    draft = without(draft, {f.product.id: f.product.name for f in findings if _removes(f, asked)})
    draft = _cleared_first(draft, {f.product.id for f in findings if f.verdict.verdict is Verdict.PASS})
    surplus = {claim.product_id for claim in _listed(draft)[MAX_LISTED:]}
    told = notices([f for f in findings if f.product.id not in surplus], asked, asks_safety=asks_safety)
    decisions = [
        finding.decision("" if finding.verdict.verdict is Verdict.PASS else f"{_said(finding, asked)}.")
        for finding in findings
    ]
    claims = (*_without_repeats(draft.claims, told), *told)
    return draft.model_copy(update={"claims": claims}), tuple(decisions)


def _listed(draft: Draft) -> list[Claim]:
    return [claim for claim in draft.claims if claim.kind in LIST_KINDS]


def _cleared_first(draft: Draft, cleared: Collection[str]) -> Draft:
    """Suggestions that nothing stands against before those with a warning; lists that the customer ordered stay."""
    suggested = [claim for claim in draft.claims if claim.kind == "recommendation"]
    ranked = iter(sorted(suggested, key=lambda claim: claim.product_id not in cleared))
    claims = tuple(next(ranked) if claim.kind == "recommendation" else claim for claim in draft.claims)
    return draft.model_copy(update={"claims": claims})


def _said(finding: Finding, asked: str) -> str:
    return sentence(finding, asked=finding.product.id == asked)


def _removes(finding: Finding, asked: str) -> bool:
    verdict = finding.verdict.verdict
    return verdict is Verdict.BLOCK or not (finding.is_shown or finding.product.id == asked)


def without(draft: Draft, removed: Mapping[str, str]) -> Draft:
    """The draft without the claims about the removed products, but for the label of the one asked about."""

    def stays(claim: Claim) -> bool:
        is_label = claim.product_id == draft.asked_product_id and claim.kind in LABEL_KINDS
        return claim.product_id not in removed or is_label

    return draft.model_copy(
        update={
            "claims": tuple(filter(stays, draft.claims)),
            "supplementary": tuple(filter(stays, draft.supplementary)),
            "withheld": {**draft.withheld, **removed},
        }
    )


def _without_repeats(claims: Sequence[Claim], told: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims but for those about the label that a notice on the same product says as well."""

    def is_repeated(claim: Claim) -> bool:
        allergen = str(claim.facts.get("allergen", ""))
        return claim.kind in REPEATED_KINDS and any(
            notice.product_id == claim.product_id and allergen in notice.text for notice in told
        )

    return tuple(claim for claim in claims if not is_repeated(claim))


def _leave_out_all(draft: Draft, foods: Sequence[Product]) -> tuple[Draft, tuple[GuardDecision, ...]]:
    draft = without(draft, {product.id: product.name for product in foods})
    decisions = [GuardDecision(guard=NAME, verdict="cannot_clear", product_id=p.id, reason=UNREAD) for p in foods]
    return draft.model_copy(update={"missing": (*draft.missing, UNREAD)}), tuple(decisions)
