"""What a brain is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool

from seamless_retail.core.desks import Desks
from seamless_retail.core.intents import Intent, Route
from seamless_retail.core.personality import Personality
from seamless_retail.core.ports import (
    ConversationMemory,
    DemandForecaster,
    HandoverDesk,
    IntentClassifier,
    MemoryReader,
    MoodReader,
    NextItem,
    ProductSight,
    QueryReader,
    Shop,
)
from seamless_retail.core.settings import Settings
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.guard import Guard
from seamless_retail.lobes.guardrails.input_guard import InputGuard
from seamless_retail.lobes.languages.services import Languages
from seamless_retail.lobes.lobe import Lobe
from seamless_retail.tools.approval import ApprovalGate


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a brain is made of."""

    settings: Settings
    shop: Shop
    retriever: BaseRetriever
    classifier: IntentClassifier
    reader: QueryReader
    lobes: Mapping[str, Lobe]
    """By node name; those that are not ready are left out."""
    tools: Sequence[BaseTool]
    guards: Mapping[str, Guard]
    """By node name, in the order in which they run."""
    routes: Mapping[Intent, Route]
    food_guard: FoodGuard = field(default_factory=FoodGuard)
    """Judges food wherever the brain does."""
    input_guard: InputGuard = field(default_factory=InputGuard)
    """Finds instructions in messages and in retrieved text."""
    chat_model: BaseChatModel | None = None
    memory_reader: MemoryReader | None = None
    """Reads passages from compressed memory."""
    conversations: ConversationMemory | None = None
    """What customers said in earlier conversations."""
    mood_reader: MoodReader | None = None
    """Reads how customers feel."""
    handovers: HandoverDesk | None = None
    """Where a person finds the conversations that wait for one."""
    personality: Personality = field(default_factory=Personality)
    """The shop's dials."""
    sight: ProductSight | None = None
    """Looks at pictures."""
    demand: DemandForecaster | None = None
    """Expects what will be sold."""
    next_item: NextItem | None = None
    """Ranks what customers buy next."""
    desks: Desks | None = None
    """Where orders and carts are changed."""
    gate: ApprovalGate | None = None
    """Every change of an order or a cart passes it; without one, the shop is only read."""
    languages: Languages = field(default_factory=Languages)
    """Tells and translates languages."""
    warnings: tuple[str, ...] = ()
    """Plugins that were skipped and lobes that are not ready, with the reason."""
    given_lobes: Sequence[Lobe] = ()
    """Those of ``lobes`` that the caller brought."""
    given_tools: Sequence[BaseTool] = ()
    """Those of ``tools`` that the caller brought."""
