"""What a change of style must keep: every fact, every negation, and what the sentence says, word for word and in order.

A text is changed as a frame: names, prices, numbers and citation marks are placeholders (``core/protected_spans.py``).
A changed frame holds the same placeholders in the same order, the same negations, and the words of the frame before in
their order. What may be left out and what may be added are two lists of words that the style's own examples teach;
anything else is a fault, and a text with a fault is not said.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from seamless_retail.core.protected_spans import Protected, Span, check, find_spans, protect, restore

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_WORD = re.compile(r"[^\W\d_]+n['’]t\b|['’][a-z]{1,2}\b|[^\W\d_]+(?:-[^\W\d_]+)*")
_PLACEHOLDER = re.compile(r"QX\d+")
_NEGATIONS = frozenset(
    {"not", "no", "never", "none", "nothing", "nobody", "nowhere", "without", "neither", "nor", "hardly"}
    | {"only", "unless", "except", "free"}
)
_SHORT_NOT = ("n't", "n’t")
_BEFORE_FULL_STOP = re.compile(r"\s+([.,;:!?])")


@dataclass(frozen=True)
class Allowance:
    """The words, in lower case, that a style may add to a sentence and those that it may leave out."""

    added: frozenset[str] = frozenset()
    dropped: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Each with the words one of which must stand between the same facts instead; ``""``: it may just be left out."""

    def __or__(self, other: "Allowance") -> "Allowance":
        words = (*self.dropped, *other.dropped)
        nothing: frozenset[str] = frozenset()
        dropped = {word: self.dropped.get(word, nothing) | other.dropped.get(word, nothing) for word in words}
        return Allowance(self.added | other.added, dropped)


def joined(allowances: Iterable[Allowance]) -> Allowance:
    """What any of several styles may add and leave out."""
    return reduce(Allowance.__or__, allowances, Allowance())


def frame(text: str, names: Collection[str] = ()) -> Protected:
    """A text with placeholders for its names and for everything that has a digit.

    Args:
        text: Any text.
        names: Products, brands, stores: found as whole words, in this very spelling.
    """
    spans = list(find_spans(text, names))
    for found in _NUMBER.finditer(text):
        if not any(span.start < found.end() and found.start() < span.end for span in spans):
            spans.append(Span(*found.span(), found[0], "quantity"))
    return protect(text, spans=sorted(spans, key=lambda span: span.start))


def learned(before: str, after: str) -> Allowance:
    """What one example of a style adds to a frame and leaves out of it; nothing when its facts differ."""
    if _facts(before) != _facts(after):
        return Allowance()
    changes = [(_without(old, new), _without(new, old)) for old, new in _stretches(before, after)]
    dropped = {word: frozenset(added) or frozenset({""}) for lost, added in changes for word in lost}
    return Allowance(frozenset(word for _, added in changes for word in added), dropped)


def faults(before: str, after: str, allowance: Allowance) -> tuple[str, ...]:
    """What is wrong with a changed frame, as sentences; empty when nothing is.

    Args:
        before: The frame as it was.
        after: The frame as a model changed it.
        allowance: Of the styles at work.
    """
    if (then := _facts(before)) != (now := _facts(after)):
        return (f"The facts {' '.join(then)} became {' '.join(now)}.",)
    found = [f"The number {number} is new." for number in _NUMBER.findall(_PLACEHOLDER.sub(" ", after))]
    if (denied := _negations(before)) != _negations(after):
        found.append(f"The negations {', '.join(denied) or '(none)'} were changed.")
    for old, new in _stretches(before, after):
        lost, added = _without(old, new), _without(new, old)
        found += [f"{word!r} is new." for word in added if word not in allowance.added]
        found += [f"{word!r} is lost." for word in lost if not _replaced(word, added, allowance)]
    return tuple(found)


def _replaced(word: str, added: Collection[str], allowance: Allowance) -> bool:
    instead = allowance.dropped.get(word, frozenset())
    return "" in instead or not instead.isdisjoint(added)


def denies(text: str) -> bool:
    """Whether a frame says no to something."""
    return bool(_negations(text))


def restored(protected: Protected, after: str, before: str, names: Collection[str] = ()) -> tuple[str, tuple[str, ...]]:
    """A changed frame with its facts put back, and what the exact comparison with the text before finds."""
    text = _BEFORE_FULL_STOP.sub(r"\1", restore(protected, after)).strip()
    return text, check(before, text, names)


def _facts(text: str) -> list[str]:
    return _PLACEHOLDER.findall(text)


def _negations(text: str) -> Counter[str]:
    """Each as one sign: "cannot", "can't" and "can not" deny alike."""
    words = [word for stretch in _PLACEHOLDER.split(text) for word in _words(stretch)]
    signs = ("not" if word == "cannot" or word.endswith(_SHORT_NOT) else word for word in words)
    return Counter(sign for sign in signs if sign in _NEGATIONS)


def _stretches(before: str, after: str) -> list[tuple[list[str], list[str]]]:
    """The words before, between and after the facts of two frames with the same facts."""
    pairs = zip(_PLACEHOLDER.split(before), _PLACEHOLDER.split(after), strict=True)
    return [(_words(old), _words(new)) for old, new in pairs]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _without(words: list[str], others: list[str]) -> list[str]:
    """The words that are not in the longest sequence of words that both lists hold."""
    lengths = [[0] * (len(others) + 1) for _ in range(len(words) + 1)]
    for i in range(len(words) - 1, -1, -1):
        for j in range(len(others) - 1, -1, -1):
            longer = max(lengths[i + 1][j], lengths[i][j + 1])
            lengths[i][j] = lengths[i + 1][j + 1] + 1 if words[i] == others[j] else longer
    rest, i, j = [], 0, 0
    while i < len(words):
        if j < len(others) and words[i] == others[j]:
            i, j = i + 1, j + 1
        elif j == len(others) or lengths[i + 1][j] >= lengths[i][j + 1]:
            rest.append(words[i])
            i += 1
        else:
            j += 1
    return rest
