"""Reads a message, names its intent, and sends it to the lobes that answer it.

The intent comes from the classifier; a few overrides, kept as data with their reasons, correct it where the reading of
the message is certain. The map from intent to lobes is ``core/intents.py``. Lobes the map names but nobody registered
are reported as missing, in words.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from langgraph.types import Send

from seamless_retail.core.catalogue import Record
from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.intents import ROUTES, Intent, IntentPrediction, Route
from seamless_retail.core.ports import IntentClassifier, QueryReader
from seamless_retail.core.queries import Focus, Understanding
from seamless_retail.core.wishes import RETURN_OPERATIONS
from seamless_retail.lobes.languages.notices import LOST
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.languages.requests import is_about_language
from seamless_retail.lobes.mood_person import asks_for_person
from seamless_retail.lobes.pictures import BESIDE_PICTURE, focus_on, of_picture, of_words, seen_in
from seamless_retail.lobes.state import BrainState, LobeInput
from seamless_retail.lobes.stated import acknowledgement, without_health
from seamless_retail.tools.understanding.order_wishes import complete, read_wish

LANGUAGE_LOBE = "translation"
"""The lobe of requests about language itself, whatever their intent."""
GENERAL_LOBE = "context"
"""The lobe that runs beside an unsure route, and instead of one that nobody registered."""

CANNOT_YET: Mapping[str, str] = {
    "visual": "I cannot look at pictures yet; please describe what you are looking for in words.",
    "code": "I cannot help with programming questions; I can help with products, orders and store policies.",
}
"""What to tell a customer when the route names a lobe that is not registered."""


@dataclass(frozen=True, slots=True)
class Override:
    """A correction of the classifier: the intent that holds when ``applies``, and why."""

    intent: Intent
    applies: Callable[[Understanding, Intent], bool]
    reason: str


NOT_OURS = (Intent.OUT_OF_SCOPE, Intent.GENERAL_CHAT, Intent.CODE_REQUEST, Intent.STORE_INFO)
"""Guesses that a certain reading of the message may overrule."""
_REQUEST = re.compile(
    r"\b(?:show|find|search|recommend|suggest|need|want|would like|looking for|get|give|buy|add|order|where|when|which"
    r"|what|how|is there|are there|do you|can i|could i|can you|could you|any|some)\b",
    re.IGNORECASE,
)
"""A message that also asks for something is answered for that."""
NOT_PRODUCT_FACTS = frozenset({"delivery", "returns", "promotion", "previous_order", "latest_order"})


def _is_about_memory(understanding: Understanding, intent: Intent) -> bool:
    return bool(understanding.about_memory)


_WHERE = re.compile(r"\b(?:where|track\w*|arriv\w+|status|how long|when (?:will|does|is))\b", re.IGNORECASE)
ABOUT_ORDERS = (Intent.ORDER_STATUS, Intent.RETURNS_EXCHANGE)


def _wants_return(understanding: Understanding, intent: Intent) -> bool:
    wish = understanding.wish
    return wish is not None and wish.operation in RETURN_OPERATIONS and (wish.certain or intent in ABOUT_ORDERS)


def _wants_discount(understanding: Understanding, intent: Intent) -> bool:
    return understanding.wish is not None and understanding.wish.operation in ("use_points", "use_vouchers")


def _wants_order_changed(understanding: Understanding, intent: Intent) -> bool:
    wish = understanding.wish
    return wish is not None and wish.certain and wish.operation not in RETURN_OPERATIONS


def _names_order(understanding: Understanding, intent: Intent) -> bool:
    named = understanding.order_id and understanding.order_id.lower() in understanding.text.lower()
    return bool(named) and intent not in ABOUT_ORDERS


def _asks_where_it_is(understanding: Understanding, intent: Intent) -> bool:
    goes_on = (
        understanding.order_id and not understanding.selected_product_id and not understanding.products.product_ids
    )
    return bool(goes_on and _WHERE.search(understanding.text)) and intent not in ABOUT_ORDERS


def _means_latest_order(understanding: Understanding, intent: Intent) -> bool:
    return bool({"previous_order", "latest_order"} & set(understanding.wants)) and intent in NOT_OURS


def _asks_for_others(understanding: Understanding, intent: Intent) -> bool:
    return bool(understanding.selected_product_id and {"similar", "complement"} & set(understanding.wants))


def _asks_what_to_buy_again(understanding: Understanding, intent: Intent) -> bool:
    named = understanding.order_id or understanding.selected_product_id or understanding.products.product_ids
    return "repurchase" in understanding.wants and not named


def _asks_of_product(understanding: Understanding, intent: Intent) -> bool:
    facts = set(understanding.wants) - NOT_PRODUCT_FACTS
    return bool(understanding.selected_product_id and facts) and intent in NOT_OURS


def _asks_for_stock(understanding: Understanding, intent: Intent) -> bool:
    query = understanding.products
    asked = query.in_stock or query.location_id or "stock" in understanding.wants
    return bool(asked and (query.categories or query.product_ids)) and intent in NOT_OURS


def _filters_products(understanding: Understanding, intent: Intent) -> bool:
    query = understanding.products
    certain = query.categories or query.product_ids or (understanding.is_follow_up and query.constraints())
    return bool(certain) and intent is Intent.OUT_OF_SCOPE


def _asks_for_person(understanding: Understanding, intent: Intent) -> bool:
    asks_more = understanding.wish or understanding.order_id or understanding.products.constraints()
    return not asks_more and intent not in ABOUT_ORDERS and asks_for_person(understanding.text)


def _tells_what_to_respect(understanding: Understanding, intent: Intent) -> bool:
    query, text = understanding.products, understanding.text
    asks = "?" in text or _REQUEST.search(text) or set(understanding.wants) - {"allergens"}
    return not (asks or query.categories or query.product_ids) and bool(acknowledgement(text))


OVERRIDES: tuple[Override, ...] = (
    Override(Intent.GENERAL_CHAT, _is_about_memory, "It asks what the customer said before, which no record tells."),
    Override(Intent.RETURNS_EXCHANGE, _wants_return, "It asks to have items exchanged, returned or refunded."),
    Override(Intent.LOYALTY_PROGRAM, _wants_discount, "It asks to use points or vouchers."),
    Override(Intent.ORDER_STATUS, _wants_order_changed, "It asks to have something done to an order or the cart."),
    Override(Intent.ORDER_STATUS, _names_order, "The message names an order, whatever its other words resemble."),
    Override(Intent.ORDER_STATUS, _asks_where_it_is, "It goes on about an order and asks where it is."),
    Override(Intent.ORDER_STATUS, _means_latest_order, "It asks for the customer's latest order or the one before."),
    Override(Intent.RECOMMENDATION, _asks_for_others, "It asks for something like, or to go with, one product."),
    Override(Intent.RECOMMENDATION, _asks_what_to_buy_again, "It asks what the customer is about to need again."),
    Override(Intent.PRODUCT_INQUIRY, _asks_of_product, "It asks a detail of a product it names or points back to."),
    Override(Intent.INVENTORY_CHECK, _asks_for_stock, "It asks whether a kind of product is in stock, or where."),
    Override(Intent.PRODUCT_INQUIRY, _filters_products, "It names a category or product the catalogue holds."),
    Override(Intent.GENERAL_CHAT, _asks_for_person, "It asks for a human being."),
    Override(Intent.GENERAL_CHAT, _tells_what_to_respect, "It tells of an allergy, a diet, a condition or a medicine."),
)
"""Tried in order; the first that applies wins."""


def overrule(understanding: Understanding, prediction: IntentPrediction) -> IntentPrediction:
    """The prediction, or the intent of the first override that holds, with the overruled guess as an alternative."""
    for override in OVERRIDES:
        if override.applies(understanding, prediction.intent):
            if override.intent is prediction.intent:
                return prediction
            before = ((prediction.intent, prediction.confidence), *prediction.alternatives)
            return IntentPrediction(intent=override.intent, confidence=1.0, alternatives=before)
    return prediction


class RoutePlan(Record):
    """Which lobes run, the leading one first, and what no registered lobe can do, in words."""

    primary: str = ""
    parallel: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refused: bool = False
    """Whether the input guard refused the message, so that no lobe and no language model gets it."""


class Router:
    """The node that understands a message and plans which lobes answer it; :func:`fan_out` is the edge after it.

    Args:
        classifier: Names the intent of a message.
        reader: Turns the message into filters, resolving follow-ups against the thread's focus.
        lobes: Names of the registered lobes.
        min_confidence: Below it the general lobe runs beside the routed ones.
        routes: Intent → lobes.
    """

    def __init__(
        self,
        classifier: IntentClassifier,
        reader: QueryReader,
        lobes: Collection[str],
        min_confidence: float = 0.5,
        routes: Mapping[Intent, Route] = ROUTES,
    ) -> None:
        self._classifier, self._reader = classifier, reader
        self._lobes, self._min_confidence, self._routes = frozenset(lobes), min_confidence, routes

    def __call__(self, state: BrainState) -> dict[str, Any]:
        """Write ``understanding``, ``intent`` and ``route``.

        Raises:
            InvalidQueryError: The message is empty, too long, not text, or contradicts itself.
        """
        screening = state.get("screening") or {}
        if screening.get("refusal"):
            return _refused(state["query"], screening["refusal"])
        if Spoken.of(state).read_by == "nobody":
            return _refused(state["query"], LOST, refused=False)
        sightings = seen_in(state)
        focus = focus_on(Focus.model_validate(state.get("focus") or {}), sightings, state["query"])
        understanding = self._understood(state, focus)
        if wish := read_wish(understanding.text) or complete(focus.asked, understanding.text):
            understanding = understanding.model_copy(update={"wish": wish})
        prediction = overrule(understanding, self._classifier.classify([understanding.text])[0])
        plan = self.plan(prediction)
        if LANGUAGE_LOBE in self._lobes and is_about_language(understanding.text):
            plan, prediction = RoutePlan(primary=LANGUAGE_LOBE), _TALK
        if sightings:
            plan, prediction = self._with_picture(plan, prediction), of_picture(prediction)
        return {
            "understanding": understanding.model_dump(mode="json"),
            "intent": prediction.model_dump(mode="json"),
            "route": _with_notice(plan, screening.get("notice", "")).model_dump(mode="json"),
            **({"focus": focus.model_dump(mode="json")} if sightings else {}),
        }

    def _with_picture(self, words: RoutePlan, prediction: IntentPrediction) -> RoutePlan:
        """The visual lobe leads; beside it run the lobes of what the words ask, where it cannot answer that itself."""
        route = self._routes[Intent.VISUAL_SEARCH]
        if route.primary not in self._lobes:
            return words.model_copy(update={"missing": (CANNOT_YET["visual"], *words.missing)})
        asked = (words.primary, *words.parallel) if prediction.intent in BESIDE_PICTURE else ()
        beside = tuple(name for name in asked if name and name not in (route.primary, *route.parallel))
        return RoutePlan(primary=route.primary, parallel=beside)

    def _understood(self, state: BrainState, focus: Focus) -> Understanding:
        """The message; where a life is in danger, also one that contradicts itself."""
        try:
            return self._read(state["query"], focus)
        except InvalidQueryError:
            if not (state.get("mood") or {}).get("emergency"):
                raise
            return Understanding(text=state["query"], standalone=state["query"])

    def _read(self, query: str, focus: Focus) -> Understanding:
        """The message; names of diseases and medicines are no words to search products by."""
        understanding = self._reader.read(query, focus)
        searched = without_health(understanding.text)
        if searched == understanding.text:
            return understanding
        return self._reader.read(searched, focus).model_copy(update={"text": understanding.text})

    def plan(self, prediction: IntentPrediction) -> RoutePlan:
        """The registered lobes for an intent; the first of them leads."""
        route = self._routes[prediction.intent]
        wanted = (route.primary, *route.parallel)
        names = [name for name in wanted if name in self._lobes]
        if (prediction.confidence < self._min_confidence or not names) and GENERAL_LOBE in self._lobes:
            names.append(GENERAL_LOBE)
        names = list(dict.fromkeys(names))
        unregistered = [name for name in wanted if name not in self._lobes]
        return RoutePlan(
            primary=names[0] if names else "",
            parallel=tuple(names[1:]),
            missing=tuple(CANNOT_YET.get(name, "I cannot answer every part of this yet.") for name in unregistered),
        )


def fan_out(state: BrainState) -> list[Send] | str:
    """The conditional edge after the router: one ``Send`` per lobe, or ``synthesis`` when none is registered."""
    plan = RoutePlan.model_validate(state["route"])
    names = filter(None, (plan.primary, *plan.parallel))
    sends = [Send(name, _lobe_input(state, leads=name == plan.primary)) for name in names]
    return sends or "synthesis"


_TALK = IntentPrediction(intent=Intent.GENERAL_CHAT, confidence=1.0)


def _refused(query: str, refusal: str, *, refused: bool = True) -> dict[str, Any]:
    """What stands for an understood message when nothing of it may be, or can be, acted on."""
    intent = IntentPrediction(intent=Intent.OUT_OF_SCOPE, confidence=1.0)
    return {
        "understanding": Understanding(text=query, standalone="").model_dump(mode="json"),
        "intent": intent.model_dump(mode="json"),
        "route": RoutePlan(missing=(refusal,), refused=refused).model_dump(mode="json"),
    }


def _with_notice(plan: RoutePlan, notice: str) -> RoutePlan:
    return plan.model_copy(update={"missing": (notice, *plan.missing)}) if notice else plan


def _lobe_input(state: BrainState, *, leads: bool) -> LobeInput:
    """What one lobe gets; beside the visual lobe, which leads where there is a picture, only the words count."""
    intent = state["intent"]
    if state.get("sight") and not leads:
        intent = of_words(IntentPrediction.model_validate(intent)).model_dump(mode="json")
    return LobeInput(
        role="primary" if leads else "parallel",
        understanding=state["understanding"],
        intent=intent,
        focus=state.get("focus") or {},
        sight=state.get("sight") or [],
    )
