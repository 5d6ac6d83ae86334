"""How the customer's mood turns the shop's dials for one answer, and with which word about it the answer begins.

Nobody is apologised to twice in a row, nobody who only asks is told that we understand, and nobody upset is joked with.
"""

import hashlib
from collections.abc import Sequence

from seamless_retail.core.moods import ThreadMood
from seamless_retail.core.personality import NEUTRAL, Personality
from seamless_retail.lobes import manners
from seamless_retail.lobes.draft import Draft

WARMER = 0.25
"""How much warmer an upset customer is answered."""
HURRIED = 0.25
"""The most encouragement for somebody in a hurry."""
SORRY_AGAIN = 3
"""Answers after which an apology is not one too many."""
THANKED_AGAIN = 2


def dials(shop: Personality, mood: ThreadMood) -> Personality:
    """The shop's dials as the mood turns them: sober and warm for the upset, short for the hurried.

    How formal an answer is stays the shop's choice.
    """
    found = shop
    if is_upset(mood):
        warmth, encouragement = min(1.0, shop.warmth + WARMER), min(shop.encouragement, NEUTRAL)
        found = shop.turned({"playful": 0.0, "warmth": warmth, "encouragement": encouragement})
    if mood.now.urgency == "high":
        found = found.turned({"encouragement": min(found.encouragement, HURRIED)})
    return found


def is_upset(mood: ThreadMood) -> bool:
    """Whether cheerfulness would hurt."""
    return mood.is_negative or mood.distress or bool(mood.emergency)


def opening(draft: Draft, mood: ThreadMood) -> str:
    """A word about the mood; empty on a plain question, after another such word, and where the answer has one."""
    greets = any(claim.kind == "greeting" for claim in draft.claims)
    if draft.refused or greets or mood.emergency or not mood.since_opening:
        return ""
    if mood.distress:
        return _one_of(manners.PANIC, draft)
    if mood.now.sentiment == "negative":
        return _one_of(manners.SORRY if mood.since_opening >= SORRY_AGAIN else manners.ACKNOWLEDGED, draft)
    if mood.now.sentiment == "positive" and mood.since_opening >= THANKED_AGAIN:
        return _one_of(manners.THANKED, draft)
    return ""


def _one_of(sentences: Sequence[str], draft: Draft) -> str:
    digest = hashlib.sha256(f"{draft.question.casefold()}|{draft.turn}".encode()).digest()
    return sentences[digest[0] % len(sentences)]
