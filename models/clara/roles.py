"""The adapters of one base model: compressor, generator and reasoner share its weights and take turns.

PEFT's own switch, ``set_adapter``, also freezes the adapters that are off, and gradient checkpointing recomputes a
layer during the backward pass, when another adapter may be on. Here a switch leaves ``requires_grad`` alone, and every
checkpoint remembers the role of its forward pass and recomputes under it.
"""

import copy
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara.config import ClaraConfig


class Roles:
    """The LoRA adapters injected into ``base``, none of them at work unless a caller says so.

    One thread at a time uses the adapters; others wait. Merged copies (:meth:`merged`) need no turns.
    """

    def __init__(self, base: nn.Module) -> None:
        self._base = base
        self._layers: list[Any] = []
        self._lock = threading.RLock()
        self.names: tuple[str, ...] = ()
        self.active: str | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.RLock())

    def add(self, name: str, config: ClaraConfig) -> None:
        """Inject an adapter that changes nothing yet (its B matrices are zero), in float32 when the base is in half.

        Raises:
            ConfigurationError: The name is taken.
        """
        from peft import inject_adapter_in_model
        from peft.tuners.lora import LoraLayer

        if name in self.names:
            raise ConfigurationError(f"There is already a role {name!r}.", "Copy into it with copy_role instead.")
        trained = {id(parameter): parameter.requires_grad for parameter in self._base.parameters()}
        # The seed is the role's own, so that one role's start does not depend on which others were added before.
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            torch.manual_seed(sum(name.encode()))
            # Several adapters on one model are the point here.
            warnings.filterwarnings("ignore", message="Already found a `peft_config`")
            inject_adapter_in_model(lora_config(config), self._base, adapter_name=name)
        for parameter in self._base.parameters():
            if id(parameter) in trained:
                parameter.requires_grad_(trained[id(parameter)])
            elif parameter.dtype in (torch.float16, torch.bfloat16):
                parameter.data = parameter.data.float()
        if config.train_base:
            from seamless_retail.models.clara.folding import fold

            fold(self._base)
        self._layers = [module for module in self._base.modules() if isinstance(module, LoraLayer)]
        # New layers come in training mode, with their dropout on, whatever the mode of the model around them.
        self._base.train(self._base.training)
        self.names = (*self.names, name)
        self._activate(self.active)

    @contextmanager
    def use(self, name: str | None) -> Iterator[None]:
        """Put one adapter to work, or with ``None`` the bare base; the previous one returns at the end.

        Raises:
            ConfigurationError: The model has no such role.
        """
        self.check(name)
        with self._lock:
            before = self.active
            self._activate(name)
            try:
                yield
            finally:
                self._activate(before)

    def check(self, name: str | None) -> None:
        """Refuse a role that the model does not have."""
        if name is not None and name not in self.names:
            raise ConfigurationError(
                f"The model has no role {name!r}, only {', '.join(self.names) or 'none'}.",
                f"Add it with add_role({name!r}), or load a checkpoint that was trained with it.",
            )

    def checkpoint_contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """For ``torch.utils.checkpoint(context_fn=…)``: around the forward pass nothing, around the recompute its role.

        The recompute takes no turn: it may run in another thread, while the one that called ``backward`` waits for it.
        """
        return nullcontext(), self._recompute(self.active)

    def parameters(self, name: str) -> list[tuple[str, nn.Parameter]]:
        """The tensors of one adapter, with their names in the base."""
        self.check(name)
        return [(key, value) for key, value in self._base.named_parameters() if adapter_of(key) == name]

    def copy(self, source: str, target: str) -> None:
        """Overwrite the weights of one adapter with those of another."""
        start = {adapter_key(key): value for key, value in self.parameters(source)}
        with torch.no_grad():
            for key, value in self.parameters(target):
                value.copy_(start[adapter_key(key)])

    def merged(self, name: str | None) -> nn.Module:
        """A copy of the base with one adapter folded into its weights; weights without an adapter are shared."""
        self.check(name)
        adapted = [layer.get_base_layer() for layer in self._layers] if name else []
        own = {id(parameter) for layer in adapted for parameter in layer.parameters()}
        shared: dict[int, Any] = {id(value): value for value in self._base.parameters() if id(value) not in own}
        twin = copy.deepcopy(self._base, shared)
        _fold(twin, name)
        return twin.eval()

    def _activate(self, name: str | None) -> None:
        for layer in self._layers:
            # The public set_adapter would also set requires_grad; this is the one attribute that the forward reads.
            layer._active_adapter = [name] if name else []
        self.active = name

    @contextmanager
    def _recompute(self, name: str | None) -> Iterator[None]:
        before = self.active
        self._activate(name)
        try:
            yield
        finally:
            self._activate(before)


def lora_config(config: ClaraConfig) -> Any:
    """PEFT's configuration of one adapter."""
    from peft import LoraConfig

    targets = config.target_modules
    return LoraConfig(
        r=config.lora_r,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules=targets if isinstance(targets, str) else list(targets),
        task_type="CAUSAL_LM",
    )


def adapter_of(key: str) -> str | None:
    """The role that a tensor of the base belongs to, from its name; ``None`` for the base's own."""
    parts = key.split(".")
    return next((name for kind, name in pairwise(parts) if kind in ("lora_A", "lora_B")), None)


def adapter_key(key: str) -> str:
    """A tensor's name without the role: ``….lora_A.compressor.weight`` → ``….lora_A.weight``."""
    role = adapter_of(key)
    return key.replace(f".lora_A.{role}.", ".lora_A.").replace(f".lora_B.{role}.", ".lora_B.")


def plain_key(key: str) -> str:
    """A base tensor's name without what PEFT put around its layer."""
    return key.replace(".base_layer.", ".")


def _fold(base: nn.Module, name: str | None) -> None:
    """Replace every adapted layer by a plain one, with the adapter in its weight."""
    from peft.tuners.lora import LoraLayer

    for path, layer in [(path, module) for path, module in base.named_modules() if isinstance(module, LoraLayer)]:
        if name is not None and name in layer.lora_A:
            layer.merge(adapter_names=[name])
        parent, _, child = path.rpartition(".")
        setattr(base.get_submodule(parent), child, layer.get_base_layer())
