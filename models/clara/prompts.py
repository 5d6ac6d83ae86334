"""What the generator is asked: token ids around documents, which are text or slots for memory vectors.

A prompt is a *prefix* (the frame and the documents) and a *tail* (the question, or the order to rewrite). The prefix
does not depend on the tail, so several questions can share one (see ``packing.py``). Text and memories stand at the
same places in the same words, so a generator that reads the one can be taught to read the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch import Tensor

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.core.ports import NOT_STATED

MARKERS = ("<doc>", "<question>", "<answer>", "<rewrite>")
"""The special tokens of the compact style, beside the tokenizer's own start and end."""
SYSTEM = "You read the documents you are given and use nothing else."
ASK = (
    "\n\nQuestion: {question}\nReply with the answer alone, in as few words as the documents allow. "
    f"If they do not say, reply: {NOT_STATED}."
)
REWRITE = "\n\nSay the same in other words, and leave nothing out."

_VERDICTS = ("yes", "no")

_CONTENT = "⟦content⟧"
"""Stands for documents and tail while a chat template is rendered: their own text never passes through a template."""


def with_verdict(grounds: str, verdict: str) -> str:
    """``"black, white; no"``: how a small reader is taught to answer yes or no, by first saying what it goes by.

    The verdict then only compares the question with words that were just written; from memories that is far easier
    than to compare before anything was read out of them.
    """
    return f"{grounds}; {verdict}"


def reply_of(written: str) -> str:
    """What is asked for: the verdict alone of an answer that :func:`with_verdict` shaped, any other answer as it is."""
    _, _, verdict = written.rpartition("; ")
    return verdict if verdict in _VERDICTS else written


@dataclass(frozen=True)
class Piece:
    """Consecutive places of a prompt."""

    ids: tuple[int, ...] = ()
    """The tokens; none where memory vectors go."""
    document: int | None = None
    """Which document this is, counted from 0; ``None`` for the frame around them."""

    @property
    def is_memory(self) -> bool:
        """Whether the vectors of :attr:`document` go here."""
        return self.document is not None and not self.ids


@dataclass(frozen=True)
class Prompt:
    """A sequence of pieces, each document at most once."""

    pieces: tuple[Piece, ...]

    def __add__(self, other: "Prompt") -> "Prompt":
        return Prompt(self.pieces + other.pieces)

    def lengths(self, counts: Sequence[int] = ()) -> list[int]:
        """Tokens and vectors of each piece, if document ``i`` has ``counts[i]`` memory vectors."""
        return [counts[p.document] if p.is_memory and p.document is not None else len(p.ids) for p in self.pieces]

    def places(self, counts: Sequence[int] = ()) -> dict[int, tuple[int, int]]:
        """Where each document stands in the prompt: start and end, by document."""
        edges = pairwise(accumulate(self.lengths(counts), initial=0))
        return {p.document: edge for p, edge in zip(self.pieces, edges, strict=True) if p.document is not None}

    def embed(self, model: Any, memories: Sequence[Tensor] = ()) -> Tensor:
        """The input embeddings, ``[t, h]``; a gradient reaches the memories and the embedding table.

        Args:
            model: A :class:`~seamless_retail.models.clara.model.ClaraModel`.
            memories: The vectors of document ``i``, ``[m_i, h]``, for every slot.
        """
        device = model.base.get_input_embeddings().weight.device
        ids = torch.tensor([i for piece in self.pieces for i in piece.ids], dtype=torch.long, device=device)
        text = model.embed(ids).split([len(piece.ids) for piece in self.pieces])
        parts = [
            memories[piece.document].to(rows) if piece.is_memory and piece.document is not None else rows
            for piece, rows in zip(self.pieces, text, strict=True)
        ]
        return torch.cat(parts) if parts else model.embed(ids)


