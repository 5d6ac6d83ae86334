"""CLaRa records over several documents of a shop's catalogue: which product is meant, and what holds for it.

A question describes one product in a customer's words ("something loose for women, made of linen") and asks for another
of its fields. Only one candidate fits the whole description: hard negatives are the same product with one or two
values exchanged, the others are products of the same department that break the description somewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from seamless_retail.core.catalogue import Product
from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.data.clara_catalogue import Catalogue, Fact, facts_of, product_document
from seamless_retail.training.data.clara_questions import ask_value

_PHRASES: dict[str, tuple[str, ...]] = {
    "Material": ("made of {}", "in {}", "from {}"),
    "Pattern": ("with a {} pattern", "in {}"),
    "Fit": ("with a {} fit", "cut {}"),
    "Sleeve": ("with {}s", "with a {}"),
    "Neckline": ("with a {}", "with {}"),
    "Feature": ("with {}", "that has {}"),
    "Colors": ("in {}", "that comes in {}"),
    "Length": ("of {} length", "in {}"),
    "Flavour": ("with {}", "that tastes of {}", "in {} flavour"),
    "Origin": ("from {}", "that comes from {}"),
    "Brand": ("by {}", "from {}"),
    "Diet": ("that is {}", "for a {} diet"),
    "Occasion": ("for {}", "to wear for {}"),
    "Season": ("for {}",),
    "Audience": ("for {}",),
    "Storage": ("that is {}",),
}
"""How a value is worked into a description when :data:`_SAID` has no words of its own for it."""

_SAID: dict[str, dict[str, tuple[str, ...]]] = {
    "Audience": {
        "women": ("for women", "for ladies", "for my wife", "for her"),
        "men": ("for men", "for gentlemen", "for my husband", "for him"),
        "kids": ("for kids", "for children", "for my son", "for a child"),
        "unisex": ("for anyone", "for women and men alike"),
    },
    "Season": {
        "summer": ("for summer", "for hot days", "for July"),
        "winter": ("for winter", "for cold days", "for January"),
        "spring": ("for spring", "for April"),
        "autumn": ("for autumn", "for the fall", "for October"),
    },
    "Occasion": {
        "everyday": ("for every day", "for daily wear"),
        "work": ("for the office", "for my job"),
        "travel": ("for trips", "for travelling"),
        "outdoor": ("for the outdoors", "for being outside"),
        "wedding": ("to wear to a wedding", "for the wedding of a friend"),
        "party": ("to wear to a party", "for dancing all night"),
        "running": ("for running", "to go jogging"),
        "hiking": ("for hikes", "for the mountains"),
        "workout": ("for the gym", "for exercise"),
        "beach": ("for the beach", "for the seaside"),
        "sleep": ("to sleep in", "for the night"),
        "school": ("for school", "for the classroom"),
        "lounge": ("for the sofa", "for lazy days at home"),
    },
    "Fit": {
        "relaxed": ("that sits loosely", "with a relaxed fit"),
        "slim": ("that is cut narrow", "with a slim fit"),
        "oversized": ("that is cut extra big", "that is oversized"),
        "fitted": ("that follows the body", "that is fitted"),
    },
    "Diet": {
        "vegan": ("for vegans", "without anything from animals"),
        "vegetarian": ("for vegetarians", "without meat"),
        "gluten-free": ("without gluten", "for coeliacs"),
        "dairy-free": ("without dairy", "without any milk products"),
        "lactose-free": ("without lactose",),
        "nut-free": ("without nuts", "free of nuts"),
        "low-sodium": ("with little salt", "low in sodium"),
        "no-added-sugar": ("with no sugar added", "that nobody sweetened with sugar"),
        "high-protein": ("with much protein", "rich in protein"),
        "high-fibre": ("with much fiber", "rich in fiber"),
        "caffeine-free": ("without caffeine",),
    },
    "Storage": {
        "frozen": ("from the freezer", "that is deep-frozen"),
        "refrigerated": ("from the fridge", "that must be kept cold"),
        "pantry": ("that keeps in the cupboard", "that needs no fridge"),
    },
}
"""A customer's words for a value, beside the catalogue's own."""

_ASKED = ("Price", "Sizes", "Brand", "Care", "Colors", "Material", "Storage", "Serving", "Origin", "Pattern")


_ATTEMPTS = 200
"""Other products looked at for one question."""
_FAILURES = 50
"""Questions in a row that could not be made, after which there is no use in trying."""


@dataclass(frozen=True)
class Choice:
    """A question, its candidates, and which of them it means."""

    question: str
    answer: str
    documents: tuple[str, ...]
    right: int

    def stage2(self) -> dict[str, Any]:
        """As a stage-2 record."""
        return {
            "question": self.question,
            "docs": list(self.documents),
            "gold_answer": self.answer,
            "answer": self.answer,
        }

    def stage3(self) -> dict[str, Any]:
        """As a stage-3 record."""
        return {
            "question": self.question,
            "docs": list(self.documents),
            "gold_answer": self.answer,
            "pos_index": [self.right],
        }


def choices(
    catalogue: Catalogue, seed: int, *, candidates: int = 20, hard: int = 12, varied: bool = True, described: int = 3
) -> Iterator[Choice]:
    """Choices without end.

    Every product has a family: its document, and the same document with values of some fields exchanged. A family does
    not depend on the seed, so the memories of its members can be kept from one question to the next.

    Args:
        catalogue: The products of one split.
        seed: Of every draw.
        candidates: Documents per question.
        hard: Members of a family beside the product itself.
        varied: Whether the right document may be any member of its family; otherwise it is the product as it is.
        described: Values in a description.

    Raises:
        ConfigurationError: There are not enough different products.
    """
    random = Random(seed)
    families = _Families(catalogue, hard, described + 1)
    failed = 0
    while failed < _FAILURES:
        product = random.choice(catalogue.products)
        fields, members = families.of(product)
        document = random.choice(members) if varied else members[0]
        choice = _choice(product, document, fields, families, random, candidates, described)
        failed = 0 if choice else failed + 1
        if choice is not None:
            yield choice
    raise ConfigurationError(
        f"{len(catalogue.products)} products are too few for {candidates} different candidates.",
        "Give a larger catalogue, or ask for fewer candidates.",
    )


class _Families:
    """The hard negatives of every product, made when they are first needed."""

    def __init__(self, catalogue: Catalogue, size: int, fields: int) -> None:
        self._pools, self._size, self._fields = catalogue.pools, size, fields
        self._made: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._departments: dict[str, list[Product]] = {}
        for product in catalogue.products:
            self._departments.setdefault(product.department, []).append(product)

    def of(self, product: Product) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The fields in which the members differ, and the members, the product itself first."""
        if product.id not in self._made:
            self._made[product.id] = self._make(product)
        return self._made[product.id]

    def others(self, product: Product, random: Random) -> Iterator[str]:
        """Documents of other products of the department, in random order, without end."""
        peers = self._departments[product.department]
        while True:
            yield random.choice(self.of(random.choice(peers))[1])

    def _make(self, product: Product) -> tuple[tuple[str, ...], tuple[str, ...]]:
        random = Random(f"family of {product.id}")
        document = product_document(product)
        usable = [label for label, _ in facts_of(document) if label in _PHRASES]
        fields = tuple(random.sample(usable, min(self._fields, len(usable))))
        members = {document: None}
        for _ in range(self._size if fields else 0):
            changed = document
            for label in random.sample(fields, random.choice((1, 1, 2)) if len(fields) > 1 else 1):
                changed = _exchanged(changed, label, self._pools[label], random)
            members[changed] = None
        return fields, tuple(members)


