"""The network of the light compressor: parts of a text's token states to memory tokens, in nested configurations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.fitted_code import STEP

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Configuration:
    """How much is kept of a text."""

    rate: int
    """Text tokens per memory token."""
    dimension: int
    """Of a memory token and of the pooled vector."""


CONFIGURATIONS = {
    "conservative": Configuration(16, 512),
    "balanced": Configuration(32, 256),
    "aggressive": Configuration(64, 128),
    "extreme": Configuration(128, 64),
}
QUESTION = len(CONFIGURATIONS)
"""The reader of questions; documents have one for each configuration, in this order."""


class MemoryHead(nn.Module):
    """Parts of texts to memory tokens.

    The learned queries attend to the states as they are: a projection of keys and values would cost more than all the
    rest of the head, and what it could learn the queries and the projection of what they found can learn too.

    Args:
        states: Dimension of the encoder's states.
        width: Of the widest memory token.
        queries: Learned queries per memory token.
    """

    def __init__(self, states: int = 384, width: int = 512, queries: int = 4) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(QUESTION + 1, queries, states))
        self.found = nn.Linear(queries * states, width)
        self.residual = nn.Linear(states, width, bias=False)
        self.asked = nn.Linear(states, width, bias=False)
        self.norms = nn.ModuleDict({name: nn.RMSNorm(c.dimension) for name, c in CONFIGURATIONS.items()})
        nn.init.zeros_(self.found.weight)
        nn.init.zeros_(self.found.bias)
        for name, chosen in CONFIGURATIONS.items():
            self.register_buffer(f"centre_{name}", torch.zeros(chosen.dimension))
            self.register_buffer(f"step_{name}", torch.full((chosen.dimension,), STEP))

    def forward(self, states: Tensor, mask: Tensor, reader: int) -> Tensor:
        """``W mean(states) + V attention(queries, states)``.

        Args:
            states: ``[p, l, d]``, one part a row.
            mask: bool ``[p, l]``, true where a state stands.
            reader: Which queries: the number of the configuration, or the one that reads questions.

        Returns:
            ``[p, width]``, before the norm.
        """
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        queries = self.queries[reader].expand(len(states), -1, -1)
        found = nn.functional.scaled_dot_product_attention(queries, states, states, attn_mask=mask[:, None])
        residual = self.asked if reader == QUESTION else self.residual
        token: Tensor = residual(mean) + self.found(found.flatten(1))
        return token

    def normed(self, tokens: Tensor, name: str) -> Tensor:
        """The memory tokens of a configuration: ``[p, width]`` → ``[p, d]``."""
        found: Tensor = self.norms[name](tokens[:, : CONFIGURATIONS[name].dimension])
        return found


def configuration(name: str) -> Configuration:
    """The configuration of that name.

    Raises:
        ConfigurationError: There is none.
    """
    if name not in CONFIGURATIONS:
        raise ConfigurationError(f"Unknown configuration {name!r}.", f"Use one of: {', '.join(CONFIGURATIONS)}.")
    return CONFIGURATIONS[name]


def parts_in(states: int, rate: int | None) -> int:
    """Number of memory tokens of a text with so many states, of which two are ``[CLS]`` and ``[SEP]``."""
    return 1 if rate is None else max(1, (states - 2) // rate)


def parts_of(states: Floats, rate: int | None) -> Iterator[Floats]:
    """The states ``[t, d]`` of a text in parts of equal length, one for each memory token."""
    number = parts_in(len(states), rate)
    for place in range(number):
        yield states[len(states) * place // number : len(states) * (place + 1) // number]


def padded(parts: Sequence[Floats]) -> tuple[Tensor, Tensor]:
    """Parts as one batch: ``[p, l, d]``, and a mask ``[p, l]`` that is true where a state stands."""
    lengths = torch.tensor([len(part) for part in parts])
    states = nn.utils.rnn.pad_sequence([torch.from_numpy(part) for part in parts], batch_first=True)
    return states, torch.arange(states.shape[1]) < lengths[:, None]
