"""Gives any LangChain retriever the shape that lobes expect of one."""

import asyncio
import hashlib
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from seamless_retail.retrievers.filters import Filter, MetadataIndex


class AdaptedRetriever(BaseRetriever):
    """Another retriever that answers ``invoke(query, k=…, filter=…)`` with passages that can be cited.

    ``k`` and ``filter`` are passed on and, for retrievers that do not know them, applied here. Absent metadata is
    filled in: ``source_id`` from ``source`` or the document's id, ``title`` from the source id, ``start`` and ``end``
    so that the document is its own source, ``kind`` with ``policy``, and ``score`` with 1: a retriever that does not
    say how sure it is, is trusted.
    """

    retriever: BaseRetriever
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
        found = self.retriever.invoke(query, {"callbacks": run_manager.get_child()}, k=k, filter=filter)
        passages = [_passage(document) for document in found]
        if filter and passages:
            mask = MetadataIndex([passage.metadata for passage in passages]).mask(filter)
            passages = [passage for passage, holds in zip(passages, mask, strict=True) if holds]
        return passages[:k]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        return await asyncio.to_thread(
            self._get_relevant_documents, query, run_manager=run_manager.get_sync(), **options
        )


def _passage(document: Document) -> Document:
    known = document.metadata
    source = known.get("source_id") or known.get("source") or document.id
    if not source:
        source = f"document:{hashlib.sha256(document.page_content.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
    defaults = {
        "source_id": str(source),
        "title": str(source),
        "kind": "policy",
        "start": 0,
        "end": len(document.page_content),
        "score": 1.0,
    }
    return document.model_copy(update={"metadata": {**defaults, **known}})
