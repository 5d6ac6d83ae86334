"""The building blocks of the Temporal Fusion Transformer (Lim et al. 2021, arXiv 1912.09363, section 4).

``tests/models/forecasting/test_temporal_fusion.py`` pins them to the numbers of pytorch-forecasting's own blocks.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class GatedSkip(nn.Module):
    """``LayerNorm(skip + GLU(dropout(x)))`` with ``GLU(x) = σ(W₁x + b₁) ⊙ (W₂x + b₂)`` (equation 5)."""

    def __init__(self, width: int, out: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.gates = nn.Linear(width, 2 * out)
        self.norm = nn.LayerNorm(out)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """``[..., width]`` and ``[..., out]`` → ``[..., out]``."""
        normed: Tensor = self.norm(skip + nn.functional.glu(self.gates(self.dropout(x)), dim=-1))
        return normed


class GatedResidual(nn.Module):
    """GRN: ``LayerNorm(a + GLU(W₁ ELU(W₂ a + W₃ c + b₂) + b₁))`` (equations 2 to 4).

    Args:
        width: Of ``a``.
        hidden: Of both inner layers.
        out: Of the result; where it differs from ``width`` the residual is projected.
        dropout: Before the gate.
        context: Width of ``c``; 0 for none.
    """

    def __init__(self, width: int, hidden: int, out: int, dropout: float, context: int = 0) -> None:
        super().__init__()
        self.first = nn.Linear(width, hidden)
        self.context = nn.Linear(context, hidden, bias=False) if context else None
        self.second = nn.Linear(hidden, hidden)
        self.skip = nn.Linear(width, out) if width != out else nn.Identity()
        self.gate = GatedSkip(hidden, out, dropout)

    def forward(self, a: Tensor, c: Tensor | None = None) -> Tensor:
        """``a [..., width]``, ``c [..., context]`` → ``[..., out]``."""
        inner = self.first(a)
        if self.context is not None and c is not None:
            inner = inner + self.context(c)
        gated: Tensor = self.gate(self.second(nn.functional.elu(inner)), self.skip(a))
        return gated


class VariableSelection(nn.Module):
    """A weighted sum of transformed variables, the weights chosen for each sample and step (equations 6 to 8).

    Args:
        columns: How many numbers each variable has, by name.
        hidden: Width of the result.
        dropout: Of the networks inside.
        context: Width of the static context; 0 for none.
    """

    def __init__(self, columns: Mapping[str, int], hidden: int, dropout: float, context: int = 0) -> None:
        super().__init__()
        self.sizes = list(columns.values())
        self.embed = nn.ModuleList(nn.Linear(size, hidden) for size in self.sizes)
        count = len(self.sizes)
        self.weigh = GatedResidual(count * hidden, hidden, count, dropout, context)
        self.transform = nn.ModuleList(GatedResidual(hidden, hidden, hidden, dropout) for _ in self.sizes)

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """``[..., columns]`` → ``[..., hidden]`` and the weights ``[..., variables]``."""
        parts = [embed(part) for embed, part in zip(self.embed, x.split(self.sizes, dim=-1), strict=True)]
        weights = self.weigh(torch.cat(parts, dim=-1), context).softmax(dim=-1)
        seen = torch.stack([net(part) for net, part in zip(self.transform, parts, strict=True)], dim=-1)
        return (seen * weights.unsqueeze(-2)).sum(-1), weights


class InterpretableAttention(nn.Module):
    """Multi-head attention whose heads share their values, so that their mean weights can be read (equations 13 to 16).

    ``H = W (1/m Σₕ softmax(Q Wₕᑫ (K Wₕᵏ)ᵀ / √d) V Wᵛ)``.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.queries = nn.Linear(width, heads * self.size)
        self.keys = nn.Linear(width, heads * self.size)
        self.values = nn.Linear(width, self.size)
        self.out = nn.Linear(self.size, width, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, memory: Tensor, hidden_from: Tensor) -> tuple[Tensor, Tensor]:
        """Attend.

        Args:
            queries: ``[b, q, width]``.
            memory: ``[b, k, width]``.
            hidden_from: ``[q, k]``, true where a query must not look.

        Returns:
            ``[b, q, width]`` and the weights ``[b, heads, q, k]``.
        """
        q = self.queries(queries).unflatten(-1, (self.heads, self.size)).transpose(1, 2)
        k = self.keys(memory).unflatten(-1, (self.heads, self.size)).transpose(1, 2)
        scores = (q @ k.transpose(-1, -2)) / self.size**0.5
        weights = scores.masked_fill(hidden_from, float("-inf")).softmax(dim=-1)
        mean = weights.mean(dim=1) @ self.values(memory)
        return self.dropout(self.out(self.dropout(mean))), weights
