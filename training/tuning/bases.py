"""The frozen base of an adapter: loaded in 4 bits where that is possible, whole elsewhere."""

import importlib.util
from typing import Any, NamedTuple, cast

import torch

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.causal_lm import base_folder, tokenizer_folder
from seamless_retail.models.clara.saving import load_base
from seamless_retail.training.run.progress import console
from seamless_retail.training.tuning.chatml import use_chatml
from seamless_retail.training.tuning.settings import Lora, TuningSettings


class Opened(NamedTuple):
    """A base and its tokenizer."""

    model: Any
    tokenizer: Any
    four_bit: bool


def open_base(settings: TuningSettings, *, train: bool) -> Opened:
    """Load the base, with a ChatML template on its tokenizer.

    Args:
        settings: Name it.
        train: Whether it is trained on; judging and merging want it whole.

    Raises:
        ModelFileError: It cannot be loaded.
    """
    four_bit = train and settings.four_bit == "auto" and can_quantise()
    if train and settings.four_bit == "auto" and not four_bit:
        console.print(
            "The base is loaded whole, and this is plain LoRA: QLoRA needs a GPU and bitsandbytes "
            "(pip install 'seamless-retail[quantized]').",
            soft_wrap=True,
            markup=False,
        )
    cuda = torch.cuda.is_available()
    dtype = torch.bfloat16 if cuda and torch.cuda.is_bf16_supported() else torch.float32
    attention = "flash_attention_2" if packs(settings) else None
    model = load_base(base_folder(settings.base), "int4" if four_bit else None, dtype, attention)
    model.config.use_cache = not train
    return Opened(model, open_tokenizer(settings), four_bit)


def open_tokenizer(settings: TuningSettings) -> Any:
    """The base's tokenizer, with ChatML.

    Raises:
        ModelFileError: It cannot be loaded.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder(settings.base))
    except (OSError, ValueError) as error:
        raise ModelFileError(
            f"The tokenizer of {settings.base!r} cannot be loaded: {error}", "Check base, or download it first."
        ) from error
    use_chatml(tokenizer)
    return tokenizer


def with_adapter(opened: Opened, lora: Lora, checkpointing: bool) -> Any:
    """The base with a fresh adapter, which alone is trained; it changes nothing yet."""
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    model, prepare = opened.model, cast(Any, prepare_model_for_kbit_training)
    if opened.four_bit:
        model = prepare(model, use_gradient_checkpointing=checkpointing)
    elif checkpointing:
        model.enable_input_require_grads()
    config = LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.targets if isinstance(lora.targets, str) else list(lora.targets),
        bias="none",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def can_quantise() -> bool:
    """Whether a base can be loaded in 4 bits here."""
    return torch.cuda.is_available() and importlib.util.find_spec("bitsandbytes") is not None


def packs(settings: TuningSettings) -> bool:
    """Whether records are packed: only FlashAttention keeps them from seeing each other."""
    found = torch.cuda.is_available() and importlib.util.find_spec("flash_attn") is not None
    return settings.packing and found
