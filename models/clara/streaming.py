"""The decoding loop: a padded batch of prompts as embeddings in, tokens out one step at a time, and text as it forms.

Written as a loop of our own instead of ``generate`` with a streamer, which needs a thread per stream and draws from the
process-wide random state. The tests compare it with Hugging Face's ``generate``.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from inspect import signature
from typing import Any, Literal, TypedDict
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from seamless_retail.core.errors import ConfigurationError

Finish = Literal["end", "stop", "length"]
_TURNS: WeakKeyDictionary[Any, AbstractContextManager[Any]] = WeakKeyDictionary()
_HALF = "\ufffd"
"""What a tokenizer writes for the bytes of a character that is not complete yet."""


@dataclass(frozen=True)
class Sampling:
    """How an answer is drawn.

    Raises:
        ConfigurationError: A value is out of range.
    """

    max_new_tokens: int = 64
    temperature: float = 0.0
    """0: always the most likely token; otherwise the logits are divided by it and a token is drawn."""
    stop: tuple[str, ...] = ()
    """The answer ends before the first of these strings."""
    seed: int = 0
    """Row ``i`` of a batch is drawn with ``seed + i``, whatever the other rows are."""
    citations: bool = True
    """Find out which documents were attended; costs one short pass per batch."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop", (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ()))
        faults = []
        if not isinstance(self.max_new_tokens, int) or self.max_new_tokens < 1:
            faults.append(f"max_new_tokens is {self.max_new_tokens!r}, expected a whole number of at least 1")
        if not 0 <= self.temperature < float("inf"):
            faults.append(f"temperature is {self.temperature!r}, expected 0 or more")
        if not all(self.stop):
            faults.append("stop has an empty string, before which every answer would end")
        if faults:
            raise ConfigurationError(f"The generation settings are not valid: {'; '.join(faults)}.", "Correct them.")

    @classmethod
    def of(cls, options: "SamplingOptions") -> "Sampling":
        """From keyword arguments."""
        return cls(**options)  # type: ignore[arg-type]  # stop becomes a tuple above


class SamplingOptions(TypedDict, total=False):
    """The fields of :class:`Sampling`, as keyword arguments."""

    max_new_tokens: int
    temperature: float
    stop: Sequence[str]
    seed: int
    citations: bool


class TextStream:
    """Text from tokens, given out as soon as it is certain.

    Held back are halves of characters, white space at the end, and what may be the start of a stop string; so the
    pieces joined are always the final text.
    """

    def __init__(self, tokenizer: Any, stop: Sequence[str] = ()) -> None:
        self._tokenizer = tokenizer
        self._stop = stop
        self._tokens: list[int] = []
        self.text = ""
        """What was given out."""
        self.stopped = False
        """Whether a stop string appeared."""

    def push(self, token: int) -> str:
        """The text that one more token makes certain, often none."""
        self._tokens.append(token)
        text = self._decoded()
        return self._give(text if self.stopped else self._certain(text))

    def finish(self) -> str:
        """The rest, when no more tokens come."""
        return self._give(self._decoded())

    def _decoded(self) -> str:
        text: str = self._tokenizer.decode(self._tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        places = [place for place in (text.find(stop) for stop in self._stop) if place >= 0]
        self.stopped = bool(places)
        return text[: min(places)] if places else text

    def _certain(self, text: str) -> str:
        text = text.rstrip(_HALF)
        starts = (stop[:length] for stop in self._stop for length in range(1, len(stop)))
        held = max((len(start) for start in starts if text.endswith(start)), default=0)
        return text[: len(text) - held]

    def _give(self, text: str) -> str:
        text = text.strip()
        piece = text[len(self.text) :]
        self.text += piece
        return piece


@dataclass
class Row:
    """One answer while it is being written."""

    index: int
    """Of the question in the caller's batch."""
    stream: TextStream
    generator: torch.Generator | None = None
    """Draws the tokens; ``None`` takes the most likely."""
    tokens: list[int] = field(default_factory=list)
    """All tokens produced, the end token included."""
    logprobs: list[float] = field(default_factory=list)
    """Of each token, before the temperature."""
    finish: Finish | None = None


@dataclass
class Batch:
    """Prompts padded on the left to one width, and the state of decoding them."""

    embeddings: Tensor
    """``[b, t, h]``."""
    mask: Tensor
    """int64 ``[b, t + steps]``: 1 at what may be attended."""
    role: str | None
    cache: Any = None
    steps: int = 0
    """Tokens fed after the prompts."""

    @classmethod
    def of(cls, prompts: Sequence[Tensor], role: str | None) -> "Batch":
        """From one ``[t_i, h]`` tensor per prompt."""
        width = max(len(prompt) for prompt in prompts)
        embeddings = torch.stack([torch.nn.functional.pad(p, (0, 0, width - len(p), 0)) for p in prompts])
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=embeddings.device)
        mask = torch.arange(width, device=embeddings.device)[None] >= width - lengths[:, None]
        return cls(embeddings, mask.long(), role)


