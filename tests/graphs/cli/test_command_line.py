"""The root of the command line: light to start, and clean when something is wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seamless_retail import __version__
from seamless_retail.graphs.cli import app

Run = Callable[..., Result]
HEAVY = ("torch", "langchain_core", "langgraph", "sqlalchemy", "fastapi", "pydantic", "numpy")


def python(code: str, **kwargs: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, **kwargs)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom seamless_retail.graphs.cli import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert python(code).stdout.splitlines()[-1] == "[]"


def test_version(run: Run) -> None:
    assert run("--version").stdout.strip() == f"seamless-retail {__version__}"


def test_every_command_is_explained(run: Run) -> None:
    shown = run("--help").stdout
    commands = [command.name for command in app.registered_commands] + [group.name for group in app.registered_groups]
    assert set(commands) == {
        "ask",
        "chat",
        "serve",
        "route",
        "rerank",
        "recommend",
        "forecast",
        "doctor",
        "translate",
        "graph",
        "token",
        "shop",
        "index",
        "clara",
        "memory",
        "guard",
        "train",
        "code",
        "visual",
        "persona",
        "handovers",
    }
    assert all(f" {name} " in shown for name in commands)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ask",), "There is no question"),
        (("ask", "hi", "--jsonl"), "exclude each other"),
        (("route",), "There is no message"),
        (("shop", "info"), "There is no shop"),
        (("index", "info"), "There is no search index"),
        (("index", "search", "x"), "There is no search index"),
        (("index", "add", "missing.txt"), "does not exist"),
        (("token", "C0001"), "There is no shop"),
        (("shop", "import", "unknown-set", "."), "There is no import"),
    ],
)
def test_our_errors_are_told_with_a_remedy_and_no_traceback(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    result = run(*arguments, home=tmp_path / "home")
    assert result.exit_code == 1
    assert result.stdout == ""
    *_, error, remedy = result.stderr.splitlines()
    assert error.startswith("Error: ")
    assert told in error
    assert remedy.startswith("→ ")
    assert "Traceback" not in result.stderr


def test_debug_raises_the_error_itself(run: Run, tmp_path: Path) -> None:
    result = run("--debug", "shop", "info", home=tmp_path)
    assert type(result.exception).__name__ == "ShopDatabaseError"


def test_all_bad_settings_are_told_at_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "seamless.toml").write_text('min_score = 7\njurisdiction = "usa"\n')
    result = run("shop", "info", port="no number", lobe_deadline_s="-1", auth_secret="too short")
    assert result.exit_code == 1
    for name in ("PORT", "LOBE_DEADLINE_S", "AUTH_SECRET", "MIN_SCORE", "JURISDICTION"):
        assert f"SEAMLESS_{name}:" in result.stderr
    assert "too short" not in result.stderr


def test_a_database_of_ones_own_is_never_seeded(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "mine.db"
    result = run("ask", "hello", home=tmp_path / "home", database_url=f"sqlite:///{own}")
    assert result.exit_code == 1
    assert "seamless shop seed" in result.stderr
    assert not own.exists()


@pytest.mark.parametrize(("package", "command"), [("fastapi", "serve"), ("langserve", "serve"), ("jwt", "token C0001")])
def test_a_missing_extra_is_named(seeded_home: Path, package: str, command: str) -> None:
    code = (
        f"import sys\nsys.modules[{package!r}] = None\nsys.argv = ['seamless', *{command.split()!r}]\n"
        "from seamless_retail.graphs.cli import main\nmain()"
    )
    result = python(code, env={**os.environ, "SEAMLESS_HOME": str(seeded_home)})
    assert result.returncode == 1
    assert "pip install 'seamless-retail[serve]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_serve_refuses_a_taken_port_before_anything_else(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("serve", "--port", str(port), home=tmp_path / "home")
    assert result.exit_code == 1
    assert f"Port {port} on 127.0.0.1 is in use" in result.stderr
    assert not (tmp_path / "home").exists()


def test_ctrl_c_ends_quietly() -> None:
    command = [sys.executable, "-m", "seamless_retail.graphs.cli", "route", "--jsonl"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"id": 1, "text": "when do you open"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(signal.SIGINT)
        stderr = process.stderr.read() if process.stderr else b""
        assert process.wait(timeout=20) == 130
    assert b"Traceback" not in stderr
