"""The step of a turn that finds out what the customer must not eat, before any lobe looks for food."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from langgraph.runtime import Runtime

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.languages import ENGLISH
from seamless_retail.core.ports import Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import Focus, Understanding
from seamless_retail.lobes.guardrails.food_guard import Advisor
from seamless_retail.lobes.guardrails.household import (
    UNREAD,
    Household,
    household,
    is_unrestricting,
    read_message,
    remembered,
)
from seamless_retail.lobes.guardrails.patient import PatientContext
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.languages.restriction_cues import OF_ONE_PRODUCT, unread_restrictions
from seamless_retail.lobes.state import BrainState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listen:
    """The step ``listen`` of the node ``router``: reads the verified profile and the customer's own words.

    Documents and tools are never listened to. An advisor, which is a model, may add to what was read. Of a message in
    another language the original is read, too: a translation may add to it and never takes anything back.
    """

    shop: Shop
    advisor: Advisor | None = None

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Write ``household``, and what the conversation is to remember of it into ``focus``.

        What cannot be read restricts everything: the guards then leave out all food. A restriction that a message
        announces and that nothing read does so for the conversation, until it says it in words that can be read;
        ``language`` then says that it was not read.
        """
        spoken = Spoken.of(state)
        focus = Focus.model_validate(state.get("focus") or {})
        try:
            screening = state.get("screening") or {}
            understanding = Understanding.model_validate(state["understanding"])
            if screening.get("refusal"):
                understanding = understanding.model_copy(update={"text": ""})
            left_out = str(screening.get("left_out", ""))
            found, statements, unread = self._listen(focus, understanding, runtime.context, left_out, spoken)
        except Exception:
            log.exception("what the customer must not eat could not be read")
            found, statements, unread = UNREAD, list(focus.statements), frozenset[str]()
        lasts = bool(unread - OF_ONE_PRODUCT) or (focus.unread and len(statements) <= len(focus.statements))
        lasts = lasts and not (spoken.code == ENGLISH.code and is_unrestricting(state["query"]))
        focus = focus.model_copy(update={"statements": tuple(statements), "unread": lasts})
        found = UNREAD if unread or lasts else found
        update = {"household": found.to_state(), "focus": focus.model_dump(mode="json")}
        return {**update, "language": spoken.update(unread=True).record()} if unread else update

    def _listen(
        self, focus: Focus, understanding: Understanding, principal: Principal, left_out: str, spoken: Spoken
    ) -> tuple[Household, list[dict[str, str]], frozenset[str]]:
        """Profile and message, and the kinds of restrictions that nothing read.

        Of a message that may not be acted on, only what restricts counts.

        Raises:
            LookupError: The customer is unknown.
        """
        customer = self.shop.customers.get(principal.customer_id) if principal.customer_id else None
        if principal.customer_id and customer is None:
            raise LookupError(f"customer {principal.customer_id!r} is unknown")
        ids = dict.fromkeys(filter(None, (understanding.selected_product_id, *understanding.products.product_ids)))
        names = [product.name for product in self.shop.catalogue.get_many(tuple(ids))] if ids else []
        told = read_message(spoken.heard or understanding.text, names)
        for other in filter(None, (spoken.heard and understanding.text, spoken.restricts, left_out)):
            restricting = read_message(other, names).active
            told = replace(told, contraindications=(*told.contraindications, *restricting))
        excluded = understanding.products.exclude_allergens
        unread = _unread(spoken, told, excluded) if spoken.heard else frozenset[str]()
        question = ""
        if self.advisor is not None:
            told, question = self.advisor.advise(told), self.advisor.question(told)
        statements = remembered(focus.statements, told)
        found = household(customer, told, statements, excluded)
        return replace(found, question=question), statements, unread


def _unread(spoken: Spoken, told: PatientContext, excluded: Iterable[Allergen]) -> frozenset[str]:
    """What a message in another language announces and neither it nor its English says."""
    keys = {found.key for found in told.contraindications} | {f"allergen:{allergen.value}" for allergen in excluded}
    read = () if spoken.read_by == "translator" else [found.text for found in told.contraindications]
    return unread_restrictions(spoken.heard, spoken.code, keys, read)
