"""What a customer can want, and which lobes answer it. The map is data; a new lobe is one line here."""

from enum import StrEnum
from types import MappingProxyType

from seamless_retail.core.catalogue import Record


class Intent(StrEnum):
    """The ten intents of the router and the eleventh that says "none of these"."""

    PRODUCT_INQUIRY = "product_inquiry"
    INVENTORY_CHECK = "inventory_check"
    RECOMMENDATION = "recommendation"
    ORDER_STATUS = "order_status"
    STORE_INFO = "store_info"
    RETURNS_EXCHANGE = "returns_exchange"
    LOYALTY_PROGRAM = "loyalty_program"
    GENERAL_CHAT = "general_chat"
    CODE_REQUEST = "code_request"
    VISUAL_SEARCH = "visual_search"
    OUT_OF_SCOPE = "out_of_scope"


class IntentPrediction(Record):
    """A calibrated guess: ``confidence`` is the probability that ``intent`` is right."""

    intent: Intent
    confidence: float
    alternatives: tuple[tuple[Intent, float], ...] = ()
    """The next best intents with their probabilities, best first."""


class Route(Record):
    """Which lobe leads and which run beside it. Names that no registered lobe bears are reported as missing."""

    primary: str
    parallel: tuple[str, ...] = ()


ROUTES: MappingProxyType[Intent, Route] = MappingProxyType(
    {
        Intent.PRODUCT_INQUIRY: Route(primary="inventory", parallel=("context",)),
        Intent.INVENTORY_CHECK: Route(primary="inventory", parallel=()),
        Intent.RECOMMENDATION: Route(primary="recommendation", parallel=("context",)),
        Intent.ORDER_STATUS: Route(primary="empathy", parallel=("context",)),
        Intent.STORE_INFO: Route(primary="context", parallel=()),
        Intent.RETURNS_EXCHANGE: Route(primary="empathy", parallel=("context",)),
        Intent.LOYALTY_PROGRAM: Route(primary="empathy", parallel=("context",)),
        Intent.GENERAL_CHAT: Route(primary="empathy", parallel=()),
        Intent.CODE_REQUEST: Route(primary="code", parallel=("context",)),
        Intent.VISUAL_SEARCH: Route(primary="visual", parallel=("inventory",)),
        Intent.OUT_OF_SCOPE: Route(primary="context", parallel=()),
    }
)
