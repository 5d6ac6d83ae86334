"""Two ways to read memory vectors out of an encoder pass, behind one interface.

Both give ``ceil(tokens / rate)`` vectors per text, or a fixed number. Neither lets padding reach a vector: states of
padded places carry weight zero, and positions are counted along the text only.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara.config import ClaraConfig


class Prepared(NamedTuple):
    """What the encoder reads, and what ``collect`` needs to find the memories in its states."""

    embeddings: Tensor
    """``[n, t', h]``: the texts, and whatever the readout adds behind them."""
    mask: Tensor
    """bool ``[n, t']``."""
    position_ids: Tensor
    """int64 ``[n, t']``."""
    text: Tensor
    """``[n, t, h]``: the embeddings of the texts alone."""
    text_mask: Tensor
    """bool ``[n, t]``."""
    rate: int


class Readout(nn.Module):
    """The interface, and the counting that both readouts share."""

    def __init__(self, config: ClaraConfig) -> None:
        super().__init__()
        self.config = config

    def prepare(self, embeddings: Tensor, mask: Tensor, rate: int) -> Prepared:
        """Before the encoder: ``[n, t, h]`` right-padded token embeddings and their bool mask ``[n, t]``."""
        raise NotImplementedError

    def collect(self, prepared: Prepared, states: Tensor) -> tuple[Tensor, Tensor]:
        """After it: last states ``[n, t', h]`` → memories ``[n, m, h]`` (zeros at padding) and mask ``[n, m]``."""
        raise NotImplementedError

    def windows(self, tokens: int, rate: int) -> list[tuple[int, int]]:
        """First and one-past-last token that each vector of one text stands for."""
        raise NotImplementedError

    def counts(self, lengths: Tensor, rate: int) -> Tensor:
        """Vectors per text: ``[n]`` lengths in tokens → ``[n]``."""
        per_length = [self.config.memory_count(length, rate) for length in lengths.tolist()]
        return torch.tensor(per_length, dtype=torch.long, device=lengths.device)


class PooledWindows(Readout):
    """Memory j = the sum over the w tokens i of window j of ``embedding_i + fade · P state_i``, over √w.

    With ``fade`` 0 and rate 1 the memories *are* the token embeddings, which a text reader already understands; the
    recipe raises ``fade`` and then the rate (pooling as a compressor: arXiv 2510.20797). Dividing by √w, not by w,
    keeps a memory about as long as a token embedding at every rate. ``P`` starts as the identity times ``scale``: the
    last states have entries near 1, embeddings much smaller ones, and neither should drown the other.
    """

    fade: Tensor

    def __init__(self, config: ClaraConfig, hidden: int, scale: float = 1.0) -> None:
        super().__init__(config)
        self.projection = nn.utils.skip_init(nn.Linear, hidden, hidden, bias=False)
        with torch.no_grad():
            nn.init.eye_(self.projection.weight).mul_(scale)
        self.register_buffer("fade", torch.ones(()))

    def prepare(self, embeddings: Tensor, mask: Tensor, rate: int) -> Prepared:
        """The encoder reads the text as it is."""
        return Prepared(embeddings, mask, _positions(mask), embeddings, mask, rate)

    def collect(self, prepared: Prepared, states: Tensor) -> tuple[Tensor, Tensor]:
        """Sums over windows, over the root of their width."""
        projected = self.projection(states.to(self.projection.weight.dtype))
        mixed = prepared.text + (self.fade * projected).to(prepared.text.dtype)
        weights, memory_mask = self._weights(prepared.text_mask, prepared.rate)
        # Padded states are left out of the product, not only weighted by zero: zero times infinity is not zero.
        mixed = mixed.masked_fill(~prepared.text_mask[..., None], 0.0)
        return torch.bmm(weights.to(mixed.dtype), mixed), memory_mask

    def windows(self, tokens: int, rate: int) -> list[tuple[int, int]]:
        """Consecutive and of the rate's width, or equal shares in the fixed mode."""
        count = torch.tensor([self.config.memory_count(tokens, rate)])
        start, end = self._bounds(torch.tensor([tokens]), count, rate)
        return list(zip(start[0].tolist(), end[0].tolist(), strict=True))

    def _bounds(self, lengths: Tensor, counts: Tensor, rate: int) -> tuple[Tensor, Tensor]:
        """First and one-past-last token of each window, ``[n, m]`` each; empty windows are padding."""
        place = torch.arange(int(counts.max()) if len(counts) else 0, device=lengths.device)[None]
        length, count = lengths[:, None], counts[:, None].clamp(min=1)
        if self.config.count == "fixed":
            start = place * length // count
            end = torch.maximum((place + 1) * length // count, start + 1)
        else:
            start, end = place * rate, torch.minimum((place + 1) * rate, length)
        real = place < counts[:, None]
        return start * real, end * real

    def _weights(self, mask: Tensor, rate: int) -> tuple[Tensor, Tensor]:
        """Float ``[n, m, t]``, rows of which have length one, and the mask ``[n, m]`` of the vectors."""
        lengths = mask.sum(1)
        start, end = self._bounds(lengths, self.counts(lengths, rate), rate)
        place = torch.arange(mask.shape[1], device=mask.device)
        inside = (place >= start[..., None]) & (place < end[..., None])
        size = inside.sum(-1, keepdim=True)
        return inside / size.clamp(min=1).sqrt(), size[..., 0] > 0


class LearnedTokens(Readout):
    """Memory j = the last state at the j-th of the learned embeddings appended to the text (arXiv 2511.18659).

    The embeddings are distinct and shared by all rates: a text of m vectors is followed by the first m of them.
    """

    def __init__(self, config: ClaraConfig, hidden: int, scale: float = 0.02) -> None:
        super().__init__(config)
        most = max(config.span_tokens, config.fixed_count or 0)
        self.embeddings = nn.Parameter(torch.randn(most, hidden, generator=torch.Generator().manual_seed(0)) * scale)

    def prepare(self, embeddings: Tensor, mask: Tensor, rate: int) -> Prepared:
        """The learned embeddings follow the text; padding between them counts no position.

        Raises:
            ConfigurationError: More vectors are asked for than there are embeddings.
        """
        counts = self.counts(mask.sum(1), rate)
        most = int(counts.max()) if len(counts) else 0
        if most > len(self.embeddings):
            raise ConfigurationError(
                f"A text needs {most} memory tokens at rate {rate}, the model has learned {len(self.embeddings)}.",
                "Use a higher rate, cut the text into spans of span_tokens, or train with a larger span_tokens.",
            )
        added = self.embeddings[:most].to(embeddings.dtype).expand(len(embeddings), -1, -1)
        memory_mask = torch.arange(most, device=mask.device)[None] < counts[:, None]
        whole = torch.cat([mask, memory_mask], 1)
        return Prepared(torch.cat([embeddings, added], 1), whole, _positions(whole), embeddings, mask, rate)

    def collect(self, prepared: Prepared, states: Tensor) -> tuple[Tensor, Tensor]:
        """The states behind the text."""
        width = prepared.text.shape[1]
        memory_mask = prepared.mask[:, width:]
        return states[:, width:].masked_fill(~memory_mask[..., None], 0.0), memory_mask

    def windows(self, tokens: int, rate: int) -> list[tuple[int, int]]:
        """Every vector has read the whole text."""
        return [(0, tokens)] * self.config.memory_count(tokens, rate)


def build_readout(config: ClaraConfig, embeddings: Tensor) -> Readout:
    """The readout that the configuration names.

    Args:
        config: Of the model.
        embeddings: ``[vocabulary, h]``, of the base: memories start at about their scale.
    """
    scale = float(embeddings.detach().float().square().mean().sqrt())
    kind = PooledWindows if config.readout == "pooled" else LearnedTokens
    return kind(config, embeddings.shape[1], scale)


def _positions(mask: Tensor) -> Tensor:
    return (mask.long().cumsum(1) - 1).clamp(min=0)
