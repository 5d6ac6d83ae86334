"""Cuts a text that arrives in pieces into windows to be checked: the same windows whatever the pieces.

A window is a sentence or a line. Where it ends is decided by the text alone, and only once the character after the end
has arrived, so that neither a word, a letter with its accents, an abbreviation nor "no" and its "milk" is taken apart
by the accident of how the text was sent. Each window is seen together with what went before it.
"""

import unicodedata
from dataclasses import dataclass, field
from typing import NamedTuple

_STOPS = frozenset(".!?…؟۔।॥")
"""Marks that end a sentence before a space."""
_WIDE_STOPS = frozenset("。！？｡")
"""Marks that end a sentence by themselves."""
_CLOSERS = frozenset("\"'”’»)]}*_」』）】")
_LINES = frozenset("\n\r\v\f\x85\u2028\u2029")
_HYPHENS = frozenset("-‐‑\u00ad")
_ABBREVIATED = 3
"""A full stop after a word of at most so many letters may be an abbreviation's (St., e.g., oz.), or a list's number."""


class Window(NamedTuple):
    """A stretch of text that may leave once all that is seen with it is cleared."""

    seen: str
    """What the check is to read: the text before, ``text``, and what is known to follow in the same sentence."""
    text: str
    """What may then leave."""


@dataclass(slots=True)
class Windows:
    """The cutter; holds at most 2 * ``longest`` + ``before`` characters beside the piece just given.

    Args:
        longest: A sentence longer than this is cut between two words before its half, and checked with the whole of it.
        before: Characters of the text before a window that are checked with it, at least (whole windows, so that no
            sentence loses the "avoid" it began with).
    """

    longest: int = 800
    before: int = 400
    _held: str = field(default="", init=False)
    _past: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        if self.longest < 2 or self.before < 0:
            raise ValueError("A window needs at least 2 characters, and no less than 0 before it.")

    def feed(self, text: str) -> list[Window]:
        """The windows that are complete with this piece."""
        self._held += text
        found = []
        while end := _end(self._held[: self.longest]):
            found.append(self._cut(end, end))
        while len(self._held) >= self.longest:
            found.append(self._cut(_forced_end(self._held[: self.longest]), self.longest))
            while end := _end(self._held[: self.longest]):
                found.append(self._cut(end, end))
        return found

    def finish(self) -> list[Window]:
        """The last window, if text is left."""
        return [self._cut(len(self._held), len(self._held))] if self._held else []

    def _cut(self, end: int, seen: int) -> Window:
        window = Window("".join((*self._past, self._held[:seen])), self._held[:end])
        self._past.append(window.text)
        while sum(map(len, self._past[1:])) >= self.before and self._past:
            del self._past[0]
        self._held = self._held[end:]
        return window


def _end(text: str) -> int:
    """Where the first sentence or line of a text ends, its space included; 0 if that is not known yet."""
    place = 0
    while place < len(text):
        letter = text[place]
        if letter in _WIDE_STOPS:
            end = _after(text, place + 1, closers=True)
            if end == len(text):
                return 0
            if not _joins(text[end]):
                return end
        elif letter.isspace():
            end = _after(text, place)
            if end == len(text):
                return 0
            if _ends_before(text, place, text[place:end]) and not _joins(text[end]):
                return end
            place = end
            continue
        place += 1
    return 0


def _after(text: str, place: int, closers: bool = False) -> int:
    """The first place from here that holds no space (and no closing mark)."""
    while place < len(text) and (text[place].isspace() or (closers and _is_tail(text[place]))):
        place += 1
    return place


def _is_tail(letter: str) -> bool:
    return letter in _CLOSERS or letter in _WIDE_STOPS


def _ends_before(text: str, place: int, space: str) -> bool:
    """Whether a sentence or a line ends before the space at a place."""
    last = place
    while last and text[last - 1] in _CLOSERS:
        last -= 1
    before = text[last - 1 : last]
    if before in _HYPHENS:
        return False
    if not _LINES.isdisjoint(space):
        return True
    return bool(before) and before in _STOPS and not (before == "." and _may_be_abbreviation(text, last - 1))


def _may_be_abbreviation(text: str, stop: int) -> bool:
    start = stop
    while start and (text[start - 1].isalnum() or text[start - 1] == "."):
        start -= 1
    word = text[start:stop].rstrip(".")
    return "." in word or 0 < len(word) <= _ABBREVIATED


def _joins(letter: str) -> bool:
    """Whether a character belongs to the one before it: an accent, a joiner, an invisible one."""
    return unicodedata.category(letter) in ("Mn", "Me", "Mc", "Cf")


def _forced_end(text: str) -> int:
    """Where to cut a text without an end: at its last space before the half, or between two characters."""
    half = max(1, len(text) // 2)
    for place in range(half, 0, -1):
        if text[place - 1].isspace() and not _joins(text[place]):
            return place
    for place in range(half, 0, -1):
        if not _joins(text[place]):
            return place
    return half
