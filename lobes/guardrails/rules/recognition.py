"""Foods in the name and the ingredients of a product: names of many languages, false friends and claims masked."""

from dataclasses import dataclass
from functools import lru_cache

from seamless_retail.core.food_facts.foods import food_index
from seamless_retail.core.food_facts.terms import Word, split_words

NEGATIONS = frozenset(
    {
        *("no", "without", "free", "zero", "non", "sans", "pas", "ohne", "kein", "keine", "sin", "senza", "zonder"),
        *("geen", "sem", "nao", "bez", "nie", "utan", "uden", "ilman", "fara", "χωρισ", "без", "بدون", "بلا", "बिना"),
        *("无", "無"),
    }
)
FREE = frozenset(
    ("free", "frei", "freie", "freies", "freier", "vrij", "vrije", "fri", "fria", "fritt", "frit", "less", "फ्री", "मुक्त")
)


@dataclass(frozen=True, slots=True)
class FoodHit:
    """One food found."""

    food: str
    where: str
    span: tuple[int, int]
    text: str
    is_claim: bool
    """Whether it stands in a "free from" claim."""


@lru_cache(maxsize=4096)
def find_foods(text: str, where: str, language: str | None) -> tuple[FoodHit, ...]:
    """Every food named in one text of a label."""
    words = split_words(text)
    matches = food_index().find(words)
    masked = [(m.value.food, m.first, m.last) for m in matches if m.value.is_false_friend]
    hits = []
    for match in matches:
        food, is_false_friend, languages = match.value
        if is_false_friend or (languages and language not in languages.split("+")):
            continue
        if any(food == other and first <= match.first and match.last <= last for other, first, last in masked):
            continue
        span = (words[match.first].start, words[match.last - 1].end)
        is_claim = _is_claimed_free(words, match.first, match.last)
        hits.append(FoodHit(food, where, span, text[slice(*span)], is_claim))
    return tuple(hits)


def _is_claimed_free(words: list[Word], first: int, last: int) -> bool:
    """Whether "no", "without" stands right before it, or "-free" right behind, within the same segment."""
    if last < len(words) and not words[last].breaks and words[last].text in FREE:
        return True
    at = first
    for _ in range(2):
        if at == 0 or words[at].breaks:
            return False
        at -= 1
        if words[at].text in NEGATIONS and (words[at].text != "free" or _is_free_of(words, at)):
            return True
    return False


def _is_free_of(words: list[Word], at: int) -> bool:
    return at + 1 < len(words) and words[at + 1].text in ("of", "from")
