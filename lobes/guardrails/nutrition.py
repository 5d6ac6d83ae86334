"""The nutrition guard: what the customer must not eat does not reach the answer unnoticed.

It compares what each food's label declares, as ingredient and as trace, with the allergies and diets of the verified
customer and with the allergens the message itself excludes. It fails closed: what is not declared, or cannot be
checked, is not cleared. It reads labels and profiles only; it gives no medical advice and never guesses an ingredient.
"""

import logging
from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from seamless_retail.core.catalogue import Allergen, Product
from seamless_retail.core.evidence import Claim, GuardDecision
from seamless_retail.core.ports import Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import Focus, Understanding
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.restrictions import Restrictions, read_restrictions
from seamless_retail.lobes.guardrails.verdicts import STRICTNESS, Finding, judge
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.state import BrainState
from seamless_retail.lobes.stated import avoided_allergens, without_names
from seamless_retail.lobes.wording import agree, join_words

log = logging.getLogger(__name__)

NAME = "nutrition"

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
"""Wants of a message to which "nothing declared stands against it" is part of the answer."""

NAMED_AT_MOST = 3


class NutritionGuard:
    """The guard's node, over the shop's labels and profiles."""

    name = NAME

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Rewrite ``draft`` and write ``guardrail``."""
        understanding = Understanding.model_validate(state["understanding"])
        focus = Focus.model_validate(state.get("focus") or {})
        draft = Draft.model_validate(state["draft"])
        draft, decisions = self.check(draft, understanding, runtime.context or Principal(), focus.avoided_allergens)
        verdict = max((d.verdict for d in decisions), key=STRICTNESS.index, default="pass")
        shown = [d.model_dump(mode="json") for d in decisions if d.verdict != "pass"]
        return {"draft": draft.model_dump(mode="json"), "guardrail": {"verdict": verdict, "decisions": shown}}

    def check(
        self, draft: Draft, understanding: Understanding, principal: Principal, avoided: Sequence[Allergen] = ()
    ) -> tuple[Draft, tuple[GuardDecision, ...]]:
        """Judge every food the draft is about, remove or annotate its claims, and say why.

        Args:
            draft: What is about to be worded.
            understanding: The message; the allergens it rules out count.
            principal: The verified caller, whose profile counts.
            avoided: Allergens that the conversation stated before.

        Returns:
            The draft as it may be worded, and one decision per food (and one for what no label can be checked against).
        """
        products = self._shop.catalogue.get_many(draft.product_ids)
        foods = [product for product in products if product.food or product.department == "grocery"]
        if not foods:
            return draft, ()
        text = without_names(understanding.text, [product.name for product in foods])
        stated = (*understanding.products.exclude_allergens, *avoided_allergens(text), *avoided)
        try:
            restrictions = read_restrictions(self._shop, principal, stated)
        except Exception:
            log.exception("the dietary profile of the customer could not be read")
            return _leave_out_all(draft, foods)
        if restrictions.is_empty:
            return draft, ()
        findings = [_judge_closed(product, restrictions) for product in foods]
        return _apply(draft, findings, restrictions, asks_safety=bool(SAFETY_WANTS & set(understanding.wants)))


def _apply(
    draft: Draft, findings: Sequence[Finding], restrictions: Restrictions, asks_safety: bool
) -> tuple[Draft, tuple[GuardDecision, ...]]:
    draft = _without(draft, {f.product.id: f.product.name for f in findings if _removes(f, draft)})
    notices = _notices(findings, draft, asks_safety)
    decisions = [_decision(finding, draft) for finding in findings]
    if restrictions.unchecked and any(finding.product.id not in draft.withheld for finding in findings):
        citations = tuple(restrictions.unchecked.values())
        notices.append(make_claim("caution", citations, sentence=restrictions.caution()))
        reason = f"{restrictions.caution()}."
        decisions.append(GuardDecision(guard=NAME, verdict="warn", reason=reason, citations=citations))
    lost = [f"{_sentence(f, draft)}." for f in findings if f.verdict != "pass" and not f.citations]
    claims = (*_without_repeats(draft.claims, notices), *notices)
    update = {"claims": claims, "missing": (*draft.missing, *lost)}
    return draft.model_copy(update=update), tuple(decisions)


def _judge_closed(product: Product, restrictions: Restrictions) -> Finding:
    """Judge one food; a defect on the way is a reason not to clear it."""
    try:
        return judge(product, restrictions)
    except Exception:
        log.exception("product %s could not be judged", product.id)
        return Finding(product, "cannot_clear")


def _removes(finding: Finding, draft: Draft) -> bool:
    asked = finding.product.id == draft.asked_product_id
    return finding.verdict == "block" or (finding.verdict == "cannot_clear" and not asked)


def _without(draft: Draft, removed: dict[str, str]) -> Draft:
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


def _without_repeats(claims: Sequence[Claim], notices: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims but for those about the label that a notice on the same product says as well."""

    def is_repeated(claim: Claim) -> bool:
        allergen = str(claim.facts.get("allergen", ""))
        return claim.kind in REPEATED_KINDS and any(
            notice.product_id == claim.product_id and allergen in notice.text for notice in notices
        )

    return tuple(claim for claim in claims if not is_repeated(claim))


