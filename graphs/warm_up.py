"""Fills the caches of a brain's parts before the first customer asks."""

from dataclasses import replace

from langsmith import tracing_context

from seamless_retail.graphs.asking import ask
from seamless_retail.graphs.brain import wire
from seamless_retail.graphs.parts import Parts

QUESTIONS = ("blue summer dresses under $50", "what is your return policy?", "recommend me a granola", "hello")


def warm(parts: Parts) -> None:
    """Answer a few questions as a guest, untraced and without the chat model."""
    brain = wire(replace(parts, chat_model=None)).compile()
    with tracing_context(enabled=False):
        for question in QUESTIONS:
            ask(brain, question)
