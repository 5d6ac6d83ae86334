"""The lobes of this package: one line each. Lobes of other packages are added by the composition root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.desks import Desks
from seamless_retail.core.ports import (
    ConversationMemory,
    DemandForecaster,
    FoodCheck,
    MemoryReader,
    NextItem,
    ProductSight,
    Shop,
)
from seamless_retail.lobes.acting import Acting
from seamless_retail.lobes.cart_actions import CartActions
from seamless_retail.lobes.clara_empathy import ClaraEmpathy, WithPreferences
from seamless_retail.lobes.coding import CodeLobe
from seamless_retail.lobes.context import ContextLobe
from seamless_retail.lobes.empathy import EmpathyLobe
from seamless_retail.lobes.inventory import InventoryLobe
from seamless_retail.lobes.languages.services import Languages
from seamless_retail.lobes.lobe import Lobe
from seamless_retail.lobes.memory_answer import MemoryAnswers
from seamless_retail.lobes.order_actions import OrderActions
from seamless_retail.lobes.recommendation import RecommendationLobe
from seamless_retail.lobes.translation import TranslationLobe
from seamless_retail.lobes.visual import VisualLobe
from seamless_retail.tools.code_desk import CodeDesk


@dataclass(frozen=True, slots=True)
class LobeServices:
    """What a lobe can be made of."""

    shop: Shop
    retriever: BaseRetriever
    """Passages of the shop's texts: ``invoke(text, k=…, filter=…)``."""
    min_score: float = 0.4
    """Score under which a passage does not answer."""
    passages: int = 5
    """Passages that one question looks at."""
    memory_reader: MemoryReader | None = None
    """Reads passages from compressed memory; without one they are quoted by the words they share with the question."""
    min_memory_confidence: float = 0.7
    """Confidence under which its answer is not used."""
    conversations: ConversationMemory | None = None
    """What customers said in earlier conversations; without one, nothing is remembered."""
    demand: DemandForecaster | None = None
    """Expects what will be sold; without one, nothing is said about the stock of coming days."""
    next_item: NextItem | None = None
    """Ranks what customers buy next; without one, orders in common and attributes decide."""
    food_check: FoodCheck | None = None
    """Keeps what a customer must not eat out of rankings, so that the guards leave something over."""
    desks: Desks | None = None
    """Where orders and carts are changed; without them they are only looked up."""
    code: CodeDesk = field(default_factory=CodeDesk)
    """Makes code for staff."""
    sight: ProductSight | None = None
    """Looks at pictures; without it, the visual lobe is not ready."""
    sight_missing: str = "No image encoder is configured."
    """Why there is none."""
    languages: Languages = field(default_factory=Languages)
    """Tells and translates languages."""

    @property
    def acting(self) -> Acting | None:
        """Drafts what customers want done."""
        if self.desks is None:
            return None
        orders = OrderActions(self.shop, self.desks.orders)
        return Acting(orders, CartActions(self.shop, self.desks, self.food_check))

    @property
    def memory(self) -> MemoryAnswers | None:
        """The reader behind its check."""
        return MemoryAnswers(self.memory_reader, self.min_memory_confidence) if self.memory_reader else None


LOBES: Mapping[str, Callable[[LobeServices], Lobe]] = {
    "inventory": lambda services: InventoryLobe(
        services.shop, services.retriever, services.min_score, demand=services.demand
    ),
    "recommendation": lambda services: WithPreferences(
        RecommendationLobe(services.shop, services.retriever, services.next_item, services.food_check),
        ClaraEmpathy(services.conversations),
    ),
    "empathy": lambda services: EmpathyLobe(
        services.shop, services.retriever, services.min_score, services.conversations, services.acting
    ),
    "context": lambda services: ContextLobe(
        services.retriever, services.shop, services.min_score, passages=services.passages, memory=services.memory
    ),
    "code": lambda services: CodeLobe(services.shop, services.retriever, services.code),
    "translation": lambda services: TranslationLobe(services.languages),
    "visual": lambda services: VisualLobe(
        services.shop,
        services.retriever,
        LOBES["inventory"](services),
        LOBES["recommendation"](services),
        services.sight,
        services.sight_missing,
        services.min_score,
    ),
}
"""By name, as the routes of ``core/intents.py`` call them."""


def make_lobes(services: LobeServices) -> dict[str, Lobe]:
    """Every lobe of this package, by name."""
    return {name: make(services) for name, make in LOBES.items()}
