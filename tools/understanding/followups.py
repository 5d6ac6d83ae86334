"""Resolve a message against the thread: which product "it" is, and which filters carry over to "what about in red?"."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seamless_retail.core.queries import Focus, ProductQuery
from seamless_retail.tools.understanding.message import Message
from seamless_retail.tools.understanding.pointers import Pointer
from seamless_retail.tools.understanding.word_lists import FOLLOWUP
from seamless_retail.tools.understanding.wording import describe_query

_ONLY_OF_PRODUCTS = frozenset(
    {
        "stock",
        "size",
        "color",
        "ingredients",
        "allergens",
        "nutrition",
        "diet",
        "material",
        "care",
        "similar",
        "complement",
    }
)
_PRODUCT_FACTS = _ONLY_OF_PRODUCTS | {"price", "description"}
_ORDER_INTENTS = frozenset({"order_status", "returns_exchange"})
_WANT_OF_ATTRIBUTE = {"material": "material", "diet": "diet", "care": "care"}
_LISTS = ("categories", "brands", "colors", "sizes", "departments", "exclude_allergens")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message says by itself, before the thread is looked at."""

    query: ProductQuery
    wants: tuple[str, ...]
    mentioned: tuple[str, ...] = ()
    """Products called by name."""
    comparison: str = ""
    """``similar`` or ``complement`` when the products are named only to ask for others like them or to go with them."""
    pointer: Pointer | None = None
    """What its pointing words stand for."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """A reading with the thread taken into account."""

    query: ProductQuery
    wants: tuple[str, ...]
    selected_product_id: str = ""
    is_follow_up: bool = False
    standalone: str = ""
    notes: tuple[str, ...] = ()


def resolve(message: Message, reading: Reading, focus: Focus, names: Mapping[str, str]) -> Resolution:
    """Resolve one message.

    Args:
        message: The message.
        reading: What it says by itself.
        focus: What the thread is about.
        names: Lower-case product name by product id.
    """
    if reading.mentioned and reading.comparison:
        wants = tuple(dict.fromkeys((*reading.wants, reading.comparison)))
        return Resolution(reading.query, wants, reading.mentioned[0], False, message.text, reading.notes)
    if reading.mentioned:
        return _about(message, reading, reading.mentioned, is_follow_up=False)
    pointer = reading.pointer
    if pointer and pointer.kind == "beyond":
        return _beyond(message, reading, pointer)
    if pointer:
        resolved = _about(message, reading, pointer.product_ids, is_follow_up=True)
        return replace(resolved, standalone=_spell_out(message, pointer, names))
    fresh = Resolution(reading.query, reading.wants, standalone=message.text, notes=reading.notes)
    if reading.query.categories or reading.query.departments or is_about_order(message, focus, reading.wants):
        return fresh
    if focus.selected_product_id and _names_variant_only(reading.query) and _says(message, "variant"):
        return _about_selected(message, reading, focus.selected_product_id, names)
    if _asks_fact_of_selected(message, reading, focus):
        return _about_selected(message, reading, focus.selected_product_id or focus.product_ids[0], names)
    if focus.query is not None and _continues(message, reading):
        return _continued(message, reading, focus, focus.query)
    return fresh


def resolve_order(message: Message, order_id: str, wants: tuple[str, ...], focus: Focus) -> str:
    """The order a message is about: the one it names, or the one in focus; empty for the last and the previous one."""
    if order_id or not focus.order_id or {"latest_order", "previous_order"} & set(wants):
        return order_id
    goes_on = is_about_order(message, focus, wants) or _says(message, "order_words")
    return focus.order_id if goes_on else ""


def is_about_order(message: Message, focus: Focus, wants: tuple[str, ...]) -> bool:
    """Whether the thread is about an order and the message goes on about it."""
    if not focus.order_id or focus.intent not in _ORDER_INTENTS:
        return False
    pronoun = _says(message, "order_pronoun") and not _ONLY_OF_PRODUCTS & set(wants)
    return bool(pronoun or _says(message, "order_words"))


def _names_variant_only(query: ProductQuery) -> bool:
    """Whether a query says nothing but color, size and availability."""
    return (
        bool(query.constraints())
        and not query.text
        and not set(query.constraints()) - {"colors", "sizes", "availability"}
    )


def _about_selected(message: Message, reading: Reading, product_id: str, names: Mapping[str, str]) -> Resolution:
    resolved = _about(message, reading, (product_id,), is_follow_up=True)
    return replace(
        resolved, standalone=f"{message.text} ({names[product_id]})" if product_id in names else message.text
    )


def _about(message: Message, reading: Reading, product_ids: tuple[str, ...], *, is_follow_up: bool) -> Resolution:
    """A message about certain products: its filters choose among them, or its questions are asked of the one."""
    wants = reading.wants
    query = reading.query.model_copy(update={"categories": (), "departments": ()})
    selected = product_ids[0] if len(product_ids) == 1 else ""
    if selected and {"similar", "complement"} & set(wants):
        return Resolution(query, wants, selected, is_follow_up, message.text, reading.notes)
    if selected and _says(message, "question"):
        asked = [_WANT_OF_ATTRIBUTE.get(name, "description") for name in query.attributes]
        asked += ["allergens"] if query.exclude_allergens else []
        wants = tuple(dict.fromkeys((*wants, *asked)))
        query = query.model_copy(update={"attributes": {}, "exclude_allergens": (), "exclude": {}})
    query = query.model_copy(update={"product_ids": product_ids})
    return Resolution(query, wants, selected, is_follow_up, message.text, reading.notes)


def _beyond(message: Message, reading: Reading, pointer: Pointer) -> Resolution:
    count = len(pointer.product_ids)
    shown = "only one product was" if count == 1 else f"only {count} products were"
    resolved = _about(message, reading, pointer.product_ids, is_follow_up=True)
    note = f"There is no such product in the list: {shown} shown."
    return replace(resolved, selected_product_id="", notes=(*reading.notes, note))


def _spell_out(message: Message, pointer: Pointer, names: Mapping[str, str]) -> str:
    """The message with its pointing words replaced by the names they stand for."""
    called = [names[p] for p in pointer.product_ids if p in names]
    if not called:
        return message.text
    if len(called) > 1 or not pointer.span:
        return f"{message.text} ({', '.join(called)})"
    start, end = pointer.span
    return f"{message.text[:start]}the {called[0]}{message.text[end:]}"


def _asks_fact_of_selected(message: Message, reading: Reading, focus: Focus) -> bool:
    """Whether a message without a topic asks a fact: "what are the ingredients?", "which sizes?"."""
    known = focus.selected_product_id or len(focus.product_ids) == 1
    facts = _PRODUCT_FACTS & set(reading.wants)
    return bool(known and facts and not reading.query.text and not _says(message, "more"))


def _continues(message: Message, reading: Reading) -> bool:
    """Whether the message changes the last query rather than starting another."""
    if _says(message, "more"):
        return True
    changes = reading.query.constraints() or reading.query.sort != "relevance"
    if not changes:
        return bool(reading.query.text and _says(message, "changes_text"))
    short = len(message.words) <= 4 and not message.lower.startswith("something")
    return bool(short or _says(message, "continues") or _says(message, "ones"))


def _continued(message: Message, reading: Reading, focus: Focus, last: ProductQuery) -> Resolution:
    query = merge(last, reading.query, adds=_says(message, "adds"))
    if _says(message, "more"):
        seen = tuple(dict.fromkeys((*query.exclude.get("product_ids", ()), *focus.product_ids)))
        query = query.model_copy(update={"exclude": {**query.exclude, "product_ids": seen}})
    return Resolution(query, reading.wants, "", True, describe_query(query) or message.text, reading.notes)


def merge(last: ProductQuery, new: ProductQuery, *, adds: bool = False) -> ProductQuery:
    """The last query changed by a new one: what the new one sets replaces the old, or joins it when it ``adds``."""
    update: dict[str, object] = {}
    for name in _LISTS:
        values, old = getattr(new, name), getattr(last, name)
        if values:
            joins = adds or name == "exclude_allergens"
            update[name] = tuple(dict.fromkeys((*old, *values))) if joins else values
    if new.price_min_cents is not None or new.price_max_cents is not None:
        update |= {"price_min_cents": new.price_min_cents, "price_max_cents": new.price_max_cents}
    if new.in_stock or new.location_id:
        update |= {"in_stock": True, "location_id": new.location_id or last.location_id}
    update["quantity"] = new.quantity or last.quantity
    update["sort"] = new.sort if new.sort != "relevance" else last.sort
    update["text"] = " ".join(dict.fromkeys(words for words in (last.text, new.text) if words))
    update["attributes"] = {**last.attributes, **_joined(last.attributes, new.attributes, adds)}
    update["exclude"] = {**last.exclude, **_joined(last.exclude, new.exclude, adds=True)}
    return _consistent(last.model_copy(update=update), new)


def _joined(
    old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]], adds: bool
) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(dict.fromkeys((*old.get(name, ()), *values))) if adds else values for name, values in new.items()
    }


def _consistent(query: ProductQuery, new: ProductQuery) -> ProductQuery:
    """Where old and new wishes clash, the new one holds."""
    exclude = dict(query.exclude)
    for name in ("colors", "sizes", "brands", "categories"):
        values = getattr(query, name)
        if name in new.exclude:
            query = query.model_copy(update={name: tuple(v for v in values if v not in exclude[name])})
        elif name in exclude:
            exclude[name] = tuple(v for v in exclude[name] if v not in values)
    attributes = {
        name: tuple(v for v in values if name not in new.exclude or v not in exclude[name])
        for name, values in query.attributes.items()
    }
    kept = {name: values for name, values in attributes.items() if values}
    return query.model_copy(update={"exclude": {k: v for k, v in exclude.items() if v}, "attributes": kept})


def _says(message: Message, phrase: str) -> bool:
    return bool(FOLLOWUP[phrase].search(message.lower))
