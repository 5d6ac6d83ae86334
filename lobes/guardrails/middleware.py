"""``NutritionMiddleware``: the food guard in any ``langchain.agents.create_agent`` application.

==================  ===================================================================================================
hook                does
==================  ===================================================================================================
``before_agent``    remembers what the customer said about health and diet, beside the verified profile
``wrap_model_call`` lets the model's text leave sentence by sentence once it is cleared (``stream_mode="messages"``)
``wrap_tool_call``  refuses a call that puts a food that is not cleared into a cart or an order; takes such foods out of
                    results, and marks results as data
``after_model``     replaces an answer that offers such a food, and any tool call beside it, and says why; before that
                    it may hand the answer back to the model with the reasons. It adds warnings to what may be said
==================  ===================================================================================================

Text of products, results and answers is data here: nothing in it is obeyed, and no model clears anything. What cannot
be checked, because the profile cannot be read, the guard fails or is late, is blocked. Put it first in the list of
middleware: ``after_model`` runs in reverse order, so the first has the last word.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, hook_config
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import AIMessage, RemoveMessage, SystemMessage, ToolMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from seamless_retail.core.ports import Shop
from seamless_retail.lobes.guardrails.agent_customer import AgentCustomers, ContextOf
from seamless_retail.lobes.guardrails.agent_messages import (
    NutritionState,
    held_back_for,
    last_answer,
    sifted_command,
    with_cautions,
    withheld_foods,
    written,
)
from seamless_retail.lobes.guardrails.cart_calls import against_call, fills_cart
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.food_shelf import FoodShelf, Lookup
from seamless_retail.lobes.guardrails.held_back_model import hold_back_model
from seamless_retail.lobes.guardrails.hold_back import NOT_CHECKED, HoldBack, replaced
from seamless_retail.lobes.guardrails.tool_results import Sieve, closed, fenced
from seamless_retail.lobes.supervision import call_with_deadline

log = logging.getLogger(__name__)
T = TypeVar("T")

RECORDS = frozenset({"list_orders", "order_details"})
"""Tools about the past, whose results are annotated rather than cut: an order that was placed is not an offer."""
_HAND_BACK = (
    "Your last answer was withheld, because it is not safe for this customer. Answer again without the foods that the "
    "reasons are about. You may say that you left something out and why. The reasons: {reasons}"
)


def say_left_out(reasons: Sequence[str]) -> str:
    """The answer that stands in for a blocked one."""
    return " ".join(("I left out what is not safe to suggest here.", *dict.fromkeys(reasons)))


class NutritionMiddleware(AgentMiddleware[NutritionState, Any, Any]):
    """The food guard around one agent.

    Args:
        guard: Judges food; the default takes the settings' defaults.
        shop: Profiles of customers by the run's ``context=Principal(...)``, and labels of products.
        context_of: Reads the verified patient context from the runtime instead; never from a model or a message.
        find_product: Looks up what a tool's argument calls a product, where the shop does not know it.
        fills_cart: Whether a tool of this name adds to a cart or an order.
        records: Tools whose results tell of the past, and are annotated rather than cut.
        hand_backs: Blocked answers per run that the model may rewrite before one is replaced.
        stream: Whether cleared sentences leave while the model writes. Otherwise an answer leaves whole. Warnings that
            are added behind it are in the final message and in the state, not in a stream of messages.
        fence_results: Whether results are marked as data.
        replacement: Words the answer that stands in for a blocked one.
        timeout_s: Seconds for all that is checked at one hook, reading the profile included; what is later is blocked.
    """

    state_schema = NutritionState

    def __init__(
        self,
        guard: FoodGuard | None = None,
        *,
        shop: Shop | None = None,
        context_of: ContextOf | None = None,
        find_product: Lookup | None = None,
        fills_cart: Callable[[str], bool] = fills_cart,
        records: frozenset[str] = RECORDS,
        hand_backs: int = 0,
        stream: bool = True,
        fence_results: bool = True,
        replacement: Callable[[Sequence[str]], str] = say_left_out,
        timeout_s: float = 5.0,
    ) -> None:
        super().__init__()
        self.guard = guard or FoodGuard()
        self._customers = AgentCustomers(self.guard, FoodShelf(shop, find_product), context_of)
        self._fills_cart, self._records, self._hand_backs = fills_cart, records, hand_backs
        self._stream, self._fence, self._replacement = stream, fence_results, replacement
        self._timeout_s = timeout_s

    def before_agent(self, state: NutritionState, runtime: Runtime[Any]) -> dict[str, Any]:
        """Remember what was said, and start the run with a clean slate."""
        update: dict[str, Any] = {"nutrition_notice": [], "nutrition_handed_back": 0}
        try:
            self._customers.warm()
            update["nutrition_said"] = self._customers.statements(state)
            keys = self._timed(lambda: self._customers.table(state, runtime)).context.keys
        except Exception:
            log.exception("the customer's restrictions could not be read; food will be blocked")
            return {**update, "nutrition": {"verdict": "block", "reasons": [NOT_CHECKED], "contraindications": []}}
        return {**update, "nutrition": {"verdict": "pass", "reasons": [], "contraindications": list(keys)}}

    async def abefore_agent(self, state: NutritionState, runtime: Runtime[Any]) -> dict[str, Any]:
        """Like :meth:`before_agent`, beside the event loop."""
        return await asyncio.to_thread(self.before_agent, state, runtime)

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Hold back the model's text until it is cleared, and tell the model why an answer came back."""
        return handler(self._held_back(request))

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        """Like :meth:`wrap_model_call`."""
        return await handler(await asyncio.to_thread(self._held_back, request))

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        """Refuse the call, or sift its result."""
        refusal = self._refusal(request)
        return self._sifted(request, handler(request)) if refusal is None else refusal

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> ToolMessage | Command[Any]:
        """Like :meth:`wrap_tool_call`, checked beside the event loop."""
        refusal = await asyncio.to_thread(self._refusal, request)
        if refusal is not None:
            return refusal
        result = await handler(request)
        return await asyncio.to_thread(self._sifted, request, result)

    @hook_config(can_jump_to=["model"])
    def after_model(self, state: NutritionState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Let the model's message pass, hand it back, or replace it."""
        answer, results = last_answer(state["messages"])
        if answer is None:
            return None
        held = held_back_for(answer)
        reasons, cautions = (held, ()) if held else self._judged_answer(state, runtime, answer)
        verdict = "block" if reasons else "warn" if cautions else "pass"
        noted = {**state.get("nutrition", {}), "verdict": verdict, "reasons": [*reasons, *cautions]}
        update: dict[str, Any]
        if not reasons:
            update = {"nutrition": noted, "nutrition_notice": []}
            is_final = bool(cautions) and not answer.tool_calls
            return {**update, "messages": [with_cautions(answer, cautions)]} if is_final else update
        gone = [RemoveMessage(id=str(message.id)) for message in results]
        update = {"nutrition": noted}
        if "structured_response" in state:
            update["structured_response"] = None
        returned = state.get("nutrition_handed_back", 0)
        if returned < self._hand_backs:
            messages = [*gone, RemoveMessage(id=str(answer.id))]
            turn = {"nutrition_notice": list(reasons), "nutrition_handed_back": returned + 1, "jump_to": "model"}
            return {**update, **turn, "messages": messages}
        message = replaced(answer, self._replacement(reasons), reasons)
        return {**update, "messages": [*gone, message], "nutrition_notice": []}

    @hook_config(can_jump_to=["model"])
    async def aafter_model(self, state: NutritionState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Like :meth:`after_model`, beside the event loop."""
        return await asyncio.to_thread(self.after_model, state, runtime)

    def _held_back(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        try:
            self._customers.warm()
            table = self._timed(lambda: self._customers.table(request.state, request.runtime))
        except Exception:
            log.exception("the customer's restrictions could not be read; the answer is blocked")
            table = None
        state: Mapping[str, Any] = request.state
        if notice := state.get("nutrition_notice"):
            said = request.system_message.text if request.system_message else ""
            told = f"{said}\n\n{_HAND_BACK.format(reasons=' '.join(notice))}".strip()
            request = request.override(system_message=SystemMessage(told))
        if table is not None and not table.context.active:
            return request
        withheld = withheld_foods(request.state["messages"])
        check = _never_cleared if table is None else lambda text: table.against_text(text, withheld)
        hold_back = HoldBack(check, self._replacement, self._timeout_s)
        return request.override(model=hold_back_model(request.model, hold_back, stream=self._stream))

    def _judged_answer(
        self, state: NutritionState, runtime: Runtime[Any], answer: AIMessage
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Why the answer must not be shown, and what is to be said beside it."""
        text = f"{answer.text}\n{written(state.get('structured_response'))}"
        withheld = withheld_foods(state["messages"])
        if not text.strip():
            return (), ()
        try:
            return self._timed(lambda: self._customers.table(state, runtime).weigh(text, withheld))
        except Exception:
            log.exception("the answer could not be checked; it is blocked")
            return (NOT_CHECKED,), ()

    def _refusal(self, request: ToolCallRequest) -> ToolMessage | None:
        call = request.tool_call
        if not self._fills_cart(call["name"]):
            return None
        try:
            reasons = self._timed(
                lambda: against_call(self._customers.table(request.state, request.runtime), call["args"])
            )
        except Exception:
            log.exception("a call of %s could not be checked; it is refused", call["name"])
            reasons = (NOT_CHECKED,)
        if not reasons:
            return None
        says = f"Not done. {' '.join(reasons)} Tell the customer why, and do not try again."
        return ToolMessage(says, name=call["name"], tool_call_id=call["id"], status="error")

    def _sifted(self, request: ToolCallRequest, result: ToolMessage | Command[Any]) -> ToolMessage | Command[Any]:
        def sift(message: ToolMessage) -> ToolMessage:
            return self._sifted_message(request, message)

        return sift(result) if isinstance(result, ToolMessage) else sifted_command(result, sift)

    def _sifted_message(self, request: ToolCallRequest, message: ToolMessage) -> ToolMessage:
        try:
            message = self._timed(lambda: self._checked_result(request, message))
        except Exception:
            log.exception("a result of %s could not be checked; it is withheld", request.tool_call["name"])
            message = closed(message)
        return fenced(message) if self._fence else message

    def _checked_result(self, request: ToolCallRequest, message: ToolMessage) -> ToolMessage:
        table = self._customers.table(request.state, request.runtime)
        if not table.context.active:
            return message
        is_record = request.tool_call["name"] in self._records
        return Sieve(table).annotated(message) if is_record else Sieve(table).sifted(message)

    def _timed(self, work: Callable[[], T]) -> T:
        """What all checks run through.

        Raises:
            TimeoutError: It was late.
        """
        return call_with_deadline(work, self._timeout_s, "nutrition-middleware")


def _never_cleared(text: str) -> tuple[str, ...]:
    return (NOT_CHECKED,)
