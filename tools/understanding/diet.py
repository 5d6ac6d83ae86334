"""Allergens a message rules out and diets it asks for.

"X-free", "no X", "without X" and "allergic to X" rule out allergens of the fourteen EU groups; nuts also rule out
peanuts. A diet ("vegan", "sugar-free") becomes a filter on the ``diet`` attribute, even when the catalogue has no such
product: it is never silently dropped.
"""

from collections.abc import Collection, Container, Iterable
from itertools import pairwise
from typing import NamedTuple, TypeVar

from seamless_retail.core.catalogue import Allergen
from seamless_retail.tools.understanding.lexicon import Words, forms
from seamless_retail.tools.understanding.message import Message, words_of
from seamless_retail.tools.understanding.negation import is_joined, is_negated
from seamless_retail.tools.understanding.word_lists import (
    ALLERGENS,
    DIET_AS_ALLERGENS,
    DIET_AS_INGREDIENT,
    DIETS,
    STOP_WORDS,
)

_T = TypeVar("_T")
_FREE = frozenset({"free", "less"})
_SENSITIVITIES = frozenset(
    {"allergy", "allergies", "allergic", "allergen", "intolerance", "intolerances", "intolerant", "sensitivity"}
)
_COELIAC = frozenset({"celiac", "coeliac", "celiacs", "coeliacs"})


class DietaryWishes(NamedTuple):
    """Allergens to rule out, diets to keep, and words that must not stand among the ingredients."""

    exclude_allergens: tuple[Allergen, ...] = ()
    diets: tuple[str, ...] = ()
    excluded_diets: tuple[str, ...] = ()
    excluded_ingredients: tuple[str, ...] = ()


class _Found(NamedTuple):
    start: int
    end: int
    allergens: tuple[Allergen, ...]


class DietReader:
    """Reads dietary wishes.

    Args:
        diets: The diets the catalogue labels, as in ``vocabulary.attributes["diet"]``.
    """

    def __init__(self, diets: Collection[str]) -> None:
        self._allergens: dict[Words, tuple[Allergen, ...]] = {}
        for allergens, phrases in ALLERGENS:
            for phrase in phrases:
                self._allergens |= dict.fromkeys(forms(words_of(phrase)), allergens)
        self._diets: dict[Words, str] = {}
        labels = {words_of(diet): diet for diet in diets}
        for names, phrases in DIETS:
            known = next((labels[words_of(name)] for name in names if words_of(name) in labels), names[0])
            self._diets |= dict.fromkeys(map(words_of, phrases), known)
        self._known = frozenset(diets)

    def words(self) -> set[str]:
        """Every single word this reader knows."""
        return {word for phrase in (*self._allergens, *self._diets) for word in phrase} | _SENSITIVITIES | _COELIAC

    def read(self, message: Message, department: str = "") -> DietaryWishes:
        """Read the wishes and mark their words as used; in ``department`` fashion nothing is a food."""
        if department == "fashion":
            return DietaryWishes()
        diets, negated, ingredients, stand_ins = self._read_diets(message)
        found = self._phrases(message)
        excluded = [f for f in found if _is_excluded(message, f)]
        excluded = _spread(message, found, excluded)
        for f in excluded:
            last = (
                f.end + 1
                if message.words[f.end : f.end + 1] and message.words[f.end] in _FREE | _SENSITIVITIES
                else f.end
            )
            message.take_tokens(f.start, last)
        allergens = [*stand_ins, *(a for f in excluded for a in f.allergens)]
        if set(message.words) & _COELIAC:
            allergens.append(Allergen.GLUTEN)
        return DietaryWishes(_unique(allergens), _unique(diets), _unique(negated), _unique(ingredients))

    def _read_diets(self, message: Message) -> tuple[list[str], list[str], list[str], list[Allergen]]:
        wished: list[str] = []
        rejected: list[str] = []
        ingredients: list[str] = []
        stand_ins: list[Allergen] = []
        for start, end, diet in self._diet_phrases(message):
            message.take_tokens(start, end)
            if diet not in self._known and diet in DIET_AS_ALLERGENS:
                stand_ins += DIET_AS_ALLERGENS[diet]
            elif diet not in self._known and diet in DIET_AS_INGREDIENT:
                ingredients.append(DIET_AS_INGREDIENT[diet])
            else:
                (rejected if is_negated(message, start) else wished).append(diet)
        return wished, rejected, ingredients, stand_ins

    def _diet_phrases(self, message: Message) -> list[tuple[int, int, str]]:
        return [(start, end, self._diets[words]) for start, end, words in _scan(message, self._diets)]

    def _phrases(self, message: Message) -> list[_Found]:
        return [_Found(start, end, self._allergens[words]) for start, end, words in _scan(message, self._allergens)]


