"""LangChain retrievers and vector stores over a shop's texts. Names load when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seamless_retail.retrievers.documents import AddedDocuments, load_documents
    from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
    from seamless_retail.retrievers.faiss_store import FaissStore
    from seamless_retail.retrievers.fusion import reciprocal_rank_fusion
    from seamless_retail.retrievers.hybrid import HybridRetriever
    from seamless_retail.retrievers.index import IndexReport, build_index, open_retriever
    from seamless_retail.retrievers.lexical import LexicalRetriever
    from seamless_retail.retrievers.rag import Rag
    from seamless_retail.retrievers.rag_config import RagConfig
    from seamless_retail.retrievers.reranking import LatentReranker

__all__ = [
    "AddedDocuments",
    "FaissStore",
    "HybridRetriever",
    "IndexReport",
    "LatentReranker",
    "LexicalRetriever",
    "MiniLMEmbeddings",
    "Rag",
    "RagConfig",
    "build_index",
    "load_documents",
    "open_retriever",
    "reciprocal_rank_fusion",
]

_MODULES = {
    "AddedDocuments": "documents",
    "FaissStore": "faiss_store",
    "HybridRetriever": "hybrid",
    "IndexReport": "index",
    "LatentReranker": "reranking",
    "LexicalRetriever": "lexical",
    "MiniLMEmbeddings": "embeddings",
    "Rag": "rag",
    "RagConfig": "rag_config",
    "build_index": "index",
    "load_documents": "documents",
    "open_retriever": "index",
    "reciprocal_rank_fusion": "fusion",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
