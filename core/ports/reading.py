"""What reads: messages, passages, earlier conversations."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from seamless_retail.core.interactions import Interaction, RememberedInteraction
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import Focus, Understanding


class QueryReader(Protocol):
    """Turns a message into filters, resolving follow-ups against the thread."""

    def read(self, text: str, focus: Focus) -> Understanding:
        """Understand one message.

        Raises:
            InvalidQueryError: The text is empty, too long or not valid text.
            ContradictoryConstraintsError: Its constraints exclude each other.
        """
        ...


NOT_STATED = "not stated"
"""What a reader answers when the passages do not hold the answer."""


class ReadablePassage(Protocol):
    """A text that can be read, and the name to cite it by."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class ReaderAnswer:
    """What a reader found in some passages."""

    text: str
    """The answer, or :data:`NOT_STATED`."""
    confidence: float
    """0 to 1: how sure the reader is of its words."""
    used: tuple[str, ...] = ()
    """Ids of the passages it was read from, most used first; none if nothing is stated."""

    @property
    def stated(self) -> bool:
        """Whether there is an answer."""
        return self.text != NOT_STATED


class MemoryReader(Protocol):
    """Answers a question from passages, whatever it makes of them (compressed memories, full text)."""

    def read(self, question: str, passages: Sequence[ReadablePassage]) -> ReaderAnswer:
        """Answer from these passages and nothing else.

        Raises:
            InvalidQueryError: The question is empty, or the passages are more than the reader can take.
        """
        ...

    def stream(self, question: str, passages: Sequence[ReadablePassage]) -> Generator[str, None, ReaderAnswer]:
        """The answer in pieces as it is written; the generator returns what :meth:`read` would."""
        ...


class ConversationMemory(Protocol):
    """What customers said in earlier conversations. A guest has no memory, and nobody reads another's."""

    def remember(self, principal: Principal, interaction: Interaction) -> None:
        """Keep an interaction; returns at once and never raises for what goes wrong while it is stored."""
        ...

    def recall(
        self, principal: Principal, question: str, *, topics: Sequence[str] = (), limit: int = 3
    ) -> list[RememberedInteraction]:
        """What the caller said that answers a question, the best first.

        Args:
            principal: The verified caller; a guest gets nothing.
            question: What is asked. Without a word of content it asks for the latest interactions.
            topics: Only interactions about one of these.
            limit: Interactions at most.

        Raises:
            SeamlessError: The memory cannot be read.
            TimeoutError: It is not open yet.
        """
        ...

    def forget(self, principal: Principal) -> int:
        """Erase everything that is remembered of the caller; how many interactions that were.

        Raises:
            SeamlessError: The memory cannot be written.
            TimeoutError: It is not open yet.
        """
        ...
