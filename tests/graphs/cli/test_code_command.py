"""``seamless code``: library code without a model, files, and JSON lines."""

import json
from pathlib import Path


def test_ask_shows_code_and_its_run(run_seeded) -> None:
    result = run_seeded("code", "ask", "10 % off for orders over $80")
    assert result.exit_code == 0
    assert "minimum_cents: int = 8000" in result.stdout
    assert "Every example ran as it should." in result.stdout


def test_lines_in_lines_out(run_seeded) -> None:
    lines = b'{"id": 1, "request": "sql for the top 3 best sellers"}\n{"id": 2}\n'
    first, second = map(json.loads, run_seeded("code", "ask", "--jsonl", stdin=lines).stdout.splitlines())
    assert (first["id"], first["name"], first["works"], len(first["result"]["rows"])) == (
        1,
        "queries.best_sellers",
        True,
        3,
    )
    assert second["id"] == 2
    assert second["error"]


def test_run_a_file(run_seeded, tmp_path: Path) -> None:
    good = tmp_path / "good.py"
    good.write_text('def f():\n    """One.\n\n    >>> f()\n    1\n    """\n    return 1\n')
    assert "Every example ran as it should." in run_seeded("code", "run", str(good)).stdout
    bad = tmp_path / "bad.py"
    bad.write_text("import os\n")
    result = run_seeded("code", "run", str(bad))
    assert result.exit_code == 1
    assert "imports 'os'" in result.stderr
    query = tmp_path / "count.sql"
    query.write_text("SELECT COUNT(*) AS products FROM products")
    assert "products" in run_seeded("code", "run", str(query)).stdout


def test_a_request_is_needed(run_seeded) -> None:
    assert run_seeded("code", "ask").exit_code == 1
