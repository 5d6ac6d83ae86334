"""Records → batches: texts to token ids, documents to spans, questions packed behind the documents they ask about.

One forward pass serves all questions of a record: the documents, as text or as slots for memory vectors, are a shared
prefix, and each question with its answer is a segment behind it (``models/clara/packing.py``). Everything here runs on
the CPU in the feeding thread; the number of memory vectors is known beforehand, so the slots are too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara import spans
from seamless_retail.models.clara.config import ClaraConfig
from seamless_retail.models.clara.packing import pack
from seamless_retail.models.clara.prompts import ClaraPrompts, Prompt
from seamless_retail.training.clara.records import Record, Turn

FULL_TEXT = 0
"""The "rate" of a batch whose documents stand in the prompt as text."""


class Segment(NamedTuple):
    """A question with its answer, or an order to rewrite with the rewritten text."""

    tail: tuple[int, ...]
    answer: tuple[int, ...]


class Row(NamedTuple):
    """One packed sequence."""

    prefix: Prompt
    counts: tuple[int, ...]
    """Memory vectors of each document; empty for full text."""
    segments: list[list[Segment]]
    """Groups that do not see each other."""


@dataclass
class Tensors:
    """Tensors that move to a device together; other fields stay."""

    def to(self, device: torch.device) -> Any:
        """A copy on ``device``."""
        moved = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, Tensor | Tensors):
                moved[entry.name] = value.to(device)
        return replace(self, **moved)


@dataclass
class Layout(Tensors):
    """Packed rows, as the decoder reads them; ``L`` labels in all."""

    input_ids: Tensor
    """``[b, T]``; any token where a memory vector goes."""
    mask: Tensor
    """bool ``[b, 1, T, T]``."""
    position_ids: Tensor
    """``[b, T]``."""
    slots: Tensor
    """``[v]``: where in the ``b · T`` places each memory vector goes, in the order of the vectors."""
    places: Tensor
    """``[L]``: of the ``b · T`` places, those whose next token is learned."""
    labels: Tensor
    """``[L]``: these tokens."""
    answers: Tensor
    """``[L]``: the number of the answer that each label belongs to."""
    count: int
    """Answers."""


@dataclass
class Batch(Tensors):
    """What one forward pass of the reader, of stage 1 or of stage 2 learns from."""

    rate: int
    layout: Layout
    span_ids: Tensor
    """``[s, t]``: spans of all documents, in the order of rows, documents and spans; no rows for full text."""
    span_mask: Tensor
    """bool ``[s, t]``."""


@dataclass
class Candidates(Tensors):
    """What one forward pass of stage 3 learns from."""

    rate: int
    query_ids: Tensor
    """``[b, t]``."""
    query_mask: Tensor
    """bool ``[b, t]``."""
    positives: Tensor
    """bool ``[b, n]``: documents that hold the answer; ``n`` is the longest list of candidates."""
    documents: list[tuple[str, ...]]
    """Per question."""
    segments: list[list[Segment]]
    seed: int = 0
    """Of the noise on the choice."""


class Prompts(ClaraPrompts):
    """Prompts whose texts are tokenised many at a time: :meth:`learn` first, then every look-up is free."""

    def __init__(self, tokenizer: Any, style: str) -> None:
        self._known: dict[str, tuple[int, ...]] = {}
        super().__init__(tokenizer, style)

    def learn(self, texts: Iterable[str]) -> None:
        """Tokenise ``texts`` in one call; they take the place of those learned before."""
        distinct = list(dict.fromkeys(texts))
        found = self._tokenizer(distinct, add_special_tokens=False, split_special_tokens=True, verbose=False)
        self._known = {text: tuple(ids) for text, ids in zip(distinct, found["input_ids"], strict=True)}

    def text(self, text: str) -> tuple[int, ...]:
        """Token ids, from what was learned if it is there."""
        known = self._known.get(text)
        return super().text(text) if known is None else known


@dataclass
class Collator:
    """Turns records into batches; used by one thread.

    Args:
        prompts: With a tokenizer of its own: tokenizers cannot be shared between threads.
        config: Of the model.
        isolate: Whether the questions of a record do not see each other.
    """

    prompts: Prompts
    config: ClaraConfig
    isolate: bool = True
    _rewrite: tuple[int, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        self._rewrite = _ids(self.prompts.rewrite())

    def learn(self, records: Sequence[Record]) -> None:
        """Tokenise everything that ``records`` say, at once."""
        texts: list[str] = []
        for record in records:
            texts += record.documents
            for turn in record.turns:
                texts += (turn.answer,) if turn.question is None else (turn.question, turn.answer)
        self.prompts.learn(texts)

    def length(self, record: Record) -> int:
        """Tokens of the documents: what records are sorted by."""
        return sum(len(self.prompts.text(document)) for document in record.documents)

    def packed(self, records: Sequence[Record], rate: int) -> Batch:
        """A batch that reads memories of ``rate``, or with :data:`FULL_TEXT` the text itself.

        Raises:
            ConfigurationError: A sequence is longer than ``max_prompt_tokens``, or a document needs more vectors than
                ``max_memory`` at every rate.
        """
        texts = [[self.prompts.text(document) for document in record.documents] for record in records]
        if rate == FULL_TEXT:
            rows = [Row(self.prompts.prefix(record.documents), (), self._groups(record)) for record in records]
            none = torch.zeros(0, 0, dtype=torch.long)
            return Batch(rate, self.layout(rows), none, none.bool())
        rate = self._fitting(max((len(ids) for row in texts for ids in row), default=0), rate)
        plan = spans.plan(self.config, rate)
        parts, rows = [], []
        for record, documents in zip(records, texts, strict=True):
            cut = [_cut(ids, plan.span_tokens) for ids in documents]
            counts = [sum(self.config.memory_count(len(span), plan.rate) for span in found) for found in cut]
            parts += [torch.tensor(span) for found in cut for span in found]
            prefix = self.prompts.prefix([None] * len(documents))
            rows.append(Row(prefix, tuple(counts), self._groups(record)))
        mask = [torch.ones(len(part), dtype=torch.bool) for part in parts]
        return Batch(plan.rate, self.layout(rows), pad_sequence(parts, True), pad_sequence(mask, True))

    def candidates(self, records: Sequence[Record], rate: int, seed: int) -> Candidates:
        """A batch of stage 3: each record asks one question of its own documents."""
        questions = [torch.tensor(self.prompts.text(record.turns[0].question or "")) for record in records]
        positives = torch.zeros(len(records), max(len(record.documents) for record in records), dtype=torch.bool)
        for row, record in zip(positives, records, strict=True):
            row[list(record.positives)] = True
        return Candidates(
            rate,
            pad_sequence(questions, True),
            pad_sequence([torch.ones(len(ids), dtype=torch.bool) for ids in questions], True),
            positives,
            [record.documents for record in records],
            [[self._segment(turn) for turn in record.turns] for record in records],
            seed,
        )

    def layout(self, rows: Sequence[Row]) -> Layout:
        """Place the rows, padded on the right.

        Raises:
            ConfigurationError: A row is longer than ``max_prompt_tokens``.
        """
        placed = [_placed(row) for row in rows]
        self._check(max(len(row.ids) for row in placed))
        shape = pack(
            [row.prefix for row in placed], [[sum(map(_size, group)) for group in row.segments] for row in rows]
        )
        width = shape.position_ids.shape[1]
        slots, places, labels, answers = [], [], [], []
        for number, row in enumerate(placed):
            start = number * width
            slots += [start + place for place in row.slots]
            places += [start + place for place in row.places]
            labels += row.labels
            first = answers[-1] + 1 if answers else 0
            answers += [first + answer for answer in row.answers]
        return Layout(
            pad_sequence([torch.tensor(row.ids) for row in placed], True),
            shape.mask,
            shape.position_ids,
            *(torch.tensor(values, dtype=torch.long) for values in (slots, places, labels, answers)),
            count=answers[-1] + 1 if answers else 0,
        )

    def _groups(self, record: Record) -> list[list[Segment]]:
        segments = [self._segment(turn) for turn in record.turns]
        return [[segment] for segment in segments] if self.isolate else [segments]

    def _segment(self, turn: Turn) -> Segment:
        tail = self._rewrite if turn.question is None else _ids(self.prompts.question(turn.question))
        return Segment(tail, self.prompts.answer(turn.answer))

    def _fitting(self, longest: int, rate: int) -> int:
        """The rate, or the next higher one of the model at which the longest document stays below the cap."""
        if self.config.count == "fixed" and longest > self.config.span_tokens:
            raise ConfigurationError(
                f"A document has {longest} tokens; a fixed number of memories is trained on at most span_tokens, "
                f"{self.config.span_tokens}.",
                "Raise model.span_tokens, leave long documents out, or set model.count to proportional.",
            )
        for higher in sorted({rate, *(other for other in self.config.rates if other > rate)}):
            plan = spans.plan(self.config, higher)
            if self.config.memory_count(longest, higher) <= self.config.max_memory and plan.group == 1:
                return higher
        raise ConfigurationError(
            f"A document of {longest} tokens needs more than max_memory, {self.config.max_memory}, vectors.",
            "Raise model.max_memory, add higher rates to model.rates, or leave such documents out.",
        )

    def _check(self, longest: int) -> None:
        if longest > self.config.max_prompt_tokens:
            raise ConfigurationError(
                f"A packed sequence has {longest} tokens; max_prompt_tokens is {self.config.max_prompt_tokens}.",
                "Lower questions_per_document or max_documents, raise the rates, or raise model.max_prompt_tokens.",
            )


class _Placed(NamedTuple):
    ids: list[int]
    prefix: int
    slots: list[int]
    places: list[int]
    labels: list[int]
    answers: list[int]


def _placed(row: Row) -> _Placed:
    """Tokens of one row, and where in it memories and labels are."""
    ids: list[int] = []
    slots: list[int] = []
    for piece, length in zip(row.prefix.pieces, row.prefix.lengths(row.counts), strict=True):
        if piece.is_memory:
            slots += range(len(ids), len(ids) + length)
        ids += (0,) * length if piece.is_memory else piece.ids
    found = _Placed(ids, len(ids), slots, [], [], [])
    for number, segment in enumerate(segment for group in row.segments for segment in group):
        ids += segment.tail
        found.places.extend(range(len(ids) - 1, len(ids) + len(segment.answer) - 1))
        found.labels.extend(segment.answer)
        found.answers.extend([number] * len(segment.answer))
        ids += segment.answer
    return found


def _size(segment: Segment) -> int:
    return len(segment.tail) + len(segment.answer)


def _ids(prompt: Prompt) -> tuple[int, ...]:
    return tuple(token for piece in prompt.pieces for token in piece.ids)


def _cut(ids: Sequence[int], length: int) -> list[Sequence[int]]:
    return [ids[start : start + length] for start in range(0, len(ids), length)]


def sampled(record: Record, questions: int, documents: int | None, shuffle: bool, random: Random) -> Record:
    """A record with so many of its questions and documents; ``positives`` follow the documents."""
    turns = record.turns
    if len(turns) > questions:
        turns = tuple(random.sample(turns, questions))
    order = list(range(len(record.documents)))[:documents]
    if shuffle:
        random.shuffle(order)
    positives = tuple(place for place, index in enumerate(order) if index in record.positives)
    return Record(tuple(record.documents[index] for index in order), turns, positives)
