"""The audit: kept, chained, private, replayable."""

import json
import multiprocessing
from pathlib import Path

import pytest

from seamless_retail.core.audit import ORIGIN, broken_links
from seamless_retail.core.errors import AuditError
from seamless_retail.core.food_facts.allergens import Row
from seamless_retail.lobes.guardrails.audit import AuditTrail
from seamless_retail.lobes.guardrails.food_guard import FAILED, FoodGuard
from seamless_retail.lobes.guardrails.labels.reading import LabelReader
from seamless_retail.lobes.guardrails.patient import from_record, read_context
from seamless_retail.lobes.guardrails.replay import replay
from seamless_retail.lobes.guardrails.rules import ProductFacts, Verdict

RICE, CHEESE = ProductFacts("Rice", "rice, salt", id="R"), ProductFacts("Cheese", "milk, salt", id="C", serving_g=30.0)
CONTEXT = from_record({"allergies": [{"allergen": "milk", "severity": "anaphylactic"}], "medicines": ["warfarin"]})


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    return AuditTrail(tmp_path / "guard")


def test_every_decision_is_kept_and_judged_again_the_same(trail: AuditTrail) -> None:
    guard = FoodGuard(jurisdiction="FR", block_traces=True, audit=trail)
    verdicts = guard.check(CONTEXT, [RICE, CHEESE], customer_id="C0001")
    said = guard.check_texts(CONTEXT, ["Try the cheese, or call me on +1 503 555 0118."])
    for verdict in (*verdicts, *said):
        record, item = trail.find(verdict.audit_id) or pytest.fail("it is not there")
        assert item.verdict == verdict.verdict.value
        again = replay(record, item, FoodGuard())
        assert again.is_same
        assert again.same_tables
        assert again.same_engine
        assert again.judgement.verdict is verdict.verdict
        assert (record.jurisdiction, record.settings["block_traces"]) == ("EU", True)
    assert trail.find("nothing") is None
    assert trail.find(f"{verdicts[0].audit_id}9") is None


def test_changed_tables_are_said_to_be_changed(trail: AuditTrail) -> None:
    (verdict,) = FoodGuard(audit=trail).check(CONTEXT, [ProductFacts("Soup", "water, zorble")])
    record, item = trail.find(verdict.audit_id) or pytest.fail("it is not there")
    imported = LabelReader(extra=(Row("off/en/milk/zorble", "en", "terms", ("milk",), "zorble", "~", "imported"),))
    again = replay(record, item, FoodGuard(reader=imported))
    assert (again.same_tables, again.is_same, again.judgement.verdict) == (False, False, Verdict.BLOCK)


def test_neither_the_customer_nor_the_customers_words_are_kept(trail: AuditTrail) -> None:
    guard = FoodGuard(audit=trail)
    context = read_context("I am Ada Quill of 12 Elm Road, and I am allergic to milk.")
    guard.check(context, [RICE], customer_id="C0042")
    guard.check_texts(context, ["Cheese for ada@example.com"], customer_id="C0042")
    kept = trail.path.read_text()
    assert not any(word in kept for word in ("Ada", "Elm", "C0042", "ada@example.com"))
    hashed = {record.customer for _, record in trail.records() if record}
    assert len(hashed) == 1, "the same customer, the same hash"
    assert hashed != {""}
    assert (trail.path.stat().st_mode & 0o077, (trail.folder / "audit.key").stat().st_mode & 0o077) == (0, 0)


def test_a_record_that_was_changed_moved_or_taken_out_breaks_the_chain(trail: AuditTrail) -> None:
    guard = FoodGuard(audit=trail)
    for product in (RICE, CHEESE, RICE):
        guard.check(CONTEXT, [product])
    lines = trail.path.read_text().splitlines(keepends=True)
    assert not list(broken_links(trail.records()))
    assert json.loads(lines[0])["previous"] == ORIGIN
    tampered = {
        "changed": [lines[0], lines[1].replace('"block"', '"pass"'), lines[2]],
        "moved": [lines[1], lines[0], lines[2]],
        "taken out": [lines[0], lines[2]],
        "damaged": [lines[0], "{", lines[2]],
    }
    for how, text in tampered.items():
        trail.path.write_text("".join(text))
        assert list(broken_links(trail.records())), how


def test_a_line_that_a_crash_cut_off_is_found_and_skipped(trail: AuditTrail) -> None:
    guard = FoodGuard(audit=trail)
    guard.check(CONTEXT, [RICE])
    with trail.path.open("a") as file:
        file.write('{"id": "cut o')
    guard.check(CONTEXT, [CHEESE])
    assert [(link.line, link.id) for link in broken_links(trail.records())] == [(2, "")], "the chain itself goes on"


def test_a_full_disk_blocks_nothing_unless_it_is_set_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (verdict,) = FoodGuard(audit=AuditTrail(tmp_path / "file")).check(CONTEXT, [RICE])
    assert (verdict.verdict, verdict.audit_id) == (Verdict.PASS, "")
    required = AuditTrail(tmp_path / "file", is_required=True)
    assert FoodGuard(audit=required).check(CONTEXT, [RICE])[0].verdict is Verdict.BLOCK


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(AuditError, match="cannot be read"):
        list(AuditTrail(tmp_path).records())


def test_a_verdict_of_a_defect_is_no_verdict_of_a_rule(trail: AuditTrail) -> None:
    class Failing:
        extra = ()

        def read(self, *_, **__):
            raise RuntimeError("defect")

    (verdict,) = FoodGuard(reader=Failing(), audit=trail).check(CONTEXT, [RICE])
    record, item = trail.find(verdict.audit_id) or pytest.fail("it is not there")
    assert item.reasons[0]["row"] == FAILED
    assert not replay(record, item, FoodGuard()).was_judged


def check_often(folder: Path) -> None:
    guard = FoodGuard(audit=AuditTrail(folder))
    for _ in range(10):
        guard.check(CONTEXT, [RICE])


def test_two_processes_write_one_chain(trail: AuditTrail) -> None:
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=check_often, args=(trail.folder,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(list(trail.records())) == 20
    assert not list(broken_links(trail.records()))
