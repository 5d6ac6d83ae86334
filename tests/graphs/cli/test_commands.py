"""The other commands: route, graph, token, shop, index, serve."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from filelock import FileLock
from typer.testing import Result

Run = Callable[..., Result]


def test_route_names_the_intent(run: Run) -> None:
    assert run("route", "where is my order?").stdout.startswith("order_status ")
    record = json.loads(run("route", "where is my order?", "--json").stdout)
    assert record["intent"] == "order_status"
    assert 0 < record["alternatives"][0]["confidence"] <= record["confidence"] <= 1


def test_route_json_lines_keep_their_order(run: Run) -> None:
    good = [{"id": number, "text": "where is my order?" if number % 2 else "hello"} for number in range(150)]
    lines = [json.dumps(line).encode() for line in good]
    lines[70] = b'{"id": 70, "text": ""}'
    result = run("route", "--jsonl", stdin=b"\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == list(range(150))
    assert set(answers[70]) == {"id", "error"}
    assert set(answers[0]) == {"id", "intent", "confidence", "alternatives"}
    assert {answer["intent"] for answer in answers[1::2]} == {"order_status"}
    assert "Lines that could not be routed: 1." in result.stderr


@pytest.mark.parametrize(
    ("form", "begins", "holds"),
    [
        ("mermaid", "---\nconfig:", "router -.-> context"),
        ("dot", "digraph brain {", '"router" -> "context" [style=dashed]'),
        ("ascii", "__start__ --> ", "router - -> "),
    ],
)
def test_the_graph_is_drawn(run_seeded: Run, tmp_path: Path, form: str, begins: str, holds: str) -> None:
    target = tmp_path / "graph.txt"
    result = run_seeded("graph", "--format", form, "-o", str(target))
    assert result.exit_code == 0, result.stderr
    assert target.read_text().startswith(begins)
    assert holds in target.read_text()


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_a_png_is_drawn_by_graphviz(run_seeded: Run, tmp_path: Path) -> None:
    assert run_seeded("graph", "--format", "png", "-o", str(tmp_path / "graph.png")).exit_code == 0
    assert (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")


def test_a_png_without_graphviz_is_refused_with_what_to_install(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("graph", "--format", "png", "-o", "graph.png", home=tmp_path / "home")
    assert result.exit_code == 1
    assert "Graphviz" in result.stderr
    assert "--format mermaid" in result.stderr


def test_a_token_is_signed_for_a_known_customer_only(run_seeded: Run) -> None:
    secret = "k" * 32
    assert run_seeded("token", "C0001", auth_secret=secret).stdout.count(".") == 2
    unknown = run_seeded("token", "C9999", auth_secret=secret)
    assert unknown.exit_code == 1
    assert "Unknown customer" in unknown.stderr


def test_the_shop_is_described(run_seeded: Run) -> None:
    facts = json.loads(run_seeded("shop", "info", "--json").stdout)
    assert facts["products"] >= 2000
    assert facts["customers"] == 500
    assert re.search(r"products\s+[\d,]{5,}", run_seeded("shop", "info").stdout)


def test_customers_are_listed_with_what_they_must_not_eat(run_seeded: Run) -> None:
    lines = run_seeded("shop", "customers", "--restricted", "--limit", "3", "--json").stdout.splitlines()
    assert len(lines) == 3
    assert all(any(json.loads(line)["profile"].values()) for line in lines)
    assert "C0001" in run_seeded("shop", "customers", "--limit", "1").stdout


def test_a_product_is_shown(run_seeded: Run) -> None:
    assert "F00001" in run_seeded("shop", "product", "F00001", "--json").stdout
    assert run_seeded("shop", "product", "F00001").exit_code == 0
    assert run_seeded("shop", "product", "nothing").exit_code == 1


def test_seeding_over_a_shop_needs_force(run: Run, seeded_home: Path, tmp_path: Path) -> None:
    shutil.copy(seeded_home / "shop.db", tmp_path / "shop.db")
    before = (tmp_path / "shop.db").read_bytes()
    result = run("shop", "seed", home=tmp_path)
    assert result.exit_code == 1
    assert "--force" in result.stderr
    assert (tmp_path / "shop.db").read_bytes() == before


def test_the_index_is_described_and_searched(run_seeded: Run) -> None:
    assert json.loads(run_seeded("index", "info", "--json").stdout)["passages"] > 2000
    assert "passages" in run_seeded("index", "info").stdout
    found = run_seeded("index", "search", "return policy", "-k", "3", "--json").stdout.splitlines()
    assert len(found) == 3
    assert json.loads(found[0])["source_id"]
    assert "policy:" in run_seeded("index", "search", "how do I return something").stdout


def test_documents_are_added_cited_and_removed(run: Run, small_home: Path, tmp_path: Path) -> None:
    note = tmp_path / "stroller-hire.txt"
    note.write_text("Strollers are lent free of charge at the customer desk of the downtown store.")
    added = run("index", "add", str(note), home=small_home)
    assert added.exit_code == 0, added.stderr
    document_id = re.findall(r"policy:(\S+)", added.stdout)[0]
    assert document_id in run("index", "search", "borrow a stroller", home=small_home).stdout
    assert run("index", "remove", document_id, home=small_home).exit_code == 0
    assert json.loads(run("index", "info", "--json", home=small_home).stdout)["added_documents"] == {}
    assert run("index", "remove", document_id, home=small_home).exit_code == 1


def test_seeding_while_another_process_writes_the_shop_is_refused(run: Run, tmp_path: Path) -> None:
    with FileLock(tmp_path / "shop.db.lock"):
        result = run("shop", "seed", home=tmp_path)
    assert result.exit_code == 1
    assert "Another process is writing the shop" in result.stderr
    assert not (tmp_path / "shop.db").exists()


def test_two_processes_at_once_prepare_a_home_once(small_home: Path) -> None:
    code = (
        "from seamless_retail.core.settings import load_settings\n"
        "from seamless_retail.graphs.first_run import prepare_home\n"
        "prepare_home(load_settings(), lambda name: print(name) or (lambda done, total: None))"
    )
    environment = {**os.environ, "SEAMLESS_HOME": str(small_home)}
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    printed = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(printed) == ["", "Building the search index"]


def test_serve_announces_its_addresses_answers_and_ends_on_ctrl_c(seeded_home: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "SEAMLESS_HOME": str(seeded_home),
        "SEAMLESS_CHECKPOINT_URL": f"sqlite:///{tmp_path / 'threads.db'}",
        "SEAMLESS_AUTH_SECRET": "k" * 32,
    }
    command = [sys.executable, "-m", "seamless_retail.graphs.cli", "serve", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        announced = [process.stdout.readline() for _ in range(7)]
        assert f"http://127.0.0.1:{port}/" in announced[0]
        assert any("/brain/playground/" in line for line in announced)
        assert httpx.get(f"http://127.0.0.1:{port}/ready", timeout=30).status_code == 200
        process.send_signal(signal.SIGINT)
        stderr = process.stderr.read() if process.stderr else ""
        assert process.wait(timeout=30) in (0, 130)
    assert "Traceback" not in stderr
