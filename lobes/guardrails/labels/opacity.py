"""Whether an ingredient's source is stated: "lecithin (soya)" hides nothing, "lecithin" may."""

import re

from seamless_retail.lobes.guardrails.labels.tokens import WORD

_STATED = re.compile(r"[\s\d%.,*]{0,10}[(\[{（:][^)\]}）]*?[^\W\d_]{2}")
_FROM = re.compile(
    r"\s+(?:(?:from|of|aus|de|du|di|da|van|fran|fra|z|ze|iz|из|dal|dalla|dei|derived from|made from)\s+|d')[^\W\d_]{2}"
)
_EMPTY_BRACKET = re.compile(r"[\s\d%.,*]{0,10}[(\[{（]\s*[\d.,%\s<>]*[)\]}）]")
_SEPARATORS = re.compile(r"[,;:()\[\]{}（）【】*•\n、，：；/.]|\s-\s|\band/?or\b")
_MARKS = frozenset(",;:()[]{}（）【】*•\n、，：；/.")
_LISTED = re.compile(r"(?:\s[^\W\d_]{2,}){0,2}[\s\d%.,*]{0,10}(?:[(\[{（]|:\s)([^)\]}）]*)")
_NEAR_END = 120
_NEUTRAL = frozenset(
    [
        "emulsifier",
        "emulsifiers",
        "emulsifiant",
        "emulgator",
        "emulgente",
        "emulsionante",
        "emulsionanti",
        "stabiliser",
        "stabilizer",
        "preservative",
        "antioxidant",
        "an",
        "thickener",
        "colour",
        "color",
        "flavour",
        "flavor",
        "to",
        "for",
        "natural",
        "artificial",
        "with",
        "contains",
        "added",
    ]
)


def is_source_stated(text: str, start: int, end: int) -> bool:
    """Whether brackets, a colon or "from" right after a span of the folded text tell the source."""
    if _FROM.match(text, end):
        return True
    if _EMPTY_BRACKET.match(text, end):
        end = _EMPTY_BRACKET.match(text, end).end()  # type: ignore[union-attr]  # it matched
    stated = _STATED.match(text, end)
    if not stated:
        return False
    close = min([place for mark in ")]}）" if (place := text.find(mark, end)) >= 0], default=len(text))
    words = {word for word in WORD.findall(text[end:close]) if not word.isdigit()}
    return bool(words - _NEUTRAL)


def is_truncated(text: str) -> bool:
    """Whether the label stops in the middle: after a comma or colon, or in brackets that were opened near its end."""
    end = text.rstrip()
    if end.endswith((",", "(", "[", "{", ":", "&", "、", "，", "（", "：")):
        return True
    opened = max(end.rfind(mark) for mark in "([{（")
    return opened >= max(0, len(end) - _NEAR_END) and not any(mark in end[opened:] for mark in ")]}）")


def has_own_list(text: str, end: int) -> bool:
    """Whether the ingredient ending here, with up to two more words, is followed by the list of its own ingredients."""
    listed = _LISTED.match(text, end)
    return listed is not None and listed[1].count(",") + listed[1].count("،") + listed[1].count("、") >= 1


def item_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The ingredient that holds a span: from separator to separator."""
    left = max(
        (match.end() for match in _SEPARATORS.finditer(text, max(0, start - 60), start)), default=max(0, start - 60)
    )
    right = _SEPARATORS.search(text, end)
    return left, right.start() if right else len(text)


def is_whole_item(text: str, start: int, end: int, qualifiers: frozenset[int]) -> bool:
    """Whether a span is the whole ingredient but for numbers and the words that begin at ``qualifiers``."""
    before, after = text[max(0, start - 2) : start].rstrip(" "), text[end : end + 2].lstrip(" ")
    if (start == 0 or before[-1:] in _MARKS) and (end == len(text) or after[:1] in _MARKS):
        return True
    if _has_stranger_before(text, start, qualifiers):
        return False
    left, right = item_around(text, start, end)
    for match in WORD.finditer(text, left, right):
        outside = match.end() <= start or match.start() >= end
        if outside and not match[0].isdigit() and match.start() not in qualifiers:
            return False
    return True


def _has_stranger_before(text: str, start: int, qualifiers: frozenset[int]) -> bool:
    """Whether the word right before a span is one that changes what it names; most are settled by this glance."""
    end = start - 1
    if end < 1 or text[end] != " ":
        return False
    place = end
    while place and text[place - 1].isalnum():
        place -= 1
    word = text[place:end]
    return word.isascii() and word.isalpha() and not word.endswith("or") and place not in qualifiers
