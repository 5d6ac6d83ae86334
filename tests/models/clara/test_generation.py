"""The four ways to ask and their streams, with different numbers of documents per question."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from math import exp
from typing import Any, TypeVar

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.models.clara import ClaraModel, MemoryTokens
from seamless_retail.models.clara.generation import ClaraGenerator

T = TypeVar("T")
QUESTIONS = ["What is it made of?", "Which size?", "Is it free?"]


@pytest.fixture
def generator(model: ClaraModel) -> ClaraGenerator:
    return ClaraGenerator(model)


@pytest.fixture
def documents(texts: tuple[str, ...]) -> list[list[str]]:
    """Three, one and no documents."""
    return [list(texts[:3]), [texts[3]], []]


@pytest.fixture
def memories(model: ClaraModel, documents: list[list[str]]) -> list[MemoryTokens]:
    return [model.compress(found, rate=4) for found in documents]


def _drain(stream: Generator[str, None, T]) -> tuple[str, T]:
    pieces = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return "".join(pieces), end.value


def test_different_document_counts_go_in_one_batch(
    generator: ClaraGenerator, documents: list[list[str]], memories: list[MemoryTokens]
) -> None:
    """The reference needs equal counts; here each question of a batch gets what it gets alone."""
    for batch, alone in (
        (
            generator.generate_from_text(QUESTIONS, documents, max_new_tokens=8),
            [
                generator.generate_from_text([q], [d], max_new_tokens=8)[0]
                for q, d in zip(QUESTIONS, documents, strict=True)
            ],
        ),
        (
            generator.generate_from_memory(QUESTIONS, memories, max_new_tokens=8),
            [
                generator.generate_from_memory([q], [m], max_new_tokens=8)[0]
                for q, m in zip(QUESTIONS, memories, strict=True)
            ],
        ),
    ):
        assert [(a.text, a.tokens, a.prompt_tokens) for a in batch] == [
            (a.text, a.tokens, a.prompt_tokens) for a in alone
        ]
        assert [a.confidence for a in batch] == pytest.approx([a.confidence for a in alone], rel=1e-4)
        assert [len(a.citations) for a in batch] == [3, 1, 0]


def test_answering_twice_gives_the_same(generator: ClaraGenerator, memories: list[MemoryTokens]) -> None:
    """The reference leaves dropout on after loading; ours must repeat itself exactly."""
    assert generator.generate_from_memory(QUESTIONS, memories) == generator.generate_from_memory(QUESTIONS, memories)


def test_streams_join_to_the_answer(
    generator: ClaraGenerator, documents: list[list[str]], memories: list[MemoryTokens]
) -> None:
    """A stream and a whole answer are the same answer, its confidence and citations included."""
    question, options = QUESTIONS[0], {"max_new_tokens": 12}
    for stream, [whole] in (
        (
            generator.stream_from_text(question, documents[0], **options),  # type: ignore[arg-type]
            generator.generate_from_text([question], documents[:1], **options),  # type: ignore[arg-type]
        ),
        (
            generator.stream_from_memory(question, memories[0], **options),  # type: ignore[arg-type]
            generator.generate_from_memory([question], memories[:1], **options),  # type: ignore[arg-type]
        ),
        (
            generator.stream_from_paraphrase(documents[0][0], 4, **options),  # type: ignore[arg-type]
            generator.generate_from_paraphrase(documents[0][:1], 4, **options),  # type: ignore[arg-type]
        ),
    ):
        text, answer = _drain(stream)
        assert text == answer.text
        assert answer == whole


def test_confidence_is_the_mean_probability_of_the_tokens(
    model: ClaraModel, generator: ClaraGenerator, memories: list[MemoryTokens]
) -> None:
    """Checked by running prompt and answer through the model at once, without cache or steps."""
    [answer] = generator.generate_from_memory(QUESTIONS[:1], memories[:1], max_new_tokens=6)
    asked = generator.asker.memory(QUESTIONS[0], memories[0], 6)
    with torch.no_grad():
        embeddings, tokens = asked.embeddings, []
        logprobs = []
        for _ in range(answer.tokens):
            scores = model.decode(embeddings[None])[0, -1].float().log_softmax(-1)
            tokens.append(int(scores.argmax()))
            logprobs.append(float(scores.max()))
            embeddings = torch.cat([embeddings, model.embed(torch.tensor(tokens[-1:]))])
    assert answer.confidence == pytest.approx(exp(sum(logprobs) / len(logprobs)), rel=1e-4)
    assert answer.prompt_tokens == len(asked.embeddings)


def test_full_text_is_read_by_the_bare_base_unless_told_otherwise(
    model: ClaraModel, documents: list[list[str]]
) -> None:
    """The text reader has no adapter, memories are read by the generator's: another role, another confidence."""
    by_base, by_generator = (
        ClaraGenerator(model, text_role=role).generate_from_text(QUESTIONS[:1], documents[:1], max_new_tokens=4)[0]
        for role in (None, "generator")
    )
    assert by_base.confidence != pytest.approx(by_generator.confidence, rel=1e-3)


