"""Runs each lobe under a deadline and a circuit breaker, so that one bad lobe costs part of an answer, never all of it.

Every way to fail ends in a :class:`LobeReport` whose ``missing`` names what the customer does not get: ``late`` (no
report before the deadline), ``failed`` (it raised; the traceback goes to the log, never to the customer), ``open`` (not
run, because it failed several times in a row).
"""

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from langgraph.runtime import Runtime

from seamless_retail.core.evidence import LobeReport
from seamless_retail.core.intents import IntentPrediction
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import Focus, Understanding
from seamless_retail.core.sightings import Sighting
from seamless_retail.lobes.lobe import Lobe, LobeRequest
from seamless_retail.lobes.state import LobeInput

log = logging.getLogger(__name__)
T = TypeVar("T")

SUBJECTS: Mapping[str, str] = {
    "inventory": "products, prices and stock",
    "recommendation": "suggestions",
    "empathy": "orders, returns and your account",
    "context": "store policies and product descriptions",
    "visual": "pictures",
    "code": "programming questions",
}
"""What each lobe knows about, in words that complete "I could not check …"."""


def subject(name: str, description: str = "") -> str:
    """What a lobe knows about, in a customer's words; a plugin's own name where the table has no line for it."""
    return SUBJECTS.get(name) or description.rstrip(".").lower() or name.replace("_", " ")


def call_with_deadline(function: Callable[[], T], deadline_s: float, name: str) -> T:
    """Call ``function`` in a daemon thread that shares the caller's context variables (tracing, run configuration).

    A thread cannot be killed: one that is late runs on, its result is dropped, and it does not keep the process alive.

    Raises:
        TimeoutError: There was no result after ``deadline_s`` seconds.
        Exception: Whatever ``function`` raised.
    """
    result: Future[T] = Future()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            result.set_result(context.run(function))
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=work, name=f"seamless-{name}", daemon=True).start()
    return result.result(timeout=deadline_s)


class CircuitBreaker:
    """Stops calling what keeps failing.

    Closed until ``failures`` calls in a row fail; then open for ``reset_s`` seconds; then half-open: one trial call is
    let through, whose success closes it and whose failure opens it again.
    """

    def __init__(self, failures: int = 3, reset_s: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._reset_s, self._clock = failures, reset_s, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._open_until = 0.0

    def allow(self) -> bool:
        """Whether a call may be made now. In the half-open state only the first asker gets yes."""
        with self._lock:
            if self._failed < self._limit:
                return True
            now = self._clock()
            if now < self._open_until:
                return False
            self._open_until = now + self._reset_s
            return True

    def record(self, succeeded: bool) -> None:
        """Tell how a permitted call ended."""
        with self._lock:
            self._failed = 0 if succeeded else self._failed + 1
            if self._failed >= self._limit:
                self._open_until = self._clock() + self._reset_s

    @property
    def is_open(self) -> bool:
        """Whether the last calls failed too often and the waiting time still runs."""
        with self._lock:
            return self._failed >= self._limit and self._clock() < self._open_until


class Supervisor:
    """One lobe, its deadline in seconds and its circuit breaker."""

    def __init__(self, lobe: Lobe, deadline_s: float = 5.0, breaker: CircuitBreaker | None = None) -> None:
        self.lobe, self.deadline_s, self.breaker = lobe, deadline_s, breaker or CircuitBreaker()

    def run(self, request: LobeRequest) -> LobeReport:
        """Run the lobe; never raises for anything the lobe does."""
        started = time.perf_counter()
        report = self._attempt(request)
        elapsed_ms = (time.perf_counter() - started) * 1000
        return report.model_copy(update={"lobe": self.lobe.name, "role": request.role, "elapsed_ms": elapsed_ms})

    def _attempt(self, request: LobeRequest) -> LobeReport:
        what = subject(self.lobe.name, self.lobe.description)
        if not self.breaker.allow():
            return self._lost("open", f"I cannot check {what} at the moment; please ask again shortly.")
        try:
            report = call_with_deadline(lambda: self.lobe(request), self.deadline_s, self.lobe.name)
            if not isinstance(report, LobeReport):
                raise TypeError(f"Lobe {self.lobe.name!r} returned {type(report).__name__}, not a LobeReport.")
        except TimeoutError:
            self.breaker.record(succeeded=False)
            log.warning("lobe %s gave no report within %.1f s", self.lobe.name, self.deadline_s)
            return self._lost("late", f"I could not check {what} in time.")
        except Exception:
            self.breaker.record(succeeded=False)
            log.exception("lobe %s failed", self.lobe.name)
            return self._lost("failed", f"I could not check {what} because of a technical problem.")
        self.breaker.record(succeeded=True)
        return report

    def _lost(self, status: str, missing: str) -> LobeReport:
        return LobeReport.model_validate({"lobe": self.lobe.name, "status": status, "missing": (missing,)})


def as_node(
    lobe: Lobe, deadline_s: float = 5.0, breaker: CircuitBreaker | None = None
) -> Callable[[LobeInput, Runtime[Principal]], dict[str, Any]]:
    """A graph node that runs ``lobe`` under supervision and adds its report to ``state["reports"]``."""
    supervisor = Supervisor(lobe, deadline_s, breaker)

    def node(state: LobeInput, runtime: Runtime[Principal]) -> dict[str, Any]:
        request = LobeRequest(
            understanding=Understanding.model_validate(state["understanding"]),
            intent=IntentPrediction.model_validate(state["intent"]),
            principal=runtime.context or Principal(),
            focus=Focus.model_validate(state["focus"]),
            role="primary" if state["role"] == "primary" else "parallel",
            sightings=tuple(Sighting.model_validate(sighting) for sighting in state.get("sight") or ()),
        )
        return {"reports": [supervisor.run(request).model_dump(mode="json")]}

    node.__name__ = lobe.name
    return node
