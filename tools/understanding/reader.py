"""The query reader: one message in, filters and references out. Deterministic, without a model."""

import re
from dataclasses import replace

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.ports import Vocabulary
from seamless_retail.core.queries import Focus, ProductQuery, Understanding
from seamless_retail.tools.understanding.attributes import Filters, department_of, read_attributes
from seamless_retail.tools.understanding.diet import DietaryWishes, DietReader, read_unwanted_ingredients
from seamless_retail.tools.understanding.followups import Reading, is_about_order, resolve, resolve_order
from seamless_retail.tools.understanding.lexicon import Lexicon, Words
from seamless_retail.tools.understanding.message import Message
from seamless_retail.tools.understanding.pointers import find_pointer
from seamless_retail.tools.understanding.prices import PriceBounds, read_prices
from seamless_retail.tools.understanding.product_names import ProductNames, comparison_before
from seamless_retail.tools.understanding.recollection import about_memory
from seamless_retail.tools.understanding.requests import (
    PlaceReader,
    read_order_id,
    read_quantity,
    read_sort,
    read_wants,
)
from seamless_retail.tools.understanding.sizes import SizeReader
from seamless_retail.tools.understanding.spelling import Speller
from seamless_retail.tools.understanding.text import MAX_CHARACTERS, normalise
from seamless_retail.tools.understanding.word_lists import REAL_WORDS, STOP_WORDS, UNSIZED_CATEGORIES, WITHOUT_MILK

_COMES_IN = re.compile(r"\b(?:comes?|available|have (?:it|them|this|that)|get (?:it|them)|stocked) in\b")
_QUERY_FIELDS = ("departments", "categories", "brands", "colors")


class CatalogueQueryReader:
    """Reads messages against the vocabulary of a catalogue.

    Args:
        vocabulary: The words of the catalogue.
        max_characters: Longest message accepted.
        currency: ISO 4217 currency of the catalogue's prices. An amount in another currency is taken at face value, and
            a note says so.
    """

    def __init__(self, vocabulary: Vocabulary, *, max_characters: int = MAX_CHARACTERS, currency: str = "USD") -> None:
        self._max_characters = max_characters
        self._currency = currency
        self._lexicon = Lexicon(vocabulary)
        self._products = ProductNames(vocabulary.product_names, self._is_phrase, vocabulary.brands)
        self._places = PlaceReader(vocabulary)
        self._diet = DietReader(vocabulary.attributes.get("diet", ()))
        self._sizes = SizeReader(vocabulary.sizes)
        self._names = {product_id: name for name, product_id in vocabulary.product_names.items()}
        self._sells_food = "grocery" in vocabulary.departments
        self._descriptive = self._lexicon.words_for("colors", "attributes", "brands")
        words = self._lexicon.words() | self._diet.words() | self._places.words()
        self._speller = Speller(words, REAL_WORDS | STOP_WORDS | self._products.words())

    def read(self, text: str | bytes, focus: Focus = Focus()) -> Understanding:  # noqa: B008  # immutable
        """Understand one message in the light of the thread.

        Raises:
            InvalidQueryError: The text is empty, too long or not valid text.
            ContradictoryConstraintsError: Its constraints exclude each other.
        """
        message = Message(normalise(text, self._max_characters), self._speller.correct)
        order_id = read_order_id(message)
        reading = self._reading(message, focus)
        resolved = resolve(message, reading, focus, self._names)
        if not resolved.is_follow_up:
            resolved = replace(resolved, query=self._among_foods(resolved.query))
        return Understanding(
            text=message.text,
            standalone=resolved.standalone,
            products=resolved.query,
            order_id=resolve_order(message, order_id, resolved.wants, focus),
            is_follow_up=resolved.is_follow_up,
            selected_product_id=resolved.selected_product_id,
            wants=resolved.wants,
            about_memory=about_memory(message.text),
            notes=resolved.notes,
        )

    def _reading(self, message: Message, focus: Focus) -> Reading:
        """What the message says by itself; readers that come first use words up for those that follow."""
        mentioned = self._products.find(message)
        wants = read_wants(message)
        bounds = read_prices(message, self._currency, self._descriptive)
        query, topic_words = self._query(message, focus, names_product=bool(mentioned))
        pointer = None
        if not mentioned and not is_about_order(message, focus, wants):
            pointer = find_pointer(message, focus, self._names, topic_words)
        found = {
            "price_min_cents": bounds.minimum,
            "price_max_cents": bounds.maximum,
            "text": message.remaining(STOP_WORDS),
        }
        return Reading(
            query.model_copy(update=found),
            _wants(message, wants, query),
            mentioned=tuple(dict.fromkeys(mention.product_id for mention in mentioned)),
            comparison=comparison_before(message, mentioned[0]) if mentioned else "",
            pointer=pointer,
            notes=self._notes(bounds),
        )

    def _query(self, message: Message, focus: Focus, *, names_product: bool) -> tuple[ProductQuery, frozenset[str]]:
        """The filters apart from the price, and the words that name a category."""
        department = department_of(message, self._lexicon)
        talked_about = department or self._department_in(focus)
        availability = self._places.read(message)
        sort, quantity = read_sort(message), read_quantity(message)
        sizes = self._sizes.read(
            message,
            is_clothing=talked_about == "fashion" and not UNSIZED_CATEGORIES & set(message.words),
            bare_numbers=bool(names_product or focus.product_ids or focus.selected_product_id),
        )
        wishes = self._wishes(message, department, talked_about)
        filters = read_attributes(message, self._lexicon, talked_about)
        named = {name: tuple(filters.include.get(name, ())) for name in _QUERY_FIELDS}
        query = ProductQuery(
            **named | {"categories": self._without_milk(named["categories"], wishes)},
            attributes=_attributes(filters, wishes),
            sizes=sizes,
            exclude_allergens=wishes.exclude_allergens,
            exclude=_exclusions(filters, wishes),
            location_id=availability.location_id,
            in_stock=availability.in_stock,
            quantity=quantity or _counted(message, filters),
            sort=sort,
        )
        return query, frozenset(filters.topic_words)

    def _wishes(self, message: Message, department: str, talked_about: str) -> DietaryWishes:
        wishes = self._diet.read(message, department)
        if talked_about != "grocery":
            return wishes
        return wishes._replace(excluded_ingredients=(*wishes.excluded_ingredients, *read_unwanted_ingredients(message)))

    def _is_phrase(self, words: Words) -> bool:
        length, entries = self._lexicon.match(list(words), 0)
        return length == len(words) and any(entry.facet != "colors" for entry in entries)

    def _among_foods(self, query: ProductQuery) -> ProductQuery:
        """A dietary wish that names nothing else asks for food."""
        named = query.categories or query.departments or query.product_ids or not self._sells_food
        wishes = query.exclude_allergens or query.attributes.get("diet")
        return query if named or not wishes else query.model_copy(update={"departments": ("grocery",)})

    def _without_milk(self, categories: tuple[str, ...], wishes: DietaryWishes) -> tuple[str, ...]:
        """The categories, with those that are milk by nature replaced when milk is ruled out."""
        if Allergen.MILK not in wishes.exclude_allergens and "vegan" not in wishes.diets:
            return categories
        return tuple(
            self._lexicon.known_category(WITHOUT_MILK.get(category, category)) or category for category in categories
        )

    def _department_in(self, focus: Focus) -> str:
        if focus.query is None:
            return ""
        categories = focus.query.categories
        return self._lexicon.department_of(categories[0]) if categories else "".join(focus.query.departments[:1])

    def _notes(self, bounds: PriceBounds) -> tuple[str, ...]:
        if not bounds.foreign_currency:
            return ()
        return (
            f"Prices are in {self._currency}; the amount in {bounds.foreign_currency} was read as {self._currency}.",
        )


