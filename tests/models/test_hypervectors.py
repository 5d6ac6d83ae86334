"""The algebra of hypervectors, and what makes two texts similar."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.models.hypervectors import (
    Codebook,
    TextEncoder,
    bind,
    bit_similarity,
    cleanup,
    pack,
    permute,
    similarity,
    unpack,
)

BOOK = Codebook()
symbols = st.lists(st.text(max_size=12), min_size=2, max_size=9, unique=True)
few = settings(max_examples=20, deadline=None)


@few
@given(symbols)
def test_binding_is_its_own_inverse_and_unlike_its_parts(names: list[str]) -> None:
    left, right = BOOK.hypervectors(names[:2])
    bound = bind(left, right)
    assert bind(bound, right).equal(left)
    assert abs(float(similarity(bound[None], left[None]))) < 0.06
    assert bind(left, right).equal(bind(right, left))


@few
@given(symbols, st.integers(-20_000, 20_000).filter(lambda shifts: shifts % BOOK.dimension))
def test_permuting_is_undone_and_unlike_the_original(names: list[str], shifts: int) -> None:
    original = BOOK.hypervectors(names)
    assert permute(permute(original, shifts), -shifts).equal(original)
    assert similarity(permute(original, shifts), original).diagonal().abs().max() < 0.06


@few
@given(symbols)
def test_a_bundle_is_like_each_of_its_parts_and_no_other(names: list[str]) -> None:
    parts = BOOK.hypervectors([*names, "a stranger that is longer than twelve letters"])
    cosines = similarity(BOOK.bundle(parts[:-1])[None], parts)[0]
    assert cosines[:-1].min() > 0.7 * np.sqrt(2 / (np.pi * len(names)))
    assert abs(float(cosines[-1])) < 0.06


@few
@given(symbols, st.randoms(use_true_random=False))
def test_the_order_of_bundling_does_not_matter(names: list[str], shuffler: Random) -> None:
    shuffled = shuffler.sample(names, len(names))
    assert BOOK.bundle(BOOK.hypervectors(names)).equal(BOOK.bundle(BOOK.hypervectors(shuffled)))


@few
@given(symbols, st.integers(0, 2**32 - 1))
def test_cleanup_finds_what_is_stored_with_a_third_of_the_bits_wrong(names: list[str], seed: int) -> None:
    items = BOOK.hypervectors(names)
    flips = np.where(np.random.default_rng(seed).random(items.shape) < 0.33, -1, 1).astype(np.int8)
    rows, cosines = cleanup(bind(items, unpack(np.packbits(flips < 0, axis=-1))), items)
    assert rows.tolist() == list(range(len(names)))
    assert cosines.min() > 0.25


@few
@given(symbols)
def test_packed_binding_is_xor_and_packed_similarity_the_same(names: list[str]) -> None:
    left, right = BOOK.hypervectors(names[:2])
    assert (pack(bind(left, right)) == pack(left) ^ pack(right)).all()
    assert bit_similarity(pack(left), pack(right)) == pytest.approx(float(similarity(left[None], right[None])))
    assert unpack(pack(left)).equal(left)


def test_the_codebook_is_the_same_everywhere_and_another_with_another_seed() -> None:
    assert BOOK.bits("oat milk")[:8].tobytes().hex() == "28691cba8ea5efa5"
    assert (Codebook().bits("oat milk") == BOOK.bits("oat milk")).all()
    assert abs(float(bit_similarity(Codebook(seed=1).bits("oat milk"), BOOK.bits("oat milk")))) < 0.06


def test_undecided_elements_of_a_bundle_are_not_all_the_same() -> None:
    one, other = BOOK.bundle(BOOK.hypervectors(["a", "b"])), BOOK.bundle(BOOK.hypervectors(["c", "d"]))
    assert abs(float(one.float().mean())) < 0.06
    assert abs(float(other.float().mean())) < 0.06


@pytest.mark.parametrize("dimension", [0, -8, 1001])
def test_dimensions_that_do_not_fill_bytes_are_refused(dimension: int) -> None:
    with pytest.raises(ConfigurationError, match="multiple of 8"):
        Codebook(dimension)


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    from seamless_retail.models.sentence_encoder import SentenceEncoder

    model = SentenceEncoder()
    return TextEncoder(model.encode, model.dimension)


def cosines(encoder: TextEncoder, text: str, others: Sequence[str]) -> NDArray[np.float32]:
    hypervectors = encoder.encode([text, *others])
    return similarity(hypervectors[:1], hypervectors[1:])[0].numpy()


def test_similar_texts_have_similar_hypervectors(encoder: TextEncoder) -> None:
    same, misspelt, paraphrased, unrelated = cosines(
        encoder, "red sofa", ["  Red  SOFA ", "red soffa", "red couch", "opening hours"]
    )
    assert same > 0.99
    assert min(misspelt, paraphrased) > 0.15
    assert abs(unrelated) < 0.1


def test_near_duplicates_stay_apart(encoder: TextEncoder) -> None:
    assert cosines(encoder, "order 1041", ["order 1042"])[0] < 0.7


def test_misspelling_is_borne_by_spelling_alone() -> None:
    encoder = TextEncoder(lambda texts: np.eye(len(texts), 8, dtype=np.float32), 8)
    misspelt, other = cosines(encoder, "Schmidt", ["Schmitd", "Okafor"])
    assert misspelt > other + 0.05


def test_a_very_long_text_can_be_encoded(encoder: TextEncoder) -> None:
    assert encoder.encode(["word " * 20_000]).shape == (1, 10_000)


@pytest.mark.parametrize("text", ["", " \n", "\ud800"])
def test_texts_that_cannot_be_encoded_are_refused(encoder: TextEncoder, text: str) -> None:
    with pytest.raises(InvalidQueryError, match="cannot be stored"):
        encoder.encode([text])
