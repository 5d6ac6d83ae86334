"""How a customer feels and how much a message presses: of one message, and of a conversation."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from seamless_retail.core.catalogue import Record

Sentiment = Literal["negative", "neutral", "positive"]
Urgency = Literal["low", "normal", "high"]
SENTIMENTS: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
URGENCIES: tuple[Urgency, ...] = ("low", "normal", "high")
FLAGS = ("emergency", "distress")
"""Yes-or-no questions that a reader answers beside the two scales."""

_VALENCE: Mapping[Sentiment, float] = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}
KEPT = 0.5
"""Share of a conversation's valence that the next message keeps."""


class Mood(Record):
    """The mood of one message; a reader that is not sure says neutral and normal."""

    sentiment: Sentiment = "neutral"
    urgency: Urgency = "normal"
    emergency: bool = False
    """Whether somebody's life or health may be at risk."""
    distress: bool = False
    """Whether its author is overwhelmed: panics, cries, sees no way out."""
    confidences: Mapping[str, float] = Field(default_factory=dict)
    """Calibrated probability, 0 to 1, of what is said, by ``sentiment``, ``urgency`` and each flag."""


class ThreadMood(Record):
    """The mood of a conversation, kept in its state from turn to turn as plain JSON."""

    now: Mood = Mood()
    """Of the latest message."""
    valence: float = 0.0
    """−1 to 1: the sentiments of the messages so far, each worth half of the one after it."""
    emergency: Literal["", "sure", "likely"] = ""
    """Whether the latest message tells of danger to life: by its words, or as the reader takes it."""
    danger: Literal["", "body", "self"] = ""
    """To the body, or to the author by the author's own hand."""
    emergency_number: str = ""
    """What to call then, where the customer is."""
    emergency_source: str = ""
    """Who publishes that number."""
    wants_person: bool = False
    """Whether the latest message asks for a human being."""
    distress: bool = False
    failures: int = 0
    """Answers in a row that held nothing."""
    questions: tuple[str, ...] = ()
    """Digests of the last questions, so that one that comes again is noticed."""
    alarmed: bool = False
    """Whether this turn has told whom to call."""
    since_opening: int = 99
    """Answers since one began with a word about the mood."""
    handed_over: tuple[str, ...] = ()
    """Why the conversation was given to a person, each reason once."""

    def after(self, mood: Mood) -> "ThreadMood":
        """The conversation's mood with its next message."""
        valence = KEPT * self.valence + (1 - KEPT) * _VALENCE[mood.sentiment]
        return self.model_copy(update={"now": mood, "valence": round(valence, 4)})

    @property
    def is_negative(self) -> bool:
        """Whether the latest message complains, or the ones before it did and it says nothing happier."""
        return self.now.sentiment == "negative" or (self.now.sentiment == "neutral" and self.valence <= -KEPT / 2)
