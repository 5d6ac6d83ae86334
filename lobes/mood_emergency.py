"""Signs that somebody's life is in danger, and what is said first then.

Rules over the customer's own words: an airway that closes, breath that fails, a collapse, something poisonous that was
swallowed, a wish to die. They look at one clause at a time. What happened years ago, what only might happen, what is
denied, and what people say of shoes and prices is none. What the rules overlook the mood head may still notice; it asks
where the rules tell. Both only ever add a sentence in front of an answer.
"""

import re
from typing import Literal

from seamless_retail.core.emergencies import emergency_number
from seamless_retail.lobes.mood_signs import patterns

Danger = Literal["", "body", "self"]

_CLAUSE = re.compile(r"[^.!?;\n]+[.!?;]*")
_SIGNS = patterns("emergency")


def danger_in(text: str) -> Danger:
    """Whether a message tells of present danger to life: to a ``body``, or to its author by the author's own hand."""
    plain = text.replace("’", "'")
    pressing = bool(_SIGNS["now"].search(plain))
    for clause in _CLAUSE.findall(plain):
        found = _SIGNS["self"].search(clause)
        if found and not _SIGNS["figure"].search(clause) and not _SIGNS["denied"].search(clause[: found.start()]):
            return "self"
        if any(_is_now(clause, match, pressing) for match in _SIGNS["body"].finditer(clause)):
            return "body"
    return ""


def _is_now(clause: str, match: re.Match[str], pressing: bool) -> bool:
    before, after = clause[: match.start()], clause[match.end() :]
    if _SIGNS["figure"].search(clause) or _SIGNS["denied"].search(before):
        return False
    return pressing or not (_SIGNS["before"].search(before) or _SIGNS["after"].search(after))


def first_sentences(danger: Danger, certain: bool, country: str) -> tuple[str, ...]:
    """What the answer begins with.

    Args:
        danger: Of which kind.
        certain: Whether the rules found it; what only the head notices is put as an "if".
        country: ISO 3166, where the customer is.
    """
    known = emergency_number(country)
    number = f"the emergency number {known.number}" if known.number else "your local emergency number"
    if not certain:
        return (f"If anyone is in danger, cannot breathe or has swallowed something harmful, call {number} now.",)
    if danger == "self":
        listens = (
            f" You can also call {known.listening}, where somebody listens at any hour." if known.listening else ""
        )
        return (
            f"Call {number} now, or ask somebody near you to do it.",
            *((listens.strip(),) if listens else ()),
            "I am the assistant of a shop and cannot help with this as a person can, but you matter.",
        )
    return (
        f"Call {number} now.",
        "Say what was eaten, swallowed or touched, keep its packaging, and do not wait for me: I am the assistant of a "
        "shop and cannot judge symptoms.",
    )
