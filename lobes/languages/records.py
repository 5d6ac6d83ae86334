"""What a conversation keeps of its language, and what is known of the language of one message."""

from collections.abc import Mapping
from typing import Any, Literal

from seamless_retail.core.catalogue import Record
from seamless_retail.core.languages import ENGLISH

ReadBy = Literal["", "translator", "glossary", "nobody"]


class Spoken(Record):
    """The state's ``language``. ``code`` and ``asked`` outlive the turn; the rest belongs to it."""

    code: str = ENGLISH.code
    """The language of the customer's last message, as NLLB code."""
    asked: str = ""
    """The language that the customer asked to be answered in."""
    answer: str = ENGLISH.code
    """The language that the answer should be in."""
    asked_now: bool = False
    """Whether it was asked for beside a question, in this message."""
    heard: str = ""
    """The message as it came, where it is not in English."""
    read_by: ReadBy = ""
    """What read it in English; ``nobody``: nothing of it was understood."""
    restricts: str = ""
    """What it tells of allergies, in English, as the glossary reads it."""
    unread: bool = False
    """Whether it announces a restriction that nothing could read; written by the step ``listen``."""

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Spoken":
        """As the graph's state keeps it; English where it keeps nothing."""
        return cls.model_validate(state.get("language") or {})

    def update(self, **values: Any) -> "Spoken":
        """A copy with other values."""
        return self.model_copy(update=values)

    def quiet(self) -> "Spoken":
        """What goes on with the conversation when the next message begins."""
        return Spoken(code=self.code, asked=self.asked, answer=self.answer)

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return self.model_dump(mode="json")
