"""The settings that recipes share: how weights are updated, what is logged where, and the base of a recipe's own."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Precision = Literal["auto", "float32", "bfloat16", "float16"]
"""``auto``: bfloat16 on a GPU that has it, float32 elsewhere."""


class Settings(BaseModel):
    """Base of all parts: nothing unknown, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tracking(Settings):
    """Where figures go on the way, beside the progress bar."""

    tensorboard: bool = True
    """Into ``out/logs``."""
    wandb: Literal["off", "offline", "online"] = "off"
    """Weights & Biases; ``offline`` writes into ``out/logs/wandb`` and sends nothing."""
    project: str = "seamless-retail"
    """At Weights & Biases."""


class Descent(Settings):
    """How weights are updated."""

    updates: int | None = Field(None, gt=0)
    """Overrides ``epochs``; needed for data without end."""
    epochs: float = Field(1.0, gt=0)
    batch: int = Field(32, gt=0)
    """Records per update, over all devices."""
    micro_batch: int | None = Field(None, gt=0)
    """Records per forward pass on one device; gradients are accumulated up to ``batch``. By default all at once."""
    learning_rate: float = Field(1e-4, gt=0)
    schedule: Literal["cosine", "trapezoid", "constant"] = "cosine"
    """After the warm-up a cosine; full and, over the share ``decay`` at the end, linearly down; or full."""
    warmup: float = Field(0.03, ge=0, le=1)
    """Share of the updates."""
    final_share: float = Field(0.1, ge=0, le=1)
    """Of the learning rate, at the end of the cosine or trapezoid."""
    decay: float = Field(0.4, gt=0, le=1)
    """Share of the updates over which a trapezoid falls."""
    clip: float = Field(1.0, gt=0)
    """Norm of the gradient."""
    optimizer: Literal["adamw", "muon"] = "adamw"
    """``muon``: for the matrices of linear layers, with AdamW for the rest."""
    muon_learning_rate: float | None = Field(None, gt=0)
    """By default ``learning_rate``: Muon's updates are scaled to be as large as AdamW's."""
    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = Field(0.0, ge=0)


class Optimisation(Descent):
    """How one training of a recipe runs."""

    precision: Precision = "auto"
    gradient_checkpointing: bool = False
    """Compute activations again instead of keeping them; for recipes over Hugging Face models."""
    log_every: int = Field(10, gt=0)
    """Updates."""
    checkpoint_every: int = Field(500, gt=0)
    """Updates."""


class RecipeSettings(Settings):
    """Base of a recipe's settings."""

    seed: int = 0
    tracking: Tracking = Tracking()
