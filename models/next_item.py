"""What a customer buys next: a self-attentive sequence model beside the neighbours of the latest items.

Two views of the same purchases are added in log space:

* a small Transformer decoder reads the order of purchases (Kang and McAuley 2018, "Self-Attentive Sequential
  Recommendation"), trained with the full softmax over all items (Klenitskiy and Vasilev 2023, "Turning Dross Into
  Gold Loss", found that the loss, not the architecture, decides);
* for every item, the items bought within a few places of it, nearer ones counting more; the latest purchases count
  most (after Jannach and Ludewig 2017, "When Recurrent Neural Networks meet the Neighborhood").

The first generalises over long histories, the second remembers what is bought in one go. Each alone is weaker
(``training/benchmarks/next_item.py``). Made by ``training/recipes/next_item.py``.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seamless_retail.core.errors import InvalidQueryError, ModelFileError
from seamless_retail.core.suggestions import Suggestion
from seamless_retail.models.item_neighbours import Neighbours
from seamless_retail.models.module import StoredModule, load_module

KIND = "next_item"
PADDING = 0
"""Item number of places without an item; real items count from 1."""
_SMOOTHING = 1e-5
"""Probability of an item that is nobody's neighbour."""
_BATCH = 128

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class NetworkConfig:
    """The shape of a network over item sequences."""

    items: int
    """How many there are, padding not counted."""
    kind: str = "attention"
    """``attention`` (SASRec), or ``recurrent`` (GRU4Rec, Hidasi et al. 2016), the baseline."""
    width: int = 64
    layers: int = 2
    heads: int = 2
    length: int = 50
    """Latest items that are read."""
    dropout: float = 0.4


