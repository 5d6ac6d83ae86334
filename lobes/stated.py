"""What a message says about allergens: which ones it names, and which ones it says the customer must avoid."""

import re
from collections.abc import Iterable

from seamless_retail.core.catalogue import Allergen
from seamless_retail.tools.understanding.diet import DietReader
from seamless_retail.tools.understanding.lexicon import Words, forms
from seamless_retail.tools.understanding.message import Message, words_of
from seamless_retail.tools.understanding.word_lists import ALLERGENS

_READER = DietReader(())
_PHRASES: dict[Words, tuple[Allergen, ...]] = {
    form: allergens for allergens, phrases in ALLERGENS for phrase in phrases for form in forms(words_of(phrase))
}
_LONGEST = max(map(len, _PHRASES))
_ALLERGY = re.compile(r"\b(?:allerg\w+|intoleran\w+|c(?:o)?eliac\w*|anaphyla\w+|sensitiv\w+|react to)\b", re.IGNORECASE)


def avoided_allergens(text: str) -> tuple[Allergen, ...]:
    """The allergens the message rules out: "I am allergic to peanuts", "nut-free", "without milk"."""
    return _READER.read(Message(text)).exclude_allergens


def stated_allergies(text: str) -> tuple[Allergen, ...]:
    """The allergens the customer says to be allergic to, which hold for the rest of the conversation."""
    return avoided_allergens(text) if _ALLERGY.search(text) else ()


def named_allergens(text: str) -> tuple[Allergen, ...]:
    """The allergens the message names, for whatever reason: "does it contain nuts?"."""
    words, found, at = words_of(text), dict[Allergen, None](), 0
    while at < len(words):
        length = next((n for n in range(_LONGEST, 0, -1) if words[at : at + n] in _PHRASES), 0)
        if length:
            found |= dict.fromkeys(_PHRASES[words[at : at + length]])
        at += length or 1
    return tuple(found)


def without_names(text: str, names: Iterable[str]) -> str:
    """A message in lower case without the product names in it: "Gluten-Free Granola" is no wish to avoid gluten."""
    text = text.lower()
    for name in names:
        text = text.replace(name.lower(), " ")
    return text
