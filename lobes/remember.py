"""The two steps that change a memory of conversations: one keeps what was said, one erases it when the customer asks.

Lobes only read it. Guests have none.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from langgraph.runtime import Runtime

from seamless_retail.core.errors import SeamlessError
from seamless_retail.core.intents import Intent
from seamless_retail.core.interactions import Interaction
from seamless_retail.core.ports import ConversationMemory
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import Understanding
from seamless_retail.lobes.finish import ORDER_PREFIX
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.recollection import log
from seamless_retail.lobes.state import BrainState
from seamless_retail.lobes.stems import content_stems
from seamless_retail.tools.understanding.recollection import topics_told

ABOUT_ORDERS = (Intent.ORDER_STATUS, Intent.RETURNS_EXCHANGE)
LEAST_STEMS = 2
"""Content words that a message needs to be worth remembering, unless it tells something about its author."""


@dataclass(frozen=True, slots=True)
class Forget:
    """The step ``forget`` of the node ``router``: erases what is remembered of a customer who asks for that."""

    memory: ConversationMemory

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Erase before the lobes run, so that what they say of it is true."""
        wanted = state["understanding"].get("about_memory") == "forget"
        if wanted and runtime.context.customer_id:
            try:
                self.memory.forget(runtime.context)
            except (SeamlessError, TimeoutError):
                log.exception("the memory of a customer could not be erased")
        return {}


@dataclass(frozen=True, slots=True)
class Remember:
    """The step ``remember`` of the node ``answer``, after the answer was sent: hands the turn to the memory."""

    memory: ConversationMemory

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Keep what the customer said, if it is worth it; the memory stores it in its own time."""
        refused = (state.get("route") or {}).get("refused")
        if runtime.context.customer_id and not refused and (interaction := _interaction(state)):
            self.memory.remember(runtime.context, interaction)
        return {}


def _interaction(state: BrainState) -> Interaction | None:
    """The turn as it is remembered; ``None`` for small talk and for questions about the memory itself."""
    understanding = Understanding.model_validate(state["understanding"])
    text, intent = understanding.text, str(state["intent"].get("intent", ""))
    topics = topics_told(text)
    empty = not topics and len(content_stems(text)) < LEAST_STEMS
    if understanding.about_memory or empty:
        return None
    said = Spoken.of(state).heard or text
    return Interaction(
        said=said, at=datetime.now(UTC), topics=topics, intent=intent, order_id=_order_id(state, understanding, intent)
    )


def _order_id(state: BrainState, understanding: Understanding, intent: str) -> str:
    """The order that the message names, or that the answer about an order told of."""
    if understanding.order_id and understanding.order_id.lower() in understanding.text.lower():
        return understanding.order_id
    if intent not in ABOUT_ORDERS:
        return ""
    cited = (str(citation["source_id"]) for citation in state["citations"])
    told = next((source.removeprefix(ORDER_PREFIX) for source in cited if source.startswith(ORDER_PREFIX)), "")
    return told or understanding.order_id
