"""Answers from full text, from memories, and from the memories that the query reasoner chooses; whole or as a stream.

Every question may have another number of documents. Prompts that are too long are refused, never cut.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

import torch
from torch import Tensor
from typing_extensions import Unpack

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara.asking import Asked, Asker, paired, texts_of
from seamless_retail.models.clara.citations import MemoryCitation, attention_of, cite
from seamless_retail.models.clara.memory import MemoryTokens
from seamless_retail.models.clara.prompts import reply_of
from seamless_retail.models.clara.spans import batches
from seamless_retail.models.clara.streaming import Batch, Finish, Row, Sampling, SamplingOptions, TextStream, decode

TOKEN_BUDGET = 16384
"""Padded prompt places that are decoded at a time."""


@dataclass(frozen=True)
class Answer:
    """What the generator wrote."""

    text: str
    """As written: a yes or no may follow what it goes by, as in ``"black, white; no"``."""
    confidence: float
    """exp of the mean log-probability of the produced tokens, the end token included, before the temperature."""
    citations: tuple[MemoryCitation, ...]
    """Most attended document first; none if they were not asked for."""
    tokens: int
    """Produced, the end token included."""
    prompt_tokens: int
    """Tokens and memory vectors of the prompt."""
    finish: Finish
    """``end``: the model ended it; ``stop``: a stop string did; ``length``: ``max_new_tokens`` did."""

    @property
    def reply(self) -> str:
        """The answer without what a yes or no goes by."""
        return reply_of(self.text)


class ClaraGenerator:
    """The answering side of a CLaRa model; usable from several threads.

    Args:
        model: A :class:`~seamless_retail.models.clara.model.ClaraModel`.
        tokenizer: The model's own by default.
        text_role: The adapter that reads full text; ``None``, the base alone, is the text reader.

    Raises:
        ConfigurationError: There is no tokenizer, or it lacks what the model's prompt style needs.
    """

    def __init__(self, model: Any, tokenizer: Any = None, text_role: str | None = None) -> None:
        self.asker = Asker(model, tokenizer)
        self.model = model
        self.tokenizer = self.asker.tokenizer
        self.text_role = text_role

    def generate_from_text(
        self, questions: Sequence[str], documents: Sequence[Sequence[str]], **options: Unpack[SamplingOptions]
    ) -> list[Answer]:
        """Answer each question from the full text of its documents.

        Args:
            questions: ``b`` questions.
            documents: For each question its documents, any number of them.
            options: See :class:`~seamless_retail.models.clara.streaming.Sampling`.

        Raises:
            InvalidQueryError: A question is empty, or a prompt is longer than the model can read.
            ConfigurationError: The arguments do not fit together, or a setting is out of range.
        """
        sampling = Sampling.of(options)
        asked = [
            self.asker.text(question, found, sampling.max_new_tokens)
            for question, found in paired(questions, documents)
        ]
        return self._answers(asked, self.text_role, sampling)

    def stream_from_text(
        self, question: str, documents: Sequence[str], **options: Unpack[SamplingOptions]
    ) -> Generator[str, None, Answer]:
        """:meth:`generate_from_text` of one question, in pieces; the generator returns the answer."""
        sampling = Sampling.of(options)
        return self._stream(self.asker.text(question, documents, sampling.max_new_tokens), self.text_role, sampling)

    def generate_from_memory(
        self, questions: Sequence[str], memories: Sequence[MemoryTokens], **options: Unpack[SamplingOptions]
    ) -> list[Answer]:
        """Answer each question from the memories of its documents; otherwise as :meth:`generate_from_text`."""
        sampling = Sampling.of(options)
        asked = [
            self.asker.memory(question, found, sampling.max_new_tokens)
            for question, found in paired(questions, memories)
        ]
        return self._answers(asked, "generator", sampling)

    def stream_from_memory(
        self, question: str, memory: MemoryTokens, **options: Unpack[SamplingOptions]
    ) -> Generator[str, None, Answer]:
        """:meth:`generate_from_memory` of one question, in pieces; the generator returns the answer."""
        sampling = Sampling.of(options)
        return self._stream(self.asker.memory(question, memory, sampling.max_new_tokens), "generator", sampling)

    def generate_from_paraphrase(
        self, documents: Sequence[str], rate: int | None = None, **options: Unpack[SamplingOptions]
    ) -> list[Answer]:
        """Say each document in other words, from its memory alone: shows what the memory holds.

        Args:
            documents: Texts, each rewritten on its own.
            rate: Of compression; the configuration's by default.
            options: See :class:`~seamless_retail.models.clara.streaming.Sampling`.
        """
        sampling = Sampling.of(options)
        memories = self.model.compress(documents, rate)
        room = sampling.max_new_tokens
        asked = [self.asker.rewrite(memories.select([i]), room) for i in range(len(memories))]
        return self._answers(asked, "generator", sampling)

    def stream_from_paraphrase(
        self, document: str, rate: int | None = None, **options: Unpack[SamplingOptions]
    ) -> Generator[str, None, Answer]:
        """:meth:`generate_from_paraphrase` of one document, in pieces; the generator returns the answer."""
        sampling = Sampling.of(options)
        asked = self.asker.rewrite(self.model.compress([document], rate), sampling.max_new_tokens)
        return self._stream(asked, "generator", sampling)

    def generate_from_questions(
        self,
        questions: Sequence[str],
        documents: Sequence[Sequence[str]],
        rate: int | None = None,
        top_k: int | None = None,
        **options: Unpack[SamplingOptions],
    ) -> tuple[list[Answer], Tensor]:
        """Choose each question's best documents by the query reasoner and answer from their memories.

        Args:
            questions: ``b`` questions.
            documents: For each question its candidates, any number of them.
            rate: Of compression; the configuration's by default.
            top_k: How many are chosen; the configuration's by default, and all of fewer candidates.
            options: See :class:`~seamless_retail.models.clara.streaming.Sampling`.

        Returns:
            The answers, whose citations count the documents as chosen, and ``topk_indices``, int64 ``[b, k]``: the
            candidates chosen, best first, -1 where there were fewer than ``k``.
        """
        chosen, indices = self._choose(questions, documents, rate, top_k)
        return self.generate_from_memory(questions, chosen, **options), indices

    def stream_from_questions(
        self,
        question: str,
        documents: Sequence[str],
        rate: int | None = None,
        top_k: int | None = None,
        **options: Unpack[SamplingOptions],
    ) -> Generator[str, None, tuple[Answer, Tensor]]:
        """:meth:`generate_from_questions` of one question, in pieces; returns the answer and the indices ``[k]``."""
        [memory], indices = self._choose([question], [documents], rate, top_k)
        answer = yield from self.stream_from_memory(question, memory, **options)
        return answer, indices[0]

    def _choose(
        self, questions: Sequence[str], documents: Sequence[Sequence[str]], rate: int | None, top_k: int | None
    ) -> tuple[list[MemoryTokens], Tensor]:
        """The memories of each question's best documents, and their indices ``[b, k]``."""
        k = self.model.config.top_k if top_k is None else top_k
        if k < 1:
            raise ConfigurationError(f"top_k is {k}, expected a whole number of at least 1.", "Choose at least 1.")
        rows = [(question, texts_of(candidates)) for question, candidates in paired(questions, documents)]
        place = {text: i for i, text in enumerate(dict.fromkeys(text for _, texts in rows for text in texts))}
        memories, queries = self.model.compress(list(place), rate), self.model.query(list(questions))
        chosen, indices = [], torch.full((len(rows), k), -1)
        for i, (_, texts) in enumerate(rows):
            candidates = memories.select([place[text] for text in texts])
            scores = self.model.score(queries.select([i]), candidates)[0]
            best = scores.topk(min(k, len(texts))).indices.tolist()
            indices[i, : len(best)] = torch.tensor(best, dtype=torch.long)
            chosen.append(candidates.select(best))
        return chosen, indices

    def _answers(self, asked: Sequence[Asked], role: str | None, sampling: Sampling) -> list[Answer]:
        found: dict[int, Answer] = {}
        for group in batches([len(prompt.embeddings) for prompt in asked], TOKEN_BUDGET):
            rows = [self._row(i, sampling) for i in group]
            batch = Batch.of([asked[i].embeddings for i in group], role)
            for _ in decode(self.model, batch, rows, sampling, self._ends()):
                pass
            finished = self._finish(batch, rows, [asked[i] for i in group], sampling)
            found.update(zip(group, finished, strict=True))
        return [found[i] for i in range(len(asked))]

    def _stream(self, asked: Asked, role: str | None, sampling: Sampling) -> Generator[str, None, Answer]:
        batch, rows = Batch.of([asked.embeddings], role), [self._row(0, sampling)]
        for _, piece in decode(self.model, batch, rows, sampling, self._ends()):
            yield piece
        return self._finish(batch, rows, [asked], sampling)[0]

    def _row(self, index: int, sampling: Sampling) -> Row:
        drawn = torch.Generator().manual_seed(sampling.seed + index) if sampling.temperature else None
        return Row(index, TextStream(self.tokenizer, sampling.stop), drawn)

    def _ends(self) -> set[int]:
        listed = getattr(self.model.base.generation_config, "eos_token_id", None)
        found = {self.tokenizer.eos_token_id} | set(listed if isinstance(listed, list) else [listed])
        return {token for token in found if token is not None}

    def _finish(self, batch: Batch, rows: Sequence[Row], asked: Sequence[Asked], sampling: Sampling) -> list[Answer]:
        """The answers of decoded rows, with their citations if there is something to cite."""
        mass = None
        if sampling.citations and any(prompt.places for prompt in asked):
            mass = attention_of(self.model, batch, rows).cpu()
        answers = []
        for i, (row, prompt) in enumerate(zip(rows, asked, strict=True)):
            own = () if mass is None else cite(mass[i, -len(prompt.embeddings) :], prompt.places, prompt.sources)
            answers.append(
                Answer(
                    row.stream.text,
                    exp(sum(row.logprobs) / len(row.logprobs)),
                    own,
                    len(row.tokens),
                    len(prompt.embeddings),
                    row.finish or "length",
                )
            )
        return answers
