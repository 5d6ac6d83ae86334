"""Whether a word of a message is wished for or wished away: "not red", "without wool", "allergic to nuts or sesame"."""

from seamless_retail.tools.understanding.message import Message
from seamless_retail.tools.understanding.word_lists import NEGATING_PAIRS, NEGATION_FILLERS, NEGATORS

_JOINERS = frozenset({"or", "and", "nor"})
_LISTED = _JOINERS | {"any", "the", "no", "also"}
_REACH = 5


def is_negated(message: Message, at: int) -> bool:
    """Whether the words just before token ``at`` wish it away."""
    words = message.words
    for i in range(at - 1, max(-1, at - 1 - _REACH), -1):
        if message.breaks_between(i, i + 1) or "," in message.between(i, i + 1):
            return False
        if i > 0 and (words[i - 1], words[i]) in NEGATING_PAIRS:
            return not (i > 1 and words[i - 2] in NEGATORS)
        if words[i] in NEGATORS:
            return not (i > 0 and words[i - 1] in ("why", "if"))
        if words[i] not in NEGATION_FILLERS:
            return False
    return False


def is_joined(message: Message, left_end: int, right: int) -> bool:
    """Whether only a comma, "or", "and" or "nor" stands between token ``left_end - 1`` and token ``right``."""
    between = message.words[left_end:right]
    gap = message.text[message.tokens[left_end - 1].end : message.tokens[right].start]
    if not between:
        return gap.strip() in (",", "/", "&")
    return len(between) <= 2 and between[0] in _JOINERS and all(word in _LISTED for word in between) and "." not in gap
