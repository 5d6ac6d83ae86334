"""Reads passages for the lobes: compresses them once, answers from the memories, and says which passages it used."""

import threading
from collections import OrderedDict
from collections.abc import Generator, Sequence
from typing import Any

from typing_extensions import Unpack

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.ports import NOT_STATED, ReadablePassage, ReaderAnswer
from seamless_retail.models.clara.asking import paired
from seamless_retail.models.clara.generation import Answer, ClaraGenerator
from seamless_retail.models.clara.memory import MemoryTokens, text_sha256
from seamless_retail.models.clara.streaming import SamplingOptions

USED = 0.5
"""A passage counts as used if it got at least this part of the attention that the most attended one got."""


class MemoryCache:
    """Memories of texts by hash and rate, the least recently used forgotten first; usable from several threads.

    Args:
        model: A :class:`~seamless_retail.models.clara.model.ClaraModel`. After training it further, :meth:`clear`.
        size: Documents kept.

    Raises:
        ConfigurationError: The size is negative.
    """

    def __init__(self, model: Any, size: int = 4096) -> None:
        if size < 0:
            raise ConfigurationError(f"The cache size is {size}, expected 0 or more.", "Give 0 to keep nothing.")
        self._model = model
        self._size = size
        self._kept: OrderedDict[tuple[str, int], MemoryTokens] = OrderedDict()
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """Bytes of the vectors kept."""
        with self._lock:
            return sum(memory.nbytes for memory in self._kept.values())

    def memories(self, texts: Sequence[str], rate: int) -> list[MemoryTokens]:
        """The memory of each text, those not known compressed in one batch."""
        keys = [(text_sha256(text), rate) for text in texts]
        found = self._known(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            fresh = self._model.compress(list(missing.values()), rate)
            found |= {key: fresh.select([i]) for i, key in enumerate(missing)}
            self._keep({key: found[key] for key in missing})
        return [found[key] for key in keys]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def _known(self, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], MemoryTokens]:
        with self._lock:
            found = {key: self._kept[key] for key in dict.fromkeys(keys) if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
            self.hits += len(found)
            self.misses += len(set(keys)) - len(found)
            return found

    def _keep(self, fresh: dict[tuple[str, int], MemoryTokens]) -> None:
        with self._lock:
            self._kept.update(fresh)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


class ClaraReader:
    """Implements :class:`seamless_retail.core.ports.MemoryReader`; usable from several threads.

    Args:
        generator: Answers.
        rate: Text tokens per memory vector; the model's default if left out.
        text: Read full text instead of memories.
        cache_size: Passages whose memories are kept.
        max_new_tokens: The longest answer.

    Raises:
        ConfigurationError: Both a rate and full text are asked for, or the cache size is negative.
    """

    def __init__(
        self,
        generator: ClaraGenerator,
        rate: int | None = None,
        text: bool = False,
        cache_size: int = 4096,
        max_new_tokens: int = 48,
    ) -> None:
        if text and rate is not None:
            raise ConfigurationError("Full text has no rate.", "Give either text=True or a rate.")
        self.generator = generator
        self.rate = None if text else (generator.model.config.rate if rate is None else rate)
        """``None`` for full text."""
        self.cache = MemoryCache(generator.model, cache_size)
        self.max_new_tokens = max_new_tokens

    def read(self, question: str, passages: Sequence[ReadablePassage]) -> ReaderAnswer:
        """Answer from these passages; without any, nothing is stated.

        Raises:
            InvalidQueryError: The question is empty, or the prompt is longer than the model can read.
        """
        return self.read_many([question], [passages])[0]

    def read_many(self, questions: Sequence[str], passages: Sequence[Sequence[ReadablePassage]]) -> list[ReaderAnswer]:
        """:meth:`read` of several questions, each with its own passages, in one batch."""
        answers = self.answers(questions, [[passage.text for passage in found] for found in passages])
        return [_reading(answer, found) for answer, found in zip(answers, passages, strict=True)]

    def stream(self, question: str, passages: Sequence[ReadablePassage]) -> Generator[str, None, ReaderAnswer]:
        """The answer in pieces as it is written; the generator returns what :meth:`read` would."""
        if not passages:
            yield NOT_STATED
            return _reading(None, passages)
        answer = yield from self.stream_answer(question, [passage.text for passage in passages])
        return _reading(answer, passages)

    def answers(
        self, questions: Sequence[str], texts: Sequence[Sequence[str]], **options: Unpack[SamplingOptions]
    ) -> "list[Answer | None]":
        """The generator's own answers, in one batch; ``None`` where there is nothing to read."""
        asked = [i for i, (_, found) in enumerate(paired(questions, texts)) if found]
        settings = self._settings(options)
        chosen = [questions[i] for i in asked]
        if self.rate is None:
            written = self.generator.generate_from_text(chosen, [texts[i] for i in asked], **settings)
        else:
            memories = [self._memory(texts[i]) for i in asked]
            written = self.generator.generate_from_memory(chosen, memories, **settings)
        by_place = dict(zip(asked, written, strict=True))
        return [by_place.get(i) for i in range(len(texts))]

    def stream_answer(
        self, question: str, texts: Sequence[str], **options: Unpack[SamplingOptions]
    ) -> Generator[str, None, Answer]:
        """The generator's own answer to one question, in pieces."""
        settings = self._settings(options)
        if self.rate is None:
            return self.generator.stream_from_text(question, texts, **settings)
        return self.generator.stream_from_memory(question, self._memory(texts), **settings)

    def _settings(self, options: SamplingOptions) -> SamplingOptions:
        return {"max_new_tokens": self.max_new_tokens, **options}

    def _memory(self, texts: Sequence[str]) -> MemoryTokens:
        assert self.rate is not None
        return MemoryTokens.concat(self.cache.memories(texts, self.rate))


def _reading(answer: Answer | None, passages: Sequence[ReadablePassage]) -> ReaderAnswer:
    if answer is None:
        return ReaderAnswer(NOT_STATED, 1.0)
    if answer.text.strip(" .").lower() in ("", NOT_STATED):
        return ReaderAnswer(NOT_STATED, answer.confidence)
    most = max((citation.share for citation in answer.citations), default=0.0)
    used = (citation.document for citation in answer.citations if citation.share >= USED * most)
    return ReaderAnswer(answer.reply, answer.confidence, tuple(dict.fromkeys(passages[i].id for i in used)))
