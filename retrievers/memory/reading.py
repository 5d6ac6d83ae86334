"""Memory tokens as tensors: for injection into a decoder, and for training the choice of documents."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara.memory import masked_mean, similarity
from seamless_retail.models.clara.topk import TopK, differentiable_topk, mix
from seamless_retail.retrievers.memory.entry import Floats, MemoryCompressor


@dataclass(frozen=True)
class LatentQuestion:
    """A question as memory tokens, and the vector that finds candidates for it."""

    tokens: Tensor
    """float32 ``[1, q, d]``."""
    vector: Floats
    """``[v]``."""


@dataclass(frozen=True)
class DifferentiableHits:
    """Documents chosen among candidates; everything that counts carries a gradient to the question's tokens."""

    ids: list[str]
    """Of the candidates, ``n``."""
    question: Tensor
    """``[1, q, d]``; requires a gradient."""
    scores: Tensor
    """``[1, n]``, late interaction in -1..1."""
    chosen: TopK
    """Weights ``[1, k, n]``, hard forwards and soft backwards, and indices ``[1, k]`` into ``ids``; -1 for none."""
    memories: Tensor
    """``[1, k, m, d]``: the tokens of the chosen ones, zeros at padding."""
    mask: Tensor
    """bool ``[1, k, m]``."""


def latent_question(query: str | Tensor, compressor: MemoryCompressor) -> LatentQuestion:
    """A question from its text, or from tokens that are being trained.

    Args:
        query: A text, or tokens ``[q, d]`` or ``[1, q, d]``, as a query reasoner under training gives them; then the
            vector is their mean direction.
        compressor: Of the memory.

    Raises:
        ConfigurationError: The tokens have another dimension than the memory's vectors.
    """
    if isinstance(query, str):
        found = compressor.query([query])[0]
        return LatentQuestion(torch.from_numpy(np.array(found.tokens))[None].requires_grad_(), found.vector)
    tokens = query if query.dim() == 3 else query[None]
    dimensions = compressor.identity.token_dimension, compressor.identity.vector_dimension
    if (tokens.shape[0], *dimensions) != (1, tokens.shape[-1], tokens.shape[-1]):
        raise ConfigurationError(
            f"A question of shape {tuple(query.shape)} cannot be compared with tokens and vectors of {dimensions}.",
            "Give one question's tokens [1, q, d] of this memory's compressor, or its text.",
        )
    directions = torch.nn.functional.normalize(tokens.detach().float(), dim=-1)
    seen = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
    return LatentQuestion(tokens, masked_mean(directions, seen)[0].cpu().numpy())


def injected(tokens: list[Floats], dimension: int) -> Tensor:
    """Tokens of several documents, best first, as one sequence without padding: ``[1, sum of m_i, d]``."""
    return torch.from_numpy(np.concatenate(tokens)[None] if tokens else np.zeros((1, 0, dimension), dtype=np.float32))


def choose(
    question: Tensor,
    ids: list[str],
    tokens: list[Floats],
    k: int,
    temperature: float,
    noise: torch.Generator | None,
) -> DifferentiableHits:
    """The ``k`` best of some candidates, see :func:`~seamless_retail.models.clara.topk.differentiable_topk`."""
    rows = [torch.from_numpy(np.array(row)) for row in tokens]
    counts = torch.tensor([len(row) for row in rows], dtype=torch.long)
    if rows:
        memories = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).to(question.device)[None]
    else:
        memories = question.new_zeros(1, 0, 0, question.shape[-1])
    mask = (torch.arange(memories.shape[2])[None] < counts[:, None]).to(question.device)[None]
    seen = torch.ones(question.shape[:2], dtype=torch.bool, device=question.device)
    scores = similarity(question, seen, memories, mask)
    if not rows:
        empty = TopK(scores.new_zeros(1, k, 0), torch.full((1, k), -1, device=question.device))
        return DifferentiableHits([], question, scores, empty, question.new_zeros(1, k, 0, question.shape[-1]),
                                  torch.zeros(1, k, 0, dtype=torch.bool, device=question.device))  # fmt: skip
    chosen = differentiable_topk(scores, k, temperature=temperature, noise=noise)
    return DifferentiableHits(ids, question, scores, chosen, *mix(chosen, memories, mask))
