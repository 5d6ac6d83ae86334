"""The foods that a text or a tool call means: looked up in the shop, and held against one customer.

A name tells little of what is inside ("Energy Balls"), so a text that offers a product of the shop is judged by that
product's label as well as by its own words.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from seamless_retail.core.catalogue import Product
from seamless_retail.core.ports import Shop, Vocabulary
from seamless_retail.core.queries import ProductQuery
from seamless_retail.lobes.guardrails.food_guard import FoodGuard, FoodVerdict
from seamless_retail.lobes.guardrails.labels.normalise import fold_term
from seamless_retail.lobes.guardrails.patient.context import PatientContext
from seamless_retail.lobes.guardrails.prose import offering_clauses
from seamless_retail.lobes.guardrails.rules import ProductFacts, Verdict, from_product

Lookup = Callable[[str], Product | None]
"""Finds a product by whatever a tool's argument calls it: id, sku or name."""


def is_food(product: Product) -> bool:
    """Whether a product is to be eaten: a dress is nothing to be cleared."""
    return product.food is not None or product.department == "grocery"


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of one catalogue, ready to be found in texts."""

    vocabulary: Vocabulary
    by_first_word: dict[str, list[tuple[tuple[str, ...], str]]]
    """Words and product id of each name and id, the longest first."""
    wares: re.Pattern[str] | None
    """Of the names, of several words, of what is no grocery."""


@dataclass(frozen=True, slots=True)
class FoodShelf:
    """Where products are looked up.

    Args:
        shop: Its catalogue is searched by id, sku and name.
        find: A look-up of the application's own, asked where the shop does not know.
    """

    shop: Shop | None = None
    find: Lookup | None = None
    _names: dict[str, _Names] = field(default_factory=dict, init=False, repr=False, compare=False)

    def product(self, reference: str) -> Product | None:
        """The product with this id, sku or name; None if nobody knows it."""
        wanted = reference.strip()
        if not wanted:
            return None
        found = self._in_shop(wanted)
        return found or (self.find(wanted) if self.find else None)

    def _in_shop(self, wanted: str) -> Product | None:
        if self.shop is None:
            return None
        catalogue = self.shop.catalogue
        named = catalogue.vocabulary().product_names.get(wanted.lower(), "")
        return catalogue.get(wanted) or catalogue.by_sku(wanted) or (catalogue.get(named) if named else None)

    def named_in(self, text: str) -> list[Product]:
        """The foods of the shop whose whole name or id stands in a text, whatever the spelling's case or accents."""
        if self.shop is None:
            return []
        index = self._index(self.shop).by_first_word
        words = _words(text)
        found: dict[str, None] = {}
        for at, word in enumerate(words):
            for name, product_id in index.get(word, ()):
                if words[at : at + len(name)] == name:
                    found[product_id] = None
                    break
        return [product for product in self.shop.catalogue.get_many(list(found)) if is_food(product)]

    def without_wares(self, text: str) -> str:
        """A text without the names of what nobody eats: the Salmon Midi Dress is no fish."""
        wares = self._index(self.shop).wares if self.shop else None
        return wares.sub("this product", text) if wares else text

    def warm(self) -> None:
        """Read the names of the catalogue, so that the first text has its whole time for itself."""
        if self.shop is not None:
            self._index(self.shop)

    def _index(self, shop: Shop) -> _Names:
        vocabulary = shop.catalogue.vocabulary()
        known = self._names.get("now")
        if known is None or known.vocabulary is not vocabulary:
            names = vocabulary.product_names
            listed = {_words(name): product_id for name, product_id in names.items()}
            listed |= {_words(product_id): product_id for product_id in names.values()}
            index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
            for words, product_id in sorted(listed.items(), key=lambda item: -len(item[0])):
                if words:
                    index.setdefault(words[0], []).append((words, product_id))
            groceries = set(shop.catalogue.find_ids(ProductQuery(departments=("grocery",))))
            wares = one_of(name for name, product_id in names.items() if product_id not in groceries and " " in name)
            self._names["now"] = known = _Names(vocabulary, index, wares)
        return known


