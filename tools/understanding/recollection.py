"""What a message has to do with memory: whether it looks back, asks to be forgotten, or tells something to remember.

Deterministic, because the intent router was trained on single messages: "what did I complain about last time?" is one
word away from a complaint.
"""

import re
from collections.abc import Mapping
from typing import Literal

_SAY = (
    r"(?:say|said|tell|told|mention(?:ed)?|ask(?:ed)?|complain(?:ed)?|talk(?:ed|ing)?|discuss(?:ed|ing)?|"
    r"chat(?:ted|ting)?|report(?:ed)?|writ(?:e|ten)|wrote|spoken?|look(?:ed|ing) for|search(?:ed|ing) for)"
)
_LIKE = r"(?:like|love|hate|dislike|prefer|avoid|favou?r|(?:can(?:not|'t|’t)|could(?:n't|n’t| not)) stand)"
_NOT = r"(?:n't|n’t| not)"
_SIZE = r"(?:\w+ )?size"

LOOKS_BACK: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:what|which|when|why|how often|how many times)\b[^.!?]{{0,40}}?\b(?:did|had|have|were|was|do)"
        rf" (?:i|we) (?:\w+ ){{0,2}}?{_SAY}\b",
        rf"^(?:and |so |ok |okay )?(?:did|have|had|was|were) (?:i|we) (?:\w+ ){{0,2}}?{_SAY}\b",
        r"\b(?:do|can|could|don't|don’t) you (?:still |even )?(?:remember|recall)\b",
        r"\bwhat (?:do|did|can) you (?:still |even )?(?:know|remember|recall) (?:about|of|from) (?:me|my|our|us)\b",
        r"\bremind me (?:what|which|when) (?:i|we|my)\b(?! (?:\w+ )?(?:order|buy|bought|pay|paid))",
        rf"\b(?:what|which) {_SIZE} (?:am i|do i (?:usually |normally |always )?(?:wear|take))\b",
        rf"\b(?:what(?:'s|’s| is| was| are)|tell me|you know) my (?:usual |normal |own )?{_SIZE}\b(?! (?:chart|guide))",
        rf"\b(?:what|which)(?: \w+){{0,2}} (?:do|can){_NOT}? i (?:really |usually |always |not )*(?:{_LIKE}|stand)\b",
        r"\bwhat(?:'s|’s| is| are| was| were) my (?:\w+ )?(?:favou?rites?|preferences?|complaints?)\b"
        r"(?! (?:store|shop))",
        r"\b(?:my|our) (?:last|previous|earlier|first) (?:complaint|conversation|chat|talk|message|question)\b"
        r"[^.!]*(?:\?|$)",
        r"\bwhere (?:did we leave off|were we)\b",
    )
)
"""Questions about what the customer said before. Orders and purchases are not among them: the records tell those."""

_FORGET = re.compile(
    r"\bforget (?:all about |about |everything about )?me\b"
    r"|\bforget (?:everything|all|what|anything)\b[^.?!]*\b(?:i|we|me|my|our)\b"
    r"|\b(?:delete|erase|clear|wipe|remove)\b[^.?!]{0,40}\b(?:your memory"
    r"|you (?:know|remember|stored|have) (?:about|of|on) me|my (?:conversations?|chats?|memor(?:y|ies))"
    r"|our (?:conversations?|chats?)|what (?:i|you) (?:said|remember))\b",
    re.IGNORECASE,
)
_NOT_FORGET = re.compile(
    r"\b(?:do|did|does|will|would|should)(?:n't|n’t| not) (?:you )?forget\b|\bnever forget\b|"
    r"^\W*(?:how|what happens|where|can i|could i|did|do|does|have|has|why|when|if)\b",
    re.IGNORECASE,
)
"""Not to be taken for the wish itself: its contrary, and questions about how that goes."""

