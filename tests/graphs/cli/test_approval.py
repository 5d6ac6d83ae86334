"""Approving at the command line: a conversation over a pipe, and one question after another."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def writable_home(seeded_home: Path, tmp_path: Path) -> Path:
    """A home whose shop may be changed."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(seeded_home / "shop.db", home / "shop.db")
    (home / "index").symlink_to(seeded_home / "index")
    return home


def test_a_chat_over_a_pipe_asks_and_does(run_seeded: Run, writable_home: Path) -> None:
    said = b"cancel my last order\nno\ncancel my last order\nyes\nwhere is it?\n"
    result = run_seeded("chat", "--customer", "C0001", stdin=said, home=writable_home, lobe_deadline_s=60)
    lines = [line for line in result.stdout.splitlines() if line]
    assert "Shall I do this?" in lines[0]
    assert lines[1] == "Nothing was changed."
    assert lines[3].startswith("Done: Cancel order ORD-101489")
    assert "was cancelled" in lines[4]


def test_a_single_question_tells_how_to_approve(run_seeded: Run, writable_home: Path) -> None:
    asked = run_seeded("ask", "--customer", "C0001", "cancel my last order", home=writable_home, lobe_deadline_s=60)
    told = re.search(r"--thread (\w+) --resume yes", asked.stderr)
    assert told is not None
    resume = ("ask", "--customer", "C0001", "--thread", told[1], "--resume", "yes")
    assert "Done: Cancel order ORD-101489" in run_seeded(*resume, home=writable_home, lobe_deadline_s=60).stdout
    again = run_seeded(*resume, home=writable_home, lobe_deadline_s=60)
    assert again.exit_code != 0
    assert "Nothing waits" in again.stderr


def test_a_decision_as_json(run_seeded: Run, writable_home: Path) -> None:
    asked = run_seeded(
        "ask", "--customer", "C0001", "cancel my last order", "--json", home=writable_home, lobe_deadline_s=60
    )
    output = json.loads(asked.stdout)
    value = output["interrupts"][0]["value"]
    decision = {"proposal_id": value["proposal_id"], "digest": value["digest"], "approved": False}
    resume = ("ask", "--customer", "C0001", "--thread", output["thread"], "--resume", json.dumps(decision))
    assert "Nothing was changed." in run_seeded(*resume, home=writable_home, lobe_deadline_s=60).stdout
