"""The one shape every lobe has."""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from seamless_retail.core.catalogue import Record
from seamless_retail.core.evidence import LobeReport
from seamless_retail.core.intents import IntentPrediction
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import Focus, Understanding
from seamless_retail.core.sightings import Sighting


class Readiness(Record):
    """Whether a lobe can answer, and if not, what to do about it."""

    ready: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LobeRequest:
    """What a lobe is asked: the understood message, who asks, and what the thread is about."""

    understanding: Understanding
    intent: IntentPrediction
    principal: Principal
    focus: Focus
    role: Literal["primary", "parallel"] = "primary"
    sightings: tuple[Sighting, ...] = ()
    """What was made of the message's pictures."""


@runtime_checkable
class Lobe(Protocol):
    """A specialist.

    Calling it changes nothing and does not raise for bad luck: what it could not find out goes into
    ``LobeReport.missing``. Exceptions are for defects; the supervisor turns them into a partial answer.
    """

    @property
    def name(self) -> str:
        """The node's name in the graph, as used in ``core/intents.py``."""
        ...

    @property
    def description(self) -> str:
        """One sentence: what it answers."""
        ...

    def is_ready(self) -> Readiness:
        """Whether it can answer now."""
        ...

    def __call__(self, request: LobeRequest) -> LobeReport:
        """Answer one request."""
        ...
