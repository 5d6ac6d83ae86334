"""The recommendation lobe: products to suggest, in stock, within the filters of the question, each with its reason.

It suggests what is like a product, what others bought with it, what suits the customer's own orders, what the customer
is about to need again, or what sells best. It suggests nothing that is out of stock and gives no reason that no record
holds; whether a food is safe for the customer is for the guards to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.catalogue import Product
from seamless_retail.core.evidence import Citation, Claim, LobeReport
from seamless_retail.core.ports import FoodCheck, NextItem, Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sources import order_source, product_source
from seamless_retail.lobes.lobe import LobeRequest, Readiness
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.product_claims import offer
from seamless_retail.lobes.product_record import cite_together
from seamless_retail.lobes.profile_filters import within_profile
from seamless_retail.lobes.search_claims import describe, headline_claims
from seamless_retail.lobes.stock_claims import Stock
from seamless_retail.lobes.suggestion_evidence import (
    label_citations,
    ordered_citations,
    rhythm_source,
    sales_source,
    together_source,
)
from seamless_retail.tools.recommendation import Recommendation, complements, popular, similar
from seamless_retail.tools.recommendation_personal import for_customer
from seamless_retail.tools.recommendation_showing import Showing
from seamless_retail.tools.repurchase import repurchase
from seamless_retail.tools.search import search_products
from seamless_retail.tools.understanding.wording import attribute_phrase

SUGGESTED = 8
"""Products suggested for one question; more than are shown, as guards may take some out."""
RECENT_ORDERS = 20
RANKED = 40
"""Products ranked for one customer, who may have to do without most of them."""
NOTHING = "I found nothing in stock to suggest."
NOTHING_DUE = "Going by your orders, nothing is due to be bought again."
SIGN_IN = "To see what you may want to buy again, please sign in."
COUNTED = 200
"""Products whose shared orders with one product are counted."""


@dataclass(frozen=True, slots=True)
class RecommendationLobe:
    """Suggests from the catalogue, the sales and the orders."""

    shop: Shop
    retriever: BaseRetriever
    """Ranks products by the free text of a query."""
    next_item: NextItem | None = None
    """Ranks what customers buy next; without one, orders in common and attributes decide."""
    food_check: FoodCheck | None = None
    """Keeps what the customer must not eat out of the ranking, so that the guards leave something over."""
    name: str = "recommendation"
    description: str = "Suggests products: similar ones, what goes with them, what suits the customer, what sells best."

    def is_ready(self) -> Readiness:
        """Whether the catalogue has something in stock."""
        try:
            ready = bool(self.shop.catalogue.find_ids(ProductQuery(in_stock=True), limit=1))
        except Exception as error:
            return Readiness(ready=False, reason=f"The catalogue does not answer: {error}")
        return Readiness(ready=ready, reason="" if ready else "Nothing in the catalogue is in stock.")

    def __call__(self, request: LobeRequest) -> LobeReport:
        """Suggest by what the question gives: a product, filters or words, the customer, or nothing."""
        understanding, customer = request.understanding, request.principal.customer_id
        query = within_profile(self.shop, request, understanding.products)
        query = query.model_copy(update={"in_stock": True})
        goes_with = "complement" in understanding.wants
        anchor = self._anchor(understanding.selected_product_id or "".join(query.product_ids[:1]))
        if anchor is None and goes_with and query.categories:
            anchor = self._best_seller(query)
            query = query.model_copy(update={"categories": (), "text": ""})
        if "repurchase" in understanding.wants and anchor is None:
            return self._again(customer, query.model_copy(update={"text": ""}))
        if anchor is not None:
            return self._around(anchor, query.model_copy(update={"product_ids": ()}), goes_with)
        if customer and "personal" in understanding.wants:
            return self._for_customer(request.principal, query.model_copy(update={"text": ""}))
        if query.text or set(understanding.products.constraints()) - {"availability", "categories", "departments"}:
            return self._asked_for(query)
        if customer:
            return self._for_customer(request.principal, query)
        return self._popular(query)

    def _anchor(self, product_id: str) -> Product | None:
        return self.shop.catalogue.get(product_id) if product_id else None

    def _best_seller(self, query: ProductQuery) -> Product | None:
        """The product that stands for a category in "what goes well with pasta?"."""
        ids = self.shop.catalogue.find_ids(query.model_copy(update={"sort": "popularity"}), limit=1)
        return self._anchor("".join(ids))

    def _around(self, anchor: Product, query: ProductQuery, goes_with: bool) -> LobeReport:
        """What others bought with a product, or what is like it."""
        if goes_with and (found := complements(self.shop, anchor.id, query, SUGGESTED)):
            names = {r.product.id: r.product.name for r in found}
            source = together_source(anchor, self.shop.catalogue.bought_together(anchor.id, COUNTED), names)
            headline = make_claim("goes_with", [source.cite("title")], name=anchor.name)
            found = [_reworded(r, f" with the {anchor.name}", " with it") for r in found]
            return self._report([headline], found, query, [[source.cite(r.product.id)] for r in found])
        found = similar(self.shop, anchor.id, query, self.retriever, SUGGESTED)
        found = [_reworded(r, f"like the {anchor.name}: ", "") for r in found]
        title = cite_together(product_source(anchor), ["name"])
        price = cite_together(product_source(anchor), ["price"])
        evidence = [[*label_citations(r.product, r.reason), *(price if "price" in r.reason else [])] for r in found]
        lost = [f"I found nothing that others bought with {anchor.name}."] if goes_with else []
        return self._report([make_claim("similar_to", title, name=anchor.name)], found, query, evidence, lost)

    def _asked_for(self, query: ProductQuery) -> LobeReport:
        """What satisfies the filters and suits the words; the reason is what each has of what was asked."""
        result = search_products(self.shop, query, self.retriever, SUGGESTED)
        headline = headline_claims(self.shop, query, result)
        if result.products and not result.relaxed:
            what = describe(self.shop, query.without("availability"), 2)
            headline = [make_claim("suggested", headline[0].citations, what=what)]
        found = [Recommendation(product=p, score=1.0, reason=_suits(p, result.query)) for p in result.products]
        return self._report(headline, found, result.query, [label_citations(r.product, r.reason) for r in found])

    def _again(self, customer: str, query: ProductQuery) -> LobeReport:
        """What the customer is about to need again."""
        if not customer:
            return self._popular(query, [SIGN_IN])
        found = repurchase(self.shop, customer, query, SUGGESTED)
        if not found:
            return LobeReport(lobe=self.name, status="empty", confidence=0.4, missing=(NOTHING_DUE,))
        source = rhythm_source(found)
        headline = make_claim("due_again", [source.cite("title")])
        return self._report([headline], found, query, [[source.cite(r.product.id)] for r in found])

    def _for_customer(self, principal: Principal, query: ProductQuery) -> LobeReport:
        """What suits the customer's own orders."""
        ranked = for_customer(self.shop, principal.customer_id, query, RANKED, self.next_item)
        found = Showing(self.shop, principal, self.food_check).first(ranked, SUGGESTED)
        orders = self.shop.orders.recent(principal.customer_id, RECENT_ORDERS)
        evidence = [[*ordered_citations(orders, r.reason), *label_citations(r.product, r.reason)] for r in found]
        if not orders or not all(evidence):
            return self._popular(query)
        headline = make_claim("for_you", [order_source(order).cite("id") for order in orders[:3]])
        return self._report([headline], found, query, evidence)

    def _popular(self, query: ProductQuery, missing: Sequence[str] = ()) -> LobeReport:
        found = popular(self.shop, query, SUGGESTED)
        source = sales_source(found)
        what = describe(self.shop, query.without("availability"), 2)
        headline = make_claim("best_sellers", [source.cite("title")], what=what)
        found = [_reworded(r, "one of the best sellers, ", "") for r in found]
        return self._report([headline], found, query, [[source.cite(r.product.id)] for r in found], missing)

    def _report(
        self,
        headline: Sequence[Claim],
        found: Sequence[Recommendation],
        query: ProductQuery,
        evidence: Sequence[Sequence[Citation]],
        missing: Sequence[str] = (),
    ) -> LobeReport:
        if not found:
            claims = tuple(claim for claim in headline if claim.kind == "no_match")
            lost = (*missing, NOTHING)
            return LobeReport(lobe=self.name, status="empty", confidence=0.4, claims=claims, missing=lost)
        stock = Stock.of(self.shop, [variant for r in found for variant in r.product.variants])
        offers = [
            offer(recommendation.product, query, stock, recommendation.reason, citations)
            for recommendation, citations in zip(found, evidence, strict=True)
        ]
        return LobeReport(lobe=self.name, confidence=0.9, claims=(*headline, *offers), missing=tuple(missing))


def _reworded(recommendation: Recommendation, said: str, instead: str) -> Recommendation:
    """The recommendation without what the sentence above the list says already."""
    return recommendation.model_copy(update={"reason": recommendation.reason.replace(said, instead, 1)})


def _suits(product: Product, query: ProductQuery) -> str:
    """What a product has of the facets that were asked: ``for summer, in linen``; else its category."""
    phrases = [
        attribute_phrase(name, value)
        for name, values in query.attributes.items()
        for value in values
        if value in product.attributes.get(name, ()) and value != "unisex"
    ]
    return ", ".join(phrases)
