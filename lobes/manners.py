"""The sentences that dials of personality and moods add to an answer, and wordings that differ in tone alone, as data.

None of them states a fact: no number, no product, no promise, nothing about safety. They are ours, so they need no
evidence; a food is never named in them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Literal

Register = Literal["casual", "plain", "formal"]

OPENERS: Mapping[tuple[int, Register], Sequence[str]] = {
    # Warmth, 3 of 4.
    (3, "casual"): ("Happy to help.", "Glad you asked."),
    (3, "plain"): ("I am happy to help.", "I am glad you asked."),
    (3, "formal"): ("It is a pleasure to assist you.", "I am pleased to assist you."),
    # Warmth, 4 of 4.
    (4, "casual"): ("So glad you asked, happy to help you with that.", "It's lovely to hear from you, happy to help."),
    (4, "plain"): (
        "Thank you for asking, I am very happy to help you.",
        "It is lovely to hear from you, and I am happy to help.",
    ),
    (4, "formal"): (
        "Thank you very much for your message; it is a great pleasure to assist you.",
        "Thank you kindly for your trust; I am delighted to assist you.",
    ),
}
"""What a warm answer begins with, by warmth and register."""

REGISTER_OPENERS: Mapping[int, Sequence[str]] = {
    0: ("Sure thing, here you go.", "Yep, here you go."),
    1: ("Sure.", "Okay."),
    3: ("Thank you for your question.",),
    4: ("Thank you for your enquiry, to which I respectfully reply.", "Thank you for contacting us."),
}
"""What an answer of plain warmth begins with, by formality."""

FORMAL_CLOSERS: Mapping[int, Sequence[str]] = {
    4: ("Should you require anything further, please let us know.", "We remain at your disposal."),
}
WARM_CLOSERS: Mapping[int, Sequence[str]] = {
    4: ("I am always here for you.", "Take care, and come back to me whenever you like."),
}
PLAYFUL_CLOSERS: Mapping[int, Sequence[str]] = {
    3: ("That was a fun thing to look up!", "Happy browsing!"),
    4: (
        "My shelves and I did a little happy dance looking that up!",
        "I would put it in a shopping trolley and race you to the till, if I had legs!",
    ),
}
CHEERS: Mapping[int, Sequence[str]] = {
    3: ("A good choice.", "That is a good idea."),
    4: ("What a great choice.", "You have a great eye."),
}
"""What encouragement says where the customer looks at one product."""
NEXT_STEPS: Mapping[int, Sequence[str]] = {
    3: ("If you like, we can go on from here.", "Just tell me what you want to do next."),
    4: (
        "You are nearly there, so go ahead and tell me what you want to do next.",
        "You are doing great, so just tell me how you want to go on.",
    ),
}

LIST_OPENERS_BY_REGISTER: Mapping[str, Mapping[str, str]] = {
    "formal": {
        "order_line": "Please find below your orders, the latest first:",
        "product_offer": "Please find below what I found:",
        "recommendation": "Please find below what I suggest:",
    },
    "casual": {
        "order_line": "Here's your orders, the latest first:",
        "product_offer": "Here's what I found:",
        "recommendation": "Here's what I'd suggest:",
    },
    "curt": {"order_line": "Your orders, the latest first:", "product_offer": "Found:", "recommendation": "Suggested:"},
}
MORE: Mapping[str, Sequence[str]] = {
    "formal": ("Please also note: {text}",),
    "casual": ("Oh, and also: {text}",),
    "curt": ("Also: {text}",),
    "bare": ("{text}",),
}
"""What introduces a claim of a lobe that does not lead."""

SORRY: Sequence[str] = ("I am sorry about that.", "I am sorry for the trouble.")
"""Said once; the next complaint of a conversation is only acknowledged."""
ACKNOWLEDGED: Sequence[str] = ("I understand that this is annoying.", "I see why this bothers you.")
THANKED: Sequence[str] = ("I am glad to hear that.", "That is good to hear, thank you.")
PANIC: Sequence[str] = ("I am sorry that you are going through this.",)

CONTRACTIONS: Sequence[tuple[str, str]] = (
    ("{It} {is}", "{ItIs}"),
    ("{it} {is}", "{itIs}"),
    ("I am", "I'm"),
    ("I will", "I'll"),
    ("I would", "I'd"),
    ("You are", "You're"),
    ("We are", "We're"),
    ("we are", "we're"),
    ("Here is", "Here's"),
    ("It is", "It's"),
    ("it is", "it's"),
    ("do not", "don't"),
    ("does not", "doesn't"),
    ("is not", "isn't"),
    ("could not", "couldn't"),
)
"""Long and short forms in our own wordings; "can't" and "won't" are left out, which a reader may overlook."""


def _with_variants(sentences: Iterable[str]) -> set[str]:
    found = set(sentences)
    found |= {contracted(sentence) for sentence in found}
    return found | {f"{sentence[:-1]}!" for sentence in found} | {f"{sentence[:-1]}." for sentence in found}


def contracted(text: str) -> str:
    """One of our wordings in its short forms."""
    for long, short in CONTRACTIONS:
        text = re.sub(rf"(?<!\w){re.escape(long)}(?!\w)", short, text)
    return text


def expanded(text: str) -> str:
    """One of our wordings in its long forms."""
    for long, short in CONTRACTIONS:
        text = text.replace(short, long)
    return text


OWN_SENTENCES = frozenset(
    _with_variants(
        chain(
            *OPENERS.values(),
            *REGISTER_OPENERS.values(),
            *FORMAL_CLOSERS.values(),
            *WARM_CLOSERS.values(),
            *PLAYFUL_CLOSERS.values(),
            *CHEERS.values(),
            *NEXT_STEPS.values(),
            *(SORRY, ACKNOWLEDGED, THANKED, PANIC),
        )
    )
)
"""Every sentence that may stand in an answer without evidence because it only sets a tone."""

OWN_TEMPLATES: Sequence[str] = tuple(
    chain(*MORE.values(), *(openers.values() for openers in LIST_OPENERS_BY_REGISTER.values()))
)
