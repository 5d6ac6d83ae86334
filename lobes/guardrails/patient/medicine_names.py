"""Medicines in a note: by name and brand, by sound across spellings and scripts, and by guarded likeness for typos.

INNs are spelt by each language's ear (warfarin, warfarine, warfaryna, варфарин, βαρφαρίνη). ``sound`` maps these to one
key, so that the table holds each name once.
"""

import re
from functools import cache, lru_cache

from seamless_retail.core.food_facts import allergens as allergen_facts
from seamless_retail.core.food_facts.foods import food_index
from seamless_retail.core.food_facts.medicines import load_medicines, medicine_classes
from seamless_retail.core.food_facts.terms import TermIndex, Word, fold
from seamless_retail.lobes.guardrails.patient.wording import Phrase, entities, languages, phrases

FUZZY_FROM = 7
"""Letters from which a misspelling is looked for."""
TWO_EDITS_FROM = 11
BRAND_FROM = 8
"""Letters from which a misspelt brand is one wherever it stands."""
SURE_FROM = 9
"""Letters of a sound from which it is the medicine even if another table knows the word."""
_EVERYDAY = frozenset({
    "ability", "aspiring", "converter", "converters", "creator", "esperar", "keratin", "paraben", "parabens",
    "paralel", "ravel", "selection", "selector", "tradional",
})  # fmt: skip
"""Words of shops and of daily talk that look like a brand."""
_OTHER_MEDICINES = ("penicil", "penizil", "penicyl", "amoxicil", "amoksycyl")
"""Medicines without a row that look like one that has a row."""
_CYRILLIC = dict(
    zip("абвгдежзийклмнопрстуфхцчшщыэюяіїєъь", 
        ["a", "b", "v", "g", "d", "e", "s", "s", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "k",
         "s", "k", "s", "s", "i", "e", "u", "a", "i", "i", "e", "", ""], strict=True)
)  # fmt: skip
_GREEK = dict(
    zip("αβγδεζηθικλμνξοπρστυφχψω",
        ["a", "v", "g", "d", "e", "s", "i", "t", "i", "k", "l", "m", "n", "ks", "o", "p", "r", "s", "t", "i", "f", "k",
         "ps", "o"], strict=True)
)  # fmt: skip
_SOUNDS = str.maketrans({**_CYRILLIC, **_GREEK})
_RULES = (
    ("ph", "f"), ("th", "t"), ("ch", "k"), ("sch", "s"), ("ck", "k"), ("qu", "k"), ("x", "ks"), ("w", "v"), ("y", "i"),
    ("j", "i"), ("z", "s"), ("h", ""), ("oe", "e"), ("ae", "e"),
)  # fmt: skip


@cache
def sound(word: str) -> str:
    """How a folded word sounds, without its ending: the same for its spellings in many languages."""
    plain = word.translate(_SOUNDS)
    for written, heard in _RULES:
        plain = plain.replace(written, heard)
    plain = re.sub(r"c(?=[ei])", "s", plain).replace("c", "k")
    plain = re.sub(r"(.)\1+", r"\1", plain)
    return re.sub(r"(?:[aeiou]+m?|as|es|os|em|om|ov|ei|oi)$", "", plain) if len(plain) > 5 else plain


@cache
def medicine_index() -> TermIndex[Phrase]:
    """All names and brands as written, and the names of kinds of medicines."""
    terms: list[tuple[str, Phrase]] = []
    for medicine in load_medicines().values():
        named = Phrase("medicine", medicine.inn)
        terms += [(name, named) for name in medicine.names if len(fold(name)) > 2]
        terms += [(name, Phrase("medicine", medicine.inn, True)) for name in medicine.false_friends]
        if medicine.inn not in ("iron",):
            terms.append((medicine.inn, named))
    for kind in medicine_classes().values():
        terms += [(name, Phrase("medicine", kind.id)) for name in kind.names]
    return TermIndex(terms, plurals=False)


def medicine_by_sound(word: Word) -> Phrase | None:
    """The medicine that a single word sounds like, or is one or two typing errors away."""
    if len(word.text) < 5 or not word.text.isalpha() or _is_antibiotic(word.text) or word.text in _EVERYDAY:
        return None
    heard = _heard(word.text)
    return Phrase("medicine", heard) if heard else None


