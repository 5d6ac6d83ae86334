"""Loads and fills what a brain's parts would load and fill while the first customer waits."""

from contextlib import suppress
from dataclasses import replace

from langsmith import tracing_context

from seamless_retail.graphs.asking import ask
from seamless_retail.graphs.brain import wire
from seamless_retail.graphs.conversation_memory import DeferredConversationMemory
from seamless_retail.graphs.memory_reader import DeferredReader
from seamless_retail.graphs.parts import Parts

QUESTIONS = ("blue summer dresses under $50", "what is your return policy?", "recommend me a granola", "hello")


def warm(parts: Parts) -> None:
    """Load both memories and answer a few questions as a guest, untraced and without the chat model."""
    if isinstance(parts.memory_reader, DeferredReader):
        with suppress(Exception):  # it is in the log, and answers do without
            parts.memory_reader.load()
    if isinstance(parts.conversations, DeferredConversationMemory):
        with suppress(Exception):  # it is told when something is to be remembered
            parts.conversations.load()
    brain = wire(replace(parts, chat_model=None)).compile()
    with tracing_context(enabled=False):
        for question in QUESTIONS:
            ask(brain, question)
