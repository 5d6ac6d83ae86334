"""Memories with a small real compressor: a random CLaRa model of two layers, with a tokenizer of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

from seamless_retail.models.clara import ClaraConfig, ClaraModel
from seamless_retail.retrievers.memory.codec import Codec
from seamless_retail.retrievers.memory.compressors import ClaraCompressor
from seamless_retail.retrievers.memory.entry import SHOP, CompressorIdentity, MemoryEntry
from seamless_retail.retrievers.memory.manifest import Layout
from seamless_retail.retrievers.memory.precision import pooled
from seamless_retail.retrievers.memory.store import ClaraVectorStore

DIMENSION = 16


def small_clara(seed: int = 7) -> ClaraModel:
    """Tokens are bytes, so that the tokenizer needs no training."""
    torch.set_num_threads(1)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate(["<pad>", "<s>", "</s>", "<unk>", *alphabet])}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    torch.manual_seed(seed)
    config = AutoConfig.for_model(
        "llama", vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512, initializer_range=0.2,
        pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    settings = ClaraConfig(lora_r=2, lora_alpha=4, span_tokens=64, prompt="compact", query_rate=16)
    return ClaraModel.from_base(AutoModelForCausalLM.from_config(config), tokenizer, settings)


@pytest.fixture(scope="session")
def clara() -> ClaraModel:
    return small_clara()


@pytest.fixture(scope="session")
def compressor(clara: ClaraModel) -> ClaraCompressor:
    return ClaraCompressor(clara)


@pytest.fixture
def open_store(tmp_path: Path, compressor: ClaraCompressor) -> Iterator[Callable[..., ClaraVectorStore]]:
    """``open_store("name", keep_text=False)``: a store in a folder of the test, closed when it ends."""
    opened: list[ClaraVectorStore] = []

    def open_(name: str = "memory", compressor: Any = compressor, **options: Any) -> ClaraVectorStore:
        opened.append(ClaraVectorStore.open(tmp_path / name, compressor, **options))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., ClaraVectorStore]) -> ClaraVectorStore:
    return open_store()


@pytest.fixture(scope="session")
def identity() -> CompressorIdentity:
    return CompressorIdentity("by hand", "0" * 64, 16, DIMENSION, DIMENSION)


@pytest.fixture(scope="session")
def codec(identity: CompressorIdentity) -> Codec:
    return Codec(identity, Layout())


@pytest.fixture(scope="session")
def make_entry() -> Callable[..., MemoryEntry]:
    """``make_entry("id", owner="bob", seed=3)``: an entry of random numbers."""

    def make(id_: str, owner: str = SHOP, seed: int = 0, tokens: int = 2, **values: Any) -> MemoryEntry:
        rows = np.random.default_rng(seed).standard_normal((tokens, DIMENSION)).astype(np.float32)
        given = {"text": f"text of {id_}", "metadata": {"seed": seed}, **values}
        return MemoryEntry(id=id_, owner=owner, tokens=rows, vector=pooled(rows, [tokens])[0], **given)

    return make
