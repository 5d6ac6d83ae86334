"""Tiny random language models of four families, with a tokenizer of their own: real parts, small enough for a test."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from seamless_retail.models.clara import ClaraConfig, ClaraModel

FAMILIES = ("llama", "mistral", "qwen2", "phi")
SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "<doc>", "<question>", "<answer>", "<rewrite>")
TEXTS = (
    "The red shirt is made of cotton and costs 12 euros.",
    "A blue rain jacket in size L.",
    "Returns are free within 30 days of delivery, if the label is still on; shoes may be tried on indoors only.",
    "Oat milk, 1 litre. Contains gluten.",
)


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    """Byte pairs learned from the texts, with the markers of the compact prompt."""
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=300, special_tokens=list(SPECIAL), initial_alphabet=alphabet)
    )
    names = dict(zip(("pad_token", "bos_token", "eos_token", "unk_token"), SPECIAL[:4], strict=True))
    return PreTrainedTokenizerFast(
        tokenizer_object=trained,
        **names,
        additional_special_tokens=list(SPECIAL[4:]),
        clean_up_tokenization_spaces=False,
    )


@pytest.fixture
def make_base(tokenizer: PreTrainedTokenizerFast) -> Callable[..., PreTrainedModel]:
    """``make_base("phi", attn_implementation="eager", vocab_size=…)``: two layers of 32, random, always the same."""

    def make(family: str = "llama", attn_implementation: str = "sdpa", **changes: Any) -> PreTrainedModel:
        torch.manual_seed(7)
        settings = {
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 512,
            "initializer_range": 0.2,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
        }
        config = AutoConfig.for_model(family, **{**settings, **changes})
        base: PreTrainedModel = AutoModelForCausalLM.from_config(config, attn_implementation=attn_implementation)
        base.train(False)
        return base

    return make


@pytest.fixture
def make_model(
    make_base: Callable[..., PreTrainedModel], tokenizer: PreTrainedTokenizerFast
) -> Callable[..., ClaraModel]:
    """``make_model("llama", span_tokens=32)``: a CLaRa model whose adapters do something, unlike untrained ones."""

    def make(
        family: str = "llama", attn_implementation: str = "sdpa", trained: bool = True, **settings: Any
    ) -> ClaraModel:
        defaults = {"lora_r": 2, "lora_alpha": 4, "lora_dropout": 0.1, "span_tokens": 64, "prompt": "compact"}
        base = make_base(family, attn_implementation)
        model = ClaraModel.from_base(base, tokenizer, ClaraConfig(**{**defaults, **settings}))
        if trained:
            disturb(model)
        return model

    return make


@pytest.fixture
def model(make_model: Callable[..., ClaraModel]) -> ClaraModel:
    return make_model()


@pytest.fixture(scope="session")
def texts() -> tuple[str, ...]:
    return TEXTS


def disturb(model: ClaraModel) -> None:
    """Give every adapter its own random weights: a fresh one has B = 0 and changes nothing."""
    generator = torch.Generator().manual_seed(3)
    for role in model.roles.names:
        for parameter in model.part(role):
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.3
