"""A tool as a lobe: asked the customer's message, and quoted word for word.

It states nothing that the tool did not return. Which intents it answers stands in the tool's
``metadata["intents"]``: ``{"store_info": "primary"}``, or ``"parallel"`` to add to what another lobe says.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from langchain_core.tools import BaseTool

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.evidence import Citation, Claim, LobeReport
from seamless_retail.core.intents import Intent
from seamless_retail.lobes.lobe import LobeRequest, Readiness

ROLES = ("primary", "parallel")
CONFIDENCE = 0.8
MAX_CHARACTERS = 600
"""Of the tool's result that one answer quotes; the rest of a longer one is cut off after a line or sentence."""


@dataclass(frozen=True, slots=True)
class ToolLobe:
    """Answers with what a tool returns."""

    tool: BaseTool
    """Takes nothing, or one text: the message, made self-contained."""
    intents: Mapping[Intent, str]

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.tool.name

    @property
    def description(self) -> str:
        """The first line of the tool's description."""
        return self.tool.description.strip().partition("\n")[0]

    def is_ready(self) -> Readiness:
        """A tool does not say."""
        return Readiness(ready=True)

    def __call__(self, request: LobeRequest) -> LobeReport:
        """Call the tool and quote its result; an empty one says nothing."""
        question = request.understanding.standalone
        result = _shortened(str(self.tool.invoke(dict.fromkeys(self.tool.args, question))).strip())
        if not result:
            return LobeReport(lobe=self.name, status="empty")
        citation = Citation(source_id=f"tool:{self.name}", title=self.name, quote=result, start=0, end=len(result))
        claim = Claim(kind="tool_result", text=" ".join(result.split()), citations=(citation,), confidence=CONFIDENCE)
        return LobeReport(lobe=self.name, confidence=CONFIDENCE, claims=(claim,))


def tool_lobe(tool: BaseTool) -> ToolLobe | None:
    """The tool as a lobe, or ``None`` when its metadata names no intents.

    Raises:
        ConfigurationError: It names unknown intents or roles, or takes more than one argument.
    """
    named = (tool.metadata or {}).get("intents")
    if not named:
        return None
    try:
        intents = {Intent(intent): ROLES[ROLES.index(role)] for intent, role in named.items()}
    except ValueError as error:
        raise ConfigurationError(
            f"The tool {tool.name!r} names an unknown intent or role: {error}.",
            f"Intents are {', '.join(Intent)}; roles are primary and parallel.",
        ) from None
    if len(tool.args) > 1:
        raise ConfigurationError(
            f"The tool {tool.name!r} takes {len(tool.args)} arguments and cannot answer a message.",
            "Let it take one text, or write a lobe that calls it.",
        )
    return ToolLobe(tool, intents)


def _shortened(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    head = text[:MAX_CHARACTERS]
    end = max(head.rfind("\n"), head.rfind(". ") + 1)
    return head[:end].rstrip() if end > 0 else head
