"""All tools over one shop."""

from collections.abc import Callable

from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool, BaseToolkit
from pydantic import ConfigDict, Field, SkipValidation

from seamless_retail.core.ports import Shop
from seamless_retail.core.principal import Principal
from seamless_retail.tools.failure import runtime_principal
from seamless_retail.tools.inventory import CheckStockTool
from seamless_retail.tools.loyalty import LoyaltyTool
from seamless_retail.tools.orders import ListOrdersTool, OrderDetailsTool
from seamless_retail.tools.products import ProductDetailsTool
from seamless_retail.tools.recommendation import RecommendTool
from seamless_retail.tools.search import SearchProductsTool


class RetailToolkit(BaseToolkit):
    """The shop's tools for an agent.

    ``create_agent(model, RetailToolkit(shop=shop).get_tools(), context_schema=Principal)``: the tools read who asks
    from the run's context, so that neither the model nor the customer's text can choose it.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    shop: SkipValidation[Shop]
    retriever: BaseRetriever | None = None
    """Orders search results by words; called with ``k`` and ``filter``."""
    principal: Callable[[], Principal] = Field(default=runtime_principal)
    """Returns the verified caller. The default takes the context of the running graph or agent; a guest outside one."""

    def get_tools(self) -> list[BaseTool]:
        """The tools, sharing the shop, the retriever and the principal."""
        shared = {"shop": self.shop, "principal": self.principal}
        return [
            SearchProductsTool(**shared, retriever=self.retriever),
            ProductDetailsTool(**shared),
            CheckStockTool(**shared),
            RecommendTool(**shared, retriever=self.retriever),
            ListOrdersTool(**shared),
            OrderDetailsTool(**shared),
            LoyaltyTool(**shared),
        ]
