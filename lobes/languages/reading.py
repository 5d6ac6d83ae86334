"""What the words of a message do in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from seamless_retail.lobes.languages.glossary import Found, english, kinds
from seamless_retail.lobes.languages.words import Word


@dataclass(frozen=True)
class Reading:
    """The concepts of a message by what they do in it."""

    text: str
    words: Sequence[Word]
    found: tuple[Found, ...]
    allergens: tuple[Found, ...] = ()
    left_out: tuple[Found, ...] = ()
    names: tuple[str, ...] = ()

    def has(self, *cues: str) -> bool:
        """Whether one of the concepts is named."""
        return any(found.concept in cues for found in self.found)

    def of(self, kind: str) -> list[str]:
        """The English words of a kind, without what is reacted to or left out."""
        used = {*self.allergens, *self.left_out}
        named = (f.concept for f in self.found if kinds()[f.concept] == kind and f not in used)
        return [english(concept) for concept in dict.fromkeys(named)]


def listed(words: Sequence[str]) -> str:
    """``milk, eggs and soy``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
