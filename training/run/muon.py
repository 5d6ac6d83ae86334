"""Muon: momentum whose update is made orthogonal, for the matrices between a network's layers (Jordan 2024).

Not ``torch.optim.Muon``, which computes in bfloat16 everywhere and one matrix at a time: on a CPU without bfloat16
that is several times slower than this. Here matrices of one shape go together, in float32 on a CPU.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

_A, _B, _C = 3.4445, -4.7750, 2.0315
"""Of the quintic iteration, as Jordan tuned them: singular values end between about 0.7 and 1.2."""
STEPS = 5


class Muon(torch.optim.Optimizer):
    """``m ← μ m + (1 − μ) g``; ``w ← w (1 − η λ) − 0.2 η √max(r, c) · orthogonal((1 − μ) g + μ m)``.

    The factor gives updates the root mean square of AdamW's (Liu et al. 2025), so both share a learning rate.

    Args:
        parameters: Matrices ``[r, c]``.
        lr: η.
        momentum: μ.
        weight_decay: λ.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]  # torch overloads it
        """One update of every parameter that has a gradient."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            same: dict[Any, list[nn.Parameter]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    same.setdefault((parameter.shape, parameter.device), []).append(parameter)
            for parameters in same.values():
                self._update(parameters, group)
        return loss

    def _update(self, parameters: list[nn.Parameter], group: dict[str, Any]) -> None:
        momentum, rate = group["momentum"], group["lr"]
        directions = []
        for parameter in parameters:
            assert parameter.grad is not None
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter.grad)
            memory = state["momentum"]
            memory.lerp_(parameter.grad, 1 - momentum)
            directions.append(parameter.grad.lerp(memory, momentum))
        scale = -0.2 * rate * max(parameters[0].shape) ** 0.5
        for parameter, update in zip(parameters, orthogonal(torch.stack(directions)), strict=True):
            parameter.mul_(1 - rate * group["weight_decay"]).add_(update.to(parameter.dtype), alpha=scale)


def orthogonal(matrices: Tensor, steps: int = STEPS) -> Tensor:
    """The nearest orthogonal matrix of each of ``[n, r, c]``, roughly, by Newton and Schulz's iteration."""
    x = matrices.to(torch.bfloat16 if matrices.is_cuda else torch.float32)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    if tall := x.shape[1] > x.shape[2]:
        x = x.mT
    for _ in range(steps):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=_B, alpha=_C), x, beta=_A)
    return x.mT if tall else x