def _choice(
    product: Product, document: str, fields: Sequence[str], families: _Families, random: Random,
    candidates: int, described: int,
) -> Choice | None:  # fmt: skip
    facts = dict(facts_of(document))
    asked = [(label, value) for label, value in facts.items() if label in _ASKED and label not in fields]
    if not asked or len(fields) < 2:
        return None
    label, answer = random.choice(asked)
    chosen = random.sample(list(fields), min(described, len(fields)))
    description = [(name, random.choice(facts[name].split(", "))) for name in chosen]
    wrong = {other: None for other in families.of(product)[1] if not _fits(other, description)}
    for other in islice(families.others(product, random), _ATTEMPTS):
        if len(wrong) >= candidates - 1:
            break
        if not _fits(other, description):
            wrong[other] = None
    documents = [document, *list(wrong)[: candidates - 1]]
    if len(documents) < candidates:
        return None
    random.shuffle(documents)
    noun = facts.get("Category", product.category).partition(" (")[0]
    reference = " ".join([f"the {noun}", *(_said(*fact, random) for fact in description)])
    return Choice(ask_value(label, reference, random), answer, tuple(documents), documents.index(document))


def _fits(document: str, description: Sequence[Fact]) -> bool:
    facts = dict(facts_of(document))
    return all(item in facts.get(label, "").split(", ") for label, item in description)


def _exchanged(document: str, label: str, pool: Sequence[str], random: Random) -> str:
    """The document with one item of a field replaced by another of the pool."""
    lines = document.split("\n")
    place = next(i for i, line in enumerate(lines) if line.startswith(f"{label}: "))
    items = lines[place].partition(": ")[2].split(", ")
    gone = random.randrange(len(items))
    other = random.choice([item for item in pool if item not in items] or items)
    items[gone] = other
    return "\n".join([*lines[:place], f"{label}: {', '.join(items)}", *lines[place + 1 :]])


def _said(label: str, item: str, random: Random) -> str:
    own = _SAID.get(label, {}).get(item, ())
    plain = tuple(phrase.format(item) for phrase in _PHRASES[label])
    return random.choice(own or plain)
