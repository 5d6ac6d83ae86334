"""``InputGuardMiddleware``: the input guard in any ``langchain.agents.create_agent`` application.

==================  ===================================================================================================
hook                does
==================  ===================================================================================================
``before_agent``    refuses a message that is an attack and nothing else: the run ends with a friendly sentence
``wrap_tool_call``  refuses a call whose arguments carry an attack, or an address that only retrieved text brought up;
                    takes sentences that give instructions out of results, and marks results as data
==================  ===================================================================================================

What tools bring is read by the model, so a sentence in it can talk the model into a call. The guard cannot see why a
model calls a tool, but where an argument comes from: a link or an e-mail address that neither the customer nor the
application named was put there by a text. What cannot be checked is refused.
"""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, hook_config
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from seamless_retail.lobes.guardrails.agent_messages import sifted_command
from seamless_retail.lobes.guardrails.input_guard.guard import InputGuard
from seamless_retail.lobes.guardrails.input_guard.wording import FAILED, REASONS, REFUSALS, REMOVED
from seamless_retail.lobes.guardrails.tool_results import FENCE_OPENING, fence

log = logging.getLogger(__name__)

_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]]+|\bwww\.[^\s\"'<>)\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]*)*[.!?\n]*")
_NOT_CALLED = "The tool {name!r} was not called: {why}. Go on without it, and tell the customer so."
_NOT_READ = "[The result of the tool {name!r} could not be checked and is left out.]"


class InputGuardMiddleware(AgentMiddleware[AgentState[Any], Any, Any]):
    """The input guard around one agent.

    Args:
        guard: Judges messages and results; without the trained head by default.
        trusted: Addresses (or parts of them) that tools may be called with whoever named them, such as the shop's own.
        fence_results: Whether results are marked as data.
    """

    def __init__(
        self, guard: InputGuard | None = None, *, trusted: Sequence[str] = (), fence_results: bool = True
    ) -> None:
        super().__init__()
        self.guard = guard or InputGuard()
        self._trusted = tuple(part.lower() for part in trusted)
        self._fence = fence_results

    @hook_config(can_jump_to=["end"])
    def before_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        """End the run with a refusal where the last message is an attack."""
        messages = state["messages"]
        if not messages or not isinstance(messages[-1], HumanMessage):
            return None
        try:
            found = self.guard.screen(messages[-1].text)
        except Exception:
            log.exception("the input guard failed; the message is refused")
            return _ended(FAILED)
        return _ended(REFUSALS.get(found.kind, REFUSALS["override"])) if found.is_attack else None

    @hook_config(can_jump_to=["end"])
    async def abefore_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Like :meth:`before_agent`, beside the event loop."""
        return await asyncio.to_thread(self.before_agent, state, runtime)

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        """Refuse the call, or sift its result."""
        return self._refusal(request) or self._sifted(handler(request))

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> ToolMessage | Command[Any]:
        """Like :meth:`wrap_tool_call`, beside the event loop."""
        if refusal := await asyncio.to_thread(self._refusal, request):
            return refusal
        return await asyncio.to_thread(self._sifted, await handler(request))

    def _refusal(self, request: ToolCallRequest) -> ToolMessage | None:
        call = request.tool_call
        try:
            why = self._against(call["args"], request.state["messages"])
        except Exception:
            log.exception("the input guard failed; the tool is not called")
            why = "its arguments could not be checked"
        if not why:
            return None
        told = _NOT_CALLED.format(name=call["name"], why=why)
        return ToolMessage(told, name=call["name"], tool_call_id=call["id"], status="error")

    def _against(self, arguments: Any, messages: Iterable[AnyMessage]) -> str:
        """Why a call must not be made; empty where nothing speaks against it."""
        texts = [text for text in _strings(arguments) if text.strip()]
        attack = next((found for found in map(self.guard.screen, texts) if found.is_attack), None)
        if attack is not None:
            return f"its arguments are not a customer's wish. {REASONS[attack.kind]}"
        named = "\n".join(m.text for m in messages if isinstance(m, HumanMessage | SystemMessage)).lower()
        addresses = (address.rstrip(".,;").lower() for text in texts for address in _ADDRESS.findall(text))
        strange = [a for a in addresses if a not in named and not any(part in a for part in self._trusted)]
        return f"the customer did not name {strange[0]!r}" if strange else ""

    def _sifted(self, result: ToolMessage | Command[Any]) -> ToolMessage | Command[Any]:
        return sifted_command(result, self._cleaned) if isinstance(result, Command) else self._cleaned(result)

    def _cleaned(self, message: ToolMessage) -> ToolMessage:
        name = str(message.name or "tool")
        try:
            content = [self._part(part, name) for part in _parts(message.content)]
        except Exception:
            log.exception("the input guard failed; a tool's result is left out")
            return message.model_copy(update={"content": _NOT_READ.format(name=name), "artifact": None})
        whole = content[0] if isinstance(message.content, str) else content
        return message.model_copy(update={"content": whole})

    def _part(self, part: str | dict[Any, Any], name: str) -> str | dict[Any, Any]:
        if isinstance(part, str):
            return self._marked(self._without_instructions(part), name)
        if not isinstance(part.get("text"), str):
            return part
        return {**part, "text": self._marked(self._without_instructions(part["text"]), name)}

    def _marked(self, text: str, name: str) -> str:
        fenced = text.startswith(FENCE_OPENING.format(name=name))
        return fence(text, name) if self._fence and not fenced else text

    def _without_instructions(self, text: str) -> str:
        """The text without its sentences that give instructions; nothing of it if only together they do."""
        if not self.guard.gives_instructions(text):
            return text
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        if isinstance(data, dict | list):
            return json.dumps(self._node(data), ensure_ascii=False)
        sentences = _SENTENCE.findall(text)
        kept = [f"{REMOVED} " if self.guard.gives_instructions(sentence) else sentence for sentence in sentences]
        rest = "".join(kept).strip()
        return REMOVED if self.guard.gives_instructions(rest.replace(REMOVED, "")) else rest

    def _node(self, node: Any) -> Any:
        if isinstance(node, str):
            return self._without_instructions(node)
        if isinstance(node, dict):
            return {key: self._node(value) for key, value in node.items()}
        return [self._node(item) for item in node] if isinstance(node, list) else node


def _ended(told: str) -> dict[str, Any]:
    return {"messages": [AIMessage(told)], "jump_to": "end"}


def _parts(content: str | list[str | dict[Any, Any]]) -> list[str | dict[Any, Any]]:
    return [content] if isinstance(content, str) else content


def _strings(node: Any) -> Iterable[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _strings(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _strings(item)
