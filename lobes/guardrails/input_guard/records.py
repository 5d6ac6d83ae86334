"""What the input guard finds in a text, and what it makes of it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "override",
    "persona",
    "prompt_leak",
    "exfiltration",
    "tool_command",
    "delimiter",
    "authority",
    "guard_off",
    "payload",
    "steering",
    "learned",
]
"""What an attack wants: other rules, another role, our instructions, somebody's data, a tool run, to look like one of
our own messages, to pass for staff, the allergy guard off, to arrive encoded, to steer an answer from inside a
retrieved text; ``learned`` is what only the trained head says."""
Where = Literal["query", "passage"]

FLAGGED = 1.0
"""Weight from which a text counts as an attack."""
MARKED = "carries_instructions"
"""Fact of a claim that is kept although its source gives instructions: no language model is shown it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over folded text."""

    name: str
    kind: Kind
    pattern: str
    """Regular expression; lower case, without diacritics."""
    needs: tuple[str, ...]
    """A text without any of these cannot match: looked for first, because that is quick."""
    weight: float = FLAGGED
    where: Where | None = None
    """Only in texts of this place."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired."""

    kind: Kind
    rule: str
    weight: float
    start: int
    """In the text as it was looked at; a decoded or respelled text has its own places."""
    excerpt: str


@dataclass(frozen=True, slots=True)
class Screening:
    """The judgement of one text."""

    findings: tuple[Finding, ...] = ()
    """What fired close together, heaviest first."""
    score: float = 0.0
    """Their weight; from :data:`FLAGGED` the text is an attack."""

    @property
    def is_attack(self) -> bool:
        """Whether the text tries to instruct the assistant."""
        return self.score >= FLAGGED

    @property
    def kind(self) -> Kind:
        """What it wants most."""
        totals: dict[Kind, float] = {}
        for finding in self.findings:
            totals[finding.kind] = totals.get(finding.kind, 0.0) + finding.weight
        return max(totals, key=lambda kind: totals[kind])

    @property
    def rule(self) -> str:
        """The heaviest rule."""
        return self.findings[0].rule if self.findings else ""