@lru_cache(maxsize=65_536)
def _heard(word: str) -> str | None:
    """The INN; the everyday words of all languages are only asked where a word could be a medicine at all."""
    heard = sound(word)
    exact = _sounds().get(heard)
    if exact and len(heard) >= SURE_FROM and heard in _names_by_sound():
        return exact
    if exact and _is_spelt_alike(word, heard):
        return None if is_known_word(word) else exact
    if len(word) < FUZZY_FROM:
        return None
    allowed = 2 if len(word) >= TWO_EDITS_FROM else 1
    near = {_sounds()[known] for known in _near(heard, allowed) if _is_spelt_alike(word, known)}
    return near.pop() if len(near) == 1 and not is_known_word(word) else None


def _is_antibiotic(word: str) -> bool:
    """Whether it is a medicine without a row: penicillin, not penicillamine."""
    return word.startswith(_OTHER_MEDICINES) and "lamin" not in word


def is_brand_typo(word: Word) -> bool:
    """Whether it could only be a brand that is spelt otherwise, and no INN by its sound."""
    found = medicine_by_sound(word)
    return found is not None and sound(word.text) not in _names_by_sound() and found.id not in _near_names(word.text)


def _near_names(word: str) -> set[str]:
    """The INNs one or two typing errors away."""
    heard = sound(word)
    allowed = 2 if len(word) >= TWO_EDITS_FROM else 1
    return {_sounds()[known] for known in _near(heard, allowed) if known in _names_by_sound()}


def _is_spelt_alike(word: str, heard: str) -> bool:
    """Whether a name that sounds like a word may be meant by it: INNs are spelt by ear, brands as on the box."""
    if heard in _names_by_sound() or not word.isascii():
        return True
    return any(
        edits(brand, word, 2) <= (1 if len(brand) < TWO_EDITS_FROM else 2) or _is_inflected(brand, word)
        for brand in _brands().get(heard, ())
    )


def _is_inflected(brand: str, word: str) -> bool:
    """Whether a word is a brand with an ending: Polish "na Warfinie"."""
    return len(brand) >= 6 and word.startswith(brand) and len(word) - len(brand) <= 2


@cache
def _names_by_sound() -> frozenset[str]:
    return frozenset(sound(fold(inn)) for inn in load_medicines() if fold(inn).isalpha())


@cache
def _brands() -> dict[str, tuple[str, ...]]:
    brands: dict[str, tuple[str, ...]] = {}
    for medicine in load_medicines().values():
        for name in map(fold, medicine.names):
            brands[sound(name)] = (*brands.get(sound(name), ()), name)
    return brands


@cache
def _sounds() -> dict[str, str]:
    sounds: dict[str, str] = {}
    for medicine in load_medicines().values():
        for name in (medicine.inn, *medicine.names):
            folded = fold(name)
            if folded.isalpha() and folded.isascii() and len(folded) >= 5:
                sounds.setdefault(sound(folded), medicine.inn)
    for everyday in ("iron", "insulin"):
        sounds.pop(everyday, None)
    sounds.setdefault(sound("insulin"), "insulin")
    return sounds


def _near(heard: str, allowed: int) -> list[str]:
    sizes = range(len(heard) - allowed, len(heard) + allowed + 1)
    likely = [known for size in sizes for known in _by_start().get((heard[:1], size), ())]
    return [known for known in likely if edits(known, heard, allowed) <= allowed]


@cache
def _by_start() -> dict[tuple[str, int], list[str]]:
    """The sounds of six letters and more by their first letter and their length."""
    starts: dict[tuple[str, int], list[str]] = {}
    for known in _sounds():
        if len(known) >= 6:
            starts.setdefault((known[0], len(known)), []).append(known)
    return starts


def edits(first: str, second: str, limit: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words (Damerau 1964), up to ``limit``."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        new = [i]
        for j, b in enumerate(second, 1):
            cost = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            new.append(cost)
        before, row = row, new
        if min(row) > limit:
            return limit + 1
    return row[-1]


@cache
def is_known_word(word: str) -> bool:
    """Whether it is an everyday word: one of the wording, a condition, a food, or a word of labels."""
    if word in allergen_facts.known_words() or entities().has_word(word) or food_index().has_word(word):
        return True
    return any(phrases(language).has_word(word) for language in languages())