def test_merged_adapters_give_the_same_answers(
    model: ClaraModel, generator: ClaraGenerator, memories: list[MemoryTokens]
) -> None:
    """Merging is for speed; what is said, and from where, must not change."""
    before = generator.generate_from_memory(QUESTIONS, memories, max_new_tokens=8)
    model.merge_adapters()
    after = generator.generate_from_memory(QUESTIONS, memories, max_new_tokens=8)
    assert [answer.text for answer in after] == [answer.text for answer in before]
    shares = [[citation.share for citation in answer.citations] for answer in before]
    for answer, expected in zip(after, shares, strict=True):
        assert [citation.share for citation in answer.citations] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("merged", [False, True])
def test_threads_get_the_answers_they_would_get_alone(
    model: ClaraModel, generator: ClaraGenerator, memories: list[MemoryTokens], merged: bool
) -> None:
    """A server answers several customers at once: roles and the attention of citations are switched between steps."""
    if merged:
        model.merge_adapters()
    asked = [(question, memory) for question, memory in zip(QUESTIONS, memories, strict=True)] * 3

    def ask(pair: tuple[str, MemoryTokens]) -> Any:
        return generator.generate_from_memory([pair[0]], [pair[1]], max_new_tokens=8)

    expected = [ask(pair) for pair in asked]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, asked)) == expected


def test_questions_choose_their_documents_by_score(
    model: ClaraModel, generator: ClaraGenerator, documents: list[list[str]]
) -> None:
    """Best first, -1 where there are fewer candidates than k, and the answer is read from the chosen memories."""
    answers, indices = generator.generate_from_questions(
        QUESTIONS[:2], documents[:2], rate=4, top_k=2, max_new_tokens=8
    )
    memory = model.compress(documents[0], rate=4)
    scores = model.score(model.query(QUESTIONS[:1]), memory)[0]
    best = scores.argsort(descending=True)[:2].tolist()
    assert indices.tolist() == [best, [0, -1]]
    assert indices.dtype == torch.int64
    [expected] = generator.generate_from_memory(QUESTIONS[:1], [memory.select(best)], max_new_tokens=8)
    assert answers[0].text == expected.text
    text, (answer, chosen) = _drain(
        generator.stream_from_questions(QUESTIONS[0], documents[0], rate=4, top_k=2, max_new_tokens=8)
    )
    assert (text, chosen.tolist()) == (answers[0].text, best)
    assert answer.text == text


def test_a_question_without_candidates_is_still_answered(generator: ClaraGenerator, texts: tuple[str, ...]) -> None:
    """Retrieval may find nothing for one question of a batch."""
    answers, indices = generator.generate_from_questions(QUESTIONS[:2], [[], list(texts)], max_new_tokens=4)
    assert len(answers) == 2
    assert indices[0].tolist() == [-1] * 5
    assert sorted(indices[1].tolist()) == [-1, 0, 1, 2, 3]


