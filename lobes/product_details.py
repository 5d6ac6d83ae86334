"""Claims about one product: what was asked of it, from its record and label."""

from collections.abc import Callable, Sequence

from seamless_retail.core.catalogue import Allergen, Variant
from seamless_retail.core.evidence import Claim
from seamless_retail.core.queries import ProductQuery, Understanding
from seamless_retail.core.source_text import written_name, written_range, written_size
from seamless_retail.core.sources import variant_label
from seamless_retail.lobes.food_label import allergen_claims, ingredient_claims, nutrition_claims
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.product_record import ProductRecord, distinct
from seamless_retail.lobes.sentences import sentence_spans
from seamless_retail.lobes.stems import content_stems
from seamless_retail.lobes.wording import join_words
from seamless_retail.tools.search import matching_variants
from seamless_retail.tools.understanding.colors import spoken_colors

OVERVIEW = ("price", "description", "color", "size")
"""What is told of a product about which nothing particular is asked."""


def detail_claims(
    record: ProductRecord, understanding: Understanding, wants: Sequence[str], named_allergens: Sequence[Allergen] = ()
) -> list[Claim]:
    """Claims for the wants that a product's record can answer, in the order given.

    Args:
        record: The product.
        understanding: Its colours and sizes are what "does it come in …" asks.
        wants: Names as in ``Understanding.wants``; those of stock, delivery and the like are not answered here.
        named_allergens: Allergens that the message names.
    """
    query, text = understanding.products, understanding.text
    is_food = record.product.food is not None or record.product.department == "grocery"
    answers: dict[str, Callable[[], list[Claim]]] = {
        "description": lambda: _description(record, text),
        "price": lambda: _price(record, query),
        "color": lambda: _colors(record, query),
        "size": lambda: _sizes(record, query),
        "material": lambda: _attribute(record, "material"),
        "care": lambda: _attribute(record, "care"),
        "diet": lambda: _attribute(record, "diet"),
        "ingredients": lambda: ingredient_claims(record) if is_food else _attribute(record, "material"),
        "allergens": lambda: allergen_claims(record, named_allergens) if is_food else record.not_a_food(),
        "nutrition": lambda: nutrition_claims(record, text) if is_food else record.not_a_food(),
    }
    return [claim for want in wants if want in answers for claim in answers[want]()]


def free_claims(record: ProductRecord, text: str) -> list[Claim]:
    """What answers a question that no want covers: the facets it names ("what fit"), or what is described."""
    asked = content_stems(text) - content_stems(record.product.name)
    facets = [name for name in record.product.attributes if content_stems(written_name(name)) <= asked]
    claims = [claim for name in facets for claim in _attribute(record, name)]
    if claims or not record.has("description"):
        return claims
    described = content_stems(record.quote("description"))
    return _description(record, text) if asked & described else []


def _description(record: ProductRecord, text: str) -> list[Claim]:
    """The sentences of the description that share words with the question, else the first two, word for word."""
    if not record.has("description"):
        return record.not_stated("description")
    start, end = record.source.fields["description"]
    spans = [(start + a, start + b) for a, b in sentence_spans(record.source.text[start:end])]
    wanted = content_stems(text) - content_stems(record.product.name)
    shared = [span for span in spans if wanted & content_stems(record.source.text[slice(*span)])]
    citations = [record.source.cite_span(*span) for span in (shared or spans)[:2]]
    return [make_claim("passage", [citation], record.product.id, sentence=citation.quote) for citation in citations]


def _price(record: ProductRecord, query: ProductQuery) -> list[Claim]:
    """The price, or that of the colour and size asked for where it differs."""
    whole = record.product.price_range
    if whole is None:
        return record.not_stated("price")
    variants = matching_variants(record.product, query.without("price"))
    prices = sorted((variant.price for variant in variants), key=lambda price: price.cents)
    if not prices or (prices[0], prices[-1]) == whole:
        return [record.claim("price", ["price"], price=written_range(*whole))]
    skus = [f"variants.{variant.sku}" for variant in variants if variant.price in (prices[0], prices[-1])]
    option = variant_label(variants[0]) if len(variants) == 1 else asked_option(query)
    return [record.claim("price", skus, price=written_range(prices[0], prices[-1]), option=option)]


