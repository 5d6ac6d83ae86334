"""What a CLaRa model is made of: the settings that its checkpoint carries.

The defaults follow the paper (arXiv 2511.18659) where it names a value; counts are in tokens, memory vectors or
documents as each field says.
"""

import copy
from typing import Any

from transformers import AutoConfig, PretrainedConfig

from seamless_retail.core.errors import ConfigurationError

_CHOICES: dict[str, tuple[object, ...]] = {
    "count": ("proportional", "fixed"),
    "readout": ("pooled", "learned"),
    "quantization": (None, "int8", "int4"),
    "prompt": ("chat", "compact"),
}
_POSITIVE = ("rate", "query_rate", "max_memory", "span_tokens", "max_prompt_tokens", "lora_r", "top_k", "candidates")


class ClaraConfig(PretrainedConfig):
    """Settings of a :class:`~seamless_retail.models.clara.model.ClaraModel`; keyword arguments only.

    Raises:
        ConfigurationError: Values are out of range or exclude each other; the message lists every one.
    """

    model_type = "clara"

    base: dict[str, Any] | None = None
    """The base language model's own configuration, as its own ``config.json`` has it."""
    base_name: str = ""
    """Where the base can be loaded from; empty when only this checkpoint holds it."""
    train_base: bool = False
    """The base is trained and stored too: for small models."""
    quantization: str | None = None
    """``int8`` or ``int4``: how the base is loaded; needs bitsandbytes."""
    roles: tuple[str, ...] = ("compressor", "generator")
    """The adapters; ``reasoner`` joins them in stage 3, as a copy of the compressor."""
    extra_tokens: int = 0
    """Tokens of the tokenizer that the base has no embedding for; their rows are ours."""

    rates: tuple[int, ...] = (4, 8, 16, 32, 64, 128)
    """Text tokens per memory vector that the model is trained for."""
    rate: int = 16
    """The rate of ``compress`` unless told otherwise."""
    query_rate: int = 4
    """The rate of questions."""
    count: str = "proportional"
    """``proportional``: ceil(tokens / rate) vectors; ``fixed``: the same number for every document."""
    fixed_count: int | None = None
    """Vectors per document in the fixed mode; by default ``span_tokens // rate``, as in the paper."""
    max_memory: int = 256
    """At most this many vectors per document; the vectors of a longer one are pooled again."""
    readout: str = "pooled"
    """``pooled`` windows or ``learned`` memory tokens."""
    span_tokens: int = 256
    """Longer documents are encoded in spans of this many tokens."""

    max_prompt_tokens: int = 2048
    """The longest prompt, memory vectors counted."""
    prompt: str = "chat"
    """``chat``: the tokenizer's chat template; ``compact``: the markers of our own tokenizer."""

    lora_r: int = 16
    lora_alpha: int = 32
    lora_dropout: float = 0.1
    target_modules: str | tuple[str, ...] = "all-linear"
    """Which layers get adapters: PEFT's ``all-linear``, or names."""

    top_k: int = 5
    """Documents chosen per question in stage 3."""
    candidates: int = 20
    """Documents they are chosen from."""
    topk_temperature: float = 0.02
    """Divides the scores before the softmax."""

    def __init__(self, **values: Any) -> None:
        for name in _FIELDS:
            given = values.pop(name, getattr(type(self), name))
            setattr(self, name, tuple(given) if isinstance(given, list) else given)
        super().__init__(**values)
        faults = _faults(self)
        if faults:
            raise ConfigurationError(
                f"The CLaRa configuration is not valid: {'; '.join(faults)}.",
                "Correct these fields in the YAML file or in the call to ClaraConfig.",
            )

    def base_config(self) -> PretrainedConfig:
        """The base's configuration as an object.

        Raises:
            ConfigurationError: There is none yet, or transformers does not know its kind.
        """
        settings = copy.deepcopy(self.base or {})
        kind = settings.pop("model_type", "")
        try:
            return AutoConfig.for_model(kind, **settings)
        except ValueError as error:
            raise ConfigurationError(
                f"The base model's configuration is of an unknown kind {kind!r}.",
                "Build the model with ClaraModel.from_base, which records the configuration of its base.",
            ) from error

    def memory_count(self, tokens: int, rate: int) -> int:
        """How many vectors a text of ``tokens`` tokens is given before the cap of ``max_memory``."""
        if tokens == 0:
            return 0
        if self.count == "fixed":
            return self.fixed_count or max(1, self.span_tokens // rate)
        return -(-tokens // rate)


_FIELDS = tuple(name for name in ClaraConfig.__annotations__ if name not in PretrainedConfig.__annotations__)


def _faults(config: ClaraConfig) -> list[str]:
    faults = [
        f"{name} is {getattr(config, name)!r}, expected one of {', '.join(map(repr, choices))}"
        for name, choices in _CHOICES.items()
        if getattr(config, name) not in choices
    ]
    faults += [
        f"{name} is {getattr(config, name)!r}, expected a whole number of at least 1"
        for name in _POSITIVE
        if not _counts(getattr(config, name))
    ]
    if not config.rates or not all(_counts(rate) for rate in config.rates):
        faults.append(f"rates is {config.rates!r}, expected whole numbers of at least 1")
    if config.fixed_count is not None and not _counts(config.fixed_count):
        faults.append(f"fixed_count is {config.fixed_count!r}, expected a whole number of at least 1 or None")
    elif config.count == "fixed" and (config.fixed_count or 0) > config.max_memory:
        faults.append(f"fixed_count {config.fixed_count} is above max_memory {config.max_memory}")
    if not 0 <= config.lora_dropout < 1:
        faults.append(f"lora_dropout is {config.lora_dropout!r}, expected at least 0 and below 1")
    if not config.topk_temperature > 0:
        faults.append(f"topk_temperature is {config.topk_temperature!r}, expected a number above 0")
    if config.train_base and config.quantization:
        faults.append("train_base and quantization exclude each other: a quantised base cannot be trained")
    return faults


def _counts(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


AutoConfig.register(ClaraConfig.model_type, ClaraConfig)
