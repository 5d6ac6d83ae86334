"""The wordings of every kind of claim, as data, and how a claim's own text is made from the first of them.

A template says only what its facts hold. Facts are named in braces. ``{subject}`` is the product at the start of a
sentence ("The Navy Linen Dress"), ``{product}`` within one; ``{It}``, ``{it}``, ``{Its}`` and ``{its}`` are its
pronouns, and the verbs of :data:`AGREEMENT` follow its number. Templates carry no final full stop: the composer adds
the citation marks and the punctuation.

A kind that a lobe of another package invents needs no line here: such a claim is shown by its own ``text``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from seamless_retail.core.evidence import Citation, Claim
from seamless_retail.lobes.manners import OWN_TEMPLATES
from seamless_retail.lobes.wording import is_plural

AGREEMENT: Mapping[str, tuple[str, str]] = {
    "is": ("is", "are"),
    "costs": ("costs", "cost"),
    "comes": ("comes", "come"),
    "has": ("has", "have"),
    "does": ("does", "do"),
    "contains": ("contains", "contain"),
    "It": ("It", "They"),
    "it": ("it", "they"),
    "ItIs": ("It's", "They're"),
    "itIs": ("it's", "they're"),
    "them": ("it", "them"),
    "Its": ("Its", "Their"),
    "its": ("its", "their"),
}
"""Words that follow the number of the product's name: singular, plural."""

