"""CLaRa: one causal language model that compresses documents into memory tokens and answers from them.

After arXiv 2511.18659. The base may be any ``AutoModelForCausalLM``; adapters make it a compressor (documents →
memories), a generator (memories → answers) and a query reasoner (questions → memories, to be compared with those of
documents). Without an adapter it is the text reader. Memories enter the decoder as input embeddings, so any code that
accepts ``inputs_embeds`` can read them.
"""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import AutoModel, AutoModelForCausalLM, PreTrainedModel

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara.buffers import kept_precise, make_precise
from seamless_retail.models.clara.compressor import Compressor
from seamless_retail.models.clara.config import ClaraConfig
from seamless_retail.models.clara.losses import answer_loss
from seamless_retail.models.clara.memory import masked_mean
from seamless_retail.models.clara.readout import build_readout
from seamless_retail.models.clara.roles import Roles
from seamless_retail.models.clara.saving import Stored, load_base
from seamless_retail.models.clara.stages import Staged


class Encoded(NamedTuple):
    """What a differentiable encoder pass gives for ``n`` texts."""

    memory: Tensor
    """``[n, m, h]``; zeros at padding."""
    memory_mask: Tensor
    """bool ``[n, m]``."""
    text_mean: Tensor
    """``[n, h]``: the mean last state of the text's tokens."""
    memory_mean: Tensor
    """``[n, h]``: the mean memory vector."""