def _leave_out_all(draft: Draft, foods: Sequence[Product]) -> tuple[Draft, tuple[GuardDecision, ...]]:
    reason = "I could not read your dietary profile, so I left out all food."
    draft = _without(draft, {product.id: product.name for product in foods})
    decisions = [
        GuardDecision(guard=NAME, verdict="cannot_clear", product_id=product.id, reason=reason) for product in foods
    ]
    return draft.model_copy(update={"missing": (*draft.missing, reason)}), tuple(decisions)


def _decision(finding: Finding, draft: Draft) -> GuardDecision:
    return GuardDecision.model_validate(
        {
            "guard": NAME,
            "verdict": finding.verdict,
            "product_id": finding.product.id,
            "reason": "" if finding.verdict == "pass" else f"{_sentence(finding, draft)}.",
            "citations": finding.citations,
        }
    )


def _notices(findings: Sequence[Finding], draft: Draft, asks_safety: bool) -> list[Claim]:
    """What the answer says: each on its own for the product asked about and for warnings, in groups for the others."""
    notices: list[Claim] = []
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in (f for f in findings if f.citations):
        asked = finding.product.id == draft.asked_product_id
        if finding.verdict == "pass":
            if asked and asks_safety:
                notices.append(_notice("cleared", [finding], _sentence(finding, draft)))
        elif asked or finding.verdict == "warn":
            kind = {"block": "blocked", "warn": "caution"}.get(finding.verdict, "not_cleared")
            notices.append(_notice(kind, [finding], _sentence(finding, draft)))
        else:
            groups.setdefault((finding.verdict, finding.cause), []).append(finding)
    return notices + [_group_notice(verdict, group) for (verdict, _), group in groups.items()]


def _notice(kind: str, findings: Sequence[Finding], sentence: str) -> Claim:
    citations = [citation for finding in findings for citation in finding.citations]
    about = findings[0].product.id if len(findings) == 1 else ""
    return make_claim(kind, citations, about, sentence=sentence)


def _group_notice(verdict: str, group: Sequence[Finding]) -> Claim:
    names = [finding.product.name for finding in group]
    more = [f"{len(names) - NAMED_AT_MOST} more"] if len(names) > NAMED_AT_MOST else []
    listed = join_words([*names[:NAMED_AT_MOST], *more])
    kind = "blocked" if verdict == "block" else "not_cleared"
    return _notice(kind, group[:NAMED_AT_MOST], f"I left out {listed}: {group[0].cause}")


def _sentence(finding: Finding, draft: Draft) -> str:
    name, cause = finding.product.name, finding.cause
    asked = finding.product.id == draft.asked_product_id
    match finding.verdict:
        case "pass":
            traces = ", neither as contained nor as a trace" if "names no" in cause else ""
            return f"I see nothing against {name}: {cause}{traces}"
        case "warn":
            return f"Please take care with {name}: {cause}"
        case "block" if asked:
            return f"{name} {agree(name, 'is', 'are')} not safe for you: {cause}"
        case "cannot_clear" if asked and cause:
            return f"I cannot say that {name} {agree(name, 'is', 'are')} right for you: {cause}"
    return f"I left out {name}: {cause}" if cause else f"I left out {name}, because I could not check it for you"
