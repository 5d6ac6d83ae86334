"""Everything a note names: allergens, conditions, medicines, diets, ages, people, and the marks around them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seamless_retail.core.food_facts import allergens as allergen_facts
from seamless_retail.core.food_facts.terms import Match, TermIndex, Word
from seamless_retail.lobes.guardrails.patient.cues import find_cues
from seamless_retail.lobes.guardrails.patient.medicine_names import (
    BRAND_FROM,
    edits,
    is_brand_typo,
    medicine_by_sound,
    medicine_index,
)
from seamless_retail.lobes.guardrails.patient.wording import PEOPLE, Phrase, entities, phrases

ENTITIES = ("allergen", "condition", "medicine", "diet")
_MIXED_IN = frozenset({"allergen", "allergy", "anaphylaxis", "intolerance", "free"})
"""Roles of English words that count in a note of another language: Portuguese "no" is no negation."""
_COMPOUNDING = frozenset({"de", "nl", "sv", "da", "fi"})
_ENDING = re.compile(
    r"(?:s|n|en)?(?:allergi\w*|anaphylax\w*|anafyl\w*|intoleran\w*|unvertragl\w*|overgevoel\w*|overkansl\w*"
    r"|sensibilis\w*)$"
)
_TAKING_REACH = 3
"""Words behind "I take" in which a short word may be a misspelt brand."""
_STAGE = re.compile(
    r"(?:stage|stade|stadium|estadio|stadio|estagio|stopie[nń]|stadiu|vaihe|evre|στάδιο|стади[яи]|مرحلة|चरण|ステージ|第|g)"
    r"\s*-?\s*([1-5]|iv|v|i{1,3})\s*[ab]?\b|([1-5])\s*(?:期|기)",
    re.IGNORECASE,
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}


@dataclass(frozen=True, slots=True)
class Mention:
    """One phrase found: words ``first`` to ``last`` (exclusive)."""

    role: str
    id: str
    first: int
    last: int


def find_mentions(words: Sequence[Word], languages: Iterable[str]) -> list[Mention]:
    """All marks, people and entities, in order; of entities and of marks the longest at one place."""
    found: list[Mention] = []
    masks: list[Mention] = []
    languages = tuple(languages)
    spoken = [phrases(language) for language in languages]
    own: set[int] = set()
    for number, index in enumerate((*spoken, entities(), medicine_index())):
        for match in index.find(words):
            if number == 0:
                own.update(range(match.first, match.last))
            elif number < len(spoken) and (match.first in own or match.value.role not in _MIXED_IN):
                continue  # a word of the note's own language: Spanish "soy" is no soya
            (masks if match.value.is_false_friend else found).append(_mention(match))
    found += _compounds(words, spoken[0], found) if languages[0] in _COMPOUNDING else []
    found = [m for m in found if not any(_covers(mask, m) and (mask.role, mask.id) == (m.role, m.id) for mask in masks)]
    taken = {at for m in (*found, *masks) if m.role in ENTITIES for at in range(m.first, m.last)}
    taking = {at for m in found if m.role == "take" for at in range(m.last, m.last + _TAKING_REACH)}
    for at, word in enumerate(words):
        if at not in taken and (len(word.text) >= BRAND_FROM or at in taking or not is_brand_typo(word)):
            found += [Mention(p.role, p.id, at, at + 1) for p in _misspelt(word, spoken) if p]
    return sorted(set(_longest(found)), key=lambda m: (m.first, -m.last, m.role, m.id))


def _compounds(words: Sequence[Word], index: TermIndex[Phrase], found: Sequence[Mention]) -> list[Mention]:
    """The allergens in front of "-allergie" and its like: "Kuhmilchallergie"."""
    named = {m.first for m in found if m.role in ENTITIES}
    compounds: list[Mention] = []
    for at, word in enumerate(words):
        ending = _ENDING.search(word.text) if at not in named else None
        if ending and ending.start() >= 2:
            head = Word(word.text[: ending.start()], word.start, word.end, word.breaks)
            heads = [m for m in index.find([head]) if m.value.role == "allergen"]
            compounds += [Mention("allergen", m.value.id, at, at + 1) for m in heads]
    return compounds


def add_cues(text: str, words: Sequence[Word], found: list[Mention], language: str) -> list[Mention]:
    """The mentions with the cues of a note, which take the place of all that is inside them."""
    cues: list[Mention] = []
    for role, id, start, end in find_cues(text, language):
        inside = [at for at, word in enumerate(words) if word.start < end and start < word.end]
        if not inside:
            continue
        first, last = inside[0], inside[-1] + 1
        if role == "allergy of":
            cues.append(Mention("allergy", "", first, last))
            role = "allergen"
        cues.append(Mention(role, id, first, last))
    cues = [cue for cue in cues if not any(_is_within(cue, other) for other in cues)]
    covered = {at for cue in cues for at in range(cue.first, cue.last)}
    kept = [m for m in found if m.role in (*PEOPLE, "symptom") or not _touches(m, covered)]
    return sorted({*kept, *cues}, key=lambda m: (m.first, -m.last, m.role, m.id))


def _is_within(cue: Mention, other: Mention) -> bool:
    """Whether a longer cue of another thing holds this one: "cukrzyca ciążowa" is no "cukrzyca"."""
    both = cue.role in ENTITIES and other.role in ENTITIES and cue.id != other.id
    return both and other.last - other.first > cue.last - cue.first and _covers(other, cue)


def _touches(mention: Mention, covered: set[int]) -> bool:
    if mention.role in ENTITIES:
        return any(at in covered for at in range(mention.first, mention.last))
    return mention.first in covered


def stage_of(text: str) -> int | None:
    """The stage that a note gives for a kidney disease, 1 to 5."""
    found = _STAGE.search(text)
    if not found:
        return None
    value = (found[1] or found[2]).lower()
    return _ROMAN.get(value) or int(value)


def _mention(match: Match[Phrase]) -> Mention:
    return Mention(match.value.role, match.value.id, match.first, match.last)


def _covers(outer: Mention, inner: Mention) -> bool:
    return outer.first <= inner.first and inner.last <= outer.last


def _longest(found: list[Mention]) -> list[Mention]:
    """Without those inside a longer one of their family: "butter" in "peanut butter", "no" in "no longer"."""

    def family(mention: Mention) -> str:
        return "entity" if mention.role in ENTITIES else "person" if mention.role in PEOPLE else "mark"

    def is_inside(mention: Mention) -> bool:
        size = mention.last - mention.first
        return any(
            family(other) == family(mention) and other.last - other.first > size and _covers(other, mention)
            for other in found
        )

    kept = [mention for mention in found if not is_inside(mention)]
    diets = {(m.first, m.last) for m in kept if m.role in ("diet", "condition")}
    eggs = {(m.first, m.last) for m in kept if (m.role, m.id) == ("allergen", "eggs")}
    kept = [m for m in kept if (m.role, m.id) != ("allergen", "chicken") or (m.first, m.last) not in eggs]
    return [m for m in kept if m.role != "allergen" or (m.first, m.last) not in diets]


def _misspelt(word: Word, spoken: Sequence[object]) -> list[Phrase | None]:
    """A medicine by its sound, or an allergen one typing error away."""
    if medicine := medicine_by_sound(word):
        return [medicine]
    if len(word.text) < 6 or word.text in _NOT_TYPOS or word.text in allergen_facts.known_words():
        return []
    for name, phrase in _ALLERGEN_TYPOS:
        if name[0] == word.text[0] and abs(len(name) - len(word.text)) <= 1 and edits(name, word.text, 1) <= 1:
            return [phrase]
    return []


_NOT_TYPOS = frozenset({"custard", "celebrity", "salmon", "glutes", "sesames", "allergy", "almonds"})
_ALLERGEN_TYPOS = tuple(
    (name, Phrase("allergen", ids))
    for ids, names in {
        "peanuts": ("peanut", "peanuts", "arachide", "arachides", "erdnuss", "erdnusse", "cacahuete", "cacahuetes"),
        "nuts:cashew": ("cashew", "cashews", "anacardo", "anacardi"),
        "nuts:almond": ("almond", "almonds", "amande", "amandes", "almendra", "almendras", "mandorle", "amendoa"),
        "nuts:walnut": ("walnut", "walnuts", "walnuss"),
        "nuts:hazelnut": ("hazelnut", "hazelnuts", "noisette", "noisettes", "haselnuss", "avellana", "nocciole"),
        "nuts:pistachio": ("pistachio", "pistachios", "pistache", "pistazie", "pistacho", "pistacchio"),
        "sesame-seeds": ("sesame", "sesamo", "sezamu"),
        "gluten": ("gluten", "glutine", "glutens"),
        "milk": ("dairies", "laitages", "latticini", "lacteos"),
        "crustaceans": ("shrimp", "shrimps", "prawns", "crevette", "crevettes", "garnelen", "gamberi", "camaron"),
        "crustaceans molluscs": ("shellfish", "mariscos", "marisco"),
        "soybeans": ("soybean", "soybeans"),
        "mustard": ("mustard", "moutarde", "mostaza", "mostarda"),
        "celery": ("celery", "sellerie"),
    }.items()
    for name in names
)
