"""Loads and fills what a brain's parts would load and fill while the first customer waits."""

from contextlib import suppress
from dataclasses import replace

from langsmith import tracing_context

from seamless_retail.core.queries import ProductQuery
from seamless_retail.graphs.asking import ask
from seamless_retail.graphs.brain import wire
from seamless_retail.graphs.conversation_memory import DeferredConversationMemory
from seamless_retail.graphs.demand import DeferredDemand
from seamless_retail.graphs.memory_reader import DeferredReader
from seamless_retail.graphs.parts import Parts
from seamless_retail.graphs.sight import DeferredSight
from seamless_retail.lobes.guardrails.draft_guard import NutritionGuard
from seamless_retail.lobes.guardrails.findings import NAME as NUTRITION
from seamless_retail.lobes.guardrails.rules import from_product

QUESTIONS = (
    "blue summer dresses under $50",
    "what is your return policy?",
    "recommend me a granola",
    "hello",
    "I take warfarin and my son is allergic to nuts: recommend a granola",
)

LABELS = 1_000
"""Groceries, the best sellers first, whose labels are read ahead."""


def warm(parts: Parts) -> None:
    """Load both memories, the image encoder and the forecaster, and answer a few questions as a guest.

    They are untraced, unaudited, and answered without the chat model.
    """
    if isinstance(parts.memory_reader, DeferredReader):
        with suppress(Exception):  # it is in the log, and answers do without
            parts.memory_reader.load()
    if isinstance(parts.conversations, DeferredConversationMemory):
        with suppress(Exception):  # it is told when something is to be remembered
            parts.conversations.load()
    if isinstance(parts.sight, DeferredSight):
        with suppress(Exception):  # it is told when somebody sends a picture
            parts.sight.load()
    catalogue = parts.shop.catalogue
    sold = catalogue.find_ids(ProductQuery(departments=("grocery",), sort="popularity"), limit=LABELS)
    parts.food_guard.warm(from_product(product) for product in catalogue.get_many(sold))
    if isinstance(parts.demand, DeferredDemand):
        parts.demand.load()
    silent = replace(parts.food_guard, audit=None, advisor=None)
    guards = {**parts.guards, NUTRITION: NutritionGuard(parts.shop, silent)}
    brain = wire(replace(parts, chat_model=None, food_guard=silent, guards=guards)).compile()
    with tracing_context(enabled=False):
        for question in QUESTIONS:
            ask(brain, question)
