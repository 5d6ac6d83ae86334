"""Inference of the BERT encoder behind all-MiniLM-L6-v2, without transformers.

A single short query spends more time in Python and in re-packing weights than in arithmetic, so the layers are a flat
list of fused operations over weights packed once. Architecture: Devlin et al. 2019 (post-norm encoder, exact GELU);
distilled by Wang et al. 2020, "MiniLM: Deep Self-Attention Distillation". The numbers equal sentence-transformers'.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Linear = Callable[[Tensor], Tensor]

_TYPICAL_TOKENS = 8
"""The number of rows the packed layout is chosen for; any other number is computed right, only slower."""


class MiniLm:
    """The encoder as a function of token ids.

    Args:
        weights: The checkpoint's tensors by name (``encoder.layer.0.attention.self.query.weight`` …).
        config: The checkpoint's ``config.json``.
    """

    def __init__(self, weights: dict[str, Tensor], config: dict[str, Any]) -> None:
        self.dimension: int = config["hidden_size"]
        self._heads: int = config["num_attention_heads"]
        self._eps: float = config["layer_norm_eps"]
        self._words = weights["embeddings.word_embeddings.weight"]
        # Every text is one segment, so the segment embedding is part of the position embedding.
        self._positions = (
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _pair(weights, "embeddings.LayerNorm")
        self.layers: int = config["num_hidden_layers"]
        self._layers = [self._layer(weights, f"encoder.layer.{i}") for i in range(self.layers)]

    @torch.inference_mode()
    def __call__(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """The mean over the tokens of every layer's output; the last layer's, at length 1, is the sentence embedding.

        Args:
            ids: Token ids ``[b, n]``.
            mask: ``[b, n]``, true where a token stands; None when no row is padded.

        Returns:
            ``[b, layers, d]``, lowest layer first.
        """
        return torch.stack([_mean(x, mask) for x in self._outputs(ids, mask)], dim=1)

    @torch.inference_mode()
    def tokens(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """The last layer's output for every token, ``[b, n, d]``; where there is none, it means nothing."""
        for x in self._outputs(ids, mask):
            last = x
        return last

    @torch.inference_mode()
    def means_and_tokens(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """What a call and :meth:`tokens` give for rows without padding, ``[b, layers, d]`` and ``[b, n, d]``."""
        outputs = list(self._outputs(ids, None))
        return torch.stack([_mean(x, None) for x in outputs], dim=1), outputs[-1]

    def _outputs(self, ids: Tensor, mask: Tensor | None) -> Iterator[Tensor]:
        """The output ``[b, n, d]`` of every layer, lowest first."""
        x = self._words[ids] + self._positions[: ids.shape[1]]
        x = functional.layer_norm(x, (self.dimension,), *self._norm, self._eps)
        bias = None if mask is None else mask[:, None, None, :]
        for attend, project, norm_1, expand, contract, norm_2 in self._layers:
            x = functional.layer_norm(
                x + project(self._attention(attend(x), bias)), (self.dimension,), *norm_1, self._eps
            )
            x = functional.layer_norm(x + contract(expand(x)), (self.dimension,), *norm_2, self._eps)
            yield x

    def _attention(self, qkv: Tensor, mask: Tensor | None) -> Tensor:
        """Scaled dot-product attention: ``[b, n, 3d]`` → ``[b, n, d]``."""
        b, n, _ = qkv.shape
        query, key, value = qkv.view(b, n, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return mixed.transpose(1, 2).reshape(b, n, self.dimension)

    @staticmethod
    def _layer(weights: dict[str, Tensor], at: str) -> tuple[Any, ...]:
        """The six steps of one layer; query, key and value are one product."""
        qkv = [_pair(weights, f"{at}.attention.self.{name}") for name in ("query", "key", "value")]
        return (
            _linear(torch.cat([weight for weight, _ in qkv]), torch.cat([bias for _, bias in qkv])),
            _linear(*_pair(weights, f"{at}.attention.output.dense")),
            _pair(weights, f"{at}.attention.output.LayerNorm"),
            _linear(*_pair(weights, f"{at}.intermediate.dense"), gelu=True),
            _linear(*_pair(weights, f"{at}.output.dense")),
            _pair(weights, f"{at}.output.LayerNorm"),
        )


def _mean(states: Tensor, mask: Tensor | None) -> Tensor:
    """Mean over the tokens: ``[b, n, d]`` → ``[b, d]``."""
    return states.mean(1) if mask is None else (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def _pair(weights: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _linear(weight: Tensor, bias: Tensor, *, gelu: bool = False) -> Linear:
    """``x Wᵀ + b``, then GELU if asked, with the weight packed for oneDNN where this build of torch has it."""
    mkldnn = torch.ops.mkldnn
    if torch.backends.mkldnn.is_available() and hasattr(mkldnn, "_reorder_linear_weight"):
        with torch.inference_mode():
            packed = mkldnn._reorder_linear_weight(weight, _TYPICAL_TOKENS)
        activation = ("gelu", [], "none") if gelu else ("none", [], "")
        return lambda x: mkldnn._linear_pointwise(x, packed, bias, *activation)
    if gelu:
        return lambda x: functional.gelu(functional.linear(x, weight, bias))
    return lambda x: functional.linear(x, weight, bias)
