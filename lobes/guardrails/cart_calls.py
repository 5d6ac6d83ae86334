"""Tool calls that put something into a cart or an order: what they name is checked before the tool runs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from seamless_retail.lobes.guardrails.food_shelf import CustomerTable, is_food
from seamless_retail.lobes.guardrails.rules import from_product

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_READING = """
list get show find search track check view read look lookup fetch describe explain cancel return remove delete clear
empty compare recommend suggest
"""
_RECORDING = "details detail status history summary"
_WRITING = """
add buy cart basket bag checkout order reorder purchase subscribe subscription place put insert update set create change
modify replace substitute swap deliver pay
"""
_READS, _RECORDS, _WRITES = (frozenset(words.split()) for words in (_READING, _RECORDING, _WRITING))
_REFERENCE_KEY = re.compile(r"product|sku|item|food|article|upc|gtin|barcode|order", re.IGNORECASE)
_LONGEST_REFERENCE = 200


def fills_cart(tool: str) -> bool:
    """Whether a tool's name says that it adds to a cart or an order: ``placeOrder``, not ``list_orders``."""
    words = [word.lower() for word in _WORD.findall(tool)]
    if not words or words[0] in _READS or words[-1] in _RECORDS:
        return False
    return any(word in _WRITES or word.removesuffix("s") in _WRITES for word in words)


def against_call(table: CustomerTable, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a call that fills a cart must not run, in sentences; none if it may.

    Every text among the arguments is looked up as a product, and as an order of the customer whose lines are then
    looked up. What stands where a product or an order is expected and nobody knows is not cleared.
    """
    if not table.context.active:
        return ()
    reasons: list[str] = []
    for key, text in _texts(arguments, ""):
        reasons += _against_reference(table, key, text)
    return tuple(dict.fromkeys(reasons))


def _against_reference(table: CustomerTable, key: str, text: str) -> Iterator[str]:
    product = table.shelf.product(text) if len(text) <= _LONGEST_REFERENCE else None
    if product is not None:
        if is_food(product):
            yield from (f"{product.name}: {reason}" for reason in table.against(from_product(product)))
        return
    ordered = _ordered(table, text)
    for name in ordered:
        yield from _against_reference(table, "product", name)
    if ordered:
        return
    yield from (reasons := table.against_text(text, quoted=True))
    if not reasons and _REFERENCE_KEY.search(key):
        yield f"I cannot clear {text!r}: the shop has no label of it."


def _ordered(table: CustomerTable, text: str) -> list[str]:
    """Products of the customer's order with this number."""
    shop = table.shelf.shop
    if shop is None or not table.customer_id or len(text) > _LONGEST_REFERENCE:
        return []
    order = shop.orders.get(text.strip(), table.customer_id)
    return [line.product_id for line in order.lines] if order else []


def _texts(node: Any, key: str) -> Iterator[tuple[str, str]]:
    """All texts and whole numbers among some arguments, with the key that they stand under."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _texts(value, str(name))
    elif isinstance(node, list | tuple | set):
        for value in node:
            yield from _texts(value, key)
    elif isinstance(node, str) and node.strip():
        yield key, node
    elif isinstance(node, int) and not isinstance(node, bool) and _REFERENCE_KEY.search(key):
        yield key, str(node)
