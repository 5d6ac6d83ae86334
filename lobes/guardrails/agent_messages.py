"""What the nutrition middleware keeps in an agent's state, and how it reads and rewrites the messages there."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware import AgentState
from langchain.agents.middleware.types import OmitFromInput, PrivateStateAttr
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langgraph.types import Command
from pydantic import BaseModel

from seamless_retail.lobes.guardrails.hold_back import METADATA
from seamless_retail.lobes.guardrails.tool_results import withheld_by


class NutritionState(AgentState[Any]):
    """What the middleware keeps beside the messages."""

    nutrition: NotRequired[Annotated[dict[str, Any], OmitFromInput]]
    """``verdict`` and ``reasons`` of the last model message, and the ``contraindications`` it was checked against."""
    nutrition_said: NotRequired[Annotated[list[dict[str, str]], PrivateStateAttr]]
    """What the conversation said, which outlives messages that a summary removes."""
    nutrition_notice: NotRequired[Annotated[list[str], PrivateStateAttr]]
    """Reasons that the next model call is told."""
    nutrition_handed_back: NotRequired[Annotated[int, PrivateStateAttr]]
    """Answers handed back in this run."""


def last_answer(messages: Sequence[AnyMessage]) -> tuple[AIMessage | None, list[ToolMessage]]:
    """What the model just said, and the results that the agent itself wrote behind it (structured output)."""
    results: list[ToolMessage] = []
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            return message, results
        if isinstance(message, ToolMessage):
            results.append(message)
    return None, []


def with_cautions(answer: AIMessage, cautions: Sequence[str]) -> AIMessage:
    """An answer with the warnings that it does not say itself."""
    missing = [caution for caution in cautions if caution not in answer.text]
    if not missing:
        return answer
    added = f"Please take care. {' '.join(missing)}"
    content = answer.content
    longer = f"{content} {added}" if isinstance(content, str) else [*content, {"type": "text", "text": f" {added}"}]
    noted = {**answer.response_metadata, METADATA: {"verdict": "warn", "cautions": list(cautions)}}
    return answer.model_copy(update={"content": longer, "response_metadata": noted})


def sifted_command(command: Command[Any], sift: Callable[[ToolMessage], ToolMessage]) -> Command[Any]:
    """A tool's command with its messages gone through."""
    update = command.update
    if update is None or isinstance(update, BaseModel):
        return command
    pairs = list(update.items()) if isinstance(update, dict) else list(update)
    changed = [(key, _sifted(value, sift) if key == "messages" else value) for key, value in pairs]
    return replace(command, update=dict(changed) if isinstance(update, dict) else changed)


def _sifted(messages: Any, sift: Callable[[ToolMessage], ToolMessage]) -> Any:
    if isinstance(messages, ToolMessage):
        return sift(messages)
    return [sift(message) if isinstance(message, ToolMessage) else message for message in messages]


def held_back_for(answer: AIMessage) -> tuple[str, ...]:
    """Why the hold-back replaced it while it was written; a mark can only block."""
    noted = answer.response_metadata.get(METADATA)
    return tuple(noted.get("reasons", ())) if isinstance(noted, dict) else ()


def withheld_foods(messages: Sequence[AnyMessage]) -> dict[str, list[str]]:
    """Foods that tools brought in this conversation and that were not cleared, with the reasons."""
    found: dict[str, list[str]] = {}
    for message in messages:
        if isinstance(message, ToolMessage):
            found |= withheld_by(message)
    return found


def written(structured: Any) -> str:
    """A structured response as text."""
    if structured is None:
        return ""
    return structured.model_dump_json() if isinstance(structured, BaseModel) else str(structured)
