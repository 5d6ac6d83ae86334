"""A lobe that fails, hangs or keeps failing costs its own part of the answer and nothing else."""

import contextvars
import logging
import threading
import time

import pytest
from langgraph.runtime import Runtime

from seamless_retail.core.evidence import LobeReport
from seamless_retail.core.intents import Intent
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.lobe import Readiness
from seamless_retail.lobes.supervision import CircuitBreaker, Supervisor, as_node, call_with_deadline, subject


class OneLobe:
    """A lobe that does what it is told."""

    name = "inventory"
    description = "Answers for the test."

    def __init__(self, act):
        self._act = act
        self.calls = 0

    def is_ready(self):
        return Readiness(ready=True)

    def __call__(self, request):
        self.calls += 1
        return self._act(request)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def good(request):
    return LobeReport(lobe="whatever it says", confidence=0.5)


def bad(request):
    raise ZeroDivisionError("secret detail")


@pytest.fixture
def asked(ask):
    return ask("blue dresses", Intent.PRODUCT_INQUIRY, role="parallel")


def test_a_report_is_signed_with_name_role_and_time(asked):
    report = Supervisor(OneLobe(good)).run(asked)
    assert (report.lobe, report.role, report.status) == ("inventory", "parallel", "ok")
    assert report.elapsed_ms > 0


def test_a_lobe_that_raises_is_logged_with_its_traceback_and_never_shown(asked, caplog):
    with caplog.at_level(logging.ERROR):
        report = Supervisor(OneLobe(bad)).run(asked)
    assert report.status == "failed"
    assert "products, prices and stock" in report.missing[0]
    assert "secret detail" not in report.model_dump_json()
    assert "ZeroDivisionError" in caplog.text


def test_a_lobe_that_hangs_is_late_and_says_what_is_missing(asked):
    release = threading.Event()
    started = time.monotonic()
    report = Supervisor(OneLobe(lambda request: release.wait(30)), deadline_s=0.05).run(asked)
    release.set()
    assert time.monotonic() - started < 10
    assert report.status == "late"
    assert "in time" in report.missing[0]


def test_a_lobe_that_returns_something_else_failed(asked):
    assert Supervisor(OneLobe(lambda request: None)).run(asked).status == "failed"


def test_the_breaker_opens_after_failures_in_a_row_tries_once_after_the_wait_and_closes_on_success(asked):
    clock, acts = Clock(), [bad]
    lobe = OneLobe(lambda request: acts[0](request))
    supervisor = Supervisor(lobe, breaker=CircuitBreaker(failures=2, reset_s=30, clock=clock))
    assert [supervisor.run(asked).status for _ in range(4)] == ["failed", "failed", "open", "open"]
    assert lobe.calls == 2
    clock.now = 31
    assert supervisor.run(asked).status == "failed", "the trial call is let through"
    assert supervisor.run(asked).status == "open", "and its failure opens the breaker again"
    clock.now, acts[0] = 62, good
    assert [supervisor.run(asked).status for _ in range(2)] == ["ok", "ok"]


def test_half_open_lets_only_one_trial_through():
    clock = Clock()
    breaker = CircuitBreaker(failures=1, reset_s=10, clock=clock)
    breaker.record(succeeded=False)
    assert breaker.is_open
    clock.now = 11
    assert [breaker.allow(), breaker.allow()] == [True, False]


def test_a_success_in_between_starts_the_count_again():
    breaker = CircuitBreaker(failures=2)
    for succeeded in (False, True, False):
        breaker.record(succeeded)
    assert breaker.allow()


def test_the_worker_thread_sees_the_callers_context_variables():
    variable = contextvars.ContextVar("variable", default="")
    variable.set("the run's configuration")
    assert call_with_deadline(variable.get, 5, "test") == "the run's configuration"


def test_a_plugins_subject_comes_from_its_description():
    assert subject("gift_wrapping", "Tells what gift wrapping costs.") == "tells what gift wrapping costs"
    assert subject("gift_wrapping") == "gift wrapping"


def test_the_node_adds_one_plain_report_to_the_state(asked):
    seen = []

    def look(request):
        seen.append(request)
        return LobeReport(lobe="inventory")

    node = as_node(OneLobe(look))
    state = {
        "role": "primary",
        "understanding": asked.understanding.model_dump(mode="json"),
        "intent": asked.intent.model_dump(mode="json"),
        "focus": {},
    }
    update = node(state, Runtime(context=Principal(customer_id="C1")))
    assert update["reports"][0]["lobe"] == "inventory"
    assert seen[0].principal.customer_id == "C1"
    assert seen[0].understanding == asked.understanding
