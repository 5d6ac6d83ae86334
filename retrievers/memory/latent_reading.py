"""Reading memories as tensors; torch is loaded with the first use."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.memory.engine import MemoryEngine
from seamless_retail.retrievers.memory.entry import SHOP, Floats, entry_key

if TYPE_CHECKING:
    import torch

    from seamless_retail.retrievers.memory.reading import DifferentiableHits

TEMPERATURE = 0.02
"""Of CLaRa's top-k (arXiv 2511.18659)."""


class LatentReading:
    """The half of :class:`~seamless_retail.retrievers.memory.store.ClaraVectorStore` that gives memory tokens."""

    _engine: MemoryEngine
    _owner: str
    _readable: frozenset[str]
    _nearest: Any
    _question_vector: Any

    def memory_tokens(self, query: str, k: int = 4, filter: Filter | None = None) -> "torch.Tensor":
        """The memory tokens of the ``k`` documents nearest to a text, best first, for injection into a decoder.

        Documents differ in their number of tokens. They stand one after the other without padding, so the whole is
        read without a mask: ``[1, k * n, d]`` where all have ``n``, ``[1, sum of n_i, d]`` otherwise, ``[1, 0, d]``
        where nothing matches.

        Returns:
            float32, ``d`` the compressor's token dimension: the hidden size of a CLaRa model.
        """
        from seamless_retail.retrievers.memory.reading import injected

        found = self._nearest(self._question_vector(query), k, filter)
        tokens = self._engine.tokens([key for key, _ in found], self._readable)
        return injected(tokens, self._engine.compressor.identity.token_dimension)

    def tokens_by_id(self, ids: Sequence[str]) -> dict[str, Floats]:
        """Memory tokens ``[m, d]`` of the documents that exist; of a user's and a shop's of one id, the user's.

        They come from the cache of hot memories where it has them, and are not to be written to.
        """
        owners = dict.fromkeys((SHOP, self._owner))
        id_of = {entry_key(owner, id_): id_ for owner in owners for id_ in ids}
        found = self._engine.tokens_by_key(list(id_of), self._readable)
        return {id_: found[key] for key, id_ in id_of.items() if key in found}

    def search_with_differentiable_topk(
        self,
        query: "str | torch.Tensor",
        k: int = 4,
        candidates: int = 20,
        filter: Filter | None = None,
        *,
        temperature: float = TEMPERATURE,
        noise: "torch.Generator | None" = None,
    ) -> "DifferentiableHits":
        """The ``k`` best of the nearest ``candidates``, chosen so that a loss on what is read teaches the question.

        Args:
            query: A text, whose tokens then are a leaf that takes the gradient, or tokens ``[1, q, d]`` that a query
                reasoner under training made.
            k: Documents chosen.
            candidates: Documents that the index gives to choose from.
            filter: On metadata.
            temperature: Divides the scores before the softmax.
            noise: Seeded generator of Gumbel noise, for sampling instead of taking the best.
        """
        from seamless_retail.retrievers.memory.reading import choose, latent_question

        question = latent_question(query, self._engine.compressor)
        keys = [key for key, _ in self._nearest(question.vector, max(candidates, k), filter)]
        documents = self._engine.ledger.documents(keys, self._readable)
        left = [key for key in keys if key in documents]
        tokens: list[Floats] = self._engine.tokens(left, self._readable)
        return choose(question.tokens, [documents[key][1] for key in left], tokens, k, temperature, noise)