PHRASES: Mapping[str, tuple[str, ...]] = {
    # Searching the catalogue.
    "match_count": (
        "I found {total} {what}{some}",
        "There {total_are} {total} {what}{some}",
        "The catalogue lists {total} {what}{some}",
    ),
    "no_match": ("I found no {what}", "The catalogue lists no {what}"),
    "translation": ("{sentence}",),
    "answers_in": ("From now on I answer in {language}",),
    "suitable": ("Of these, {total} {total_are} declared {declared}{some}",),
    "relaxation": (
        "Leaving out {lifted}, I found {total} {what}",
        "If you leave out {lifted}, there {total_are} {total} {what}",
    ),
    "product_offer": ("{name}: {price}{options}{availability}",),
    "recommendation": ("{name}: {price}{options}{availability}{reason}",),
    "similar_to": ("These are like {product}", "If you like {product}, look at these"),
    "instead": ("Instead of {product}, I suggest this", "In place of {product}, look at this"),
    "goes_with": ("Others bought these with {product}", "These were bought with {product}"),
    "suggested": ("Of our {what}, I suggest these", "Among our {what}, these are my suggestions"),
    "for_you": ("Going by your orders, I suggest these", "Your orders suggest these"),
    "due_again": ("Going by your orders, you may need these again", "By your orders, these may be due again"),
    "best_sellers": ("Among our {what}, these sell best", "These are the best sellers among our {what}"),
    # One product.
    "price": ("{subject}{in_option} {costs} {price}", "The price of {product}{in_option} is {price}"),
    "colors": ("{subject} {comes} in {values}", "You can have {product} in {values}"),
    "sizes": ("{subject} {comes} in {noun} {values}", "You can have {product} in {noun} {values}"),
    "offered": ("{subject} {comes} in {option}", "You can have {product} in {option}"),
    "not_stated": ("Our record of {product} does not state the {what}",),
    "not_a_food": ("{subject} {is} in the category {category}, which is not food, so there is no food label",),
    "not_offered": (
        "{subject} {does} not come in {option}; {its} {noun} {noun_are} {values}",
        "I cannot find {product} in {option}; {its} {noun} {noun_are} {values}",
    ),
    "attribute": ("The {label} of {product} is {value}", "For {product}, the {label} is {value}"),
    "labelled": ("The label of {product} says: {value}", "According to its label, {product} {is} {value}"),
    "made_of": ("{subject} {is} made of {value}", "The material of {product} is {value}"),
    "brand": ("{subject} {is} from the brand {value}", "The brand of {product} is {value}"),
    "ingredients": ("The label of {product} lists these ingredients: {value}",),
    "nutrition": ("Per 100 g, {product} {has} {value}", "The label of {product} gives, per 100 g: {value}"),
    "allergens": (
        "According to the label, {product} {contains} {value}",
        "The label of {product} says that {it} {contains} {value}",
    ),
    "traces": ("{subject} may contain {value}, the label says", "The label of {product} adds: may contain {value}"),
    "undeclared": ("The label of {product} does not declare {what}, so I cannot tell you",),
    "contains_allergen": ("{subject} {contains} {allergen}, according to the label",),
    "may_contain_allergen": ("{subject} may contain {allergen}, according to the label",),
    "lacks_allergen": ("The label of {product} does not name {allergen}, neither as contained nor as a trace",),
    # Pictures.
    "picture_of": ("I take the picture for {product}", "The picture shows {product}, I take it"),
    "picture_shows": ("The picture seems to show {what}; I am {percent} sure", "I am {percent} sure that it is {what}"),
    "picture_may_show": ("I am not sure: the picture may show {what}, but also {others}",),
    "picture_resembles": ("The picture resembles pictures of our products",),
    "nearest_to_picture": ("No product of ours has just that name; of our {what}, these come closest",),
    "nearest_by_words": ("Our catalogue does not list {what} itself; by their words, these come closest",),
    "nothing_like_picture": ("I found nothing like “{what}” in our catalogue",),
    "not_recognised": ("I do not recognise what is on the picture",),
    "picture_not_cleared": (
        "I cannot tell from a picture whether this is safe to eat: I do not know which product it is, so please read "
        "the label on the package, or tell me the product's name",
    ),
    # Stock and promotions.
    "stock": (
        "{subject}{in_option} {is} in stock: {units} available",
        "We have {product}{in_option} in stock, {units} available",
    ),
    "stock_at": (
        "{location} has {units} of {product}{in_option} available",
        "At {location}, {units} of {product}{in_option} {units_are} available",
    ),
    "none_at": ("{location} has 0 available of {product}{in_option}, so it is out of stock there",),
    "stock_places": ("Of these, {places}", "Where they are: {places}"),
    "stock_options": ("{subject} {is} in stock{where}, with these units available{example}: {options}",),
    "none_in_stock": ("{subject}{in_option} {is} out of stock{where}: 0 available",),
    "sold_out": (
        "{subject}{in_option} {is} out of stock: 0 available",
        "We are out of stock of {product}{in_option}: 0 available",
    ),
    "incoming": ("{location} expects {units} more{of_option}{when}",),
    # Stock of coming days.
    "will_be_there": (
        "{subject}{in_option} should be in stock{where} on {day}: the chance is {chance}",
        "We should have {product}{in_option}{where} on {day}, with a chance of {chance}",
    ),
    "may_be_gone": ("{subject}{in_option} may be sold out{where} on {day}: the chance to be in stock is {chance}",),
    "will_be_gone": (
        "{subject}{in_option} will probably be sold out{where} on {day}: the chance to be in stock is {chance}",
    ),
    "forecast_ends": ("The forecast ends on {day}, before the day you ask about",),
    "expected_sales": (
        "{units} {units_are} available now{of_option}{due}, and {low} to {high} sales are expected until {day}",
    ),
    "stock_lasts": ("The stock{of_option} should last beyond {day}, where the forecast ends",),
    "stock_may_run_out": (
        "The stock{of_option} may run out on {earliest} at the earliest, more likely not before {day}",
    ),
    "stock_out": ("The stock{of_option} should run out around {day}, on {earliest} at the earliest",),
    "reorder": (
        "Reorder proposal{for_option}{where}: {quantity}, because the demand of {days} days stays within {level} with "
        "{service} certainty, and {position} are here or on their way",
    ),
    "transfer": ("Transfer proposal{for_option}: {quantity} from {giver} to {taker}",),
    "promotion": ("{title}: {discount} until {until}{members}",),
    "no_promotion": ("I found no promotion for {product} that runs today",),
    "on_promotion": ("{subject} {is} in the promotion {title}: {discount} until {until}{members}",),
    # Stores.
    "store_hours": ("{location} is open: {value}", "Opening hours of {location}: {value}"),
    "store_address": ("{location} is at this address: {value}", "The address of {location}: {value}"),
    "store_phone": ("The phone number of {location} is {value}", "You can call {location} on {value}"),
    # Orders.
    "order_status": ("Your order {order} {state}",),
    "order_placed": ("You placed it on {date}", "It was placed on {date}"),
    "order_expected": ("It is expected on {date}", "We expect it on {date}"),
    "order_tracking": ("Its tracking number is {tracking}", "You can follow it with the tracking number {tracking}"),
    "order_items": ("The items in it: {items}", "It holds these items: {items}"),
    "order_total": ("Its total is {total}", "The total is {total}"),
    "order_address": ("It ships to {address}",),
    "order_line": ("{order}: {status}{placed}, total {total}",),
    "refund": ("A refund is on record: {refund}", "Our records show a refund: {refund}"),
    "return_open": (
        "You have {term} from delivery to return it, until {until}",
        "It can still be returned until {until}, {term} from delivery",
    ),
    "return_closed": (
        "The {term} to return it ended on {until}",
        "It could be returned until {until}, {term} from delivery, and that day has passed",
    ),
    "return_season": ("As it was bought at that time of year, the time to return it {ends} on {until}",),
    "cannot_change": ("{sentence}",),
    "change_done": ("Done: {words}",),
    "sign_in_needed": ("{sentence}",),
    # Earlier conversations.
    "remembered": ("On {date} you said: “{said}”", "You told me on {date}: “{said}”"),
    "told_before": ("You told us on {date}: “{said}”",),
    # A person takes over.
    "handed_over": ("A person is given this summary: {summary}",),
    # Loyalty.
    "points": ("You have {balance} points", "Your balance is {balance} points"),
    "tier": ("Your tier is {tier}, which earns {rate} per dollar",),
    "perks": ("Your perks: {perks}", "Your tier gives you these perks: {perks}"),
    "next_tier": (
        "You need {points} more points to reach {tier}",
        "The next tier is {tier}, with {points} points to go",
    ),
    "top_tier": ("{tier} is the highest tier",),
    "no_expiry": ("None of your points has an expiry date coming up",),
    "expiry": ("{points} points expire on {date}", "On {date}, {points} points expire"),
    # Quoted word for word.
    "passage": ("{sentence}",),
    "policy": ("{sentence}",),
    "code": ("{sentence}",),
    "greeting": ("{sentence}",),
    # Guards.
    "blocked": ("{sentence}",),
    "caution": ("{sentence}",),
    "not_cleared": ("{sentence}",),
    "cleared": ("{sentence}",),
}
"""Wordings by claim kind; the first makes the claim's own text."""

