"""Choosing documents so that the answer's loss teaches the choice: a sequential straight-through softmax.

After arXiv 2511.18659, algorithm 1, with one change. The paper's code lowers the entries already taken by
log(1e-8) = -18.4, while cosine scores over a temperature of 0.02 span 100: a document that leads by more than 0.37
keeps the softmax of every later place, and no other document is ever taught. Here taken entries are -inf.
"""

from typing import NamedTuple

import torch
from torch import Tensor

NOTHING = -1
"""The index of a place for which no document was left."""


class TopK(NamedTuple):
    """The chosen documents, best first."""

    weights: Tensor
    """float32 ``[b, k, n]``: one-hot rows; all zero where no document was left. Their gradient is the softmax's."""
    indices: Tensor
    """int64 ``[b, k]``; ``-1`` where no document was left."""


def differentiable_topk(
    scores: Tensor,
    k: int,
    *,
    temperature: float = 0.02,
    mask: Tensor | None = None,
    noise: torch.Generator | None = None,
    hard: bool = False,
) -> TopK:
    """The ``k`` best documents of each row, as weights that carry a gradient to ``scores``.

    Place j holds ``onehot(argmax) + p - sg(p)`` with ``p = softmax(scores / temperature)`` over what places before j
    left, computed in float32.

    Args:
        scores: ``[b, n]``, any float type.
        k: Places; may exceed the number of documents.
        temperature: Divides the scores.
        mask: bool ``[b, n]``, true where there is a document; all by default.
        noise: Seeded generator of Gumbel noise, added once to the logits: the places are then a sample without
            replacement (Kool et al. 2019). It must live on the device of the scores.
        hard: One-hot weights without a gradient.
    """
    logits = scores.float() / temperature
    if noise is not None:
        drawn = torch.rand(logits.shape, generator=noise, device=logits.device)
        logits = logits - torch.log(-torch.log(drawn.clamp(1e-20, 1 - 1e-7)))
    left = torch.ones_like(logits, dtype=torch.bool) if mask is None else mask.bool()
    rows, chosen = [], []
    for _ in range(k):
        row, index = _place(logits, left, hard)
        rows.append(row)
        chosen.append(torch.where(left.any(1), index, NOTHING))
        left = left & ~torch.nn.functional.one_hot(index, logits.shape[1]).bool()
    return TopK(torch.stack(rows, 1), torch.stack(chosen, 1))


def _place(logits: Tensor, left: Tensor, hard: bool) -> tuple[Tensor, Tensor]:
    """One place: its weights ``[b, n]`` and its document ``[b]``, among the documents that are ``left``."""
    some = left.any(1, keepdim=True)
    # A row with nothing left would be a softmax over -inf only, whose gradient is NaN: it reads zeros instead.
    among = logits.masked_fill(~left, float("-inf")).masked_fill(~some, 0.0)
    index = among.argmax(1)
    picked = torch.nn.functional.one_hot(index, logits.shape[1]).float() * some
    if hard:
        return picked, index
    soft = among.softmax(1) * some
    return picked + (soft - soft.detach()), index


def mix(chosen: TopK, memories: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The memories of the chosen documents.

    Args:
        chosen: Weights ``[b, k, n]``.
        memories: ``[b, n, m, h]``.
        mask: bool ``[b, n, m]``.

    Returns:
        Memories ``[b, k, m, h]`` in the type of ``memories``, with a gradient to the scores, and their mask
        ``[b, k, m]``.
    """
    vectors = torch.einsum("bkn,bnmh->bkmh", chosen.weights.to(memories.dtype), memories * mask[..., None])
    rows = torch.arange(len(mask), device=mask.device)[:, None]
    kept = mask[rows, chosen.indices.clamp(min=0)] & (chosen.indices != NOTHING)[..., None]
    return vectors, kept