class ClaraPrompts:
    """Builds prompts with one tokenizer in one style.

    Args:
        tokenizer: Of the model.
        style: ``compact``: the markers of our own tokenizer; ``chat``: the tokenizer's chat template, or plain words
            where it has none.

    Raises:
        ConfigurationError: The style is unknown, or the tokenizer lacks what the style needs.
    """

    def __init__(self, tokenizer: Any, style: str) -> None:
        self._tokenizer = tokenizer
        self.style = style
        if tokenizer.eos_token_id is None:
            raise ConfigurationError(
                "The tokenizer has no end token, so no answer could end.", "Set tokenizer.eos_token before loading."
            )
        if style == "compact":
            self._markers = _marker_ids(tokenizer)
            start = tokenizer.bos_token_id
            self._opening: tuple[int, ...] = () if start is None else (start,)
            self._closing: tuple[int, ...] = ()
        elif style == "chat":
            self._opening, self._closing = map(self._template, _frame(tokenizer))
        else:
            raise ConfigurationError(f"Unknown prompt style {style!r}.", "Choose chat or compact.")

    def text(self, text: str) -> tuple[int, ...]:
        """Token ids of a document, question or answer; markers written in it are ordinary characters."""
        return tuple(self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"])

    def prefix(self, documents: Sequence[str | None]) -> Prompt:
        """The frame and the documents; ``None`` leaves a slot for that document's memory."""
        pieces = [Piece(self._opening)]
        for index, document in enumerate(documents):
            pieces.append(Piece(self._label(index)))
            ids = () if document is None else self.text(document)
            if document is None or ids:
                pieces.append(Piece(ids, index))
        return Prompt(tuple(piece for piece in pieces if piece.ids or piece.is_memory))

    def question(self, question: str) -> Prompt:
        """The tail that asks."""
        if self.style == "compact":
            ids = (self._markers["<question>"], *self.text(question), self._markers["<answer>"])
        else:
            before, after = ASK.split("{question}")
            ids = self.text(before) + self.text(question) + self.text(after) + self._closing
        return Prompt((Piece(ids),))

    def rewrite(self) -> Prompt:
        """The tail that orders a paraphrase."""
        compact = self.style == "compact"
        return Prompt((Piece((self._markers["<rewrite>"],) if compact else self.text(REWRITE) + self._closing),))

    def answer(self, text: str) -> tuple[int, ...]:
        """What the generator should write after a tail, its end token included."""
        return (*self.text(text), self._tokenizer.eos_token_id)

    def _label(self, index: int) -> tuple[int, ...]:
        if self.style == "compact":
            return (self._markers["<doc>"],)
        return self.text(f"{'Documents:' if index == 0 else ''}\n[{index + 1}] ")

    def _template(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])


def check_length(length: int, limit: int, documents: int, what: str = "prompt") -> None:
    """Refuse a prompt that the model cannot read whole; nothing is ever cut.

    Raises:
        InvalidQueryError: It is over the limit; says how long it is and what to do.
    """
    if length > limit:
        raise InvalidQueryError(
            f"The {what} has {length} tokens with its {documents} documents; this model reads at most {limit}.",
            "Give fewer or shorter documents, read compressed memories instead of text, compress at a higher rate, "
            "or raise max_prompt_tokens if the base model has the positions.",
        )


def prompt_limit(config: Any, base_config: Any, max_new_tokens: int) -> int:
    """The longest prompt that leaves room for the answer among the base's positions."""
    positions = getattr(base_config, "max_position_embeddings", None)
    longest: int = config.max_prompt_tokens
    return longest if positions is None else min(longest, positions - max_new_tokens)


def _marker_ids(tokenizer: Any) -> dict[str, int]:
    known: Mapping[str, int] = tokenizer.get_vocab()
    missing = [marker for marker in MARKERS if marker not in known]
    if missing:
        raise ConfigurationError(
            f"The tokenizer does not know {', '.join(missing)}, which the compact prompts need.",
            "Add them as special tokens before building the model, or set prompt to chat.",
        )
    return {marker: known[marker] for marker in MARKERS}


def _frame(tokenizer: Any) -> tuple[str, str]:
    """What a chat template puts before the documents and after the tail."""
    if getattr(tokenizer, "chat_template", None):
        rendered = _render(tokenizer)
    else:
        rendered = f"{tokenizer.bos_token or ''}{SYSTEM}\n\n{_CONTENT}\nAnswer:"
    before, found, after = rendered.partition(_CONTENT)
    if not found:
        raise ConfigurationError(
            "The tokenizer's chat template does not repeat what the user says.", "Set prompt to compact, or mend it."
        )
    return before, after


def _render(tokenizer: Any) -> str:
    """The template with our system words, folded into the user's message where it refuses a system."""
    from jinja2 import TemplateError

    chats = (
        [{"role": "system", "content": SYSTEM}, {"role": "user", "content": _CONTENT}],
        [{"role": "user", "content": f"{SYSTEM}\n\n{_CONTENT}"}],
    )
    for chat in chats:
        try:
            rendered = str(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))
        except TemplateError:
            continue
        if SYSTEM in rendered:
            return rendered
    raise ConfigurationError("The tokenizer's chat template refuses a user's message.", "Set prompt to compact.")