AGAIN: Mapping[str, tuple[str, ...]] = {
    "price": ("{It} {costs} {price}{in_option}", "{Its} price{in_option} is {price}"),
    "colors": ("{It} {comes} in {values}",),
    "sizes": ("{It} {comes} in {noun} {values}", "{Its} {noun} {noun_are} {values}"),
    "offered": ("{It} {comes} in {option}",),
    "not_offered": ("{It} {does} not come in {option}; {its} {noun} {noun_are} {values}",),
    "attribute": ("{Its} {label} is {value}", "The {label} is {value}"),
    "made_of": ("{It} {is} made of {value}",),
    "brand": ("{It} {is} from the brand {value}", "The brand is {value}"),
    "ingredients": ("The label lists these ingredients: {value}",),
    "nutrition": ("Per 100 g, {it} {has} {value}",),
    "allergens": ("According to the label, {it} {contains} {value}",),
    "traces": ("{It} may contain {value}, the label says", "The label adds: may contain {value}"),
    "undeclared": ("The label does not declare {what}, so I cannot tell you",),
    "contains_allergen": ("{It} {contains} {allergen}, according to the label",),
    "may_contain_allergen": ("{It} may contain {allergen}, according to the label",),
    "lacks_allergen": ("The label does not name {allergen}, neither as contained nor as a trace",),
    "stock": ("{It} {is} in stock{in_option}: {units} available",),
    "stock_at": ("{location} has {units} available{in_option}",),
    "none_at": ("{location} has 0 available{in_option}, so it is out of stock there",),
    "on_promotion": ("{It} {is} in the promotion {title}: {discount} until {until}{members}",),
    "stock_options": ("{It} {is} in stock{where}, with these units available{example}: {options}",),
    "none_in_stock": ("{It} {is} out of stock{in_option}{where}: 0 available",),
    "sold_out": ("{It} {is} out of stock{in_option}: 0 available",),
}
"""Wordings for a product that the sentence before was about, where they differ."""

