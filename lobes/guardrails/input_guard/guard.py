"""The input guard: what is done with a message or a passage that tries to instruct the assistant.

A message that is an attack and nothing else is refused. One that also asks something of the shop is answered for that
part, and told so; the rest reaches no lobe, no model and no memory. Text that was retrieved is data: a sentence of it
that gives instructions is dropped, or kept and marked, as configured. The allergy guard runs in every case, so asking
to switch it off changes nothing but the answer's first sentence.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from seamless_retail.core.evidence import GuardDecision
from seamless_retail.core.ports import InjectionScorer
from seamless_retail.lobes.guardrails.input_guard import detection
from seamless_retail.lobes.guardrails.input_guard.records import FLAGGED, Finding, Screening, Where
from seamless_retail.lobes.guardrails.input_guard.wording import LEFT_OUT, REASONS, REFUSALS

NAME = "input_guard"
"""Of its decisions and of its step in the graph."""
MAX_REST = 400
"""Characters of the honest rest of a message; more than that around an attack is likely to belong to it."""
REMEMBERED = 8192
"""Judgements kept: the texts of a shop are retrieved again and again."""

LEAST_SPACES = 2
"""A retrieved text of fewer words, such as a price, gives no instructions."""

_CLAUSE_END = re.compile(
    r"(?<=[.!?;\n])\s+|,? (?:and|but|then|also|und|et|y|e|en) (?:then |also |please )?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class CheckedQuery:
    """What may be done with a message."""

    text: str
    """The part that may be answered; empty where the whole is refused."""
    refusal: str = ""
    """What the customer is told instead of an answer."""
    notice: str = ""
    """What the customer is told beside the answer."""
    decisions: tuple[GuardDecision, ...] = ()


@dataclass(frozen=True, slots=True)
class InputGuard:
    """Judges messages and passages; usable from several threads."""

    scorer: InjectionScorer | None = None
    """The trained head, asked where no rule fires."""
    retrieved: Literal["drop", "mark"] = "drop"
    """What happens to retrieved text that gives instructions."""

    def without_head(self) -> "InputGuard":
        """The same guard, judging by its rules alone."""
        return replace(self, scorer=None)

    def screen(self, text: str, where: Where = "query") -> Screening:
        """The judgement of the rules, and of the head where they find nothing and the text is a message."""
        found = _remembered(text, where)
        if found.is_attack or self.scorer is None or where == "passage":
            return found
        if self.scorer.flags([text])[0]:
            learned = Finding("learned", "trained head", FLAGGED, 0, text[:120])
            return Screening((learned, *found.findings), FLAGGED)
        return found

    def check_query(self, text: str, asks: Callable[[str], bool]) -> CheckedQuery:
        """Whether a message may be answered, and which part of it.

        Args:
            text: What the customer says.
            asks: Whether a text asks for something that the shop can answer.
        """
        found = self.screen(text)
        if not found.is_attack:
            return CheckedQuery(text)
        rest = self._rest(text)
        if rest and len(rest) <= MAX_REST and asks(rest):
            notice = LEFT_OUT.get(found.kind, LEFT_OUT["override"])
            return CheckedQuery(rest, notice=notice, decisions=(_decision("warn", found),))
        refusal = REFUSALS.get(found.kind, REFUSALS["override"])
        return CheckedQuery("", refusal=refusal, decisions=(_decision("block", found),))

    def _rest(self, text: str) -> str:
        """The clauses that are no part of an attack; nothing where together they are one."""
        kept = [clause for clause in _CLAUSE_END.split(text) if clause.strip() and not self.screen(clause).score >= 0.5]
        rest = " ".join(clause.strip() for clause in kept)
        return "" if self.screen(rest).is_attack else rest

    def instructions_in(self, texts: Sequence[str]) -> Screening | None:
        """The judgement of the first of some retrieved texts that gives instructions."""
        judged = (self.screen(text, "passage") for text in dict.fromkeys(texts) if text.count(" ") >= LEAST_SPACES)
        return next((found for found in judged if found.is_attack), None)

    def gives_instructions(self, text: str) -> bool:
        """Whether a retrieved text tells a reader that is a machine what to do."""
        return self.screen(text, "passage").is_attack


@lru_cache(REMEMBERED)
def _remembered(text: str, where: Where) -> Screening:
    return detection.screen(text, where)


def _decision(verdict: Literal["block", "warn"], found: Screening) -> GuardDecision:
    return GuardDecision(guard=NAME, verdict=verdict, reason=f"{REASONS[found.kind]} (rule {found.rule!r}).")