def _attributes(filters: Filters, wishes: DietaryWishes) -> dict[str, tuple[str, ...]]:
    named = {
        facet.removeprefix("attributes."): tuple(values)
        for facet, values in filters.include.items()
        if facet.startswith("attributes.") and values
    }
    diets = tuple(dict.fromkeys((*wishes.diets, *named.get("diet", ()))))
    return named | ({"diet": diets} if diets else {})


def _exclusions(filters: Filters, wishes: DietaryWishes) -> dict[str, tuple[str, ...]]:
    exclude = {name: tuple(values) for name, values in filters.exclude.items() if values}
    for name, values in (("diet", wishes.excluded_diets), ("ingredients", wishes.excluded_ingredients)):
        if values:
            exclude[name] = tuple(dict.fromkeys((*exclude.get(name, ()), *values)))
    return exclude


def _wants(message: Message, wants: tuple[str, ...], query: ProductQuery) -> tuple[str, ...]:
    if _COMES_IN.search(message.lower):
        wants += tuple(name for name, values in (("size", query.sizes), ("color", query.colors)) if values)
    return tuple(dict.fromkeys(wants))


def _counted(message: Message, filters: Filters) -> int | None:
    """The number in front of the products wanted: "3 blue t-shirts"."""
    if not filters.include.get("categories"):
        return None
    for i, token in enumerate(message.tokens[:-1]):
        before = message.words[i - 1] if i else ""
        if token.used or before in _NOT_COUNTED or not message.tokens[i + 1].used or message.breaks_between(i, i + 1):
            continue
        if token.word in _COUNTS or (token.word.isascii() and token.word.isdecimal() and len(token.word) < 3):
            message.take_tokens(i, i + 1)
            count = _COUNTS.get(token.word) or int(token.word)
            return count if count > 1 else None
    return None


_COUNTS = {
    **{"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    "twelve": 12,
}
_NOT_COUNTED = frozenset({"of", "size", "sizes", "eu", "us", "uk", "top", "in", "number"})
