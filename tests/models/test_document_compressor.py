"""The packaged compressor: what it keeps of a text, that a question finds its document, and what it refuses."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import ConfigurationError, ModelFileError
from seamless_retail.models import document_compressor
from seamless_retail.models.document_compressor import CONFIGURATIONS, KIND, DocumentCompressor, pooled
from seamless_retail.models.module import CONFIG, WEIGHTS, StoredModule, load_module, save_module
from seamless_retail.models.sentence_encoder import SentenceEncoder

PACKAGED = Path(document_compressor.__file__).parent / "weights" / KIND
MEGABYTE = 1_000_000
DRESS = "Linen midi dress. Colour: pale blue. Season: summer. Care: machine wash at 30 degrees. Price: $45."
SOUP = "Chicken noodle soup, 400 g. Ingredients: water, chicken stock, egg noodles, carrots, celery. Contains: egg."
RETURNS = "Returns. Unworn clothing can be sent back within 30 days for a full refund; food cannot be returned."
DOCUMENTS = [DRESS, SOUP, RETURNS]
QUESTIONS = ["Is there celery in the soup?", "How long may I take to return a coat?", "What does the blue dress cost?"]
ANSWERED_BY = [1, 2, 0]
LONG = " ".join(f"Paragraph {number} is about the {number}th shelf of the shop." for number in range(60))


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def compressor(encoder: SentenceEncoder) -> DocumentCompressor:
    return DocumentCompressor.from_pretrained(encoder=encoder)


def words(encoder: SentenceEncoder, text: str) -> int:
    """Tokens of a text, ``[CLS]`` and ``[SEP]`` not counted."""
    return len(encoder.encode_tokens([text])[0]) - 2


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_text_becomes_one_token_for_each_rate_of_its_own(
    compressor: DocumentCompressor, encoder: SentenceEncoder, name: str
) -> None:
    rate, dimension = CONFIGURATIONS[name].rate, CONFIGURATIONS[name].dimension
    texts = [LONG, DRESS, "hi", ""]
    for text, memory in zip(texts, compressor.compress(texts, name), strict=True):
        assert memory.tokens.shape == (max(1, words(encoder, text) // rate), dimension)
        assert memory.tokens.dtype == memory.vector.dtype == np.float32
        assert np.linalg.norm(memory.vector) == pytest.approx(1.0, abs=1e-5)
        np.testing.assert_array_equal(memory.vector, pooled(memory.tokens))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_question_finds_its_document_by_vector_and_by_tokens(compressor: DocumentCompressor, name: str) -> None:
    memories = compressor.compress(DOCUMENTS, name)
    for question, right in zip(compressor.query(QUESTIONS, name), ANSWERED_BY, strict=True):
        assert int(np.argmax([question.vector @ memory.vector for memory in memories])) == right
        assert int(np.argmax(compressor.score(question, [memory.tokens for memory in memories]))) == right


def test_nothing_of_a_long_text_is_cut(compressor: DocumentCompressor) -> None:
    hidden = "The umbrella stand by the north door belongs to Mr. Abernathy."
    (question,) = compressor.query(["Whose is the umbrella stand?"])
    plain, with_stand = compressor.compress([LONG, f"{LONG} {hidden}"])
    scores = compressor.score(question, [plain.tokens, with_stand.tokens])
    assert scores[1] > scores[0] + 0.1


def test_scores_are_the_best_cosine_of_each_document(compressor: DocumentCompressor) -> None:
    (question,) = compressor.query(QUESTIONS[:1])
    documents = [memory.tokens for memory in compressor.compress([LONG, DRESS])]
    asked = question.tokens[0] / np.linalg.norm(question.tokens[0])
    expected = [max(float(asked @ token / np.linalg.norm(token)) for token in tokens) for tokens in documents]
    np.testing.assert_allclose(compressor.score(question, documents), expected, atol=1e-5)
    assert compressor.score(question, []).shape == (0,)


def test_the_same_texts_give_the_same_memories_in_any_order(compressor: DocumentCompressor) -> None:
    forth, again = compressor.compress(DOCUMENTS), compressor.compress(DOCUMENTS)
    back = compressor.compress(DOCUMENTS[::-1])[::-1]
    for one, same, other in zip(forth, again, back, strict=True):
        np.testing.assert_array_equal(one.tokens, same.tokens)
        np.testing.assert_allclose(one.tokens, other.tokens, atol=1e-4)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_tokens_are_stored_in_few_bits_and_still_mean_the_same(compressor: DocumentCompressor, name: str) -> None:
    code, dimension = compressor.code(name), CONFIGURATIONS[name].dimension
    for memory in compressor.compress([LONG, *DOCUMENTS], name):
        stored = code.pack(memory.tokens)
        assert len(stored) == memory.tokens.size * 5 // 16
        found = code.unpack(stored, dimension)
        assert found.shape == memory.tokens.shape
        assert pooled(found) @ memory.vector > 0.94
        assert code.pack(found) == stored


def test_an_unknown_configuration_is_refused_with_the_known_ones(compressor: DocumentCompressor) -> None:
    for refused in (compressor.compress, compressor.query):
        with pytest.raises(ConfigurationError, match="conservative, balanced, aggressive, extreme"):
            refused(DOCUMENTS, "tiny")


def test_identities_tell_configurations_apart_and_weights_together(compressor: DocumentCompressor) -> None:
    identities = [compressor.identity(name) for name in CONFIGURATIONS]
    assert [(one.rate, one.token_dimension) for one in identities] == [(16, 512), (32, 256), (64, 128), (128, 64)]
    assert len({one.name for one in identities}) == len(identities)
    assert len({one.sha256 for one in identities}) == 1


def test_the_packaged_weights_are_small() -> None:
    assert sum(path.stat().st_size for path in PACKAGED.iterdir()) < 6 * MEGABYTE


def test_changed_weights_are_refused(encoder: SentenceEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(PACKAGED, folder)
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelFileError, match=WEIGHTS):
        DocumentCompressor.from_pretrained(folder, encoder)


def test_a_head_of_another_encoder_or_without_a_tensor_is_refused(encoder: SentenceEncoder, tmp_path: Path) -> None:
    module = load_module(PACKAGED, KIND)
    with pytest.raises(ModelFileError, match="another sentence model"):
        DocumentCompressor(encoder, StoredModule(KIND, module.config | {"encoder_sha256": "0" * 64}, module.tensors))
    tensors = {name: tensor for name, tensor in module.tensors.items() if name != "found.weight"}
    save_module(tmp_path, StoredModule(KIND, module.config, tensors))
    with pytest.raises(ModelFileError, match="not complete"):
        DocumentCompressor.from_pretrained(tmp_path, encoder)
    assert (tmp_path / CONFIG).is_file()


def test_token_states_average_to_the_embedding_and_go_on_after_the_window(encoder: SentenceEncoder) -> None:
    texts = [DRESS, "hi", LONG, ""]
    states = encoder.encode_tokens(texts)
    means = np.stack([of_text.mean(axis=0) for of_text in states])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(np.delete(means, 2, axis=0), np.delete(encoder.encode(texts), 2, axis=0), atol=1e-5)
    assert len(states[2]) > 512
    assert len(states[3]) == 2
    alone = encoder.encode_tokens([LONG])[0]
    np.testing.assert_allclose(alone, states[2], atol=1e-3)
