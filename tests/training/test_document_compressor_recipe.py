"""The recipe trains on a handful of the shop's texts, goes on after a stop, and its result loads."""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from seamless_retail.models.document_compressor import CONFIGURATIONS, DocumentCompressor
from seamless_retail.models.memory_head import MemoryHead
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.data.compressor_texts import Pair
from seamless_retail.training.data.token_cache import KeptStates, token_states
from seamless_retail.training.recipes import document_compressor as recipe
from seamless_retail.training.recipes.document_compressor import (
    Batches,
    Config,
    blended,
    main,
    started,
    train,
)

CONFIG = replace(Config.read(), steps=6, batch=4, blends=(1.0,))


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


def run(out: Path, *more: str) -> int:
    return main(["--out", str(out), "--data", str(out / "none"), "--max-samples", "12", *more])


def test_a_short_run_writes_a_compressor_with_its_card(
    tmp_path: Path, encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Config, "read", classmethod(lambda cls: CONFIG))
    assert run(tmp_path, "--max-minutes", "0") == 0
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "states").iterdir()}
    assert run(tmp_path, "--resume") == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "states").iterdir()} == files
    model = tmp_path / "model"
    compressor = DocumentCompressor.from_pretrained(model, encoder)
    assert compressor.identity() != DocumentCompressor.from_pretrained(encoder=encoder).identity()
    assert compressor.compress(["A blue dress."])[0].vector.shape == (CONFIGURATIONS["balanced"].dimension,)
    assert "| MiniLM |" in (model / "README.md").read_text(encoding="utf-8")
    assert list((tmp_path / "tensorboard").iterdir())


def test_resumed_training_ends_where_unbroken_training_does(
    tmp_path: Path, encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe, "_CHECKPOINT_EVERY", 3)
    found = [Pair("shop", "g", f"Who sells number {i}?", f"Number {i} is sold by shop {i * 7}.") for i in range(6)]
    texts = [text for pair in found for text in (pair.question, pair.document)]
    states = {text: one.astype(np.float16) for text, one in zip(texts, encoder.encode_tokens(texts), strict=True)}

    def trained(minutes: float, resume: bool) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        head = started(states)
        options = argparse.Namespace(out=tmp_path, max_minutes=minutes, resume=resume)
        train(head, Batches(found, states, 4, seed=1), CONFIG, options)
        return head.state_dict()

    whole, broken_off = trained(60, resume=False), trained(0, resume=False)
    resumed = trained(60, resume=True)
    assert not torch.equal(broken_off["found.weight"], whole["found.weight"])
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, msg=name)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "--dry-run") == 0
    assert not list(tmp_path.iterdir())


def test_the_start_is_minilms_own_space(encoder: SentenceEncoder) -> None:
    texts = ["a red dress", "tomato soup", "Where is my parcel?", "linen trousers for the summer"]
    states = {text: found.astype(np.float16) for text, found in zip(texts, encoder.encode_tokens(texts), strict=True)}
    kept = KeptStates(encoder.weights_sha256, states)
    head = started(states)
    compressor = DocumentCompressor(kept, recipe.stored(head.state_dict(), encoder, 0))
    vectors = np.stack([memory.vector for memory in compressor.compress(texts, "extreme")])
    embeddings = kept.embed(texts)
    np.testing.assert_allclose(vectors @ vectors.T, embeddings @ embeddings.T, atol=0.01)


def test_half_way_is_half_way() -> None:
    start, trained = MemoryHead().state_dict(), MemoryHead().state_dict()
    half = blended(start, trained, 0.5)
    np.testing.assert_allclose(half["queries"], (start["queries"] + trained["queries"]) / 2, atol=1e-6)


def test_states_are_read_once(encoder: SentenceEncoder, tmp_path: Path) -> None:
    class Counting:
        weights_sha256 = encoder.weights_sha256
        asked = 0

        def encode_tokens(self, texts: list[str], batch_size: int = 32) -> list[np.ndarray]:
            self.asked += len(texts)
            return encoder.encode_tokens(texts, batch_size)

    counting, texts = Counting(), ["one", "two words", "three short words"]
    first = token_states(counting, texts, tmp_path)
    second = token_states(counting, texts, tmp_path)
    assert counting.asked == len(texts)
    for one, other, fresh in zip(first, second, encoder.encode_tokens(texts), strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(one, fresh, atol=1e-2)