def _colors(record: ProductRecord, query: ProductQuery) -> list[Claim]:
    colors = distinct(variant.color for variant in record.variants)
    if not colors:
        return record.not_stated("color")
    if query.colors:
        return _offered(record, query, colors, "colors")
    return [record.claim("colors", ["colors"], values=join_words(colors))]


def _sizes(record: ProductRecord, query: ProductQuery) -> list[Claim]:
    sizes = distinct(variant.size for variant in record.variants)
    if not sizes:
        return record.not_stated("size")
    if query.sizes:
        return _offered(record, query, sizes, "sizes")
    return [record.claim("sizes", ["sizes"], **_list("size", sizes))]


def _offered(record: ProductRecord, query: ProductQuery, existing: Sequence[str], field: str) -> list[Claim]:
    """Whether the colours or sizes asked for exist, and which do; colour and size must hold of one variant."""
    asked, noun = getattr(query, field), field.removesuffix("s")
    fitting = matching_variants(record.product, query)
    if fitting:
        lines = [f"variants.{variant.sku}" for variant in fitting if record.has(f"variants.{variant.sku}")][:1]
        return [record.claim("offered", lines or [field], option=_found_option(query, fitting))]
    if not set(asked) & set(existing):
        missing = join_words(_as_asked(asked), "or")
        option = f"size {missing}" if field == "sizes" else missing
        return [record.claim("not_offered", [field], option=option, **_list(noun, existing))]
    in_color = [variant for variant in record.variants if variant.color in query.colors]
    sizes = distinct(variant.size for variant in in_color)
    if field == "colors" or not sizes:
        return []
    lines = [f"variants.{variant.sku}" for variant in in_color]
    color = f"{join_words(spoken_colors(query.colors), 'or')} "
    return [record.claim("not_offered", lines, option=asked_option(query), **_list(f"{color}size", sizes))]


def _attribute(record: ProductRecord, name: str) -> list[Claim]:
    values = record.product.attributes.get(name)
    if values:
        kind = {"material": "made_of", "diet": "labelled"}.get(name, "attribute")
        return [record.claim(kind, [f"attributes.{name}"], label=written_name(name), value=join_words(values))]
    options = distinct(variant.options.get(name, "") for variant in record.variants)
    if not options:
        return record.not_stated(written_name(name))
    return [record.claim("attribute", [f"options.{name}"], label=written_name(name), value=join_words(options))]


def asked_option(query: ProductQuery) -> str:
    """The colours and sizes asked for: ``navy, size M``."""
    sizes = f"size {join_words(_as_asked(query.sizes), 'or')}" if query.sizes else ""
    return ", ".join(part for part in (join_words(spoken_colors(query.colors), "or"), sizes) if part)


def _as_asked(values: Sequence[str]) -> list[str]:
    """The values without the ranges that stand for another of them: 42 hides 39-42."""
    return [written_size(v) for v in values if not any(other != v and other in v.split("-") for other in values)]


def _found_option(query: ProductQuery, fitting: Sequence[Variant]) -> str:
    """Of what was asked, what exists: the colours, the sizes, or both."""
    colors = join_words(distinct(v.color for v in fitting)) if query.colors else ""
    sizes = join_words(distinct(written_size(v.size) for v in fitting)) if query.sizes else ""
    return ", ".join(part for part in (colors, f"size {sizes}" if sizes else "") if part)


def _list(noun: str, values: Sequence[str]) -> dict[str, str]:
    """The facts that name a list of values: ``sizes``, ``are``, ``S, M and L``."""
    many = len(values) > 1
    return {
        "noun": f"{noun}s" if many else noun,
        "noun_are": "are" if many else "is",
        "values": join_words([written_size(value) for value in values]),
    }