_I = r"\b(?:i|i'm|i’m|im|my|me|mine)\b"
_LETTER = r"(?:\d?x{0,3}[sl]|m|small|medium|large|extra large|petite)"
_SAID_SIZE = (
    rf"\bi(?:'m|’m| am|m)(?: usually| normally| always)? (?:an? )?(?:size )?(?:eu |us |uk )?"
    rf"(?:{_LETTER}|\d{{1,2}}(?:\.5)?)"
    r"(?!\w| (?:years?|yrs?|days?|weeks?|minutes?|miles?|percent|person|man|woman|fan|bit|little|amount)\b|[-'’])"
    r"|\bmy (?:\w+ )?size is\b|\bi (?:usually |normally |always |only )?(?:wear|take|need) (?:an? )?"
    rf"(?:size|{_LETTER}|\d\d)\b"
    r"|\bsize (?:\w+ )?(?:fits|suits) me\b"
)
_COMPLAINT = (
    r"\b(?:complain\w*|angry|furious|terrible|awful|horrible|worst|disappoint\w*|unhappy|upset|unacceptable|ridiculous"
    r"|rude|fed up|frustrat\w*|arrived (?:with|broken|damaged|late|dirty)|never (?:arrived|came)|broken|damaged"
    r"|defective|faulty|torn|ripped|stained|fell apart|came apart|mould?y|too late"
    r"|(?:missing|wrong) (?:an? )?(?:item|size|colou?r|product|one|part|button)|poor quality|bad quality|scratched)\b"
)
TOLD: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in (
        ("complaint", _COMPLAINT),
        ("size", _SAID_SIZE),
        (
            "preference",
            rf"\bi(?: really| absolutely| just| also| do{_NOT})* {_LIKE}(?! to (?:know|see|order|buy|return|ask|speak"
            r"|talk|complain|exchange|get|have|cancel|change)\b)|\bmy (?:\w+ )?favou?rite\b|\bi (?:never|only|always) "
            r"(?:wear|buy|eat|drink|use|want)\b|\bi(?:'m|’m| am) (?:a )?(?:vegan|vegetarian|pescatarian)\b",
        ),
        ("allergy", r"\b(?:allergic|allergy|allergies|intoleran\w+|co?eliac)\b"),
    )
}
"""What a message may tell about its author, by topic."""
ASKED: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in (
        ("complaint", r"\b(?:complain\w*|problems?|issues?|unhappy|upset|wrong|went bad)\b"),
        ("size", r"\bsizes?\b"),
        ("preference", rf"\b(?:{_LIKE}|favou?rites?|preferences?)\b"),
        ("allergy", r"\b(?:allerg\w+|intoleran\w+)\b"),
    )
}
"""What a message that looks back may ask for, by the same topics."""
_HYPOTHETICAL = re.compile(r"\b(?:what if|if (?:my|it|the|an?|something|i|they)|in case)\b", re.IGNORECASE)
_QUESTION = re.compile(
    r"^\W*(?:do|does|did|is|are|what|which|how|where|when|can|could|will|would|who|why)\b", re.IGNORECASE
)


def about_memory(text: str) -> Literal["", "recall", "forget"]:
    """Whether a message asks what was said before, or to forget it."""
    if _FORGET.search(text) and not _NOT_FORGET.search(text):
        return "forget"
    return "recall" if any(pattern.search(text) for pattern in LOOKS_BACK) else ""


def topics_told(text: str) -> tuple[str, ...]:
    """What a message tells about its author: ``complaint``, ``size``, ``preference``, ``allergy``."""
    parts = [part for part in re.split(r"(?<=[.!?;])\s+|\n", text) if not _HYPOTHETICAL.search(part)]
    told = [part for part in parts if not (_QUESTION.search(part) and not re.search(_I, part, re.IGNORECASE))]
    return tuple(name for name, pattern in TOLD.items() if any(pattern.search(part) for part in told))


def topics_asked(text: str) -> tuple[str, ...]:
    """The topics that a message looking back asks for; none if it names no topic."""
    return tuple(name for name, pattern in ASKED.items() if pattern.search(text))


_LOOKING_BACK = re.compile(
    rf"\b(?:{_SAY}|remember(?:ed)?|recall|remind|know|earlier|before|last|previous|previously|time|times|conversations?"
    r"|chats?|sessions?|messages?|questions?|again|still|already|ever|once|things?|stuff|anything|something|everything"
    r"|words?|today|yesterday|recently|ago|week|weeks|month|months|day|days|leave|off)\b",
    re.IGNORECASE,
)


def subject_of(text: str) -> str:
    """A message that looks back without the words that only do that, or that name a topic: what it is about, if any."""
    text = _LOOKING_BACK.sub(" ", text)
    for pattern in ASKED.values():
        text = pattern.sub(" ", text)
    return " ".join(text.split())
