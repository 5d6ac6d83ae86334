"""The inventory lobe: which products there are, what they are like, and where they are in stock.

It answers product searches with products that satisfy every filter, says so when there are none and names the filter it
left out to find the nearest; and it answers questions about one product from its record, its label and its stock. What
it says of the stock of coming days is a forecast, told as a chance. It never guesses a property that the record does
not state.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.catalogue import Product
from seamless_retail.core.evidence import Claim, LobeReport
from seamless_retail.core.ports import DemandForecaster, Shop
from seamless_retail.core.queries import ProductQuery, Understanding
from seamless_retail.lobes.demand_claims import demand_claims, read_stock_question
from seamless_retail.lobes.lobe import LobeRequest, Readiness
from seamless_retail.lobes.named_kind import asked_kind, asks_of_nothing
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.product_claims import offer
from seamless_retail.lobes.product_details import OVERVIEW, detail_claims, free_claims
from seamless_retail.lobes.product_record import ProductRecord
from seamless_retail.lobes.profile_filters import within_profile
from seamless_retail.lobes.search_claims import headline_claims, suitable_claim, words_source
from seamless_retail.lobes.stated import named_allergens, without_names
from seamless_retail.lobes.stock_claims import Stock, stock_claims
from seamless_retail.lobes.store_claims import applies_to, promotion_claim, running_promotions
from seamless_retail.tools.search import SearchResult, matching_variants, search_products

OFFERED = 8
"""Products found for one question; more than are shown, as guards may take some out."""
COMPARED = 5
"""Products whose details one answer tells."""
PROMOTIONS_AMONG = 40
"""Products among which those on promotion are looked for."""
WHICH = "Please tell me which product you mean, by its name or number."
ELSEWHERE = frozenset(
    {"delivery", "returns", "similar", "complement", "repurchase", "personal", "previous_order", "latest_order"}
)
"""Wants that other lobes answer."""


@dataclass(frozen=True, slots=True)
class InventoryLobe:
    """Answers from the catalogue and the stockroom."""

    shop: Shop
    retriever: BaseRetriever
    """Ranks products by the free text of a query."""
    min_score: float = 0.4
    """Score under which products found by their words alone are not what was meant."""
    demand: DemandForecaster | None = None
    """Without one, nothing is said about the stock of coming days."""
    name: str = "inventory"
    description: str = "Answers questions about products, their prices, attributes and stock."

    def is_ready(self) -> Readiness:
        """Whether the catalogue holds a product."""
        try:
            ready = bool(self.shop.catalogue.find_ids(ProductQuery(), limit=1))
        except Exception as error:
            return Readiness(ready=False, reason=f"The catalogue does not answer: {error}")
        return Readiness(ready=ready, reason="" if ready else "The catalogue is empty; seed or import a shop.")

    def __call__(self, request: LobeRequest) -> LobeReport:
        """Answer about the products named or pointed to, or search."""
        understanding = request.understanding
        ids = understanding.products.product_ids or tuple(filter(None, (understanding.selected_product_id,)))
        if not understanding.selected_product_id and ids and understanding.products.sort != "relevance":
            ids = tuple(self.shop.catalogue.find_ids(understanding.products, limit=1))
        products = self.shop.catalogue.get_many(ids[:COMPARED])
        if products and (len(ids) == 1 or understanding.selected_product_id or _wants(understanding)):
            return self._outlook(products[0], understanding) or self._details(products, understanding)
        if not ids and asks_of_nothing(understanding):
            return LobeReport(lobe=self.name, status="empty", confidence=0.4, missing=(WHICH,))
        return self._search(request)

    def _outlook(self, product: Product, understanding: Understanding) -> LobeReport | None:
        """What becomes of the product's stock, if the message asks about coming days and there is a forecast."""
        asked = read_stock_question(understanding.text, self.shop.today()) if self.demand else None
        if asked is None or self.demand is None:
            return None
        query = understanding.products
        variants = matching_variants(product, query.without("price").without("availability"))
        claims = demand_claims(self.shop, self.demand, product, variants, asked, query.location_id)
        if not claims:
            return None
        return LobeReport(
            lobe=self.name, status="ok", confidence=0.9, claims=tuple(claims), missing=understanding.notes
        )

    def _details(self, products: Sequence[Product], understanding: Understanding) -> LobeReport:
        """What was asked of each product; an overview when nothing particular was."""
        claims = [claim for product in products for claim in self._asked(ProductRecord(product), understanding)]
        return LobeReport(
            lobe=self.name,
            status="ok" if claims else "empty",
            confidence=0.95 if claims else 0.0,
            claims=tuple(claims),
            missing=understanding.notes,
        )

    def _asked(self, record: ProductRecord, understanding: Understanding) -> list[Claim]:
        query, product = understanding.products, record.product
        wants = _wants(understanding)
        allergens = named_allergens(without_names(understanding.text, [product.name]))
        if allergens:
            wants = list(dict.fromkeys([*(want for want in wants if want != "ingredients"), "allergens"]))
        if not wants and (claims := free_claims(record, understanding.text)):
            return claims
        claims = detail_claims(record, understanding, wants or OVERVIEW, allergens)
        if not wants or {"stock", "size", "color"} & set(wants):
            claims += self._stock(product, query, asked="stock" in wants)
        if not wants or "promotion" in wants:
            running = self.shop.catalogue.promotions(product, self.shop.today())
            claims += [promotion_claim(promotion, product) for promotion in running]
            if "promotion" in wants and not running:
                claims.append(record.claim("no_promotion", ["name", "brand", "category"]))
        return claims

    def _stock(self, product: Product, query: ProductQuery, asked: bool) -> list[Claim]:
        """The stock of the variants in question; of all of them only when stock was asked for."""
        variants = matching_variants(product, query.without("price"))
        narrowed = bool(query.colors or query.sizes) or len(variants) == 1
        if not variants or not (asked or narrowed):
            return []
        return stock_claims(product, variants, Stock.of(self.shop, variants), query.location_id)

    def _search(self, request: LobeRequest) -> LobeReport:
        understanding, query = request.understanding, asked_kind(self.shop, request.understanding)
        on_promotion = "promotion" in understanding.wants
        found = search_products(self.shop, query, self.retriever, PROMOTIONS_AMONG if on_promotion else OFFERED)
        if found.products and not self._suits_words(query, found.products):
            return self._unknown(query)
        suited = self._suited(request, query, found)
        claims = headline_claims(self.shop, query, found, listed=suited is None)
        products = list(found.products[:OFFERED])
        missing = list(understanding.notes)
        promoted = self._on_promotion(found.products) if on_promotion else ([], [])
        if promoted[1] and not found.relaxed:
            claims, products = promoted
        elif suited is not None:
            claims, products = [*claims, suitable_claim(suited)], list(suited.products)
        stock = Stock.of(self.shop, [variant for product in products for variant in product.variants])
        offers = [offer(product, found.query, stock) for product in products]
        if on_promotion and not promoted[1]:
            missing.append("None of these is on promotion today.")
        return LobeReport(
            lobe=self.name,
            status="ok" if offers else "empty",
            confidence=0.6 if found.relaxed or not offers else 0.95,
            claims=(*claims, *offers),
            missing=tuple(missing),
        )

    def _suited(self, request: LobeRequest, query: ProductQuery, found: SearchResult) -> SearchResult | None:
        """What of the products found is declared to suit the customer, if that leaves some and drops some.

        Of products that the message names, each is judged: nothing is narrowed.
        """
        narrowed = within_profile(self.shop, request, query)
        if found.relaxed or query.product_ids or narrowed == query:
            return None
        suited = search_products(self.shop, narrowed, self.retriever, OFFERED)
        return suited if suited.products and not suited.relaxed and suited.total < found.total else None

    def _suits_words(self, query: ProductQuery, products: Sequence[Product]) -> bool:
        """Whether the words of a query that names no kind of product were likely meant for what was found."""
        if not query.text or query.categories or query.brands or query.product_ids:
            return True
        where = {"product_id": {"$in": [product.id for product in products]}}
        best = self.retriever.invoke(query.text, k=1, filter=where)
        return bool(best) and float(best[0].metadata.get("score", 0.0)) >= self.min_score

    def _unknown(self, query: ProductQuery) -> LobeReport:
        """Nothing in the catalogue is what the words say."""
        citation = words_source(query.text).cite()
        claim = make_claim("no_match", [citation], total="0", what=f"products for “{query.text}”")
        return LobeReport(lobe=self.name, status="empty", confidence=0.4, claims=(claim,))

    def _on_promotion(self, products: Sequence[Product]) -> tuple[list[Claim], list[Product]]:
        """The promotions that run today for some of the products, and those products."""
        running = running_promotions(self.shop)
        covered = [product for product in products if any(applies_to(promotion, product) for promotion in running)]
        told = [promotion for promotion in running if any(applies_to(promotion, product) for product in covered)]
        return [promotion_claim(promotion) for promotion in told[:COMPARED]], covered[:OFFERED]


def _wants(understanding: Understanding) -> list[str]:
    """What is asked of a product, with the colour, size and stock that its filters imply."""
    query = understanding.products
    implied = {
        "color": query.colors,
        "size": query.sizes,
        "stock": query.location_id or query.in_stock or query.quantity,
    }
    wants = [want for want in understanding.wants if want not in ELSEWHERE]
    wants = list(dict.fromkeys([*wants, *(want for want, asked in implied.items() if asked)]))
    return [] if wants == ["description"] else wants