LIST_KINDS = frozenset({"product_offer", "recommendation", "order_line"})
"""Kinds shown as items of a numbered list."""

GUARD_KINDS = frozenset({"blocked", "caution", "not_cleared", "cleared"})
"""Kinds that a guard adds."""

QUOTED_KINDS = frozenset({"remembered", "told_before", "handed_over", "change_done", "code"})
"""Kinds that are said word for word: what the customer once said, which a model would take for evidence, what a person
is given, what the customer approved, and code that was checked and run."""

LIST_OPENERS: Mapping[str, str] = {
    "order_line": "Here are your orders, the latest first:",
    "product_offer": "Here is what I found:",
    "recommendation": "Here is what I suggest:",
}
"""What introduces a list that no other sentence introduces."""

MORE_FROM_ELSEWHERE = ("Good to know: {text}", "In addition: {text}", "Also on record: {text}")
"""What introduces a claim of a lobe that does not lead."""

NOTHING_FOUND = ("I don't know.", "I cannot answer that.", "I have no answer to that.")
"""What is said when there is no evidence at all."""

REFUSAL = "I could not put together an answer that our records fully support, so I would rather not answer this."
"""What is said when an answer fails its own check."""


def phrase_words() -> frozenset[str]:
    """The words of all wordings, which are ours and state nothing beyond a claim's facts."""
    wordings = (*PHRASES.values(), *AGAIN.values(), MORE_FROM_ELSEWHERE, tuple(LIST_OPENERS.values()), OWN_TEMPLATES)
    text = " ".join(template for templates in wordings for template in templates)
    return frozenset(re.findall(r"[a-z]+", re.sub(r"{\w+}", " ", text).lower()))


def word(template: str, facts: Mapping[str, Any]) -> str:
    """Fill a template with facts and what agrees with them."""
    text = template.format_map({**_agreement(facts), **_references(facts), **facts})
    return text[:1].upper() + text[1:]


def make_claim(
    kind: str, citations: Sequence[Citation], product_id: str = "", confidence: float = 1.0, **facts: Any
) -> Claim:
    """A claim of a known kind, whose text is the kind's first wording.

    Raises:
        KeyError: The kind is not in the phrasebook, or a fact its wording needs is missing.
    """
    text = word(PHRASES[kind][0], facts)
    return Claim(
        kind=kind,
        text=text if text.endswith((".", "!", "?")) else f"{text}.",
        facts=facts,
        citations=tuple(dict.fromkeys(citations)),
        product_id=product_id,
        confidence=confidence,
    )


def _agreement(facts: Mapping[str, Any]) -> dict[str, str]:
    number = is_plural(str(facts.get("name", "")))
    forms = {key: pair[number] for key, pair in AGREEMENT.items()}
    for key in ("total", "units"):
        forms[f"{key}_are"] = "is" if str(facts.get(key)) == "1" else "are"
    return forms


def _references(facts: Mapping[str, Any]) -> dict[str, str]:
    name = str(facts.get("name", ""))
    definite = name if name.lower().startswith("the ") else f"the {name}"
    in_option = f" in {facts['option']}" if facts.get("option") else ""
    return {"subject": definite[:1].upper() + definite[1:], "product": definite, "in_option": in_option}
