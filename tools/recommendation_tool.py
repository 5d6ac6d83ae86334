"""The recommendations as one LangChain tool; nothing is shown that the caller must not have."""

from typing import Annotated, Any, Literal

from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field, SkipValidation

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.ports import FoodCheck, NextItem
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.failure import ShopTool
from seamless_retail.tools.product_lines import product_line
from seamless_retail.tools.recommendation import Recommendation, complements, popular, similar
from seamless_retail.tools.recommendation_personal import for_customer
from seamless_retail.tools.recommendation_showing import Showing
from seamless_retail.tools.repurchase import repurchase

_RANKED = 60
"""Products ranked for one call; most of them may be left out."""


class RecommendArguments(BaseModel):
    """What kind of suggestion."""

    kind: Literal["similar", "complement", "popular", "for_customer", "repurchase"] = Field(
        description="similar or complement to a product, popular, for_customer: from the customer's own orders, "
        "or repurchase: what the customer is about to need again."
    )
    product_id: str = Field("", description="The product, for similar and complement.")
    category: str = Field("", description="Only products of this category.")
    limit: int = Field(5, ge=1, le=20, description="Products to return.")


class RecommendTool(ShopTool):
    """``recommend_products``: similar products, complements, best sellers, for the customer, what is due again."""

    name: str = "recommend_products"
    description: str = (
        "Suggest products in stock with reasons: similar to one, bought together with one, popular, for the customer, "
        "or what the customer is about to need again."
    )
    args_schema: ArgsSchema | None = RecommendArguments
    retriever: BaseRetriever | None = Field(None, exclude=True, repr=False)
    next_item: Annotated[NextItem | None, SkipValidation] = Field(None, exclude=True, repr=False)
    """Ranks what follows the customer's orders; without one, what goes with or resembles them is suggested."""
    food_check: Annotated[FoodCheck | None, SkipValidation] = Field(None, exclude=True, repr=False)
    """Tells what the customer must not eat; without one, only the allergens of the profile count."""

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Suggest with the arguments of :class:`RecommendArguments`."""
        asked = RecommendArguments(kind=args[0]) if args else RecommendArguments(**kwargs)
        showing = Showing(self.shop, self.principal(), self.food_check)
        query = ProductQuery(categories=(asked.category.lower(),) if asked.category else ())
        found = showing.first(self._ranked(asked, showing.within(query)), asked.limit)
        lines = [product_line(r.product, r.product.variants, r.reason) for r in found] or ["Nothing to suggest."]
        return "\n".join(lines), {"recommendations": [r.model_dump(mode="json") for r in found]}

    def _ranked(self, asked: RecommendArguments, query: ProductQuery) -> list[Recommendation]:
        if asked.kind in ("similar", "complement") and not asked.product_id:
            raise InvalidQueryError(f"{asked.kind} needs a product_id.", "Search for the product first.")
        match asked.kind:
            case "similar":
                return similar(self.shop, asked.product_id, query, self.retriever, _RANKED)
            case "complement":
                return complements(self.shop, asked.product_id, query, _RANKED)
            case "popular":
                return popular(self.shop, query, _RANKED)
            case "repurchase":
                return repurchase(self.shop, self.customer_id(), query, _RANKED)
        return for_customer(self.shop, self.customer_id(), query, _RANKED, self.next_item)
