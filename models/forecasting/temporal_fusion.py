"""The Temporal Fusion Transformer (Lim et al. 2021, arXiv 1912.09363).

Static attributes choose and steer everything else. Variable selection weighs the past and the known future, an LSTM
reads both, static enrichment adds what kind of series it is, and interpretable attention looks back over the window.
Two departures: beside the quantiles there is a mean (an order is sized by sums, and quantiles do not add up), and the
quantiles are running sums of positive steps, so that they cannot cross.

pytorch-forecasting has this network too. Ours needs torch alone: theirs brings Lightning, and its checkpoints are
pickled with the data set object. Its blocks check ours in the tests.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from seamless_retail.models.forecasting.gated import (
    GatedResidual,
    GatedSkip,
    InterpretableAttention,
    VariableSelection,
)

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Quantile levels."""
_ORDERED = ("past", "future", "categories")


@dataclass(frozen=True)
class Shape:
    """Sizes of a network; stored beside its weights."""

    past: Mapping[str, int]
    """Columns of each variable known up to the origin, by name."""
    future: Mapping[str, int]
    """Columns of each variable known beyond it."""
    reals: tuple[str, ...]
    """Static numbers."""
    categories: Mapping[str, int]
    """How many values each static category has; 0 is the unknown one."""
    encoder: int
    """Periods of the past that are read."""
    horizon: int
    """Periods ahead that are forecast at once."""
    hidden: int = 24
    heads: int = 4
    dropout: float = 0.1
    levels: tuple[float, ...] = field(default=LEVELS)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; variables as pairs, because their order is the order of the columns."""
        return asdict(self) | {name: [list(pair) for pair in getattr(self, name).items()] for name in _ORDERED}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Shape":
        """From what :meth:`to_json` wrote."""
        lists = {"reals": tuple(record["reals"]), "levels": tuple(record["levels"])}
        return cls(**{**record, **lists, **{name: dict(record[name]) for name in _ORDERED}})


class Batch(NamedTuple):
    """Inputs of ``b`` windows; units are divided by each window's scale."""

    past: Tensor
    """``[b, encoder, past columns]``."""
    future: Tensor
    """``[b, horizon, future columns]``."""
    reals: Tensor
    """``[b, reals]``."""
    categories: Tensor
    """``[b, categories]``, int64."""


class TemporalFusionTransformer(nn.Module):
    """Mean and quantiles of every period ahead, in units of the window's scale."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        d, dropout = shape.hidden, shape.dropout
        self.embeddings = nn.ModuleList(nn.Embedding(size, d) for size in shape.categories.values())
        static = dict.fromkeys(shape.reals, 1) | dict.fromkeys(shape.categories, d)
        self.static = VariableSelection(static, d, dropout)
        self.contexts = nn.ModuleList(GatedResidual(d, d, d, dropout) for _ in range(4))
        self.choose_past = VariableSelection(shape.past, d, dropout, d)
        self.choose_future = VariableSelection(shape.future, d, dropout, d)
        self.encode = nn.LSTM(d, d, batch_first=True)
        self.decode = nn.LSTM(d, d, batch_first=True)
        self.after_lstm = GatedSkip(d, d, dropout)
        self.enrich = GatedResidual(d, d, d, dropout, d)
        self.attention = InterpretableAttention(d, shape.heads, dropout)
        self.after_attention = GatedSkip(d, d, dropout)
        self.feed = GatedResidual(d, d, d, dropout)
        self.before_output = GatedSkip(d, d, dropout)
        self.output = nn.Linear(d, 1 + len(shape.levels))

    def forward(self, batch: Batch) -> Tensor:
        """``[b, horizon, 1 + levels]``: the mean, then the quantiles in ascending order; none is negative."""
        choice, enrichment, hidden, cell = self._static(batch)
        past, _ = self.choose_past(batch.past, choice)
        future, _ = self.choose_future(batch.future, choice)
        states, memory = self.encode(past, (hidden[None], cell[None]))
        ahead, _ = self.decode(future, memory)
        local = self.after_lstm(torch.cat([states, ahead], dim=1), torch.cat([past, future], dim=1))
        enriched = self.enrich(local, enrichment)
        start, length = past.shape[1], local.shape[1]
        later = torch.arange(length, device=local.device) > torch.arange(start, length, device=local.device)[:, None]
        attended, _ = self.attention(enriched[:, start:], enriched, later)
        fed = self.feed(self.after_attention(attended, enriched[:, start:]))
        raw = nn.functional.softplus(self.output(self.before_output(fed, local[:, start:])))
        return torch.cat([raw[..., :1], raw[..., 1:].cumsum(dim=-1)], dim=-1)

    def _static(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The static contexts of selection and enrichment ``[b, 1, d]``, and of the LSTM's two states ``[b, d]``."""
        embedded = [table(batch.categories[:, place]) for place, table in enumerate(self.embeddings)]
        static, _ = self.static(torch.cat([batch.reals, *embedded], dim=-1))
        choice, enrichment, hidden, cell = (context(static) for context in self.contexts)
        return choice[:, None], enrichment[:, None], hidden, cell


def quantile_loss(quantiles: Tensor, truth: Tensor, levels: Tensor) -> Tensor:
    """Pinball loss ``max(τ(y − q), (τ − 1)(y − q))`` (equation 25): ``[..., levels]`` for ``truth [...]``."""
    error = truth.unsqueeze(-1) - quantiles
    return torch.maximum(levels * error, (levels - 1) * error)
