"""Claims about a picture: what it shows, how sure that is, and what cannot be told from it."""

import re

from seamless_retail.core.catalogue import Product
from seamless_retail.core.evidence import Claim
from seamless_retail.core.picture_source import picture_source, written_label, written_share
from seamless_retail.core.queries import ProductQuery, Understanding
from seamless_retail.core.sightings import Sighting
from seamless_retail.core.sources import catalogue_source
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.product_record import ProductRecord
from seamless_retail.lobes.wording import join_words, plural
from seamless_retail.tools.search import SearchResult

QUITE_SURE = 0.85
"""Probability of a name from which no other name is told."""
WORTH_TELLING = 0.05
"""Probability from which another name is told."""
_SAFETY = re.compile(
    r"\b(?:safe|allerg\w*|intoleran\w*|celiac|coeliac|diabet\w*|pregnan\w*|harm\w*|free (?:of|from)|\w+-free"
    r"|contains?|traces?|suitable|(?:ok|okay|fine|alright|all right) for (?:me|us|him|her|them|my|our|some\w+)"
    r"|(?:can|may|could|should) (?:i|we|he|she|they|my \w+) (?:still )?(?:eat|drink|have|take))\b",
    re.IGNORECASE,
)


def asks_safety(understanding: Understanding) -> bool:
    """Whether the words ask what food does to somebody."""
    asked = "allergens" in understanding.wants or understanding.products.exclude_allergens
    return bool(asked or _SAFETY.search(understanding.text))


def shown_claim(sighting: Sighting) -> Claim:
    """What kind of thing the picture shows, with the probability of its name."""
    citation = picture_source(sighting).cite("seen")
    if not sighting.labels:
        return make_claim("picture_resembles", [citation])
    first, *rest = sighting.labels
    others = [label for label in rest if label.probability >= WORTH_TELLING][:2]
    if first.probability >= QUITE_SURE or not others:
        percent = written_share(first.probability)
        return make_claim("picture_shows", [citation], confidence=first.probability, what=first.name, percent=percent)
    named = join_words([written_label(label) for label in others], "or")
    return make_claim(
        "picture_may_show", [citation], confidence=first.probability, what=written_label(first), others=named
    )


def product_claim(sighting: Sighting, product: Product, *, listed: bool = True) -> Claim:
    """Which product of the shop the picture shows; ``listed`` if the answer is about it."""
    record = ProductRecord(product)
    citations = [record.source.cite("name"), picture_source(sighting).cite("sha256")]
    return make_claim("picture_of", citations, product.id if listed else "", name=product.name)


def nearest_claim(sighting: Sighting, found: SearchResult, query: ProductQuery) -> Claim:
    """That the products which follow are the nearest, and none of them is called what the picture shows."""
    citation = catalogue_source(found.query, found.total, [product.id for product in found.products]).cite()
    if query.categories:
        described = join_words([plural(category) for category in query.categories])
        return make_claim("nearest_to_picture", [citation], what=described)
    if sighting.labels:
        return make_claim("nearest_by_words", [citation], what=sighting.labels[0].name)
    return make_claim("nearest_to_picture", [citation], what="products")


def nothing_like_claim(sighting: Sighting) -> Claim:
    """That the catalogue holds nothing like what the picture shows."""
    what = sighting.labels[0].name if sighting.labels else "what it shows"
    return make_claim("nothing_like_picture", [picture_source(sighting).cite("seen")], what=what)


def unknown_claim(sighting: Sighting) -> Claim:
    """That the picture shows nothing known."""
    return make_claim("not_recognised", [picture_source(sighting).cite("seen")])


def not_cleared_claim(sighting: Sighting) -> Claim:
    """That what the picture shows cannot be called safe."""
    return make_claim("picture_not_cleared", [picture_source(sighting).cite("seen")])
