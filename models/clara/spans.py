"""Long documents: cut into spans that the encoder reads one by one, their memories gathered and pooled again.

Nothing is cut off. A rate above the span's length, or a document with more vectors than the cap, is served by pooling
neighbouring vectors, weighted by the tokens behind each, so that a mean of means stays the mean of its tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara.config import ClaraConfig

Chars = tuple[int, int]


class Plan(NamedTuple):
    """How one rate is reached with spans of limited length."""

    span_tokens: int
    rate: int
    """The rate inside a span."""
    group: int
    """Neighbouring vectors pooled into one afterwards; ``rate · group`` is the rate asked for."""


@dataclass(frozen=True)
class Span:
    """A part of a document, as the encoder reads it."""

    document: int
    ids: list[int]
    chars: list[Chars]
    """Start and end in the document's text, for each token."""


class Memory(NamedTuple):
    """The vectors of one span or document."""

    vectors: Tensor
    """``[m, h]``."""
    tokens: Tensor
    """float32 ``[m]``: how many tokens each vector stands for."""
    chars: list[Chars]


def plan(config: ClaraConfig, rate: int) -> Plan:
    """Spans whose windows fill them, so that a document of several spans still gets ceil(tokens / rate) vectors.

    Raises:
        ConfigurationError: The rate is not a whole number of at least 1.
    """
    if not isinstance(rate, int) or rate < 1:
        raise ConfigurationError(
            f"The rate is {rate!r}, expected a whole number of at least 1.",
            f"The model was trained for {', '.join(map(str, config.rates))}.",
        )
    if config.count == "fixed":
        return Plan(config.span_tokens, rate, 1)
    group = next(group for group in range(-(-rate // config.span_tokens), rate + 1) if rate % group == 0)
    inside = rate // group
    return Plan(config.span_tokens // inside * inside, inside, group)


def cut(document: int, ids: Sequence[int], chars: Sequence[Chars], length: int) -> list[Span]:
    """Consecutive spans of at most ``length`` tokens; none for an empty text."""
    return [
        Span(document, list(ids[start : start + length]), list(chars[start : start + length]))
        for start in range(0, len(ids), length)
    ]


def batches(lengths: Sequence[int], token_budget: int) -> Iterator[list[int]]:
    """Indices by growing length, so many at a time that the padded batch stays within the budget (one at the least)."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: (lengths[index], index)):
        if batch and (len(batch) + 1) * lengths[index] > token_budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def of_span(vectors: Tensor, windows: Sequence[tuple[int, int]], chars: Sequence[Chars]) -> Memory:
    """The vectors of one span, each with the tokens and characters of its window."""
    whole = len({*windows}) == 1
    tokens = [len(chars) / len(windows) if whole else end - start for start, end in windows]
    places = [(chars[start][0], chars[end - 1][1]) for start, end in windows]
    return Memory(vectors, torch.tensor(tokens, dtype=torch.float32, device=vectors.device), places)


def gather(parts: Sequence[Memory], config: ClaraConfig, group: int, empty: Tensor) -> Memory:
    """The memories of a document: its spans' vectors in order, pooled down to the rate and then to the cap.

    ``empty`` (``[0, h]``) is what a document without a token gets.
    """
    if not parts:
        return Memory(empty, torch.zeros(0), [])
    whole = Memory(
        torch.cat([part.vectors for part in parts]),
        torch.cat([part.tokens for part in parts]),
        [place for part in parts for place in part.chars],
    )
    found = len(whole.vectors)
    if config.count == "fixed":
        return pool(whole, found // len(parts))
    count = -(-found // group)
    group *= -(-count // config.max_memory)
    return whole if group == 1 else pool(whole, -(-found // group), group)


def pool(memory: Memory, count: int, group: int | None = None) -> Memory:
    """``count`` vectors, each the mean of ``group`` neighbours by default of equal shares, weighted by their tokens."""
    found = len(memory.vectors)
    if count == found:
        return memory
    width = group or found / count
    starts = [int(index * width) for index in range(count)]
    edges = [*starts[1:], found]
    vectors, tokens, chars = [], [], []
    for start, end in zip(starts, edges, strict=True):
        weights = memory.tokens[start:end]
        mean = (memory.vectors[start:end].float() * weights[:, None]).sum(0) / weights.sum()
        vectors.append(mean.to(memory.vectors.dtype))
        tokens.append(weights.sum())
        chars.append((memory.chars[start][0], memory.chars[end - 1][1]))
    return Memory(torch.stack(vectors), torch.stack(tokens), chars)
