"""What is offered instead of food that was taken out: products of the catalogue that pass, each judged again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from seamless_retail.core.catalogue import Allergen, Product
from seamless_retail.core.evidence import Claim
from seamless_retail.core.ports import Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sources import product_source
from seamless_retail.lobes.composer import MAX_LISTED
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.findings import Finding
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.substitution import substitute
from seamless_retail.lobes.phrasebook import LIST_KINDS, make_claim
from seamless_retail.lobes.product_claims import offer
from seamless_retail.lobes.product_record import cite_together
from seamless_retail.lobes.stock_claims import Stock

CONSIDERED = 40
"""Products of the same category, the best sellers first, among which a replacement is looked for."""
IN_ANSWER = 2
"""Replacements that one answer offers."""


@dataclass(frozen=True, slots=True)
class Replacements:
    """Finds and words replacements.

    Args:
        shop: Its catalogue.
        guard: Judges them.
    """

    shop: Shop
    guard: FoodGuard

    def find(
        self, before: Draft, after: Draft, findings: Sequence[Finding], wanted: ProductQuery, principal: Principal
    ) -> list[Claim]:
        """The claims that offer something instead; none where enough is left, or nothing passes.

        Args:
            before: The draft as the guard got it.
            after: The draft without what was taken out.
            findings: The verdicts.
            wanted: The filters of the message.
            principal: For whom.
        """
        removed = [finding for finding in findings if finding.product.id in after.withheld]
        if not removed or before.asked_product_id not in ("", *after.withheld):
            return []
        asked = next((finding for finding in removed if finding.product.id == before.asked_product_id), None)
        left = [claim for claim in after.claims if claim.kind in LIST_KINDS]
        missing = min(MAX_LISTED, sum(claim.kind in LIST_KINDS for claim in before.claims)) - len(left)
        if asked is None and missing < 1:
            return []
        instead_of = asked or removed[0]
        known = {*before.product_ids, *after.withheld}
        found = self._passing(instead_of, wanted, principal, known, 1 if asked else min(missing, IN_ANSWER))
        if not found:
            return []
        stock = Stock.of(self.shop, [variant for product in found for variant in product.variants])
        offers = [offer(product, _filters(wanted, product), stock) for product in found]
        if left:
            return offers
        name = cite_together(product_source(instead_of.product), ["name", "category"])
        return [make_claim("instead", name, name=instead_of.product.name), *offers]

    def _passing(
        self, finding: Finding, wanted: ProductQuery, principal: Principal, known: set[str], limit: int
    ) -> list[Product]:
        avoided = {found.id for found in finding.household.context.active if found.kind == "allergen"}
        query = _filters(wanted, finding.product).model_copy(
            update={
                "in_stock": True,
                "sort": "popularity",
                "exclude_allergens": tuple(allergen for allergen in Allergen if allergen.value in avoided),
            }
        )
        ids = self._ids(query, known) or self._ids(query.model_copy(update={"attributes": {}}), known)
        substitutes = substitute(
            finding.product,
            self.shop.catalogue.get_many(ids),
            finding.household.context,
            jurisdiction=principal.jurisdiction,
            limit=limit,
            guard=self.guard,
            customer_id=principal.customer_id,
        )
        return [found.product for found in substitutes]

    def _ids(self, query: ProductQuery, known: Collection[str]) -> list[str]:
        return [id for id in self.shop.catalogue.find_ids(query, limit=CONSIDERED) if id not in known]


def _filters(wanted: ProductQuery, product: Product) -> ProductQuery:
    """The filters of the message, for products like one that was taken out."""
    return wanted.model_copy(
        update={"text": "", "product_ids": (), "brands": (), "departments": (), "categories": (product.category,)}
    )
