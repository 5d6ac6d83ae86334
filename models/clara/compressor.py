"""Texts in, memories out: what a CLaRa model does without gradients, at any length and in batches."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.models.clara import spans
from seamless_retail.models.clara.memory import MemoryTokens, Provenance, similarity, text_sha256

if TYPE_CHECKING:
    from langchain_core.documents import Document

Progress = Callable[[int, int], None]
TOKEN_BUDGET = 8192
"""Padded tokens per batch."""


class Compressor:
    """The half of :class:`~seamless_retail.models.clara.model.ClaraModel` that makes memories of texts."""

    config: Any
    tokenizer: Any
    readout: Any
    encode: Any
    device: Any
    base: Any
    training: bool
    train: Any
    roles: Any

    def compress(
        self,
        documents: "Sequence[str | Document]",
        rate: int | None = None,
        token_budget: int = TOKEN_BUDGET,
        progress: Progress | None = None,
    ) -> MemoryTokens:
        """Memories of documents, in the order given.

        The same text gives the same memories, whatever its neighbours (up to the rounding of the batch's products).
        No document is cut: a long one is read in spans, and what exceeds ``max_memory`` is pooled again.

        Args:
            documents: Texts, or LangChain documents, whose ``id`` (or ``metadata["id"]``) the provenance keeps. A text
                without one is known by the start of its hash.
            rate: Tokens per vector; the configuration's by default.
            token_budget: Padded tokens per batch.
            progress: Called with the tokens encoded so far and their total.

        Raises:
            ConfigurationError: The rate is not a whole number of at least 1, or the model has no tokenizer.
            InvalidQueryError: A text is not valid Unicode.
        """
        texts = [str(getattr(document, "page_content", document)) for document in documents]
        _check_unicode(texts)
        names = [_name(document, text) for document, text in zip(documents, texts, strict=True)]
        rate = self.config.rate if rate is None else rate
        return self._memories(texts, names, rate, "compressor", token_budget, progress)

    def query(self, questions: Sequence[str], token_budget: int = TOKEN_BUDGET) -> MemoryTokens:
        """Memories of questions by the query reasoner; by the compressor, which it starts from, while there is none."""
        role = "reasoner" if "reasoner" in self.roles.names else "compressor"
        _check_unicode(questions)
        names = [text_sha256(question)[:16] for question in questions]
        return self._memories(list(questions), names, self.config.query_rate, role, token_budget, None)

    def score(self, queries: MemoryTokens, memories: MemoryTokens, kind: str = "late") -> Tensor:
        """How well each document answers each question, float32 ``[questions, documents]`` in [-1, 1].

        See :func:`~seamless_retail.models.clara.memory.similarity` for the kinds ``late``, ``pooled`` and ``flat``.
        """
        return similarity(queries.vectors, queries.mask, memories.vectors, memories.mask, kind)

    def _memories(
        self, texts: list[str], names: list[str], rate: int, role: str, token_budget: int, progress: Progress | None
    ) -> MemoryTokens:
        plan = spans.plan(self.config, rate)
        ids, chars = self._tokenise(texts)
        parts = [span for i, row in enumerate(ids) for span in spans.cut(i, row, chars[i], plan.span_tokens)]
        encoded = self._encode_spans(parts, plan.rate, role, token_budget, progress)
        of_document: list[list[spans.Memory]] = [[] for _ in texts]
        for span, memory in zip(parts, encoded, strict=True):
            of_document[span.document].append(memory)
        hidden = self.base.get_input_embeddings().embedding_dim
        empty = torch.zeros(0, hidden, device=self.device, dtype=self.base.dtype)
        rows = [spans.gather(found, self.config, plan.group, empty) for found in of_document]
        provenance = [
            Provenance(name, text_sha256(text), len(row), rate, tuple(memory.chars))
            for name, text, row, memory in zip(names, texts, ids, rows, strict=True)
        ]
        return MemoryTokens.of([memory.vectors for memory in rows], provenance, hidden)

    def _tokenise(self, texts: list[str]) -> tuple[list[list[int]], list[list[spans.Chars]]]:
        if self.tokenizer is None:
            raise ConfigurationError(
                "The model has no tokenizer, so it cannot read text.", "Give one to ClaraModel.from_base."
            )
        if not texts:
            return [], []
        read = self.tokenizer(
            texts,
            add_special_tokens=False,
            return_attention_mask=False,
            return_offsets_mapping=True,
            split_special_tokens=True,
            truncation=False,
            padding=False,
            verbose=False,
        )
        return read["input_ids"], read["offset_mapping"]

    def _encode_spans(
        self, parts: list[spans.Span], rate: int, role: str, token_budget: int, progress: Progress | None
    ) -> list[spans.Memory]:
        found: dict[int, spans.Memory] = {}
        done, total = 0, sum(len(span.ids) for span in parts)
        with torch.no_grad(), self._evaluating():
            for batch in spans.batches([len(span.ids) for span in parts], token_budget):
                ids = [torch.tensor(parts[i].ids) for i in batch]
                mask = [torch.ones(len(row), dtype=torch.bool) for row in ids]
                encoded = self.encode(_pad(ids).to(self.device), _pad(mask).to(self.device), rate, role)
                for i, memory, memory_mask in zip(batch, encoded.memory, encoded.memory_mask, strict=True):
                    windows = self.readout.windows(len(parts[i].ids), rate)
                    found[i] = spans.of_span(memory[memory_mask], windows, parts[i].chars)
                done += sum(map(len, ids))
                if progress is not None:
                    progress(done, total)
        return [found[i] for i in range(len(parts))]

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        """Dropout off, whatever mode the model is in."""
        was_training = self.training
        if was_training:
            self.train(False)
        try:
            yield
        finally:
            if was_training:
                self.train(True)


def _pad(rows: list[Tensor]) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


def _name(document: "str | Document", text: str) -> str:
    metadata = getattr(document, "metadata", {})
    given = getattr(document, "id", None) or metadata.get("id")
    return str(given) if given else text_sha256(text)[:16]


def _check_unicode(texts: Sequence[str]) -> None:
    """Half a surrogate pair, as broken PDF files give, has no tokens and no hash."""
    for place, text in enumerate(texts):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidQueryError(
                f"Text {place} is not valid Unicode at character {error.start}.",
                'Clean it first, for example with text.encode("utf-8", "replace").decode().',
            ) from error
