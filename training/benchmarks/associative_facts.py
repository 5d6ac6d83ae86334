"""Facts of a shop drawn from word lists, and queries for one of their roles, exact or spoilt."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ROLES = ("subject", "action", "object", "result")
CONDITIONS = ("exact", "typos", "paraphrased", "both", "two cues", "one wrong")

Fact = dict[str, str]

_FIRST = """Anna Bruno Carla David Elena Farid Greta Hassan Ines Jonas Katja Liam Mara Nils Olga Pablo Quinn Rosa Samir
Tilda Umar Vera Wanda Xaver Yusuf Zoe Agnes Boris Celia Dario Edith Felix Gina Hugo Irma Jamal Klara Leon Milan Nora"""
_LAST = """Adler Becker Costa Duarte Engel Fischer Garcia Hoffman Ivanov Jansen Keller Lopez Meyer Novak Okafor Petrov
Quist Rossi Schmidt Tanaka Ueda Vargas Weber Xu Yilmaz Zimmer Andersen Brandt Cohen Dubois Eriksen Ferrari Gupta Haas
Ibrahim Jones Kaya Lindqvist Moreau Nielsen"""
_ADJECTIVES = (
    "red blue green black white grey brown yellow striped plain large small long short light heavy soft sturdy cheap "
    "elegant organic vintage wooden woollen cotton leather waterproof foldable recycled handmade"
)
_NOUNS = (
    "sofa lamp jacket trousers sneakers sweater bag rug cup dress coat shirt table blanket curtains backpack hat scarf "
    "gloves umbrella mirror shelf pillow kettle pan knife bicycle helmet tent watch"
)
_ACTIONS = {
    "bought": "purchased", "returned": "sent back", "ordered": "placed an order for", "exchanged": "swapped",
    "reviewed": "wrote a review of", "complained about": "was unhappy with", "asked about": "enquired about",
    "reserved": "put aside", "cancelled": "called off", "gifted": "gave as a present", "repaired": "fixed",
    "recommended": "spoke well of", "looked at": "viewed", "tried on": "tested the fit of", "collected": "picked up",
    "misplaced": "lost",
}  # fmt: skip
_RESULTS = {
    "refunded in full": "got all the money back", "partly refunded": "got some of the money back",
    "delivered late": "arrived after the promised day", "delivered early": "arrived ahead of time",
    "broken on arrival": "came damaged", "wrong size": "did not fit", "wrong colour": "came in another shade",
    "very happy": "extremely satisfied", "not happy": "disappointed", "given a voucher": "received a gift card",
    "stored for pickup": "kept ready to be collected", "sent to the workshop": "passed on to repair",
    "out of stock": "no longer available", "replaced for free": "exchanged at no cost",
    "charged twice": "paid two times by mistake", "discount applied": "price was reduced",
}  # fmt: skip
_PLACES = "Berlin Oslo Madrid Lisbon Vienna Zurich Prague Warsaw Dublin Athens Turin Lyon Ghent Porto Graz Bergen"
_SYNONYMS = {
    "sofa": "couch", "jacket": "blazer", "trousers": "pants", "sneakers": "trainers", "sweater": "pullover",
    "rug": "carpet", "cup": "mug", "coat": "overcoat", "backpack": "rucksack", "pillow": "cushion", "bicycle": "bike",
    "blanket": "throw", "pan": "skillet", "large": "big", "small": "little", "cheap": "inexpensive",
    "elegant": "stylish", "sturdy": "robust", "soft": "fluffy", "grey": "silver", "waterproof": "rainproof",
    "foldable": "collapsible", "handmade": "handcrafted", "vintage": "retro", "organic": "natural", "lamp": "light",
    "curtains": "drapes", "shelf": "rack", "watch": "timepiece", "bag": "purse", "in": "at",
}  # fmt: skip


@dataclass(frozen=True)
class Query:
    """Some roles of a fact, perhaps spoilt, and one to find."""

    cue: Mapping[str, str]
    asked: str
    right: frozenset[str]
    """Every filler that the facts allow."""

    def is_right(self, answer: str) -> bool:
        """Whether a stored fact has this answer and the cues as they were."""
        return answer in self.right


def draw_facts(count: int, seed: int) -> list[Fact]:
    """Different facts, in random order."""
    rng = random.Random(seed)
    lists = (_FIRST, _LAST, _ADJECTIVES, _NOUNS, _PLACES)
    first, last, adjectives, nouns, places = (words.split() for words in lists)
    found: dict[tuple[str, ...], None] = {}
    while len(found) < count:
        subject, object_ = f"{rng.choice(first)} {rng.choice(last)}", f"{rng.choice(adjectives)} {rng.choice(nouns)}"
        result = f"{rng.choice(list(_RESULTS))} in {rng.choice(places)}"
        found[subject, rng.choice(list(_ACTIONS)), object_, result] = None
    return [dict(zip(ROLES, fact, strict=True)) for fact in found]


def queries(facts: Sequence[Fact], condition: str, count: int, seed: int) -> list[Query]:
    """Queries for randomly chosen facts, each role asked for in turn."""
    rng = random.Random(f"{seed} {condition}")
    holders: dict[tuple[str, str], set[int]] = {}
    for row, fact in enumerate(facts):
        for filler in fact.items():
            holders.setdefault(filler, set()).add(row)
    made = []
    for number in range(count):
        asked = ROLES[number % len(ROLES)]
        cue = {role: text for role, text in rng.choice(facts).items() if role != asked}
        spoilt, intact = _spoilt(cue, condition, rng, facts)
        rows = set.intersection(*(holders[role, cue[role]] for role in intact))
        made.append(Query(spoilt, asked, frozenset(facts[row][asked] for row in rows)))
    return made


def _spoilt(cue: Fact, condition: str, rng: random.Random, facts: Sequence[Fact]) -> tuple[Fact, list[str]]:
    """The cue under a condition, and the roles that still tell the truth."""
    roles = list(cue)
    if condition == "two cues":
        kept = sorted(rng.sample(roles, 2), key=ROLES.index)
        return {role: cue[role] for role in kept}, kept
    if condition == "one wrong":
        wrong = rng.choice(roles)
        other = rng.choice([text for fact in facts[:200] if (text := fact[wrong]) != cue[wrong]])
        return {**cue, wrong: other}, [role for role in roles if role != wrong]
    spoilt = dict(cue)
    if condition in ("paraphrased", "both"):
        spoilt = {role: paraphrased(text) for role, text in spoilt.items()}
    if condition in ("typos", "both"):
        spoilt = {role: misspelt(text, rng) for role, text in spoilt.items()}
    return spoilt, roles


def paraphrased(text: str) -> str:
    """The text in other words, as far as the lists have any."""
    for phrase, other in {**_ACTIONS, **_RESULTS}.items():
        if text == phrase or text.startswith(f"{phrase} in "):
            text = other + text.removeprefix(phrase)
            break
    return re.sub(r"\w+", lambda word: _SYNONYMS.get(word[0], word[0]), text)


def misspelt(text: str, rng: random.Random) -> str:
    """The text with one letter inside a word swapped with the next, dropped, doubled or replaced."""
    places = [n for n in range(1, len(text) - 1) if text[n - 1 : n + 2].isalpha()]
    place = rng.choice(places)
    before, letter, after = text[:place], text[place], text[place + 1 :]
    other = rng.choice("abcdefghijklmnopqrstuvwxyz".replace(letter.casefold(), ""))
    return rng.choice(
        [before + after[0] + letter + after[1:], before + after, before + 2 * letter + after, before + other + after]
    )
