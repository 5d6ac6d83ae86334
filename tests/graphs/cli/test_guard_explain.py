"""``seamless guard explain``: a decision in words, replayed; the whole chain verified."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seamless_retail.core.food_facts.allergens import Row
from seamless_retail.lobes.guardrails.audit import AuditTrail
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.labels.reading import LabelReader
from seamless_retail.lobes.guardrails.patient import from_record
from seamless_retail.lobes.guardrails.rules import ProductFacts

Run = Callable[..., Result]

CONTEXT = from_record({"allergies": [{"allergen": "milk", "severity": "anaphylactic"}]})


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    return AuditTrail(tmp_path / "home" / "guard")


@pytest.fixture
def decided(trail: AuditTrail) -> list[str]:
    """The ids of a decision to block and of one to let through."""
    products = [ProductFacts("Feta", "milk, salt"), ProductFacts("Rice", "rice, salt")]
    return [v.audit_id for v in FoodGuard(audit=trail).check(CONTEXT, products, customer_id="C0001")]


def test_a_decision_in_words(run: Run, trail: AuditTrail, decided: list[str]) -> None:
    told = run("guard", "explain", decided[0], home=trail.folder.parent)
    assert told.exit_code == 0
    for words in ("Feta", "allergen:milk (anaphylaxis)", "It was blocked", "anaphylactic to it", "source: Regulation"):
        assert words in told.output
    assert "same tables and rules: the same verdict for the same reasons" in told.output
    assert "C0001" not in told.output
    assert "nothing stood against it" in run("guard", "explain", decided[1], home=trail.folder.parent).output


def test_as_json(run: Run, trail: AuditTrail, decided: list[str]) -> None:
    told = json.loads(run("guard", "explain", decided[0], "--json", home=trail.folder.parent).output)
    assert (told["verdict"], told["replay"]["same"], told["chain_holds"]) == ("block", True, True)


def test_the_latest_decisions_are_listed(run: Run, trail: AuditTrail, decided: list[str]) -> None:
    listed = run("guard", "explain", home=trail.folder.parent).output
    assert all(id in listed for id in decided)
    assert "decided nothing yet" in run("guard", "explain", home=trail.folder / "empty").output


def test_changed_tables_are_said_to_be_changed(run: Run, trail: AuditTrail) -> None:
    row = Row("off/en/milk/zorble", "en", "terms", ("milk",), "zorble", "~", "imported")
    guard = FoodGuard(reader=LabelReader(extra=(row,)), audit=trail)
    (verdict,) = guard.check(CONTEXT, [ProductFacts("Soup", "water, zorble")])
    told = run("guard", "explain", verdict.audit_id, home=trail.folder.parent)
    assert told.exit_code == 0, "another table may decide otherwise"
    assert "The tables changed since" in told.output


def test_the_chain_is_verified(run: Run, trail: AuditTrail, decided: list[str]) -> None:
    whole = run("guard", "explain", "--verify", home=trail.folder.parent)
    assert (whole.exit_code, "the chain is whole" in whole.output) == (0, True)
    trail.path.write_text(trail.path.read_text().replace('"verdict":"block"', '"verdict":"pass"', 1))
    broken = run("guard", "explain", "--verify", home=trail.folder.parent)
    assert (broken.exit_code, "was changed after it was written" in broken.output) == (1, True)
    assert run("guard", "explain", decided[0], home=trail.folder.parent).exit_code == 1


def test_an_unknown_decision_says_where_to_look(run: Run, trail: AuditTrail, decided: list[str]) -> None:
    told = run("guard", "explain", "nothing", home=trail.folder.parent)
    assert told.exit_code != 0
    assert "holds no decision" in told.stderr
