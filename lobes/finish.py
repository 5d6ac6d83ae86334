"""The last step of a turn: what the thread remembers, and what the caller is told about how the answer came about."""

import time
import unicodedata
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from seamless_retail.core.evidence import LobeReport
from seamless_retail.core.queries import Focus, Understanding
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.pictures import described, pictured, seen_in
from seamless_retail.lobes.state import BrainState

ORDER_PREFIX = "order:"


def finish(state: BrainState) -> dict[str, Any]:
    """The step ``finish`` of the node ``answer``: write ``messages``, ``focus``, ``lobes`` and ``timings["total"]``."""
    understanding = Understanding.model_validate(state["understanding"])
    return {
        "messages": _messages(state, f"{described(seen_in(state))}{Spoken.of(state).heard or understanding.text}"),
        "focus": next_focus(state, understanding).model_dump(mode="json"),
        "lobes": [_summary(LobeReport.model_validate(report)) for report in state["reports"]],
        "timings": {"total": (time.time() - state["started"]) * 1000},
    }


def next_focus(state: BrainState, understanding: Understanding) -> Focus:
    """What the conversation is about after this turn; what the turn did not touch stays as it was."""
    before = Focus.model_validate(state.get("focus") or {})
    shown = tuple(state["products"])
    selected = understanding.selected_product_id
    if not selected and shown:
        selected = shown[0] if len(shown) == 1 else ""
    elif not selected:
        selected = before.selected_product_id
    orders = [citation["source_id"] for citation in state["citations"]]
    order = next((source.removeprefix(ORDER_PREFIX) for source in orders if source.startswith(ORDER_PREFIX)), "")
    searched = bool(understanding.products.constraints() or shown) and not understanding.products.product_ids
    return Focus(
        product_ids=_listed(before, shown, selected),
        selected_product_id=selected,
        pictured_product_id=selected if pictured(state, selected) else "",
        query=understanding.products if searched else before.query,
        order_id=understanding.order_id or order or before.order_id,
        intent=state["intent"].get("intent", ""),
        asked=next((wish for report in state["reports"] if (wish := report["wish"]) and wish["missing"]), None),
        statements=before.statements,
        unread=before.unread,
    )


def _listed(before: Focus, shown: tuple[str, ...], selected: str) -> tuple[str, ...]:
    """The products that "the second one" counts over: an answer about one of a list keeps the list."""
    if not shown or (shown == (selected,) and selected in before.product_ids):
        return before.product_ids
    return shown


def _messages(state: BrainState, question: str) -> list[AnyMessage]:
    answer = AIMessage(
        state["answer"],
        response_metadata={name: state[name] for name in ("citations", "products", "guardrail")},
    )
    messages = state.get("messages") or []
    said = messages and isinstance(messages[-1], HumanMessage) and _is_part(question, messages[-1].text)
    return [answer] if said else [HumanMessage(question), answer]


def _is_part(question: str, message: str) -> bool:
    """Whether a message says the question, with or without a part that the input guard left out."""
    words = iter(unicodedata.normalize("NFC", message).split())
    return all(word in words for word in unicodedata.normalize("NFC", question).split())


def _summary(report: LobeReport) -> dict[str, Any]:
    told = report.model_dump(mode="json", include={"role", "status", "confidence", "elapsed_ms"})
    return {"name": report.lobe, **told}