class SequenceNetwork(nn.Module):
    """Item numbers ``[b, t]`` → states ``[b, t, d]``; each sees its own and earlier places only."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.items = nn.Embedding(config.items + 1, config.width, padding_idx=PADDING)
        nn.init.normal_(self.items.weight, std=config.width**-0.5)
        self.bias = nn.Parameter(torch.zeros(config.items + 1))
        self.dropout = nn.Dropout(config.dropout)
        if config.kind == "recurrent":
            self.recurrent = nn.GRU(config.width, config.width, batch_first=True)
            return
        self.places = nn.Embedding(config.length, config.width)
        nn.init.normal_(self.places.weight, std=0.02)
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            config.width,
            config.dropout,
            nn.functional.gelu,
            batch_first=True,
            norm_first=True,
        )
        self.attention = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)

    def forward(self, numbers: Tensor) -> Tensor:
        """``[b, t]`` → ``[b, t, d]``, with ``t`` at most the configured length."""
        states = self.items(numbers)
        if self.config.kind == "recurrent":
            found, _ = self.recurrent(self.dropout(states))
            kept: Tensor = self.dropout(found)
            return kept
        length = numbers.shape[1]
        states = self.dropout(states) + self.places(torch.arange(length, device=numbers.device))
        later = torch.ones(length, length, dtype=torch.bool, device=numbers.device).triu(1)
        read: Tensor = self.norm(self.attention(states, mask=later, is_causal=True))
        return read

    def logits(self, states: Tensor) -> Tensor:
        """``[..., d]`` → ``[..., items + 1]``, by the embeddings of the items themselves."""
        found: Tensor = states @ self.items.weight.T + self.bias
        return found


@dataclass(frozen=True)
class Blend:
    """How the two views are added, chosen on held-out purchases."""

    neighbours: float = 1.0
    """Weight of the neighbours' log-probabilities beside the network's."""
    fading: float = 5.0
    """Places after which an item of the history counts 1/e."""
    reach: int = 60
    """Latest items whose neighbours count."""


class NextItemModel:
    """Ranks items after a history.

    Args:
        items: The items by name; their numbers count from 1.
        network: Trained on those numbers.
        neighbours: Counted on the same purchases.
        counts: How often each item was bought, ``[items + 1]``; ranks items for an empty history.
        blend: How the views are added.
    """

    def __init__(
        self,
        items: Sequence[str],
        network: SequenceNetwork,
        neighbours: Neighbours,
        counts: NDArray[Any],
        blend: Blend,
    ) -> None:
        self.items = tuple(items)
        self.network, self.neighbours, self.blend = network.eval(), neighbours, blend
        self.counts = np.asarray(counts, dtype=np.float32)
        self._numbers = {item: number for number, item in enumerate(self.items, start=1)}
        self._popularity = np.log((self.counts + 0.5) / (self.counts.sum() + 1)).astype(np.float32)

    @classmethod
    def load(cls, folder: Path | Traversable) -> "NextItemModel":
        """Read what :meth:`stored` describes.

        Raises:
            ModelFileError: A file is missing or damaged, or the tensors do not fit.
        """
        module = load_module(folder, KIND)
        try:
            network = SequenceNetwork(NetworkConfig(**module.config["network"]))
            tensors = {
                name.removeprefix("network."): torch.from_numpy(tensor).float()
                for name, tensor in module.tensors.items()
                if name.startswith("network.")
            }
            network.load_state_dict(tensors)
            near = Neighbours(
                module.tensors["neighbours.numbers"].astype(np.int32),
                module.tensors["neighbours.weights"].astype(np.float32),
            )
            return cls(module.config["items"], network, near, module.tensors["counts"], Blend(**module.config["blend"]))
        except (KeyError, TypeError, RuntimeError) as error:
            remedy = "Train it again: `seamless recommend train PATH`."
            raise ModelFileError(f"The next-item model in {folder} is not complete: {error}.", remedy) from error

    def stored(self) -> StoredModule:
        """The model as tensors (half precision) and configuration."""
        tensors: dict[str, NDArray[Any]] = {
            f"network.{name}": tensor.detach().cpu().numpy().astype(np.float16)
            for name, tensor in self.network.state_dict().items()
        }
        tensors["neighbours.numbers"] = self.neighbours.numbers.astype(np.int32)
        tensors["neighbours.weights"] = self.neighbours.weights.astype(np.float16)
        tensors["counts"] = self.counts
        config = {
            "items": list(self.items),
            "network": asdict(self.network.config),
            "blend": asdict(self.blend),
        }
        return StoredModule(KIND, config, tensors)

    def knows(self, item: str) -> bool:
        """Whether the item was in the purchases the model was trained on."""
        return item in self._numbers

    def rank(self, history: Sequence[str], k: int = 10, *, exclude: Collection[str] = ()) -> list[Suggestion]:
        """The ``k`` likeliest next items, likeliest first; the best sellers where nothing of the history is known.

        Args:
            history: Items bought, the latest last; unknown ones are passed over.
            k: Items returned at most.
            exclude: Items never returned, such as the history itself.

        Raises:
            InvalidQueryError: ``k`` is not positive.
        """
        if k < 1:
            raise InvalidQueryError(f"k is {k}.", "Ask for at least one item.")
        known = [self._numbers[item] for item in history if item in self._numbers]
        scores = self.scores([known])[0]
        scores[[PADDING, *(self._numbers[item] for item in exclude if item in self._numbers)]] = -np.inf
        order = [number for number in np.argsort(-scores, kind="stable")[:k].tolist() if np.isfinite(scores[number])]
        if not order:
            return []
        raw = np.exp(scores - scores[order[0]])
        probabilities = raw / raw.sum()
        return [Suggestion(self.items[n - 1], float(probabilities[n]), self._because(known, n)) for n in order]

    def scores(self, histories: Sequence[Sequence[int]]) -> Floats:
        """Log-scores ``[n, items + 1]`` of what follows each history of item numbers; padding's is meaningless."""
        found = np.tile(self._popularity, (len(histories), 1))
        rows = [row for row, history in enumerate(histories) if len(history)]
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            some = [histories[row] for row in batch]
            found[batch] = self.network_scores(some) + self.blend.neighbours * self.neighbour_scores(some)
        return found

    @torch.inference_mode()
    def network_scores(self, histories: Sequence[Sequence[int]]) -> Floats:
        """The network's log-probabilities ``[n, items + 1]``; no history may be empty."""
        latest = [history[-self.network.config.length :] for history in histories]
        device = self.network.bias.device
        numbers = torch.zeros(len(latest), max(map(len, latest)), dtype=torch.long)
        for row, history in enumerate(latest):
            numbers[row, : len(history)] = torch.tensor(history)
        ends = torch.tensor([len(history) - 1 for history in latest])
        states = self.network(numbers.to(device))[torch.arange(len(latest)), ends]
        logits = self.network.logits(states).float()
        logits[:, PADDING] = -torch.inf
        return np.asarray(logits.log_softmax(-1).cpu().numpy(), dtype=np.float32)

    def neighbour_scores(self, histories: Sequence[Sequence[int]]) -> Floats:
        """The neighbours' log-probabilities ``[n, items + 1]``."""
        scores = np.zeros((len(histories), len(self.items) + 1), dtype=np.float32)
        for row, history in enumerate(histories):
            latest = np.asarray(history[-self.blend.reach :])
            weights = np.exp(-np.arange(len(latest))[::-1] / self.blend.fading).astype(np.float32)
            near = self.neighbours.numbers[latest]
            np.add.at(scores[row], near.ravel(), (weights[:, None] * self.neighbours.weights[latest]).ravel())
        total = np.maximum(scores.sum(axis=1, keepdims=True), 1e-9)
        return np.asarray(np.log(scores / total + _SMOOTHING), dtype=np.float32)

    def _because(self, history: Sequence[int], number: int) -> str:
        """The item of the history whose neighbour ``number`` is, weighed as in the score."""
        best, chosen = 0.0, ""
        for age, bought in enumerate(reversed(history[-self.blend.reach :])):
            found = np.flatnonzero(self.neighbours.numbers[bought] == number)
            weight = float(np.exp(-age / self.blend.fading) * self.neighbours.weights[bought][found].sum())
            if weight > best:
                best, chosen = weight, self.items[bought - 1]
        return chosen
