"""The memory of conversations behind its port: where it is, when it is opened, and who waits for it.

Opening it loads a compressor, and storing runs one; so a thread of its own does all the work in the order in which it
was asked for. An answer is never kept waiting by what it leaves to be remembered, a question that looks back sees what
was said just before, and a process that ends stores first what is still to be stored.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, TypeVar

from seamless_retail.core.errors import MemoryStoreError, SeamlessError
from seamless_retail.core.interactions import Interaction, RememberedInteraction
from seamless_retail.core.ports import ConversationMemory
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import Settings
from seamless_retail.graphs.memory_reader import WAIT_SHARE

if TYPE_CHECKING:
    from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
    from seamless_retail.retrievers.memory.engine import MemoryEngine
    from seamless_retail.retrievers.memory.entry import Compressed, CompressorIdentity, Floats, MemoryCompressor

log = logging.getLogger(__name__)
T = TypeVar("T")

BACKLOG = 1_000
"""Interactions that may wait to be stored; what comes beyond them is dropped, and the log says so."""


class DeferredConversationMemory:
    """A memory that is opened when it is first needed. Implements ``ConversationMemory``.

    Args:
        open_memory: Opens it.
        wait_s: Seconds that a question waits for it.
    """

    def __init__(self, open_memory: Callable[[], ConversationMemory], wait_s: float) -> None:
        self._open_memory, self._wait_s = open_memory, wait_s
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="seamless-memory")
        self._room = BoundedSemaphore(BACKLOG)
        self._memory: ConversationMemory | None = None
        self._complained = False

    def remember(self, principal: Principal, interaction: Interaction) -> None:
        """Have an interaction stored; returns at once."""
        if not principal.customer_id:
            return
        if not self._room.acquire(blocking=False):
            log.warning("an interaction is not remembered: %d others wait to be stored", BACKLOG)
            return
        try:
            self._worker.submit(self._store, principal, interaction)
        except RuntimeError:  # the process is ending
            self._room.release()
            log.warning("an interaction is not remembered: the process is ending")

    def recall(
        self, principal: Principal, question: str, *, topics: Sequence[str] = (), limit: int = 3
    ) -> list[RememberedInteraction]:
        """What the caller said that answers a question.

        Raises:
            SeamlessError: The memory cannot be opened or read.
            TimeoutError: It was not open in time.
        """
        if not principal.customer_id:
            return []
        return self._wait(lambda memory: memory.recall(principal, question, topics=topics, limit=limit))

    def forget(self, principal: Principal) -> int:
        """Erase what is remembered of the caller.

        Raises:
            SeamlessError: The memory cannot be opened or written.
            TimeoutError: It was not open in time; what was asked for is done nevertheless, later.
        """
        return self._wait(lambda memory: memory.forget(principal)) if principal.customer_id else 0

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until everything that was to be remembered is stored.

        Raises:
            TimeoutError: It was not within ``timeout_s`` seconds.
        """
        self._worker.submit(int).result(timeout_s)

    def load(self) -> None:
        """Open the memory now.

        Raises:
            SeamlessError: It cannot be opened.
        """
        self._worker.submit(self._opened).result()

    def _wait(self, work: Callable[[ConversationMemory], T]) -> T:
        done: Future[T] = self._worker.submit(lambda: work(self._opened()))
        return done.result(self._wait_s)

    def _store(self, principal: Principal, interaction: Interaction) -> None:
        try:
            self._opened().remember(principal, interaction)
        except SeamlessError as error:
            level = logging.DEBUG if self._complained else logging.ERROR
            log.log(level, "Conversations are not remembered: %s", error)
            self._complained = True
        except Exception:
            log.exception("an interaction could not be remembered")
        finally:
            self._room.release()

    def _opened(self) -> ConversationMemory:
        """The memory, in the worker's thread only. One that cannot be opened is tried again the next time."""
        if self._memory is None:
            self._memory = self._open_memory()
        return self._memory


