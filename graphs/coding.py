"""The code desk for the shop's staff: the library, searched by words and meaning, the sandbox, the shop's database."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from seamless_retail.core.ports import Shop
from seamless_retail.tools.code_desk import CodeDesk
from seamless_retail.tools.code_queries import ReadOnlyQueries
from seamless_retail.tools.code_shelf import CodeShelf

MIN_SCORE = 0.3
"""Score under which nothing of the library is close enough, by words and embeddings. On the development requests of the
benchmark ``code_library`` the closest of what it lacks scores 0.15, the furthest of what it has 0.37."""


@dataclass
class DeferredSimilarity:
    """Implements ``Similarity``; the embeddings are opened by the first request."""

    open: Callable[[], Embeddings]

    @cached_property
    def _embeddings(self) -> Embeddings:
        return self.open()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of the library's descriptions."""
        return self._embeddings.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a request."""
        return self._embeddings.embed_query(text)


def open_code_desk(
    shop: Shop, embeddings: Callable[[], Embeddings], chat_model: BaseChatModel | None = None
) -> CodeDesk:
    """The desk over a shop; queries run where the shop has an SQL database.

    Args:
        shop: The back end.
        embeddings: Opens the sentence embeddings, when they are first needed.
        chat_model: Writes code; without one the library answers.
    """
    engine = getattr(shop, "engine", None)
    return CodeDesk(
        shelf=CodeShelf(DeferredSimilarity(embeddings)),
        queries=ReadOnlyQueries(engine) if engine is not None else None,
        model=chat_model,
        min_score=MIN_SCORE,
    )
