"""Questions derived from the sentences of any policy, and paraphrases by rule."""

import re
from random import Random

Derived = tuple[str, tuple[str, ...]]
"""An answer as the text writes it, and questions for it."""

_TIME = r"(?:\d+(?: to \d+)?|one|two|three) (?:business )?(?:minutes?|hours?|days?|weeks?|months?|years?)"
_MONEY = r"\$\d+(?:,\d{3})*(?:\.\d\d)?"
_SUBJECT = r"^(?P<subject>[A-Z][^,;:.]{2,50}?)(?<! and)"
_SHAPES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        re.compile(rf"{_SUBJECT} costs? (?P<answer>{_MONEY})"),
        ("What is the price of {it}?", "How much must I pay for {it}?"),
    ),
    (
        re.compile(rf"{_SUBJECT} (?:costs? \S+ and )?takes? (?P<answer>{_TIME})"),
        ("How much time does it take for {it}?", "What time must I allow for {it}?"),
    ),
    (
        re.compile(rf"{_SUBJECT} (?:is|are) valid for (?P<answer>{_TIME})"),
        ("For how long can I use {it}?", "What is the time limit of {it}?"),
    ),
    (
        re.compile(rf"{_SUBJECT} (?:is|are) open (?P<answer>(?:from |Monday |every )[^,.]*\d:\d\d)"),
        ("What are the opening hours of {it}?", "When can I visit {it}?"),
    ),
)
_FILLABLE = re.compile(
    r"(?<![\d.,:])(?<!or )(?<!to )"
    rf"(?:{_TIME}|{_MONEY}|\d+(?: to \d+)? (?:percent|points|degrees)|\d{{1,2}}:\d\d to \d{{1,2}}:\d\d)\b"
)
_GAPS = ("Fill in the gap: {gap}", "What belongs in the gap? {gap}", "Complete this sentence: {gap}")
_SENTENCE = re.compile(r"[^\s].*?(?:[.!?](?=\s|$)|$)", re.MULTILINE)
_LONGEST_GAP = 140

_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\bIf ([^,.;]{5,90}), (you|we|the|it|they|our)\b([^.;]*)\.", r"\2\3 if \1."),
        (r"\bfree of charge\b", "at no cost"),
        (r"\bat no extra charge\b", "without paying more"),
        (rf"\bwithin ({_TIME}) of\b", r"up to \1 after"),
        (rf"\bwithin ({_TIME})\b", r"in at most \1"),
        (r"\bYou can\b", "It is possible to"),
        (r"\byou can\b", "it is possible to"),
        (r"\bWe refund\b", "You get a refund for"),
        (r"\bPlease\b", "Kindly"),
        (r"\bcosts (\$\d+(?:\.\d\d)?)\b", r"is priced at \1"),
        (r"\btakes (?=\d)", "needs "),
        (r"\barrives?\b", "comes"),
        (r"\bBoth stores\b", "The two stores"),
        (r"\bboth stores\b", "the two stores"),
        (r"\bcannot be\b", "must not be"),
        (r"\bat once\b", "immediately"),
        (r"\bbuy\b", "purchase"),
        (r"\bbought\b", "purchased"),
        (r"\bEvery\b", "Each"),
        (r"\bevery\b", "each"),
        (r"\bYour\b", "A customer's"),
        (r"\breceive\b", "get"),
        (r"\bBring\b", "Take along"),
        (r"\bTell us\b", "Let us know"),
        (r"\btell us\b", "let us know"),
    )
)
_USED = 0.75


def derived_questions(body: str) -> list[Derived]:
    """Questions on sentences of a known shape, and sentences with a figure left out.

    An answer that stands more than once in the body is asked only through a gap, whose sentence says which is meant.
    """
    derived: list[Derived] = []
    for match in _SENTENCE.finditer(body):
        sentence = match[0]
        for shape, wordings in _SHAPES:
            if (found := shape.search(sentence)) and body.count(found["answer"]) == 1:
                it = _inside(found["subject"])
                derived.append((found["answer"], tuple(wording.format(it=it) for wording in wordings)))
        if len(sentence) <= _LONGEST_GAP and (gap := _FILLABLE.search(sentence)) and body.count(gap[0]) == 1:
            with_gap = f"{sentence[: gap.start()]}…{sentence[gap.end() :]}"
            derived.append((gap[0], tuple(wording.format(gap=with_gap) for wording in _GAPS)))
    return derived


def paraphrase(text: str, random: Random) -> str:
    """The same statements in other words, by rule; every figure stays. May be equal to ``text``."""
    for pattern, replacement in _REWRITES:
        if random.random() < _USED:
            text = pattern.sub(replacement, text)
    return _SENTENCE.sub(lambda match: match[0][:1].upper() + match[0][1:], text)


def _inside(subject: str) -> str:
    """A subject within a question: it loses its capital, unless more capitals say that it is a name."""
    is_name = re.search(r"\s[A-Z]", subject) and not subject.startswith(("The ", "A ", "An ", "Our ", "Your "))
    return subject if is_name else subject[:1].lower() + subject[1:]
