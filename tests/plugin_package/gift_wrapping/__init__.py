"""A second package that brings one of everything: a lobe, a tool, a retriever and a guard."""

from dataclasses import dataclass
from typing import ClassVar

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool

from seamless_retail.core.evidence import Claim, LobeReport, Source
from seamless_retail.core.intents import Intent
from seamless_retail.lobes.lobe import Readiness

LEAFLET = Source(
    id="leaflet:gift-wrapping", kind="policy", title="Gift wrapping", text="Gift wrapping costs $4.50 per box."
)
RIBBONS = "Our ribbons for gift parcels are woven in Lyon from recycled silk."


@dataclass(frozen=True)
class GiftWrappingLobe:
    """Tells what gift wrapping costs."""

    name: str = "gift_wrapping"
    description: str = "Tells what gift wrapping costs."
    intents: ClassVar = {Intent.STORE_INFO: "primary"}

    def is_ready(self):
        return Readiness(ready=True)

    def __call__(self, request):
        if "wrap" not in request.understanding.text.lower():
            return LobeReport(lobe=self.name, status="empty")
        claim = Claim(kind="gift_wrapping", text=LEAFLET.text, citations=(LEAFLET.cite(),))
        return LobeReport(lobe=self.name, confidence=0.99, claims=(claim,))


class RibbonRetriever(BaseRetriever):
    """One passage about ribbons."""

    def _get_relevant_documents(self, query, *, run_manager):
        score = 0.99 if "ribbon" in query.lower() else 0.0
        metadata = {"source_id": "leaflet:ribbons", "title": "Ribbons", "kind": "policy", "score": score}
        return [Document(RIBBONS, metadata=metadata)]


@dataclass(frozen=True)
class EmbargoGuard:
    """Takes out every product on an embargo list, which is empty."""

    name: str = "embargo"

    def __call__(self, state, runtime):
        return {}


def make_lobe(services):
    return GiftWrappingLobe()


def make_nothing(services):
    return object()


def make_tools(shop):
    @tool
    def gift_wrapping_price() -> str:
        """The price of gift wrapping."""
        return LEAFLET.text

    return [gift_wrapping_price]


def make_retriever(settings):
    return RibbonRetriever()


def make_guard(shop):
    return EmbargoGuard()
