"""Several question-answer segments behind one document prefix, so that one forward pass serves many questions."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

_PADDING = -1


class Packed(NamedTuple):
    """How the tokens of packed rows see each other."""

    mask: Tensor
    """bool ``[b, 1, T, T]``: may token i (third axis) attend to token j (fourth axis)?"""
    position_ids: Tensor
    """int64 ``[b, T]``: every segment continues where the prefix ends."""


def pack(
    prefix_lengths: Sequence[int], segment_lengths: Sequence[Sequence[int]], device: torch.device | str = "cpu"
) -> Packed:
    """The mask and positions of rows made of a prefix and independent segments, padded on the right.

    A segment sees the prefix and its own past, never another segment, so its logits are those of a row that holds the
    prefix and this segment alone. Padding sees only itself, which keeps its softmax finite.

    Args:
        prefix_lengths: Tokens (or memory vectors) of each row's prefix, ``b`` of them.
        segment_lengths: For each row, the lengths of its segments in their order.
        device: Where the result is needed.
    """
    rows = [_row(prefix, segments) for prefix, segments in zip(prefix_lengths, segment_lengths, strict=True)]
    width = max((len(groups) for groups, _ in rows), default=0)
    groups = torch.full((len(rows), width), _PADDING)
    positions = torch.zeros((len(rows), width), dtype=torch.long)
    for i, (group, position) in enumerate(rows):
        groups[i, : len(group)] = torch.tensor(group, dtype=torch.long)
        positions[i, : len(position)] = torch.tensor(position, dtype=torch.long)
    groups = groups.to(device)
    asks, gives = groups[:, :, None], groups[:, None, :]
    causal = torch.ones(width, width, dtype=torch.bool, device=device).tril()
    sees = causal & (asks != _PADDING) & ((gives == 0) | (gives == asks))
    sees = sees | torch.eye(width, dtype=torch.bool, device=device)
    return Packed(sees[:, None], positions.to(device))


def _row(prefix: int, segments: Sequence[int]) -> tuple[list[int], list[int]]:
    """Group (0 for the prefix, then 1, 2, …) and position of each token of a row."""
    groups, positions = [0] * prefix, list(range(prefix))
    for group, length in enumerate(segments, start=1):
        groups += [group] * length
        positions += range(prefix, prefix + length)
    return groups, positions