def _scan(message: Message, phrases: Container[Words]) -> list[tuple[int, int, Words]]:
    """The longest phrases of up to three unused words, with their tokens, left to right."""
    found = []
    at = 0
    while at < len(message.words):
        for length in (3, 2, 1):
            words = tuple(message.words[at : at + length])
            if len(words) == length and words in phrases and not any(t.used for t in message.tokens[at : at + length]):
                found.append((at, at + length, words))
                at += length - 1
                break
        at += 1
    return found


def _is_excluded(message: Message, found: _Found) -> bool:
    following = message.words[found.end : found.end + 1]
    if following and following[0] in _FREE | _SENSITIVITIES and not message.breaks_between(found.end - 1, found.end):
        return not (following[0] in _SENSITIVITIES and is_negated(message, found.start))
    return is_negated(message, found.start)


def _spread(message: Message, found: list[_Found], excluded: list[_Found]) -> list[_Found]:
    """Carry an exclusion along a list, forwards ("no nuts or dairy") and backwards ("nut and dairy free")."""
    pairs = [(a, b) for a, b in pairwise(found) if is_joined(message, a.end, b.start)]
    marks = {f.start for f in excluded}
    suffixed = {f.start for f in excluded if set(message.words[f.end : f.end + 1]) & (_FREE | _SENSITIVITIES)}
    for left, right in pairs:
        if left.start in marks:
            marks.add(right.start)
    for left, right in reversed(pairs):
        if right.start in suffixed:
            suffixed.add(left.start)
    return [f for f in found if f.start in marks | suffixed]


def read_unwanted_ingredients(message: Message) -> tuple[str, ...]:
    """Other foods that must not be inside ("without raisins or corn syrup"), of up to two words each."""
    found: list[str] = []
    at, last_end = 0, 0
    while at < len(message.tokens):
        end = at
        while end < min(at + 2, len(message.tokens)) and _is_plain(message, end):
            end += 1
        if end > at and (_is_kept_out(message, at) or (found and is_joined(message, last_end, at))):
            found += _both_numbers(" ".join(message.words[at:end]))
            message.take_tokens(at, end)
            last_end = end
        at = max(end, at + 1)
    return _unique(found)


def _both_numbers(food: str) -> list[str]:
    """A food as written, and in the singular where it was a plural: labels write "raisins" and "raisin paste"."""
    singulars = sorted((form for (form,) in forms((food,)) if len(form) < len(food)), key=len)
    return [food, *singulars[-1:]]


def _is_plain(message: Message, at: int) -> bool:
    token = message.tokens[at]
    return not token.used and token.word.isalpha() and len(token.word) > 2 and token.word not in STOP_WORDS


def _is_kept_out(message: Message, at: int) -> bool:
    words = message.words[max(0, at - 3) : at]
    while words and words[-1] in ("any", "the", "added"):
        words.pop()
    return bool(words) and (words[-1] in ("without", "no") or words[-2:] in (["free", "of"], ["free", "from"]))


def _unique(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))
