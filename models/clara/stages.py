"""What each training stage trains, and what it needs of the model."""

from typing import Any

from torch import nn

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara.roles import adapter_of

STAGES = {
    "reader": ("base",),
    "stage1": ("base", "compressor", "generator", "readout", "new_tokens"),
    "stage2": ("base", "compressor", "generator", "readout", "new_tokens"),
    "stage3": ("reasoner", "generator"),
}
"""What each stage trains; the base only where ``train_base`` is set. Stage 3 leaves stored memories valid."""


class Staged:
    """The half of :class:`~seamless_retail.models.clara.model.ClaraModel` that recipes set up."""

    base: Any
    config: Any
    readout: Any
    new_tokens: Any
    roles: Any
    requires_grad_: Any
    _merged: Any

    def add_role(self, name: str, source: str | None = None) -> None:
        """A new adapter, as a copy of another or one that changes nothing yet.

        Raises:
            ConfigurationError: The name is taken, or the source does not exist.
        """
        self.roles.check(source)
        self.roles.add(name, self.config)
        self.config.roles = self.roles.names
        self._merged.clear()
        if source is not None:
            self.roles.copy(source, name)

    def copy_role(self, source: str, target: str) -> None:
        """Overwrite one adapter's weights with another's."""
        self.roles.copy(source, target)
        self._merged.clear()

    def part(self, name: str) -> list[nn.Parameter]:
        """The parameters of ``base``, ``readout``, ``new_tokens`` or a role."""
        if name == "base":
            return [value for key, value in self.base.named_parameters() if adapter_of(key) is None]
        if name == "readout":
            return list(self.readout.parameters())
        if name == "new_tokens":
            return [] if self.new_tokens is None else [self.new_tokens]
        return [value for _, value in self.roles.parameters(name)]

    def trainable(self, stage: str) -> tuple[str, ...]:
        """Set ``requires_grad`` of every parameter for a stage, and name the parts that train.

        Args:
            stage: ``reader`` (the text reader), ``stage1``, ``stage2``, ``stage3``, or ``none``.

        Raises:
            ConfigurationError: The stage is unknown, needs a role that is missing, or a base that may not train.
        """
        if stage not in (*STAGES, "none"):
            raise ConfigurationError(f"Unknown stage {stage!r}.", f"Choose one of {', '.join(STAGES)} or none.")
        if stage == "reader" and not self.config.train_base:
            raise ConfigurationError(
                "A text reader trains the base, which this configuration freezes.", "Set train_base to true."
            )
        parts = tuple(name for name in STAGES.get(stage, ()) if name != "base" or self.config.train_base)
        chosen = [parameter for name in parts for parameter in self.part(name)]
        self.requires_grad_(False)
        for parameter in chosen:
            parameter.requires_grad_(True)
        return parts

    def gradient_checkpointing_enable(self, gradient_checkpointing_kwargs: Any = None, **options: Any) -> None:
        """Recompute layers in the backward pass, each in the role of its forward pass; never re-entrant."""
        settings = {"use_reentrant": False, "context_fn": self.roles.checkpoint_contexts}
        enable = getattr(self.base, "activation_checkpointing_enable", self.base.gradient_checkpointing_enable)
        enable({**(gradient_checkpointing_kwargs or {}), **settings}, **options)

    def gradient_checkpointing_disable(self) -> None:
        """Keep the activations again."""
        disable = getattr(self.base, "activation_checkpointing_disable", self.base.gradient_checkpointing_disable)
        disable()
