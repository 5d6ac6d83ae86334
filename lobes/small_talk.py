"""Greetings, thanks, complaints and questions about the assistant: what to say, and which policy sentence backs it."""

import re
from dataclasses import dataclass

CAPABILITIES = r"^This assistant can\b"
PERSON = r"talk to a person"
COMPLAINTS = r"\bcomplaints\b"
OUTSIDE = r"nothing to do with the shop"


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """What is recognised, what is said first, and the policy sentence (and its topic) that follows."""

    recognised: re.Pattern[str]
    opening: str
    policy: str
    topic: str


def _talk(pattern: str, opening: str, policy: str, topic: str = "assistant") -> SmallTalk:
    return SmallTalk(re.compile(pattern, re.IGNORECASE), opening, policy, topic)


SMALL_TALK: tuple[SmallTalk, ...] = (
    _talk(
        r"\b(?:complain\w*|angry|furious|terrible|awful|horrible|worst|disappoint\w*|unhappy|upset|unacceptable|"
        r"ridiculous|rude|fed up|frustrat\w*)\b",
        "I am sorry about that.",
        COMPLAINTS,
        "company",
    ),
    _talk(r"\b(?:human|real person|agent|representative|speak to|talk to (?:a|some))\b", "", PERSON),
    _talk(r"\b(?:thanks?|thank you|thx|cheers|appreciate)\b", "You are welcome!", PERSON),
    _talk(r"\b(?:bye|goodbye|see you|good night)\b", "Goodbye, and thank you!", PERSON),
    _talk(
        r"\b(?:what can you|what do you do|who are you|what are you|your name|are you (?:a|an|real|human)|help me|"
        r"how can you help|how do (?:you|i) (?:work|use))\b",
        "",
        CAPABILITIES,
    ),
    _talk(r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|howdy)\b", "Hello!", CAPABILITIES),
    _talk(r"how are you|how's it going|how is it going|what's up", "Thank you for asking!", CAPABILITIES),
)
"""Tried in order."""

CAPABLE = _talk(r"", "", CAPABILITIES)
"""What the assistant can do, said after something else."""

A_PERSON = _talk(r"", "", PERSON)
"""How to reach a human being."""

ANYTHING_ELSE = _talk(r"", "", OUTSIDE)
"""Talk that has nothing to do with the shop."""


def recognise(text: str) -> SmallTalk:
    """The first kind of small talk that fits."""
    return next((talk for talk in SMALL_TALK if talk.recognised.search(text)), ANYTHING_ELSE)
