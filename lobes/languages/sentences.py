"""What a message asks, as authored English sentences that the router and the query reader know how to read."""

import re
from collections.abc import Sequence

from seamless_retail.core.protected_spans import find_spans
from seamless_retail.lobes.languages.glossary import english
from seamless_retail.lobes.languages.reading import Reading, listed
from seamless_retail.lobes.languages.words import Word

_CURRENCIES = {"dollars": "${}", "euros": "{} euros", "rupees": "{} rupees"}
_SYMBOLS = {"$": "dollars", "€": "euros", "₹": "rupees"}
_KINDS_BY_NAME = frozenset({"gouda", "cheddar", "kimchi", "gochujang"})
"""Products that are called so in every language."""
_SIZE = re.compile(r"(?<![^\W_])(?:\d?X{0,3}[SL]|M|\d{2}(?:\.5)?)(?![^\W_])", re.IGNORECASE)
_ORDER_ID = re.compile(r"#?[A-Za-z]{1,4}-?\d{3,}|#\d{3,}")
_QUESTION = re.compile(r"[?？؟]")


def request_sentences(reading: Reading) -> list[str]:
    """What is asked, in authored sentences."""
    order = next(iter(_ORDER_ID.findall(reading.text)), "")
    has = reading.has
    if has("cancel") and (has("order", "parcel") or order):
        return [f"I want to cancel my order {order}".strip() + "."]
    if has("return", "exchange", "refund", "broken"):
        return [_about_returns(reading, order)]
    thing = _thing(reading)
    if order or (has("order", "parcel") and not (thing and has("stock"))):
        return [f"Where is my order {order}".strip() + "?"]
    if has("points", "voucher", "pay", "shipping", "hours", "store") and not reading.of("product"):
        return [_about_shop(reading)]
    if thing:
        return [_about_products(reading, thing)]
    return _small_talk(reading)


def _about_returns(reading: Reading, order: str) -> str:
    order = f" from order {order}" if order else ""
    what = f"my {' and '.join(products)}" if (products := reading.of("product")) else "an item"
    if reading.has("broken"):
        return f"My item arrived damaged{order}. How do I return it?"
    if reading.has("refund"):
        return f"When do I get my refund{order}?"
    verb = "exchange" if reading.has("exchange") else "return"
    asks = _QUESTION.search(reading.text) or reading.has("how_much", "when")
    return f"How can I {verb} {what}{order}?" if asks else f"I want to {verb} {what}{order}."


def _about_shop(reading: Reading) -> str:
    sentences = {
        "points": "How many loyalty points do I have?",
        "voucher": "Do you have a discount code or voucher?",
        "pay": "How can I pay?",
        "shipping": "How much does delivery cost and how long does it take?",
        "hours": "What are your opening hours?",
        "store": "Where is your store?",
    }
    return next(sentence for cue, sentence in sentences.items() if reading.has(cue))


def _about_products(reading: Reading, thing: str) -> str:
    names_product = bool(reading.of("product") or reading.names)
    frames = {
        "cart": "Add {} to my cart.",
        "ingredients": "What are the ingredients of {}?",
        "similar": "Do you have something similar to {}?",
        "recommend": "Can you recommend {}?",
        "gift": "Can you recommend {} as a gift?",
        "stock": "Is {} in stock?",
        "safe": "I am looking for {} that are safe.",
        "want": "I am looking for {}.",
        "how_much": "How much is {}?",
        "have": "Do you have {}?",
    }
    if _price(reading):
        del frames["how_much"]
    if not names_product and not reading.has("have", "want", "recommend"):
        return f"{'Something cheaper, ' if reading.has('cheaper') else ''}{thing}?"
    frame = next((frame for cue, frame in frames.items() if reading.has(cue)), "I am looking for {}.")
    return frame.format(thing)


def _thing(reading: Reading) -> str:
    """What is looked for: traits, colors, the product, its size, its price, and what it is without."""
    audience = [word for word in reading.of("trait") if word.endswith("'s")]
    traits = [word for word in reading.of("trait") if word not in audience]
    products = reading.of("product") or reading.of("allergen")
    names = [*reading.names, *(product for product in products if product in _KINDS_BY_NAME)]
    noun = " ".join(filter(None, (_either(names), _either([p for p in products if p not in names]))))
    parts = [*audience, *reading.of("color"), *traits, noun or ("something" if traits or reading.left_out else "")]
    if size := _size(reading):
        parts.append(f"in size {size}")
    if reading.left_out:
        parts.append(f"without {listed([english(f.concept) for f in reading.left_out])}")
    parts.append(_price(reading))
    if reading.has("cheaper") and not _price(reading):
        parts.insert(0, "cheaper")
    return " ".join(filter(None, parts))


def _size(reading: Reading) -> str:
    cue = next((found for found in reading.found if found.concept == "size"), None)
    near = reading.text[reading.words[cue.last - 1].end :] if cue else ""
    named = _SIZE.search(near) if cue else None
    spans = [span.text for span in find_spans(reading.text) if span.kind == "size"]
    return named[0].upper() if named else next(iter(spans), "")


def _price(reading: Reading) -> str:
    amounts = [amount for at, word in enumerate(reading.words) if (amount := _amount(reading, at, word))]
    if not amounts:
        return ""
    if len(amounts) > 1:
        return f"between {amounts[0]} and {amounts[1]}"
    return f"{'over' if reading.has('over') and not reading.has('under') else 'under'} {amounts[0]}"


def _amount(reading: Reading, at: int, word: Word) -> str:
    """The number as a price, if a currency stands beside it, or a word that compares."""
    if not word.is_number:
        return ""
    beside = reading.text[max(word.start - 2, 0) : word.start] + reading.text[word.end : word.end + 2]
    currency = next((name for symbol, name in _SYMBOLS.items() if symbol in beside), "")
    near = [f for f in reading.found if min(abs(f.first - at), abs(f.last - 1 - at)) <= 2 and f.concept in _CURRENCIES]
    currency = currency or next((found.concept for found in near), "")
    if not currency and not any(f.concept in ("under", "over") and abs(f.first - at) <= 2 for f in reading.found):
        return ""
    return _CURRENCIES[currency or "dollars"].format(word.text)


def _small_talk(reading: Reading) -> list[str]:
    sentences = {
        "thanks": "Thank you!",
        "person": "I want to talk to a real person.",
        "help": "What can you help me with?",
        "bye": "Goodbye!",
        "recommend": "What can you recommend?",
        "cheaper": "Do you have something cheaper?",
        "first": "Tell me more about the first one.",
        "second": "Tell me more about the second one.",
        "third": "Tell me more about the third one.",
        "stock": "Is it in stock?",
        "how_much": "How much is it?",
        "size": "Which sizes does it come in?",
        "ingredients": "What are its ingredients?",
        "safe": "Is it safe for me?",
        "cart": "Add it to my cart.",
        "hello": "Hello!",
    }
    return [sentence for cue, sentence in sentences.items() if reading.has(cue)][:1]


def _either(words: Sequence[str]) -> str:
    return " or ".join(words) if len(words) < 3 else ", ".join(words)
