"""Spherical interpolation of LoRA adapters, as one number for each adapter in each layer.

SLERP (Shoemake 1985) turns from one direction to another at constant speed. What an adapter adds to a layer,
``u = s B A``, is a vector; blends of them are combinations ``Σ c u``, so only the coefficients ``c`` are computed, from
the products of the adapters with each other. Two adapters that pull the same way add up to less than their sum, two
that have nothing to do with each other keep their strength. PEFT has no such method.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

PARALLEL = 1e-4
"""Sine of an angle below which the arc is a straight line."""


def coefficients(products: Tensor, weights: Sequence[float]) -> list[float]:
    """How much of each adapter a layer gets.

    The adapters are folded in order: each next one draws the direction towards itself by its share of the weights so
    far. The length goes linearly between theirs, times the root of the sum of squared weights; one adapter alone is
    scaled by its weight.

    Args:
        products: Inner products of the adapters, ``[k, k]``; those of negative weight are taken the other way round.
        weights: Of the adapters, ``[k]``, none of them 0.
    """
    signs = torch.tensor([math.copysign(1.0, weight) for weight in weights], dtype=torch.float64)
    gram = products.double() * signs[:, None] * signs[None, :]
    sizes = [abs(weight) for weight in weights]
    mixed = torch.zeros(len(weights), dtype=torch.float64)
    mixed[0], so_far = 1.0, sizes[0]
    for place in range(1, len(weights)):
        share = sizes[place] / (so_far + sizes[place])
        mixed = _arc(gram, mixed, place, share)
        so_far += sizes[place]
    length = math.sqrt(sum(size * size for size in sizes))
    return [float(value) for value in mixed * signs * length]


def products(factors: Sequence[tuple[Tensor, Tensor, float]]) -> Tensor:
    """Inner products ``⟨sBA, tDC⟩ = s t Σ (BᵀD) ⊙ (ACᵀ)`` of adapters given as ``(A [r, n], B [m, r], scale)``."""
    found = torch.zeros(len(factors), len(factors), dtype=torch.float64)
    for i, (a, b, scale) in enumerate(factors):
        for j, (c, d, other) in enumerate(factors):
            found[i, j] = float(((b.double().T @ d.double()) * (a.double() @ c.double().T)).sum()) * scale * other
    return found


def _arc(gram: Tensor, mixed: Tensor, place: int, share: float) -> Tensor:
    """From the mixture towards adapter ``place``, by ``share`` of the angle between them."""
    target = torch.zeros_like(mixed)
    target[place] = 1.0
    one, two = math.sqrt(max(float(mixed @ gram @ mixed), 0.0)), math.sqrt(max(float(gram[place, place]), 0.0))
    if one == 0.0 or two == 0.0:  # an adapter that adds nothing here
        return mixed * (1 - share) + target * share
    cosine = max(-1.0, min(1.0, float(mixed @ gram @ target) / (one * two)))
    angle = math.acos(cosine)
    if math.sin(angle) < PARALLEL:
        return mixed * (1 - share) + target * share
    near, far = math.sin((1 - share) * angle) / math.sin(angle), math.sin(share * angle) / math.sin(angle)
    length = (1 - share) * one + share * two
    return length * (near * mixed / one + far * target / two)
