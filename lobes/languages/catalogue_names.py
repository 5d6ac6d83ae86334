"""Names and words of the catalogue in a message of any language: there they mean what they mean in English."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from seamless_retail.core.ports import Vocabulary
from seamless_retail.lobes.languages.words import split_words

LONGEST = 6
"""Words of the longest name that is looked for."""
_LEAST_LETTERS = 4
"""Of a single word of the catalogue that counts."""


@dataclass(frozen=True)
class CatalogueNames:
    """The names of products and brands; the catalogue is read when the first message of another language comes.

    Args:
        vocabulary: Reads it.
    """

    vocabulary: Callable[[], Vocabulary]

    @cached_property
    def _names(self) -> frozenset[str]:
        vocabulary = self.vocabulary()
        return frozenset({*vocabulary.product_names, *vocabulary.brands})

    @cached_property
    def _words(self) -> frozenset[str]:
        vocabulary = self.vocabulary()
        facets = (value for values in vocabulary.attributes.values() for value in values)
        phrases = (*self._names, *vocabulary.categories, *vocabulary.colors, *facets)
        words = (word for phrase in phrases for word in phrase.lower().replace("-", " ").split())
        return frozenset(word for word in words if len(word) >= _LEAST_LETTERS and word.isalpha())

    def is_name(self, phrase: str) -> bool:
        """Whether a lower-case phrase is a product, a brand, or a word of the catalogue."""
        return phrase in self._names or phrase in self._words

    def within(self, text: str) -> tuple[str, ...]:
        """Products and brands that a text names, in its spelling, the longest first at every place."""
        words = split_words(text)
        found: list[str] = []
        at = 0
        while at < len(words):
            ends = range(min(at + LONGEST, len(words)), at, -1)
            phrases = ((text[words[at].start : words[last - 1].end], last) for last in ends)
            name, at = next(((p, last) for p, last in phrases if p.lower() in self._names), ("", at + 1))
            found += [name] if name else []
        return tuple(dict.fromkeys(found))
