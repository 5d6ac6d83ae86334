"""``seamless handovers``."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seamless_retail.core.handovers import Handover
from seamless_retail.graphs.cli import app
from seamless_retail.graphs.handovers import FileHandovers


def test_the_queue_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAMLESS_HOME", str(tmp_path))
    runner = CliRunner()
    assert "Nobody waits" in runner.invoke(app, ["handovers", "list"]).stdout
    at = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    record = Handover(id="h1", at=at, reason="asked", summary="Said: “[bold]help”.", customer_id="C0001")
    FileHandovers(tmp_path / "handovers.jsonl").hand_over(record)
    shown = runner.invoke(app, ["handovers", "list"]).stdout
    assert "2026-11-20 09:05" in shown
    assert "[bold]help" in shown
    assert json.loads(runner.invoke(app, ["handovers", "list", "--json"]).stdout)["customer_id"] == "C0001"
