"""LoRA adapters as PEFT saves them, merged into weights without PEFT: ``W + alpha / r · B A`` (Hu et al. 2021)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seamless_retail.core.errors import ModelFileError

if TYPE_CHECKING:
    from torch import Tensor

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
_WRAPPERS = ("base_model.model.", "base_model.", "model.")
_RETRAIN = "Train it again with the recipe that made it, or name another model."


@dataclass(frozen=True)
class LowRankAdapter:
    """Pairs of factors by the name of the weight that they change."""

    base: str
    """Name of the model that it was trained on."""
    factors: Mapping[str, tuple["Tensor", "Tensor"]]
    """``A [r, in]`` and ``B [out, r]`` of ``….weight``."""
    scale: float
    sha256: str
    """Of the file of weights."""

    @classmethod
    def read(cls, folder: Path) -> "LowRankAdapter":
        """Read ``adapter_config.json`` and ``adapter_model.safetensors``.

        Raises:
            ModelFileError: A file is missing or damaged, or it is more than a plain LoRA adapter of linear layers.
        """
        from safetensors.torch import load_file

        config = adapter_config(folder)
        try:
            tensors = load_file(folder / WEIGHTS)
            sha256 = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
            scale = config["lora_alpha"] / (config["r"] ** 0.5 if config.get("use_rslora") else config["r"])
        except Exception as error:  # safetensors raises its own types, and bare ones
            raise ModelFileError(f"The adapter in {folder} cannot be read: {error!r}.", _RETRAIN) from error
        special = [name for name in ("use_dora", "rank_pattern", "alpha_pattern", "fan_in_fan_out") if config.get(name)]
        if special or config.get("bias", "none") != "none":
            raise ModelFileError(
                f"The adapter in {folder} is no plain LoRA: {', '.join(special) or 'it trains biases'}.",
                "Merge it with PEFT and name the merged model's folder.",
            )
        return cls(str(config.get("base_model_name_or_path") or ""), _paired(tensors, folder), scale, sha256)

    def merged(self, weights: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
        """The weights, those that it changes replaced; float32 sums.

        Raises:
            ModelFileError: It changes a weight that is not there, or of another shape.
        """
        changed = {}
        for name, (down, up) in self.factors.items():
            before = weights.get(name)
            if before is None or before.shape != (up.shape[0], down.shape[1]):
                raise ModelFileError(
                    f"The adapter does not fit its base: {name} is not there, or of another shape.", _RETRAIN
                )
            change = self.scale * (up.float() @ down.float())
            changed[name] = (before.float() + change).to(before.dtype)
        return {**weights, **changed}


def adapter_config(folder: Path) -> dict[str, Any]:
    """What PEFT wrote about the adapter in a folder; empty where there is none.

    Raises:
        ModelFileError: It cannot be read.
    """
    page = folder / CONFIG
    if not page.is_file():
        return {}
    try:
        found: dict[str, Any] = json.loads(page.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{page} cannot be read: {error}.", _RETRAIN) from error
    return found


def _paired(tensors: Mapping[str, "Tensor"], folder: Path) -> dict[str, tuple["Tensor", "Tensor"]]:
    found = {}
    for name, down in tensors.items():
        if ".lora_A." in name:
            up = tensors.get(name.replace(".lora_A.", ".lora_B."))
            if up is None or down.ndim != 2 or up.shape[1] != down.shape[0]:
                raise ModelFileError(f"The adapter in {folder} is damaged: {name} has no counterpart.", _RETRAIN)
            found[_bare(name)] = (down, up)
    if not found or len(tensors) != 2 * len(found):
        raise ModelFileError(f"The adapter in {folder} holds other tensors than LoRA's.", _RETRAIN)
    return found


def _bare(name: str) -> str:
    """The weight's name in the base: without PEFT's wrappers and the adapter's own name."""
    module = name.split(".lora_A.")[0]
    for wrapper in _WRAPPERS:
        module = module.removeprefix(wrapper)
    return f"{module}.weight"
