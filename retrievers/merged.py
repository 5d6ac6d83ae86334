"""Passages of the shop's index together with passages of further retrievers, such as those of plugins."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from seamless_retail.retrievers.adapted import AdaptedRetriever
from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.fusion import reciprocal_rank_fusion

log = logging.getLogger(__name__)


class MergedRetriever(BaseRetriever):
    """The passages of several retrievers in the order of reciprocal rank fusion, each passage once.

    ``invoke(query, k=…, filter=…)`` passes both on. A further retriever that fails is left out of that answer.
    """

    main: BaseRetriever
    """Its errors are raised."""
    others: Mapping[str, AdaptedRetriever]
    """By the name used in messages."""
    k: int = Field(default=5, ge=1)
    """Passages returned at most."""

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        filter: Filter | None = None,
    ) -> list[Document]:
        k = self.k if k is None else k
        config = {"callbacks": run_manager.get_child()}
        rankings = [self.main.invoke(query, config, k=k, filter=filter)]
        for name, other in self.others.items():
            try:
                rankings.append(other.invoke(query, config, k=k, filter=filter))
            except Exception:
                log.exception("retriever %s failed", name)
        return _fused(rankings)[:k]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        return await asyncio.to_thread(
            self._get_relevant_documents, query, run_manager=run_manager.get_sync(), **options
        )


def _fused(rankings: list[list[Document]]) -> list[Document]:
    keyed = [{_span(document): document for document in ranking} for ranking in rankings]
    passages = {span: document for ranking in reversed(keyed) for span, document in ranking.items()}
    return [passages[span] for span, _ in reciprocal_rank_fusion([list(ranking) for ranking in keyed])]


def _span(document: Document) -> tuple[Any, ...]:
    return tuple(document.metadata[key] for key in ("source_id", "start", "end"))