def one_of(terms: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern for any of some terms as whole words, in any case, the longest first; None without terms."""
    listed = sorted(filter(None, terms), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, listed))})(?!\w)", re.IGNORECASE) if listed else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", fold_term(text)))


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", fold_term(text)).strip()


@dataclass(frozen=True, slots=True)
class CustomerTable:
    """One customer, and what stands against food that is offered to them."""

    guard: FoodGuard
    shelf: FoodShelf
    context: PatientContext
    jurisdiction: str | None = None
    customer_id: str = ""

    def verdicts(self, foods: Sequence[ProductFacts]) -> tuple[FoodVerdict, ...]:
        """The guard's verdicts, in order."""
        if not foods:
            return ()
        return self.guard.check(self.context, foods, jurisdiction=self.jurisdiction, customer_id=self.customer_id)

    def against(self, food: ProductFacts) -> tuple[str, ...]:
        """Why one food must not be offered, in sentences; none if it may."""
        return sentences(self.verdicts((food,))[0])

    def against_text(
        self, text: str, withheld: Mapping[str, Sequence[str]] | None = None, *, quoted: bool = False
    ) -> tuple[str, ...]:
        """Why a text must not be shown; see :meth:`weigh`."""
        return self.weigh(text, withheld, quoted=quoted)[0]

    def weigh(
        self, text: str, withheld: Mapping[str, Sequence[str]] | None = None, *, quoted: bool = False
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Judge a text by its own words, by the labels of the products it offers, and by their names.

        Args:
            text: What is about to be said.
            withheld: Names of foods that tools brought and that were not cleared, with the reasons.
            quoted: Whether it is data, in which a product is named for no other end than to be offered; in an answer
                only what is not a warning counts.

        Returns:
            Why it must not be shown, and what is to be said beside it if it is: a warning is never passed over.
        """
        offered, judged = self._judged(text, quoted)
        reasons = [f"{name}{sentence}" for name, verdict in judged for sentence in sentences(verdict)]
        folded = {_spaced(name): (name, why) for name, why in (withheld or {}).items()}
        if pattern := one_of(folded):
            for match in pattern.finditer(_spaced(offered)):
                name, why = folded[match[0]]
                reasons += (sentence if sentence.startswith(name) else f"{name}: {sentence}" for sentence in why)
        warned = [(name, verdict) for name, verdict in judged if verdict.verdict is Verdict.WARN]
        cautions = [f"{name}{sentence}" for name, verdict in warned for sentence in gravest(verdict)]
        return tuple(dict.fromkeys(reasons)), tuple(dict.fromkeys(cautions))

    def _judged(self, text: str, quoted: bool) -> tuple[str, list[tuple[str, FoodVerdict]]]:
        """The part of a text that offers, and the verdicts on its words (under no name) and on the foods it names."""
        if not self.context.active or not text.strip():
            return "", []
        offered = text if quoted else "\n".join(part for _, part in offering_clauses(text))
        foods = [from_product(product) for product in self.shelf.named_in(offered)]
        judged = list(zip(foods, self.verdicts(foods), strict=True))
        words = self.shelf.without_wares(text)
        if cleared := one_of(food.name for food, verdict in judged if verdict.is_cleared and " " in food.name):
            # The label, its name included, was read as a whole: Puffed Rice Granola holds no gluten for its "granola".
            words = cleared.sub("this product", words)
        said = self.guard.check_texts(
            self.context, (words,), jurisdiction=self.jurisdiction, customer_id=self.customer_id
        )
        return offered, [("", said[0]), *((f"{food.name}: ", verdict) for food, verdict in judged)]


def sentences(verdict: FoodVerdict) -> tuple[str, ...]:
    """Why a food must not be offered, one sentence for each contraindication; none if it is cleared."""
    return () if verdict.is_cleared else gravest(verdict)


def gravest(verdict: FoodVerdict) -> tuple[str, ...]:
    """The sentences behind a verdict, one for each contraindication."""
    reasons = [reason for reason in verdict.reasons if reason.verdict is verdict.verdict]
    first = {reason.key: _full(reason.sentence) for reason in reversed(reasons)}
    return tuple(dict.fromkeys(first[reason.key] for reason in reasons))


def _full(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
