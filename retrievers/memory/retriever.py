"""A LangChain retriever over a compressed memory."""

from typing import Any

from langchain_core.vectorstores import VectorStoreRetriever
from pydantic import model_validator


class MemoryRetriever(VectorStoreRetriever):
    """What :meth:`~seamless_retail.retrievers.memory.store.ClaraVectorStore.as_retriever` gives.

    As LangChain's, with ``k`` as a field of its own beside ``search_kwargs``; ``k`` in a call goes before both.
    """

    k: int | None = None
    """Documents per answer; ``search_kwargs["k"]``, else 4, when left out."""

    @model_validator(mode="after")
    def _count(self) -> "MemoryRetriever":
        if self.k is not None:
            options: dict[str, Any] = {**self.search_kwargs, "k": self.k}
            self.search_kwargs = options
        return self