def open_conversation_memory(
    settings: Settings, embeddings: "Callable[[], MiniLMEmbeddings] | None" = None
) -> DeferredConversationMemory | None:
    """The memory of the settings, not opened yet; ``None`` when it is turned off.

    Args:
        settings: ``home``, ``memory_enabled``, ``memory_backend``, ``memory_compressor``.
        embeddings: Whose encoder the light compressor shares.
    """
    if not settings.memory_enabled:
        return None

    def open_conversations() -> ConversationMemory:
        from seamless_retail.retrievers.memory.conversation import StoredConversations

        return StoredConversations(open_memory(settings, embeddings=embeddings))

    return DeferredConversationMemory(open_conversations, WAIT_SHARE * settings.lobe_deadline_s)


def open_memory(
    settings: Settings,
    folder: Path | None = None,
    *,
    embeddings: "Callable[[], MiniLMEmbeddings] | None" = None,
    compresses: bool = True,
) -> "MemoryEngine":
    """Open a compressed memory with the compressor of the settings; it is made if there is none.

    Args:
        settings: ``memory_compressor``, ``memory_backend``, and what their kinds need.
        folder: By default that of the memory of conversations.
        embeddings: Whose encoder the light compressor shares.
        compresses: Without it no model is loaded, and the memory can be looked into and erased, but not added to.

    Raises:
        ModelFileError: The compressor's weights are missing or damaged.
        MemoryStoreError: The memory is damaged, or was written with another compressor or backend.
        MissingExtraError: The backend's packages are not installed.
    """
    from seamless_retail.retrievers.memory.engine import MemoryEngine

    folder = folder or settings.memory_folder
    key = settings.memory_api_key.get_secret_value()
    return MemoryEngine.open(
        folder,
        open_memory_compressor(settings, embeddings) if compresses else RecordedCompressor.of(folder),
        backend=settings.memory_backend or None,
        keep_text=None,
        layout=None,
        options={"api_key": key} if key else {},
    )


def open_memory_compressor(
    settings: Settings, embeddings: "Callable[[], MiniLMEmbeddings] | None" = None
) -> "MemoryCompressor":
    """The compressor of the settings.

    Raises:
        ModelFileError: Its weights are missing or damaged.
    """
    from seamless_retail.retrievers.memory import ClaraCompressor, LightCompressor

    if settings.memory_compressor == "clara":
        from seamless_retail.graphs.memory_reader import open_clara

        return ClaraCompressor(open_clara(settings).generator.model, settings.clara_rate)
    from seamless_retail.models.document_compressor import DocumentCompressor

    encoder: Any = embeddings().encoder if embeddings else None
    return LightCompressor(model=DocumentCompressor.from_pretrained(encoder=encoder))


@dataclass(frozen=True, slots=True)
class RecordedCompressor:
    """Stands for the compressor that wrote a memory, for work that needs none: no model is loaded, and none missed."""

    identity: "CompressorIdentity"

    @classmethod
    def of(cls, folder: Path) -> "RecordedCompressor":
        """The one that wrote the memory in a folder.

        Raises:
            MemoryStoreError: There is no memory, or its manifest is damaged.
        """
        from seamless_retail.retrievers.memory.manifest import read_manifest

        manifest = read_manifest(folder)
        if manifest is None:
            raise MemoryStoreError(
                f"There is no memory in {folder}.", "Talk with the shop as a customer, or run `seamless memory add`."
            )
        return cls(manifest.compressor)

    def compress(self, texts: Sequence[str]) -> "list[Compressed]":
        """Refused.

        Raises:
            MemoryStoreError: Always.
        """
        raise MemoryStoreError("The memory was opened without a compressor.", "Open it with one to add or search.")

    query = compress

    def score(self, query: "Compressed", tokens: "Sequence[Floats]") -> "Floats":
        """Refused.

        Raises:
            MemoryStoreError: Always.
        """
        raise MemoryStoreError("The memory was opened without a compressor.", "Open it with one to add or search.")
