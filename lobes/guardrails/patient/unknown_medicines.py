"""Medicines that no table knows: "I take flurbizin", "I'm on zorvexil for my heart".

A word is taken for one where it directly follows a verb of taking, looks like the name of a medicine, and no table of
foods, conditions or everyday phrases knows it. The guard can then only send the customer to a pharmacist, so a word
too many costs a caution and a word too few a warning that is never given.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from seamless_retail.core.food_facts.terms import Word
from seamless_retail.lobes.guardrails.patient.medicine_names import is_known_word
from seamless_retail.lobes.guardrails.patient.mentions import ENTITIES, Mention

UNKNOWN = "unknown"
"""Id of a medicine that no table knows; its word is the detail of the statement."""
_FEWEST_LETTERS = 6
_TAKES = re.compile(
    r"\b(?:takes?|taking|prescribed|started on|put (?:me |him |her |them )?on|(?:am|is|are|been|[’']m|[’']re|[’']s) on"
    r"|prends|prend|prenons|nehme|nimmt|nehmen|tomo|toma|tomamos|tomando|prendo|prende|assumo|neem|neemt|slik|slikt"
    r"|gebruik|gebruikt|biorę|bierze|przyjmuję|przyjmuje|zażywam|zażywa)\s+"
    r"(?:(?:my|his|her|daily|some|also|now|still|currently|du|de la|de l['’]|le|la|el|o|a|mijn|täglich|auch)\s*\b)?"
    r"(?:(?:an? )?(?:drug|medicine|medication|tablet|pill)s? (?:called|named)\s+)?(?P<word>[^\W\d_]{6,})\b",
    re.IGNORECASE,
)
_LOOKS_LIKE_ONE = re.compile(
    # Common stems of international non-proprietary names (WHO, "The use of stems in the selection of INN", 2018) ...
    r"(?:mab|nib|pril|sartan|olol|azole?|statin|cillin|mycin|micin|oxacin|etine|pam|lam|dipine|gliptin|gliflozin|tide"
    r"|vir|tidine|triptan|thiazide|parin|xaban|platin|caine?|setron|dronate|fibrate|lukast|profen|fenac|coxib|barb"
    # ... and the endings of brands and of names in other languages.
    r"|in|ine|ina|il|ilo|ol|ide|ium|ix|ax|ex|ux|yl|zol|zumab)$",
    re.IGNORECASE,
)
_EVERYDAY = frozenset({
    "protein", "proteine", "proteins", "vitamin", "vitamins", "vitamina", "vitamine", "medicine", "medicina",
    "magazine", "magazin", "routine", "online", "offline", "airline", "discipline", "caffeine", "cafeina", "caffein",
    "within", "alcohol", "control", "school", "patrol", "april", "detail", "email", "until", "council", "pencil",
    "retail",
    "inside", "outside", "beside", "roadside", "decide", "guide", "divide", "provide", "complex", "index", "remain",
    "captain", "certain", "mountain", "muffin", "pumpkin", "raisin", "bitcoin", "berlin", "dublin", "payroll", "paypal",
    "engine", "machine", "marine", "define", "combine", "examine", "imagine", "bargain", "margin", "origin", "plugin",
    "trampoline", "limousine", "gasoline", "benzin", "benzina", "gasolina", "termin", "terrain", "domain", "fountain",
    "cushion", "dolphin", "penguin", "napkin", "cabin", "basin", "cousin", "virgin", "chain", "train", "again",
    "offizin", "kantine", "piscina", "cocina", "oficina", "cuisine", "piscine", "poitrine", "semaine", "domaine",
    "festival", "petrol", "symbol", "carol", "capitol", "tylko", "deadline", "headline", "hotline", "pipeline",
    "timeline", "sunshine", "valentine", "christine", "turbine", "vaccine", "refill", "goodwill", "bedside", "upside",
})  # fmt: skip
"""Words of daily talk with such an ending."""


def unknown_medicines(text: str, words: Sequence[Word], found: Iterable[Mention]) -> Iterator[Mention]:
    """The words of a text that name a medicine without a row.

    Args:
        text: As given.
        words: Its words.
        found: What is named already; it is not named again.
    """
    named = {at for m in found if m.role in ENTITIES for at in range(m.first, m.last)}
    places = {word.start: at for at, word in enumerate(words)}
    for match in _TAKES.finditer(text):
        at = places.get(match.start("word"))
        if at is not None and at not in named and _could_be_one(words[at].text):
            yield Mention("medicine", UNKNOWN, at, at + 1)


def _could_be_one(word: str) -> bool:
    looks = len(word) >= _FEWEST_LETTERS and _LOOKS_LIKE_ONE.search(word) is not None
    return looks and word not in _EVERYDAY and not is_known_word(word)
