"""Limits of topics: what an assistant may speak about, and what not, as configured.

A topic is the name of an intent (``loyalty_program``) or plain words (``gift cards``), which a message is about when it
holds all of them, in any form, or names a category or department of the catalogue that does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from seamless_retail.core.intents import Intent
from seamless_retail.core.queries import Understanding
from seamless_retail.lobes.guardrails.input_guard.wording import NOT_HERE, ONLY_HERE
from seamless_retail.lobes.stems import content_stems
from seamless_retail.lobes.wording import join_words

_INTENTS = frozenset(intent.value for intent in Intent)


@dataclass(frozen=True, slots=True)
class Topics:
    """What may be talked about; without names, everything."""

    allowed: tuple[str, ...] = ()
    """Only these, and greetings."""
    refused: tuple[str, ...] = ()
    """Not these; stronger than ``allowed``."""

    def refusal(self, understanding: Understanding, intent: Intent) -> str:
        """What to tell the customer; empty where the topic is allowed."""
        words = _words(understanding)
        for topic in self.refused:
            if _is_about(topic, words, intent):
                return NOT_HERE.format(topic=_named(topic))
        free = not self.allowed or intent is Intent.GENERAL_CHAT
        if free or any(_is_about(topic, words, intent) for topic in self.allowed):
            return ""
        return ONLY_HERE.format(topics=join_words([_named(topic) for topic in self.allowed]))


def _words(understanding: Understanding) -> frozenset[str]:
    query = understanding.products
    return frozenset(
        content_stems(" ".join((understanding.text, understanding.standalone, *query.categories, *query.departments)))
    )


def _is_about(topic: str, words: Iterable[str], intent: Intent) -> bool:
    if topic in _INTENTS:
        return topic == intent.value
    wanted = content_stems(topic)
    return bool(wanted) and wanted <= set(words)


def _named(topic: str) -> str:
    return topic.replace("_", " ")
