"""A tiny random CLaRa checkpoint that has been through no training, with a tokenizer for the shop's texts."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from seamless_retail.models.clara import ClaraConfig, ClaraModel
from seamless_retail.training.benchmarks.compression.bench import Bench, Settings

SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "<doc>", "<question>", "<answer>", "<rewrite>")
TINY = Settings(products=3, questions=4, choices=6, repeats=2, documents=(1, 3), max_new_tokens=3)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three roles, each with random weights of its own."""
    folder = tmp_path_factory.mktemp("checkpoint")
    torch.manual_seed(5)
    tokenizer = _tokenizer()
    settings = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    base = LlamaForCausalLM(
        LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=1024, initializer_range=0.2, **settings)
    )
    config = ClaraConfig(
        train_base=True, prompt="compact", lora_r=2, lora_alpha=4, rates=(4, 16), max_prompt_tokens=1024
    )
    model = ClaraModel.from_base(base, tokenizer, config)
    model.add_role("reasoner")
    for role in model.roles.names:
        for parameter in model.part(role):
            parameter.data = torch.randn(parameter.shape) * 0.3
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def bench(checkpoint: Path) -> Bench:
    """Without a folder of real data."""
    return Bench(checkpoint, checkpoint / "no data", TINY)


def _tokenizer() -> PreTrainedTokenizerFast:
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    words = [
        "Brand: Category: (grocery) (fashion) Material: Colors: Sizes: Price: from $ to Diet: gluten-free Storage:"
    ]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(
        words, trainers.BpeTrainer(vocab_size=300, special_tokens=list(SPECIAL), initial_alphabet=alphabet)
    )
    names = dict(zip(("pad_token", "bos_token", "eos_token", "unk_token"), SPECIAL[:4], strict=True))
    return PreTrainedTokenizerFast(
        tokenizer_object=trained,
        **names,
        additional_special_tokens=list(SPECIAL[4:]),
        clean_up_tokenization_spaces=False,
    )
