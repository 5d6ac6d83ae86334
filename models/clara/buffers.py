"""Rotary frequencies in half precision: computed buffers that a cast rounds, though no checkpoint holds them.

``model.to(torch.bfloat16)`` rounds them too, while loading in bfloat16 computes them anew in float32. The same weights
would then give two kinds of memories, so here such buffers keep the float type they were computed in.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

_HALVES = (torch.float16, torch.bfloat16)


@contextmanager
def kept_precise(model: nn.Module) -> Iterator[None]:
    """Around a move or cast: computed buffers follow to the new device, not to the new float type."""
    before = list(_computed(model))
    yield
    for module, name, buffer in before:
        if buffer.dtype != module.get_buffer(name).dtype:
            setattr(module, name, buffer.to(module.get_buffer(name).device))


def make_precise(model: nn.Module) -> None:
    """Compute anew what a cast has rounded, for modules that transformers builds from their ``config`` alone."""
    rounded = {module for module, _, buffer in _computed(model) if buffer.dtype in _HALVES}
    for module in rounded:
        if not hasattr(module, "config"):
            continue
        fresh = type(module)(module.config)
        for name in module._non_persistent_buffers_set:
            setattr(module, name, fresh.get_buffer(name).to(module.get_buffer(name).device))


def _computed(model: nn.Module) -> Iterator[tuple[nn.Module, str, Tensor]]:
    for module in model.modules():
        for name in module._non_persistent_buffers_set:
            buffer = module.get_buffer(name)
            if buffer.is_floating_point():
                yield module, name, buffer
