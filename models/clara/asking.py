"""Questions over documents as input embeddings: what the generator reads, here or on a server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.models.clara.memory import MemoryTokens, Provenance, text_sha256
from seamless_retail.models.clara.prompts import ClaraPrompts, Prompt, check_length, prompt_limit

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """A prompt ready to be decoded."""

    embeddings: Tensor
    """``[t, h]``."""
    places: Mapping[int, tuple[int, int]]
    """Where each document stands in the prompt."""
    sources: tuple[Provenance, ...]
    """Where each document comes from."""


class Asker:
    """Puts questions into prompts and prompts into embeddings.

    Args:
        model: A :class:`~seamless_retail.models.clara.model.ClaraModel`; its embedding table and settings are used.
        tokenizer: The model's own by default.

    Raises:
        ConfigurationError: There is no tokenizer, or it lacks what the model's prompt style needs.
    """

    def __init__(self, model: Any, tokenizer: Any = None) -> None:
        tokenizer = model.tokenizer if tokenizer is None else tokenizer
        if tokenizer is None:
            raise ConfigurationError(
                "The model has no tokenizer, so it cannot read or write text.", "Give one to ClaraModel.from_base."
            )
        self._model = model
        self.tokenizer = tokenizer
        self.prompts = ClaraPrompts(tokenizer, model.config.prompt)

    def text(self, question: str, documents: Sequence[str], max_new_tokens: int) -> Asked:
        """A question over full text.

        Raises:
            InvalidQueryError: The question is empty, or the prompt leaves no room for ``max_new_tokens``.
        """
        prompt = self.prompts.prefix(texts_of(documents)) + self._question(question)
        sizes = {piece.document: len(piece.ids) for piece in prompt.pieces}
        sources = tuple(
            Provenance(text_sha256(text)[:16], text_sha256(text), sizes.get(i, 0), 1, ((0, len(text)),))
            for i, text in enumerate(documents)
        )
        return self._asked(prompt, sources, (), max_new_tokens)

    def memory(self, question: str, memory: MemoryTokens, max_new_tokens: int) -> Asked:
        """A question over memories; refuses what :meth:`text` refuses."""
        return self._slots(self._question(question), memory, max_new_tokens)

    def rewrite(self, memory: MemoryTokens, max_new_tokens: int) -> Asked:
        """The order to say the documents in other words."""
        return self._slots(self.prompts.rewrite(), memory, max_new_tokens)

    def _question(self, question: str) -> Prompt:
        if not question.strip():
            raise InvalidQueryError("The question is empty.", "Ask something.")
        return self.prompts.question(question)

    def _slots(self, tail: Prompt, memory: MemoryTokens, max_new_tokens: int) -> Asked:
        prompt = self.prompts.prefix([None] * len(memory)) + tail
        return self._asked(prompt, memory.provenance, memory.rows(), max_new_tokens)

    def _asked(
        self, prompt: Prompt, sources: tuple[Provenance, ...], memories: Sequence[Tensor], max_new_tokens: int
    ) -> Asked:
        counts = [len(memory) for memory in memories]
        limit = prompt_limit(self._model.config, self._model.base.config, max_new_tokens)
        check_length(sum(prompt.lengths(counts)), limit, len(sources))
        with torch.no_grad():
            return Asked(prompt.embed(self._model, memories), prompt.places(counts), sources)


def texts_of(documents: Sequence[str]) -> list[str]:
    """A list of documents; refuses a lone text, whose letters would be taken for documents."""
    if isinstance(documents, str):
        raise ConfigurationError("One text was given where a list of documents belongs.", "Put it in a list.")
    return list(documents)


def paired(questions: Sequence[str], found: Sequence[T]) -> Iterator[tuple[str, T]]:
    """Each question with what belongs to it.

    Raises:
        ConfigurationError: There are not as many of the one as of the other.
    """
    if isinstance(questions, str) or len(questions) != len(found):
        raise ConfigurationError(
            f"{len(questions)} questions and {len(found)} lists of documents do not go together.",
            "Give a list of questions and, for each of them, its own documents.",
        )
    return zip(questions, found, strict=True)
