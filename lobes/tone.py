"""When an answer keeps a straight face: nothing about health, safety or a complaint is joked about or cheered."""

from seamless_retail.core.health_words import without_health
from seamless_retail.core.intents import Intent
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.phrasebook import GUARD_KINDS
from seamless_retail.tools.understanding.recollection import topics_told

LABEL_KINDS = frozenset(
    {
        *("ingredients", "nutrition", "allergens", "traces", "undeclared", "contains_allergen"),
        *("may_contain_allergen", "lacks_allergen", "suitable"),
    }
)
"""Claims that somebody's health may hang on."""
GRAVE_KINDS = GUARD_KINDS | LABEL_KINDS | {"refund", "return_closed", "cannot_change", "sign_in_needed"}


def is_sober(draft: Draft) -> bool:
    """Whether the draft is about health or safety, answers a complaint, or leaves something out."""
    claims = (*draft.claims, *draft.supplementary)
    if draft.refused or draft.withheld or draft.action or any(claim.kind in GRAVE_KINDS for claim in claims):
        return True
    told = set(topics_told(draft.question)) & {"complaint", "allergy"}
    complains = draft.intent is Intent.RETURNS_EXCHANGE or bool(told)
    return complains or without_health(draft.question) != draft.question
