"""The port that lobes use: answers with ids, the cache of memories, streaming, full text, and what is not stated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.core.ports import NOT_STATED, MemoryReader, ReaderAnswer
from seamless_retail.models.clara import ClaraModel
from seamless_retail.models.clara.citations import MemoryCitation
from seamless_retail.models.clara.generation import Answer, ClaraGenerator
from seamless_retail.models.clara.reader import ClaraReader, MemoryCache, _reading

QUESTION = "What is it made of?"


@dataclass(frozen=True)
class Passage:
    id: str
    text: str


@pytest.fixture
def passages(texts: tuple[str, ...]) -> list[Passage]:
    return [Passage(f"product:P{i}", text) for i, text in enumerate(texts)]


@pytest.fixture
def generator(model: ClaraModel) -> ClaraGenerator:
    return ClaraGenerator(model)


def _citation(document: int, share: float) -> MemoryCitation:
    return MemoryCitation(document, "", "", share, share, 0, 1)


def _answer(text: str, *shares: float) -> Answer:
    cited = sorted((_citation(i, share) for i, share in enumerate(shares)), key=lambda found: -found.share)
    return Answer(text, 0.8, tuple(cited), 3, 10, "end")


def test_an_answer_names_the_passages_it_used(generator: ClaraGenerator, passages: list[Passage]) -> None:
    """What the model wrote from the memories, with the ids of the caller."""
    reader: MemoryReader = ClaraReader(generator, rate=4, max_new_tokens=8)
    found = reader.read(QUESTION, passages)
    memory = generator.model.compress([passage.text for passage in passages], 4)
    [expected] = generator.generate_from_memory([QUESTION], [memory], max_new_tokens=8)
    assert found.text == expected.text
    assert found.confidence == pytest.approx(expected.confidence, rel=1e-4)
    assert found.used[0] == passages[expected.citations[0].document].id
    assert set(found.used) <= {passage.id for passage in passages}
    assert found.stated


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (_answer("cotton", 0.1, 0.6, 0.3), ReaderAnswer("cotton", 0.8, ("b", "c"))),
        (_answer("cotton", 0.2, 0.2, 0.6), ReaderAnswer("cotton", 0.8, ("c",))),
        (_answer("Not stated.", 0.2, 0.2, 0.6), ReaderAnswer(NOT_STATED, 0.8)),
        (_answer("", 0.2, 0.2, 0.6), ReaderAnswer(NOT_STATED, 0.8)),
        (None, ReaderAnswer(NOT_STATED, 1.0)),
    ],
)
def test_used_are_the_passages_that_were_attended_like_the_first(answer: Answer | None, expected: ReaderAnswer) -> None:
    """Half the attention of the first or more; nothing is used for an answer that is not stated."""
    assert _reading(answer, [Passage(name, name) for name in "abc"]) == expected
    assert expected.stated == (expected.text == "cotton")


def test_without_passages_nothing_is_stated(generator: ClaraGenerator, passages: list[Passage]) -> None:
    """The model is not asked: it could only guess. The other questions of the batch are."""
    reader = ClaraReader(generator, max_new_tokens=4)
    nothing, something = reader.read_many([QUESTION, QUESTION], [[], passages[:1]])
    assert nothing == ReaderAnswer(NOT_STATED, 1.0)
    assert something == reader.read(QUESTION, passages[:1])
    assert list(reader.stream(QUESTION, [])) == [NOT_STATED]


@pytest.mark.parametrize("text", [False, True])
def test_a_stream_ends_with_the_whole_answer(generator: ClaraGenerator, passages: list[Passage], text: bool) -> None:
    """The generator's return value is what ``read`` gives, so a caller can check the answer after showing it."""
    reader = ClaraReader(generator, text=text, max_new_tokens=8)
    stream, pieces = reader.stream(QUESTION, passages), []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            found = end.value
            break
    assert found == reader.read(QUESTION, passages)
    assert "".join(pieces) == found.text


def test_full_text_is_read_without_compressing(
    generator: ClaraGenerator, passages: list[Passage], texts: tuple[str, ...]
) -> None:
    """``text=True`` is the comparison of the benchmark, and what a caller without a trained compressor has."""
    reader = ClaraReader(generator, text=True, max_new_tokens=8)
    found = reader.read(QUESTION, passages[:2])
    assert found.text == generator.generate_from_text([QUESTION], [texts[:2]], max_new_tokens=8)[0].text
    assert len(reader.cache) == 0


def test_known_passages_are_not_compressed_again(generator: ClaraGenerator, passages: list[Passage]) -> None:
    """Stored memories are where the speed comes from; the answer is the same from the cache."""
    reader = ClaraReader(generator, rate=4, max_new_tokens=8)
    first = reader.read(QUESTION, passages)
    assert (reader.cache.hits, reader.cache.misses) == (0, 4)
    assert reader.read(QUESTION, passages) == first
    assert (reader.cache.hits, reader.cache.misses) == (4, 4)
    assert reader.cache.nbytes == generator.model.compress([p.text for p in passages], 4).nbytes


def test_the_cache_knows_texts_by_content_and_rate(model: ClaraModel, texts: tuple[str, ...]) -> None:
    """A changed passage under the same id must not be answered from its old memory, nor a rate from another's."""
    cache = MemoryCache(model, 8)
    fine, coarse = cache.memories(texts[:1], 4)[0], cache.memories(texts[:1], 16)[0]
    assert fine.counts[0] > coarse.counts[0]
    assert cache.memories([texts[0] + "!"], 4)[0].provenance[0].sha256 != fine.provenance[0].sha256
    assert len(cache) == 3


def test_the_least_recently_used_memory_is_forgotten(model: ClaraModel, texts: tuple[str, ...]) -> None:
    """Bounded, and a batch larger than the cache is still served."""
    cache = MemoryCache(model, 2)
    cache.memories(texts[:2], 4)
    cache.memories(texts[:1], 4)
    cache.memories(texts[2:3], 4)
    cache.memories(texts[:1], 4)
    assert (cache.hits, cache.misses, len(cache)) == (2, 3, 2)
    served = cache.memories([*texts, texts[0]], 4)
    assert [memory.provenance[0].sha256 for memory in served[:1]] == [served[-1].provenance[0].sha256]
    assert (len(served), len(cache)) == (5, 2)
    cache.clear()
    assert len(cache) == 0


@pytest.mark.parametrize(
    "build",
    [
        lambda generator: ClaraReader(generator, rate=4, text=True),
        lambda generator: ClaraReader(generator, cache_size=-1),
        lambda generator: ClaraReader(generator).read_many(["a?", "b?"], [[]]),
        lambda generator: ClaraReader(generator, rate=0).read("a?", [Passage("a", "x")]),
    ],
)
def test_settings_that_exclude_each_other_are_refused(
    generator: ClaraGenerator, build: Callable[[ClaraGenerator], Any]
) -> None:
    """Each has a message of its own instead of a surprise later."""
    with pytest.raises(ConfigurationError):
        build(generator)


def test_too_many_passages_are_refused(make_model: Callable[..., ClaraModel], passages: Sequence[Passage]) -> None:
    """The lobe falls back to its composer on this error; nothing is dropped silently."""
    reader = ClaraReader(ClaraGenerator(make_model(max_prompt_tokens=30)), text=True)
    with pytest.raises(InvalidQueryError, match="4 documents"):
        reader.read(QUESTION, passages)
