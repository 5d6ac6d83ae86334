"""The visual lobe: which products a customer's picture shows, and what the words beside it ask of them.

What was seen comes with the request; no picture is opened here. A product that the picture shows for sure is answered
for like one that is called by name, from its record. Of anything else only the kind is known: the nearest products are
listed as such. Nothing written on a picture is read, and no food is called safe by its looks: safety is judged by the
label of a product that is known for sure, and told to be unknown for all else. Even that label never clears the food
in the customer's hand: ``lobes/guardrails/pictured.py`` says an "if" before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.catalogue import Allergen, Product
from seamless_retail.core.evidence import Claim, LobeReport
from seamless_retail.core.intents import Intent
from seamless_retail.core.ports import ProductSight, Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sightings import Sighting
from seamless_retail.lobes.lobe import Lobe, LobeRequest, Readiness
from seamless_retail.lobes.pictures import BESIDE_PICTURE, WITHOUT_WORDS, asks_for_others
from seamless_retail.lobes.product_claims import offer
from seamless_retail.lobes.search_claims import headline_claims
from seamless_retail.lobes.stock_claims import Stock
from seamless_retail.lobes.visual_claims import (
    asks_safety,
    nearest_claim,
    not_cleared_claim,
    nothing_like_claim,
    product_claim,
    shown_claim,
    unknown_claim,
)
from seamless_retail.tools.search import SearchResult, search_products
from seamless_retail.tools.understanding.followups import merge
from seamless_retail.tools.understanding.word_lists import WITHOUT_MILK

OFFERED = 8
"""Products found for one picture; more than are shown, as guards may take some out."""
TOLD = ("price", "description", "stock")
"""What is told of a product whose picture comes without words."""
SEND_ONE = "I see no picture in your message; please send one, or describe what you are looking for in words."
WHAT_HELPS = "A close picture of one product in good light helps, and so does its name."
BY_LABEL = (
    "I do not read what is written on a picture: this is about the label of {name} in our catalogue and holds for that "
    "product only."
)


@dataclass(frozen=True, slots=True)
class VisualLobe:
    """Answers messages with pictures."""

    shop: Shop
    retriever: BaseRetriever
    inventory: Lobe
    """Answers about the product that a picture shows."""
    recommendation: Lobe
    """Answers what goes with it."""
    sight: ProductSight | None = None
    missing: str = "No image encoder is configured; set SEAMLESS_IMAGE_ENCODER."
    """Why there is no ``sight``."""
    min_score: float = 0.4
    """Score under which products found by words alone are not what the picture shows."""
    name: str = "visual"
    description: str = "Finds the products that a picture shows."

    def is_ready(self) -> Readiness:
        """Whether there is something to look at pictures with."""
        return Readiness(ready=self.sight is not None, reason="" if self.sight else self.missing)

    def __call__(self, request: LobeRequest) -> LobeReport:
        """Answer about the first picture that shows something known."""
        if not request.sightings:
            return LobeReport(lobe=self.name, status="empty", missing=(SEND_ONE,))
        first = next((sighting for sighting in request.sightings if sighting.recognised), None)
        problems = tuple(dict.fromkeys(sighting.problem for sighting in request.sightings if sighting.problem))
        if first is None:
            report = self._unknown(request)
        elif (product := self._product(first)) and not asks_for_others(request.understanding.text):
            report = self._about(first, product, request)
        elif asks_safety(request.understanding) and not asks_for_others(request.understanding.text):
            claims = (shown_claim(first), not_cleared_claim(first))
            report = LobeReport(lobe=self.name, confidence=0.5, claims=claims)
        else:
            report = self._like(first, product, request)
        return report.model_copy(update={"missing": (*problems, *report.missing)})

    def _product(self, sighting: Sighting) -> Product | None:
        """The product that the picture shows for sure."""
        return self.shop.catalogue.get(sighting.products[0].product_id) if sighting.sure else None

    def _unknown(self, request: LobeRequest) -> LobeReport:
        """No picture shows anything known; words that name products are answered without it."""
        unknown = [unknown_claim(sighting) for sighting in request.sightings if not sighting.problem][:1]
        if asks_safety(request.understanding):
            unknown += [not_cleared_claim(request.sightings[0])]
        elif request.understanding.products.categories or request.understanding.products.product_ids:
            report = self.inventory(request)
            return report.model_copy(update={"lobe": self.name, "claims": (*unknown, *report.claims)})
        missing = (WHAT_HELPS,) if unknown else ()
        return LobeReport(lobe=self.name, status="empty", confidence=0.3, claims=tuple(unknown), missing=missing)

    def _about(self, sighting: Sighting, product: Product, request: LobeRequest) -> LobeReport:
        """What the words ask of a product that is known for sure."""
        words = _words_of(request)
        claim = product_claim(sighting, product, listed=words is not Intent.RECOMMENDATION)
        if words in BESIDE_PICTURE or request.understanding.wish:
            return LobeReport(lobe=self.name, confidence=0.9, claims=(claim,))
        understanding = request.understanding
        query = understanding.products.model_copy(update={"product_ids": (product.id,), "categories": (), "text": ""})
        named = understanding.model_copy(update={"products": query, "selected_product_id": product.id})
        if understanding.text == WITHOUT_WORDS:
            named = named.model_copy(update={"wants": TOLD})
        lobe = self.recommendation if words is Intent.RECOMMENDATION else self.inventory
        report = lobe(replace(request, understanding=named))
        by_label = [BY_LABEL.format(name=product.name)] if asks_safety(understanding) else []
        return LobeReport(
            lobe=self.name,
            confidence=0.9,
            claims=(claim, *report.claims),
            missing=(*report.missing, *by_label),
        )

    def _like(self, sighting: Sighting, product: Product | None, request: LobeRequest) -> LobeReport:
        """Products of the kind that the picture shows, within what the words ask for."""
        opening = [shown_claim(sighting) if product is None else product_claim(sighting, product, listed=False)]
        if _words_of(request) in BESIDE_PICTURE or request.understanding.wish:
            return LobeReport(lobe=self.name, confidence=0.8, claims=tuple(opening))
        asked = request.understanding.products
        query = asked if request.understanding.is_follow_up else merge(sighting.query or ProductQuery(), asked)
        query = beside(_without_milk(query), product)
        found = self._found(query, sighting)
        narrowed = bool(query.constraints() and query != sighting.query)
        if not found.products:
            named = narrowed and query.categories
            claims = headline_claims(self.shop, query, found) if named else [nothing_like_claim(sighting)]
            return LobeReport(lobe=self.name, status="empty", confidence=0.5, claims=(*opening, *claims))
        headline = headline_claims(self.shop, query, found) if narrowed else [nearest_claim(sighting, found, query)]
        return LobeReport(
            lobe=self.name,
            confidence=0.6 if found.relaxed else 0.8,
            claims=(*opening, *headline, *self._offers(found)),
            missing=request.understanding.notes,
        )

    def _found(self, query: ProductQuery, sighting: Sighting) -> SearchResult:
        """What the query finds, with the products whose own pictures are like this one in front.

        What the picture shows is more than a wish: where only its name finds it, the name must.
        """
        allowed = set(self.shop.catalogue.find_ids(query)) if query.constraints() else None
        if query.categories or query.product_ids:
            found = search_products(self.shop, query, self.retriever, OFFERED)
        else:
            words = ProductQuery(text=query.text)
            reached = search_products(self.shop, words, self.retriever, OFFERED, self.min_score) if query.text else None
            kept = tuple(p for p in (reached.products if reached else ()) if allowed is None or p.id in allowed)
            found = SearchResult(products=kept, total=len(kept), query=query)
        alike = [seen.product_id for seen in sighting.products if allowed is None or seen.product_id in allowed]
        first = self.shop.catalogue.get_many(alike)
        others = [product for product in found.products if product.id not in alike]
        together = tuple([*first, *others][:OFFERED])
        return found.model_copy(update={"products": together, "total": max(found.total, len(together))})

    def _offers(self, found: SearchResult) -> Sequence[Claim]:
        stock = Stock.of(self.shop, [variant for product in found.products for variant in product.variants])
        return [offer(product, found.query, stock) for product in found.products]


def _words_of(request: LobeRequest) -> Intent:
    """What the words want; see ``of_picture``."""
    return request.intent.alternatives[0][0] if request.intent.alternatives else Intent.PRODUCT_INQUIRY


def _without_milk(query: ProductQuery) -> ProductQuery:
    """Plant milk for milk, where the words rule milk out."""
    if "vegan" not in query.attributes.get("diet", ()) and Allergen.MILK not in query.exclude_allergens:
        return query
    return query.model_copy(update={"categories": tuple(WITHOUT_MILK.get(name, name) for name in query.categories)})


def beside(query: ProductQuery, product: Product | None) -> ProductQuery:
    """Other products than the one that the picture shows; cheaper ones, if the words order them by price."""
    if product is None:
        return query
    excluded = (*query.exclude.get("product_ids", ()), product.id)
    update: dict[str, object] = {"exclude": {**query.exclude, "product_ids": excluded}, "product_ids": ()}
    if query.sort == "price_ascending" and query.price_max_cents is None and product.price_range:
        update |= {"price_max_cents": product.price_range[0].cents - 1, "sort": "relevance"}
    return query.model_copy(update=update)