class ClaraModel(Compressor, Staged, Stored, PreTrainedModel):  # type: ignore[misc]  # Stored saves parts, not one file
    """A base language model, its adapters and the readout of memories. Build it with :meth:`from_base`.

    Args:
        config: Settings; ``config.base`` describes the base that is built when none is given.
        base: The language model.
        tokenizer: A fast tokenizer; ``compress`` and everything that reads text needs it.
    """

    config: ClaraConfig
    base: Any
    new_tokens: nn.Parameter | None
    config_class = ClaraConfig
    main_input_name = "input_ids"
    supports_gradient_checkpointing = True

    def __init__(self, config: ClaraConfig, base: PreTrainedModel | None = None, tokenizer: Any = None) -> None:
        super().__init__(config)
        self.base = AutoModelForCausalLM.from_config(config.base_config()) if base is None else base
        make_precise(self.base)
        self.tokenizer = tokenizer
        embeddings = self.base.get_input_embeddings()
        self._merged: dict[str | None, nn.Module] = {}
        self.readout = build_readout(config, embeddings.weight).to(self.base.device)
        self.register_parameter("new_tokens", _new_rows(embeddings, config.extra_tokens))
        self.roles = Roles(self.base)
        for name in config.roles:
            self.roles.add(name, config)
        self.train(False)

    @classmethod
    def from_base(
        cls,
        base: PreTrainedModel | str,
        tokenizer: Any,
        config: ClaraConfig | None = None,
        *,
        dtype: torch.dtype | str = "auto",
        attn_implementation: str | None = None,
    ) -> "ClaraModel":
        """A model with untrained adapters over a base.

        Args:
            base: A causal language model, or the name or folder of one.
            tokenizer: Its fast tokenizer. Tokens that were added to it get embeddings of their own.
            config: Settings; a copy is kept, with the base's own settings filled in.
            dtype: Of a base that is loaded by name.
            attn_implementation: ``eager``, ``sdpa`` …, of a base that is loaded by name.

        Raises:
            ConfigurationError: The tokenizer gives no character offsets, or a base in memory is to be quantised.
            MissingExtraError: A quantised base is asked for, and bitsandbytes is not installed.
            ModelFileError: The named base cannot be loaded.
        """
        config = copy.deepcopy(config) if config is not None else ClaraConfig()
        if not getattr(tokenizer, "is_fast", False):
            raise ConfigurationError(
                f"{type(tokenizer).__name__} is not a fast tokenizer, so memories could not say where they come from.",
                "Load it with AutoTokenizer.from_pretrained(…, use_fast=True).",
            )
        lm: Any = base
        if isinstance(base, str):
            config.base_name = base
            lm = load_base(base, config.quantization, dtype=dtype, attn_implementation=attn_implementation)
        elif config.quantization:
            raise ConfigurationError(
                "A base that is already in memory cannot be quantised.",
                "Give from_base the name or folder of the base, or leave quantization out.",
            )
        config.base = json.loads(lm.config.to_json_string())
        config.extra_tokens = max(0, len(tokenizer) - lm.get_input_embeddings().num_embeddings)
        return cls(config, lm, tokenizer)

    def embed(self, input_ids: Tensor) -> Tensor:
        """Input embeddings ``[…, h]`` of token ids ``[…]``, those of added tokens included."""
        table = self.base.get_input_embeddings()
        if self.new_tokens is None:
            found: Tensor = table(input_ids)
            return found
        added = input_ids - table.num_embeddings
        known: Tensor = table(input_ids.clamp(max=table.num_embeddings - 1))
        rows = nn.functional.embedding(added.clamp(min=0), self.new_tokens).to(known.dtype)
        return torch.where((added >= 0)[..., None], rows, known)

    @contextmanager
    def role(self, name: str | None) -> Iterator[Any]:
        """The language model in one role, or with ``None`` the bare base (the text reader).

        Use what it yields, not ``model.base``: after :meth:`merge_adapters` it is another module.

        Raises:
            ConfigurationError: The model has no such role.
        """
        if name in self._merged and not self.training and not torch.is_grad_enabled():
            yield self._merged[name]
            return
        with self.roles.use(name):
            yield self.base

    def encode(
        self, input_ids: Tensor, mask: Tensor, rate: int | None = None, role: str | None = "compressor"
    ) -> Encoded:
        """Memories of texts, with a gradient to the role's adapter, the readout and the base.

        Args:
            input_ids: ``[n, t]``, padded on the right; each row is one span, read whole.
            mask: ``[n, t]``, true or 1 at the text.
            rate: Tokens per vector; the configuration's by default.
            role: ``compressor`` or ``reasoner``.
        """
        mask = mask.bool()
        prepared = self.readout.prepare(self.embed(input_ids), mask, rate or self.config.rate)
        with self.role(role) as lm:
            states = lm.base_model(
                inputs_embeds=prepared.embeddings,
                attention_mask=prepared.mask,
                position_ids=prepared.position_ids,
                use_cache=False,
            ).last_hidden_state
        memory, memory_mask = self.readout.collect(prepared, states)
        text_mean = masked_mean(states[:, : mask.shape[1]], mask)
        return Encoded(memory, memory_mask, text_mean, masked_mean(memory, memory_mask))

    def decode(
        self,
        embeddings: Tensor,
        mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        *,
        role: str | None = "generator",
        **options: Any,
    ) -> Tensor:
        """Logits ``[b, t, vocabulary]`` of prompts given as embeddings.

        Args:
            embeddings: ``[b, t, h]``: tokens (:meth:`embed`) and memory vectors in any order.
            mask: ``[b, t]``, or bool ``[b, 1, t, t]`` of :func:`~seamless_retail.models.clara.packing.pack`.
            position_ids: ``[b, t]``; counted by the base when left out.
            role: ``None`` for the text reader.
            options: For the base's forward pass, such as ``logits_to_keep``.
        """
        with self.role(role) as lm:
            logits: Tensor = lm(
                inputs_embeds=embeddings,
                attention_mask=_attention(mask, lm, embeddings.dtype),
                position_ids=position_ids,
                use_cache=False,
                **options,
            ).logits
        return logits

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        role: str | None = None,
    ) -> dict[str, Tensor]:
        """``logits``, and the answer ``loss`` when there are labels; as a text reader unless a role is named."""
        if (input_ids is None) == (inputs_embeds is None):
            raise ConfigurationError("Give input_ids or inputs_embeds, one of the two.", "Leave the other out.")
        embeddings = inputs_embeds if input_ids is None else self.embed(input_ids)
        assert embeddings is not None  # the check above
        logits = self.decode(embeddings, attention_mask, position_ids, role=role)
        return {"logits": logits} if labels is None else {"loss": answer_loss(logits, labels), "logits": logits}

    def merge_adapters(self) -> None:
        """Fold each adapter into a copy of the weights it changes, so that no role costs more than the bare base.

        For inference with small bases: memory grows by one set of linear layers per role. The copies are used outside
        of training and gradients, and are dropped by ``train()``, since they would not see what is learned.
        """
        names: tuple[str | None, ...] = (None, *self.roles.names)
        self._merged = {name: self.roles.merged(name) for name in names}

    def train(self, mode: bool = True) -> "ClaraModel":
        """As for any module; merged copies end here."""
        if mode:
            self._merged.clear()
        super().train(mode)
        return self

    def _apply(self, *arguments: Any, **options: Any) -> "ClaraModel":
        """Moves and casts; merged copies are made anew from what was moved."""
        merged = bool(self._merged)
        self._merged.clear()
        with kept_precise(self):
            super()._apply(*arguments, **options)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        if merged:
            self.merge_adapters()
        return self


def _new_rows(embeddings: nn.Embedding, count: int) -> nn.Parameter | None:
    """Embeddings of added tokens, ``[count, h]``: the average token, in float32."""
    average = embeddings.weight.detach().float().mean(0)
    return nn.Parameter(average.repeat(count, 1)) if count else None


def _attention(mask: Tensor | None, lm: PreTrainedModel, dtype: torch.dtype) -> Tensor | None:
    """The mask as the base's attention wants it: eager attention adds its mask, the others take booleans."""
    if mask is None or mask.dim() == 2 or mask.dtype != torch.bool:
        return mask
    kind = lm.config._attn_implementation
    if kind == "sdpa":
        return mask
    if kind == "eager":
        return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, torch.finfo(dtype).min)
    raise ConfigurationError(
        f"{kind} attention cannot read the mask of packed questions.",
        'Load the base with attn_implementation="sdpa", or do not pack.',
    )


AutoModel.register(ClaraConfig, ClaraModel)
