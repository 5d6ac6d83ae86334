"""What the translation recipe starts from: a checkpoint, whole or under an adapter, or a network made here."""

import importlib.util
import json
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from seamless_retail.models.translation_checkpoint import Checkpoint, load_model, load_tokenizer
from seamless_retail.training.recipes.translation_settings import Adapter, Shape, TranslationSettings

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def start(settings: TranslationSettings, texts: Iterable[str], languages: Sequence[str]) -> Checkpoint:
    """The model, with what is trained requiring gradients, and its tokenizer.

    Args:
        settings: Of the recipe.
        texts: Of the training side; a new tokenizer is learned from them.
        languages: NLLB codes that a new tokenizer gets.

    Raises:
        ModelFileError: The base cannot be loaded.
    """
    if settings.shape is not None:
        tokenizer = new_tokenizer(texts, languages, settings.shape.vocabulary)
        return Checkpoint(new_network(settings.shape, tokenizer), tokenizer)
    four_bit = settings.four_bit == "auto" and four_bit_possible()
    dtype = torch.bfloat16 if four_bit else torch.float32
    model = load_model(settings.base, dtype, _four_bits() if four_bit else None)
    if settings.optimisation.gradient_checkpointing:
        model.gradient_checkpointing_enable()
    if settings.adapter is not None:
        model = _adapted(model, settings.adapter, four_bit)
    return Checkpoint(model, load_tokenizer(settings.base))


def new_tokenizer(texts: Iterable[str], languages: Sequence[str], vocabulary: int) -> Any:
    """Byte pairs as NLLB's tokenizer applies them (words begin with ``▁``), learned from ``texts``."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import NllbTokenizer

    learner = Tokenizer(models.BPE(unk_token="<unk>"))
    learner.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=list(SPECIAL), show_progress=False)
    learner.train_from_iterator(texts, trainer)
    learned = json.loads(learner.to_str())["model"]
    merges: Any = [tuple(merge) for merge in learned["merges"]]
    return NllbTokenizer(vocab=learned["vocab"], merges=merges, extra_special_tokens=list(languages))


def new_network(shape: Shape, tokenizer: Any) -> Any:
    """An M2M100 of this shape with random weights; the three embeddings are one."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    config = M2M100Config(
        vocab_size=len(tokenizer),
        d_model=shape.width,
        encoder_layers=shape.layers,
        decoder_layers=shape.layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=shape.feed_forward,
        decoder_ffn_dim=shape.feed_forward,
        max_position_embeddings=shape.positions,
        dropout=shape.dropout,
        attention_dropout=shape.dropout / 3,
        activation_dropout=shape.dropout / 3,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.eos_token_id,
    )
    return M2M100ForConditionalGeneration(config)


def four_bit_possible() -> bool:
    """Whether there are CUDA and bitsandbytes."""
    return torch.cuda.is_available() and importlib.util.find_spec("bitsandbytes") is not None


def _four_bits() -> Any:
    from seamless_retail.models.clara.saving import quantization_config

    return quantization_config("int4")


def _adapted(model: Any, adapter: Adapter, four_bit: bool) -> Any:
    import peft
    from peft import LoraConfig, TaskType, get_peft_model

    if four_bit:
        prepare: Any = peft.prepare_model_for_kbit_training
        model = prepare(model, use_gradient_checkpointing=model.is_gradient_checkpointing)
    elif model.is_gradient_checkpointing:
        model.enable_input_require_grads()
    config = LoraConfig(
        task_type=TaskType.SEQ_2_SEQ_LM,
        r=adapter.rank,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        target_modules=list(adapter.targets),
    )
    return get_peft_model(model, config)
