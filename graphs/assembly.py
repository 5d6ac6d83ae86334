"""Settings in, parts out: the one place that decides which implementation stands behind each port."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool

from seamless_retail.core.desks import Desks
from seamless_retail.core.intents import ROUTES
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
from seamless_retail.core.settings import Settings, load_settings
from seamless_retail.graphs.coding import open_code_desk
from seamless_retail.graphs.conversation_memory import open_conversation_memory
from seamless_retail.graphs.demand import open_demand
from seamless_retail.graphs.desks import open_desks
from seamless_retail.graphs.food_guard import open_food_guard
from seamless_retail.graphs.language_model import open_chat_model
from seamless_retail.graphs.languages import open_languages
from seamless_retail.graphs.memory_reader import open_memory_reader
from seamless_retail.graphs.moods import open_handovers, open_mood_reader
from seamless_retail.graphs.next_item import open_next_item
from seamless_retail.graphs.nodes import RESERVED_NAMES
from seamless_retail.graphs.parts import Parts
from seamless_retail.graphs.personality import open_spec
from seamless_retail.graphs.plugins import Plugins, extend_routes
from seamless_retail.graphs.privacy import keep_logs_private
from seamless_retail.graphs.sentence_models import open_classifier, open_embeddings, open_injection_head
from seamless_retail.graphs.sight import missing_sight, open_sight
from seamless_retail.lobes.guardrails.draft_guard import NutritionGuard
from seamless_retail.lobes.guardrails.findings import NAME as NUTRITION
from seamless_retail.lobes.guardrails.food_check import ProfileFoodCheck
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.guard import Guard
from seamless_retail.lobes.guardrails.input_guard import InputGuard
from seamless_retail.lobes.languages.services import Languages
from seamless_retail.lobes.lobe import Lobe
from seamless_retail.lobes.registry import LobeServices, make_lobes
from seamless_retail.lobes.tool_lobe import tool_lobe
from seamless_retail.tools.approval import ApprovalGate
from seamless_retail.tools.toolkit import RetailToolkit
from seamless_retail.tools.understanding import CatalogueQueryReader

if TYPE_CHECKING:
    from seamless_retail.retrievers.embeddings import MiniLMEmbeddings

log = logging.getLogger(__name__)


def assemble(
    settings: Settings | None = None,
    *,
    parts: Parts | None = None,
    shop: Shop | None = None,
    retriever: BaseRetriever | None = None,
    chat_model: BaseChatModel | None = None,
    classifier: IntentClassifier | None = None,
    reader: QueryReader | None = None,
    memory_reader: MemoryReader | None = None,
    conversations: ConversationMemory | None = None,
    sight: ProductSight | None = None,
    lobes: Sequence[Lobe] = (),
    tools: Sequence[BaseTool] = (),
) -> Parts:
    """Make every part that is not given.

    Args:
        settings: Instead of those of ``parts``, or of the environment, ``.env`` and ``seamless.toml``.
        parts: Assembled before; what they hold is kept, except for what is given and what is made of it.
        shop: The back end.
        retriever: Any LangChain retriever over passages.
        chat_model: Words the answers.
        classifier: Names intents.
        reader: Understands messages.
        memory_reader: Reads answers from passages that are compressed to memories.
        conversations: Remembers what customers say.
        sight: Looks at pictures.
        lobes: Further lobes; one with the name of ours replaces it.
        tools: Further tools; one with the name of ours replaces it. A tool whose metadata names intents answers them
            (:mod:`seamless_retail.lobes.tool_lobe`).

    Raises:
        ConfigurationError: A setting is invalid, or a given tool cannot answer the intents it names.
        ShopDatabaseError: There is no usable shop.
        SearchIndexError: There is no usable index.
        ModelFileError: A model file is missing or damaged.
    """
    given = (shop, retriever, chat_model, classifier, reader, memory_reader, conversations, sight)
    if parts and settings is None and not lobes and not tools and all(part is None for part in given):
        return parts
    settings = settings or (parts.settings if parts else load_settings())
    keep_logs_private()
    return _Assembly(settings, parts, *given, lobes, tools).parts()


@dataclass(frozen=True)
class _Assembly:
    """What is given, and each part, made when it is first needed."""

    settings: Settings
    before: Parts | None
    given_shop: Shop | None
    given_retriever: BaseRetriever | None
    given_chat_model: BaseChatModel | None
    given_classifier: IntentClassifier | None
    given_reader: QueryReader | None
    given_memory_reader: MemoryReader | None
    given_conversations: ConversationMemory | None
    given_sight: ProductSight | None
    further_lobes: Sequence[Lobe]
    further_tools: Sequence[BaseTool]

    def parts(self) -> Parts:
        lobes, guards = self.lobes, self.guards
        return Parts(
            settings=self.settings,
            shop=self.shop,
            retriever=self.retriever,
            classifier=self.classifier,
            reader=self.reader,
            lobes=lobes,
            tools=tuple(self.tools.values()),
            guards=guards,
            routes=extend_routes(ROUTES, lobes.values()),
            food_guard=self.food_guard,
            input_guard=self.input_guard,
            chat_model=self.chat_model,
            memory_reader=self.memory_reader,
            conversations=self.conversations,
            mood_reader=self.mood_reader,
            handovers=self.handovers,
            personality=self.personality,
            sight=self.sight,
            demand=self.demand,
            next_item=self.next_item,
            desks=self.desks,
            gate=self.gate,
            languages=self.languages,
            warnings=(*self.plugins.warnings, *self.not_ready.values()),
            given_lobes=self.given_lobes,
            given_tools=self.given_tools,
        )

    @cached_property
    def plugins(self) -> Plugins:
        return Plugins(self.settings.plugins)

    @cached_property
    def embeddings(self) -> "MiniLMEmbeddings":
        return open_embeddings(self.settings)

    @cached_property
    def shop(self) -> Shop:
        if self.given_shop is not None:
            return self.given_shop
        if self.before:
            return self.before.shop
        from seamless_retail.core.database import open_shop

        return open_shop(self.settings.shop_url)

    @cached_property
    def retriever(self) -> BaseRetriever:
        from seamless_retail.retrievers.adapted import AdaptedRetriever
        from seamless_retail.retrievers.merged import MergedRetriever

        if self.before and self.given_retriever is None:
            return self.before.retriever
        main = self.index if self.given_retriever is None else AdaptedRetriever(retriever=self.given_retriever)
        found = self.plugins.retrievers(self.settings)
        if not found:
            return main
        others = {name: AdaptedRetriever(retriever=other) for name, other in found.items()}
        return MergedRetriever(main=main, others=others, k=self.settings.top_k)

    @cached_property
    def index(self) -> BaseRetriever:
        from seamless_retail.retrievers.index import open_retriever

        settings = self.settings
        return open_retriever(
            settings.index_folder,
            self.embeddings,
            k=settings.top_k,
            lexical_k=settings.sparse_top_k,
            dense_k=settings.dense_top_k,
        )

    @cached_property
    def classifier(self) -> IntentClassifier:
        if self.given_classifier is not None:
            return self.given_classifier
        return self.before.classifier if self.before else open_classifier(self.settings, self.embeddings)

    @cached_property
    def reader(self) -> QueryReader:
        if self.given_reader is not None:
            return self.given_reader
        if self.before and self.given_shop is None:
            return self.before.reader
        return CatalogueQueryReader(self.shop.catalogue.vocabulary())

    @cached_property
    def chat_model(self) -> BaseChatModel | None:
        kept = self.before.chat_model if self.before else None
        return self.given_chat_model or kept or open_chat_model(self.settings)

    @cached_property
    def memory_reader(self) -> MemoryReader | None:
        if self.given_memory_reader is not None:
            return self.given_memory_reader
        return self.before.memory_reader if self.before else open_memory_reader(self.settings)

    @cached_property
    def conversations(self) -> ConversationMemory | None:
        if self.given_conversations is not None:
            return self.given_conversations
        if self.before:
            return self.before.conversations
        return open_conversation_memory(self.settings, lambda: self.embeddings)

    @cached_property
    def mood_reader(self) -> MoodReader | None:
        kept = self.before and self.before.settings == self.settings
        return self.before.mood_reader if self.before and kept else open_mood_reader(self.settings, self.classifier)

    @cached_property
    def handovers(self) -> HandoverDesk | None:
        kept = self.before and self.before.settings == self.settings
        return self.before.handovers if self.before and kept else open_handovers(self.settings)

    @cached_property
    def personality(self) -> Personality:
        kept = self.before and self.before.settings == self.settings
        return self.before.personality if self.before and kept else open_spec(self.settings).personality

    @cached_property
    def sight(self) -> ProductSight | None:
        if self.given_sight is not None:
            return self.given_sight
        if self.before and self.given_shop is None and self.before.settings == self.settings:
            return self.before.sight
        return open_sight(self.settings, self.shop, lambda: self.embeddings)

    @cached_property
    def languages(self) -> Languages:
        if self.before and self.before.settings == self.settings:
            return self.before.languages
        return open_languages(self.settings)

    @cached_property
    def demand(self) -> DemandForecaster | None:
        return self.before.demand if self.before and self.given_shop is None else open_demand(self.shop)

    @cached_property
    def next_item(self) -> NextItem | None:
        return self.before.next_item if self.before else open_next_item(self.settings)

    @cached_property
    def food_check(self) -> ProfileFoodCheck:
        return ProfileFoodCheck(self.shop.customers, self.food_guard)

    @cached_property
    def writing(self) -> tuple[Desks | None, ApprovalGate | None]:
        if self.before and self.given_shop is None and self.before.settings == self.settings:
            return self.before.desks, self.before.gate
        return open_desks(self.settings, self.shop)

    @property
    def desks(self) -> Desks | None:
        return self.writing[0]

    @property
    def gate(self) -> ApprovalGate | None:
        return self.writing[1]

    @cached_property
    def given_tools(self) -> tuple[BaseTool, ...]:
        return (*(self.before.given_tools if self.before else ()), *self.further_tools)

    @cached_property
    def given_lobes(self) -> tuple[Lobe, ...]:
        return (*(self.before.given_lobes if self.before else ()), *self.further_lobes)

    @cached_property
    def tools(self) -> dict[str, BaseTool]:
        toolkit = RetailToolkit(
            shop=self.shop,
            retriever=self.retriever,
            demand=self.demand,
            next_item=self.next_item,
            food_check=self.food_check,
            desk=self.desks.orders if self.desks else None,
            cart=self.desks.cart if self.desks else None,
            checkout=self.desks.checkout if self.desks else None,
            points=self.desks.points if self.desks else None,
            gate=self.gate,
        )
        given = {tool.name: tool for tool in self.given_tools}
        return {**{tool.name: tool for tool in toolkit.get_tools()}, **self.plugins.tools(self.shop), **given}

    @cached_property
    def food_guard(self) -> FoodGuard:
        return self.before.food_guard if self.before else open_food_guard(self.settings, self.chat_model)

    @cached_property
    def input_guard(self) -> InputGuard:
        if self.before:
            return self.before.input_guard
        scorer = open_injection_head(self.settings, lambda: self.embeddings) if self.settings.injection_head else None
        return InputGuard(scorer, self.settings.retrieved_instructions)

    @cached_property
    def guards(self) -> dict[str, Guard]:
        reserved = {NUTRITION, *RESERVED_NAMES, *self.lobes}
        return {NUTRITION: NutritionGuard(self.shop, self.food_guard), **self.plugins.guards(self.shop, reserved)}

    @cached_property
    def all_lobes(self) -> dict[str, Lobe]:
        services = LobeServices(
            self.shop,
            self.retriever,
            self.settings.min_score,
            self.settings.top_k,
            self.memory_reader,
            self.settings.clara_min_confidence,
            self.conversations,
            self.demand,
            self.next_item,
            self.food_check,
            self.desks,
            open_code_desk(self.shop, lambda: self.embeddings, self.chat_model),
            self.sight,
            missing_sight(self.settings),
            languages=self.languages,
        )
        asked = (tool_lobe(tool) for tool in self.tools.values())
        return {
            **make_lobes(services),
            **self.plugins.lobes(services, {NUTRITION, *RESERVED_NAMES}),
            **{lobe.name: lobe for lobe in asked if lobe},
            **{lobe.name: lobe for lobe in self.given_lobes},
        }

    @cached_property
    def not_ready(self) -> dict[str, str]:
        """Why, by name of the lobe."""
        from langsmith import tracing_context

        with tracing_context(enabled=False):
            found = {name: lobe.is_ready() for name, lobe in self.all_lobes.items()}
        reasons = {
            name: f"The lobe {name!r} is left out: {readiness.reason or 'it is not ready'}"
            for name, readiness in found.items()
            if not readiness.ready
        }
        for reason in reasons.values():
            log.warning("%s", reason)
        return reasons

    @cached_property
    def lobes(self) -> dict[str, Lobe]:
        return {name: lobe for name, lobe in self.all_lobes.items() if name not in self.not_ready}