def decode(
    model: Any, batch: Batch, rows: Sequence[Row], sampling: Sampling, ends: set[int]
) -> Iterator[tuple[int, str]]:
    """Write the answers of a batch, yielding ``(row.index, piece)`` as text becomes certain.

    A row does not depend on its neighbours beyond the rounding of padded products. Rows that have ended ride along
    until the last one has.

    Args:
        model: The :class:`~seamless_retail.models.clara.model.ClaraModel`.
        batch: The prompts; its cache and mask grow.
        rows: Where the answers are kept, one per prompt.
        sampling: How tokens are drawn.
        ends: Token ids that end an answer.
    """
    tokens: Tensor | None = None
    for _ in range(sampling.max_new_tokens):
        logits = step(model, batch, tokens)
        chosen = choose(logits, rows, sampling.temperature)
        scores = torch.log_softmax(logits, -1).gather(1, chosen[:, None])[:, 0].tolist()
        for row, token, score in zip(rows, chosen.tolist(), scores, strict=True):
            if row.finish is None and (piece := _advance(row, token, score, sampling, ends)):
                yield row.index, piece
        if all(row.finish for row in rows):
            return
        tokens = chosen


def step(model: Any, batch: Batch, tokens: Tensor | None) -> Tensor:
    """Logits of the next token, float32 ``[b, vocabulary]``: of the prompts, or after feeding ``tokens`` ``[b]``."""
    with torch.no_grad(), evaluating(model), model.role(batch.role) as lm, turn(lm):
        fed = batch.embeddings if tokens is None else model.embed(tokens[:, None])
        if tokens is not None:
            batch.mask = torch.nn.functional.pad(batch.mask, (0, 1), value=1)
            batch.steps += 1
        out = lm(
            inputs_embeds=fed,
            attention_mask=batch.mask,
            position_ids=positions(batch.mask)[:, -fed.shape[1] :],
            past_key_values=batch.cache,
            use_cache=True,
            **({"logits_to_keep": 1} if _keeps_last(lm.__class__) else {}),
        )
        batch.cache = out.past_key_values
        last: Tensor = out.logits[:, -1].float()
        return last


def choose(logits: Tensor, rows: Sequence[Row], temperature: float) -> Tensor:
    """The next token of each row, int64 ``[b]``; every row draws with its own generator."""
    if temperature == 0:
        return logits.argmax(-1)
    shares = torch.softmax(logits / temperature, -1).cpu()
    drawn = [torch.multinomial(share, 1, generator=row.generator) for share, row in zip(shares, rows, strict=True)]
    return torch.cat(drawn).to(logits.device)


def positions(mask: Tensor) -> Tensor:
    """Positions counted from the first token of each row, ``[b, t]``; 0 in the padding."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


def turn(lm: Any) -> AbstractContextManager[Any]:
    """The lock of a language model: its attention is switched while citations are computed, so passes take turns."""
    return _TURNS.setdefault(lm, threading.RLock())


@cache
def _keeps_last(kind: type) -> bool:
    return "logits_to_keep" in signature(kind.forward).parameters  # type: ignore[attr-defined]  # a language model


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Dropout off, whatever mode the model is in."""
    was_training = model.training
    if was_training:
        model.eval()
    try:
        yield
    finally:
        if was_training:
            model.train()


def _advance(row: Row, token: int, logprob: float, sampling: Sampling, ends: set[int]) -> str:
    """Take one token into a row; returns the text it makes certain."""
    row.tokens.append(token)
    row.logprobs.append(logprob)
    if token in ends:
        row.finish = "end"
        return row.stream.finish()
    piece = row.stream.push(token)
    if row.stream.stopped:
        row.finish = "stop"
    elif len(row.tokens) == sampling.max_new_tokens:
        row.finish = "length"
        piece += row.stream.finish()
    return piece
