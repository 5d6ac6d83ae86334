"""Optimisers over named parameters, and their state as plain tensors."""

from typing import Any

import torch
from torch import Tensor, nn

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.run.muon import Muon
from seamless_retail.training.run.settings import Descent


def build_optimizers(model: nn.Module, settings: Descent) -> list[torch.optim.Optimizer]:
    """AdamW over what requires a gradient; with ``optimizer: muon`` Muon first, over the matrices of linear layers.

    Embeddings, the output layer and norms stay with AdamW.

    Raises:
        ConfigurationError: Nothing is to be trained.
    """
    trained = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
    if not trained:
        raise ConfigurationError("No parameter is to be trained.", "Unfreeze a part of the model (requires_grad).")
    matrices = _hidden_matrices(model) if settings.optimizer == "muon" else set[int]()
    rest = [value for _, value in trained if id(value) not in matrices]
    found: list[torch.optim.Optimizer] = []
    if hidden := [value for _, value in trained if id(value) in matrices]:
        rate = settings.muon_learning_rate or settings.learning_rate
        found.append(Muon(hidden, lr=rate, weight_decay=settings.weight_decay))
    if rest:
        options: dict[str, Any] = {
            "betas": settings.betas,
            "weight_decay": settings.weight_decay,
            "fused": _fused(rest),
        }
        found.append(torch.optim.AdamW(rest, lr=settings.learning_rate, **options))
    return found


def note_full_rates(optimizers: list[torch.optim.Optimizer]) -> None:
    """Remember each group's rate as its full one, which :func:`set_learning_rate` scales."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["full_lr"] = group["lr"]


def set_learning_rate(optimizers: list[Any], share: float) -> float:
    """Scale every group to ``share`` of its full rate; returns the last group's, AdamW's unless there is none."""
    rate = 0.0
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            rate = group["lr"] = group["full_lr"] * share
    return rate


def state_tensors(optimizers: list[Any], names: dict[int, str]) -> dict[str, Tensor]:
    """What the optimisers remember, by parameter: ``name/exp_avg``.

    Args:
        optimizers: As built, unwrapped.
        names: Parameters' names by ``id``.
    """
    return {
        f"{names[id(parameter)]}/{key}": value
        for optimizer in optimizers
        for parameter, state in optimizer.state.items()
        for key, value in state.items()
        if isinstance(value, Tensor)
    }


def load_state_tensors(optimizers: list[Any], names: dict[int, str], tensors: dict[str, Tensor]) -> None:
    """The reverse of :func:`state_tensors`."""
    by_name: dict[str, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        name, _, slot = key.rpartition("/")
        by_name.setdefault(name, {})[slot] = value
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                for slot, value in by_name.get(names[id(parameter)], {}).items():
                    # A step counter lives on the CPU unless the optimiser is fused.
                    device = parameter.device if slot != "step" or group.get("fused") else "cpu"
                    optimizer.state[parameter][slot] = value.to(device)


def _hidden_matrices(model: nn.Module) -> set[int]:
    """Weights of linear layers by ``id``, adapters included; not those of output layers and embeddings, tied or not."""
    linear = {id(module.weight) for module in model.modules() if isinstance(module, nn.Linear)}
    embeddings = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
    modules: list[Any] = list(model.modules())
    outputs = [module.get_output_embeddings() for module in modules if hasattr(module, "get_output_embeddings")]
    return linear - embeddings - {id(output.weight) for output in outputs if output is not None}


def _fused(parameters: list[nn.Parameter]) -> bool:
    return all(value.is_floating_point() and value.device.type in ("cpu", "cuda") for value in parameters)
