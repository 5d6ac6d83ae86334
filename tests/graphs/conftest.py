"""A tiny random CLaRa model in a folder: real parts, small enough for a test, and no use for answers."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def tiny_clara(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model of two layers of 32."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

    from seamless_retail.models.clara import ClaraConfig, ClaraModel

    special = ("<pad>", "<s>", "</s>", "<unk>", "<doc>", "<question>", "<answer>", "<rewrite>")
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=list(special), initial_alphabet=alphabet)
    trained.train_from_iterator(["Returns are free within 30 days of delivery."], trainer)
    names = dict(zip(("pad_token", "bos_token", "eos_token", "unk_token"), special[:4], strict=True))
    make_tokenizer: Any = PreTrainedTokenizerFast
    make_base: Any = AutoModelForCausalLM.from_config
    tokenizer = make_tokenizer(tokenizer_object=trained, **names, additional_special_tokens=list(special[4:]))
    torch.manual_seed(7)
    config = AutoConfig.for_model(
        "llama",
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        initializer_range=0.2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    settings = ClaraConfig(lora_r=2, lora_alpha=4, span_tokens=64, prompt="compact", max_prompt_tokens=1024)
    folder = tmp_path_factory.mktemp("clara")
    ClaraModel.from_base(make_base(config), tokenizer, settings).save_pretrained(folder)
    return folder
