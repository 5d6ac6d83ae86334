"""Products a message calls by name, exactly ("the Marlowe Linen Wrap Dress") or nearly ("marlowe wrap dress").

Names are looked up by their words: a dictionary of whole names for exact mentions, and an inverted index weighted by
inverse document frequency for near ones. A near mention has all words of the name but one, in order, its rarest word
and a word of its brand among them, and no other product may fit as well.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from seamless_retail.tools.understanding.lexicon import Words
from seamless_retail.tools.understanding.message import Message, words_of

_LONGEST_POSTINGS = 400
_MOST_CANDIDATES = 60


class Mention(NamedTuple):
    """A product called by name, and the tokens of the message that do so."""

    product_id: str
    tokens: tuple[int, ...]


_ARTICLE = r"(?:the |a |an |your |my )?$"
_SIMILAR = re.compile(
    r"(?:(?<!i )(?<!i'd )(?<!would )(?<!id )(?<!also )\blike|\bsimilar to|\balternatives? (?:to|for)|\binstead of|"
    rf"\bother than|\bresembl(?:es|ing)) {_ARTICLE}"
)
_COMPLEMENT = re.compile(
    r"(?:\b(?:go|goes|going|pairs?|wear|matching|combine) (?:well )?with|\bmatch(?:es)?|"
    rf"\bbought (?:together )?with) {_ARTICLE}"
)


def comparison_before(message: Message, mention: Mention) -> str:
    """``similar`` or ``complement`` when the words before the mention ask for other products; otherwise empty."""
    start = message.tokens[mention.tokens[0]].start
    before = message.lower[max(0, start - 40) : start]
    if _SIMILAR.search(before):
        return "similar"
    return "complement" if _COMPLEMENT.search(before) else ""


class ProductNames:
    """Finds product names in messages.

    Args:
        names: Lower-case product name → product id.
        is_ordinary: Whether a phrase means something other than the product that bears it as its name, such as the
            name of a category.
        brands: Brand names; a near mention of a name that begins with one needs a word of it.
    """

    def __init__(self, names: Mapping[str, str], is_ordinary: Callable[[Words], bool], brands: Iterable[str]) -> None:
        self._exact = {words: product_id for name, product_id in names.items() if len(words := words_of(name)) > 1}
        self._names = list(self._exact)
        self._postings: defaultdict[str, list[int]] = defaultdict(list)
        for i, words in enumerate(self._names):
            for word in set(words):
                self._postings[word].append(i)
        self._longest = max(map(len, self._names), default=0)
        self._is_ordinary = is_ordinary
        self._brands = frozenset(map(words_of, brands))

    def words(self) -> set[str]:
        """Every word of every name."""
        return set(self._postings)

    def find(self, message: Message) -> tuple[Mention, ...]:
        """The products the message names, in order; their words are marked as used."""
        mentions = self._find_exact(message)
        if not mentions:
            near = self._find_near(message)
            mentions = [near] if near else []
        for mention in mentions:
            for i in mention.tokens:
                message.tokens[i].used = True
        return tuple(mentions)

    def _find_exact(self, message: Message) -> list[Mention]:
        found: list[Mention] = []
        at = 0
        while at < len(message.words):
            length = self._exact_length(message, at)
            if length:
                words = tuple(message.words[at : at + length])
                found.append(Mention(self._exact[words], tuple(range(at, at + length))))
            at += length or 1
        return found

    def _exact_length(self, message: Message, at: int) -> int:
        if message.words[at] not in self._postings:
            return 0
        for length in range(min(self._longest, len(message.words) - at), 1, -1):
            words = tuple(message.words[at : at + length])
            if words in self._exact and not self._is_ordinary(words):
                return length
        return 0

    def _find_near(self, message: Message) -> Mention | None:
        positions: dict[str, int] = {}
        for i, token in enumerate(message.tokens):
            if not token.used:
                positions.setdefault(token.word, i)
        counts: Counter[int] = Counter()
        for word in positions:
            postings = self._postings.get(word, ())
            if len(postings) <= _LONGEST_POSTINGS:
                counts.update(postings)
        best: list[tuple[float, Mention]] = []
        for i, _ in counts.most_common(_MOST_CANDIDATES):
            if scored := self._score(self._names[i], positions):
                best.append(scored)
        best.sort(key=lambda pair: -pair[0])
        if not best or (len(best) > 1 and math.isclose(best[0][0], best[1][0])):
            return None
        return best[0][1]

    def _score(self, name: Words, positions: dict[str, int]) -> tuple[float, Mention] | None:
        """Weight of the words of a name that the message has, or ``None`` when it is no near mention."""
        present = [word for word in name if word in positions]
        places = [positions[word] for word in present]
        if len(name) < 3 or len(present) < len(name) - 1 or max(name, key=self._weight) not in present:
            return None
        brand = next((name[:n] for n in range(len(name), 0, -1) if name[:n] in self._brands), present)
        if not set(brand) & set(present) or any(not 0 < right - left <= 2 for left, right in pairwise(places)):
            return None
        mention = Mention(self._exact[name], tuple(places))
        return sum(map(self._weight, present)) - (len(name) - len(present)), mention

    def _weight(self, word: str) -> float:
        return math.log((1 + len(self._names)) / (1 + len(self._postings.get(word, ()))))
