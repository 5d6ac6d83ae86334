"""What a message says of what somebody must not eat: allergens that it names, and everything that it states to hold."""

from collections.abc import Iterable

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.food_facts.diets import load_diets
from seamless_retail.lobes.guardrails.patient import Severity, read_context
from seamless_retail.lobes.guardrails.rules.sentences import allergen_name, because, medicine_name
from seamless_retail.lobes.wording import join_words
from seamless_retail.tools.understanding.diet import DietReader
from seamless_retail.tools.understanding.lexicon import Words, forms
from seamless_retail.tools.understanding.message import Message, words_of
from seamless_retail.tools.understanding.word_lists import ALLERGENS

_READER = DietReader(())
_PHRASES: dict[Words, tuple[Allergen, ...]] = {
    form: allergens for allergens, phrases in ALLERGENS for phrase in phrases for form in forms(words_of(phrase))
}
_LONGEST = max(map(len, _PHRASES))


def avoided_allergens(text: str) -> tuple[Allergen, ...]:
    """The allergens the message rules out: "I am allergic to peanuts", "nut-free", "without milk"."""
    return _READER.read(Message(text)).exclude_allergens


def acknowledgement(text: str) -> str:
    """What was understood of allergies, diets, conditions and medicines and will be respected; empty if nothing was.

    A wish for one product ("without nuts") is answered by the search and not here.
    """
    told = [found for found in read_context(text).active if found.severity not in (Severity.AVOID, Severity.DISLIKE)]
    allergens = dict.fromkeys(allergen_name(found.detail or found.id) for found in told if found.kind == "allergen")
    diets = dict.fromkeys(_diet(found.id) for found in told if found.kind == "diet")
    others = [found for found in told if found.kind in ("condition", "medicine")]
    known = dict.fromkeys(because(found) for found in others if found.row)
    unknown = dict.fromkeys(medicine_name(found) for found in others if not found.row)
    parts = []
    if diets:
        parts.append(f"I will keep to {join_words(list(diets))}")
    if allergens:
        parts.append(f"I leave out food that is not declared free of {join_words(list(allergens), 'or')}")
    if known:
        parts.append(f"I will check food for you because {join_words(list(known))}")
    if unknown:
        names = join_words(list(unknown), "or")
        parts.append(f"I cannot check food against {names}, so please ask your pharmacist or doctor")
    return f"Thank you for telling me: {'; '.join(parts)}." if parts else ""


def _diet(id: str) -> str:
    known = load_diets().get(id)
    name = (known.name if known else id).lower()
    return f"food with {name}" if name.startswith("no ") else f"{name} food"


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


def without_health(text: str) -> str:
    """The text with blanks in place of the conditions and medicines that restrict somebody's food.

    ``I have kidney disease, is a banana ok?`` asks for a banana. The text stays as it is if nothing else would be left.
    """
    found = [said.span for said in read_context(text).active if said.kind in ("condition", "medicine")]
    kept = "".join(" " if any(start <= at < end for start, end in found) else sign for at, sign in enumerate(text))
    return kept if any(sign.isalnum() for sign in kept) else text