def test_length_and_stop_end_an_answer(generator: ClaraGenerator, memories: list[MemoryTokens]) -> None:
    """The text ends before the stop string, and the answer says what ended it."""
    [whole] = generator.generate_from_memory(QUESTIONS[:1], memories[:1], max_new_tokens=20)
    assert (whole.finish, whole.tokens) == ("length", 20)
    stop = whole.text[len(whole.text) // 2 :][:2]
    [stopped] = generator.generate_from_memory(QUESTIONS[:1], memories[:1], max_new_tokens=20, stop=[stop])
    assert stopped.finish == "stop"
    assert stopped.text == whole.text[: whole.text.index(stop)].strip()
    assert stopped.tokens < 20


def test_the_end_token_ends_an_answer(model: ClaraModel, memories: list[MemoryTokens]) -> None:
    """The base's list of end tokens counts beside the tokenizer's: chat models end a turn with another token."""
    generator = ClaraGenerator(model)
    [free] = generator.generate_from_memory(QUESTIONS[:1], memories[:1], max_new_tokens=4)
    asked = generator.asker.memory(QUESTIONS[0], memories[0], 4)
    with torch.no_grad():
        first = int(model.decode(asked.embeddings[None])[0, -1].argmax())
    model.base.generation_config.eos_token_id = [2, first]
    [ended] = generator.generate_from_memory(QUESTIONS[:1], memories[:1], max_new_tokens=4)
    assert free.tokens == 4
    assert (ended.finish, ended.tokens, ended.text) == ("end", 1, "")


def test_temperature_and_seed_reach_the_draw(generator: ClaraGenerator, memories: list[MemoryTokens]) -> None:
    """Through the public method: the same seed repeats, the reference's ignored temperature does not happen here."""

    def ask(**options: Any) -> str:
        return generator.generate_from_memory(QUESTIONS[:1], memories[:1], max_new_tokens=12, **options)[0].text

    greedy = ask()
    assert ask(temperature=1.5, seed=4) == ask(temperature=1.5, seed=4)
    assert len({ask(temperature=1.5, seed=seed) for seed in range(4)}) > 1
    assert ask(temperature=1e-4, seed=4) == greedy


def test_a_prompt_that_does_not_fit_is_refused_with_its_length(
    make_model: Callable[..., ClaraModel], texts: tuple[str, ...]
) -> None:
    """Never cut: the reference drops the question when the documents are long. The memories of the same text fit."""
    model = make_model(max_prompt_tokens=40)
    generator, question = ClaraGenerator(model), "Is it free?"
    length = len(generator.asker.prompts.text(texts[2])) + len(generator.asker.prompts.text(question)) + 4
    with pytest.raises(InvalidQueryError, match=f"{length} tokens with its 1 documents; this model reads at most 40"):
        generator.generate_from_text([question], [[texts[2]]])
    [answer] = generator.generate_from_memory([question], [model.compress([texts[2]], rate=16)], max_new_tokens=2)
    assert answer.prompt_tokens <= 40
    with pytest.raises(InvalidQueryError, match="at most 12"):
        ClaraGenerator(make_model()).generate_from_text([question], [[texts[2]]], max_new_tokens=500)


@pytest.mark.parametrize(
    ("questions", "documents", "error"),
    [
        (["a?", "b?"], [["x"]], ConfigurationError),
        ("a?", [["x"]], ConfigurationError),
        (["a?"], ["x"], ConfigurationError),
        ([" "], [["x"]], InvalidQueryError),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    generator: ClaraGenerator, questions: Any, documents: Any, error: type[Exception]
) -> None:
    """A lone text in place of a list would be read letter by letter, as many documents."""
    with pytest.raises(error):
        generator.generate_from_text(questions, documents)


def test_nothing_asked_is_nothing_answered(generator: ClaraGenerator) -> None:
    """An empty batch is not an error."""
    assert generator.generate_from_text([], []) == []
    assert generator.generate_from_paraphrase([]) == []
