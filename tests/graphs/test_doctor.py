"""The doctor: what is configured and found, what is broken, and how to fix it."""

import json
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from seamless_retail.graphs import plugins
from seamless_retail.graphs.cli import app

Examine = Callable[..., dict[str, Any]]


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Examine:
    """Runs ``seamless doctor --json`` in an empty folder; checks that the exit code agrees with the report."""
    monkeypatch.chdir(tmp_path)

    def examine(**settings: object) -> dict[str, Any]:
        environment = {f"SEAMLESS_{name.upper()}": str(value) for name, value in settings.items()}
        result = CliRunner().invoke(app, ["doctor", "--json"], env=environment)
        report: dict[str, Any] = json.loads(result.stdout)
        assert result.exit_code == (0 if report["healthy"] else 1)
        return report

    return examine


def finding(report: dict[str, Any], name: str) -> dict[str, str]:
    (found,) = (item for item in report["findings"] if item["name"] == name)
    return dict(found)


def test_a_seeded_home_is_healthy(doctor: Examine, seeded_home: Path) -> None:
    report = doctor(home=seeded_home, checkpoint_url="none", plugins="false")
    assert report["healthy"]
    for name in ("settings", "sentence model", "intent router", "shop", "search index", "brain", "conversations"):
        assert finding(report, name)["status"] == "ok", finding(report, name)
    assert report["hardware"]["cores"] >= 1
    assert report["compression_tier"]["name"] in ("conservative", "balanced", "aggressive", "extreme")


def test_an_empty_home_is_not_broken_and_stays_empty(doctor: Examine, tmp_path: Path) -> None:
    report = doctor(home=tmp_path / "home")
    assert report["healthy"]
    assert finding(report, "shop")["status"] == "note"
    assert "seamless shop seed" in finding(report, "shop")["remedy"]
    assert not (tmp_path / "home").exists()


def test_settings_are_shown_with_their_origin_and_without_secrets(doctor: Examine, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SEAMLESS_TOP_K=7\n")
    (tmp_path / "seamless.toml").write_text('locale = "en-GB"\ntop_k = 9\n')
    url = "postgresql://u:hidden@127.0.0.1:1/x"
    report = doctor(home=tmp_path / "home", auth_secret="hidden" * 8, checkpoint_url=url)
    origins = {setting["name"]: (setting["value"], setting["origin"]) for setting in report["settings"]}
    assert origins["top_k"] == ("7", ".env")
    assert origins["locale"] == ("en-GB", "seamless.toml")
    assert origins["auth_secret"] == ("(set)", "environment")
    assert origins["port"] == ("8000", "default")
    assert "hidden" not in json.dumps(report)


def test_misspelt_settings_are_pointed_out(doctor: Examine, tmp_path: Path) -> None:
    (tmp_path / "seamless.toml").write_text("tok_k = 9\n")
    detail = finding(doctor(home=tmp_path / "home", lmm="openai:x"), "settings")["detail"]
    assert "SEAMLESS_LMM (environment)" in detail
    assert "tok_k (seamless.toml)" in detail


def test_all_bad_settings_are_told_at_once_and_the_hardware_too(doctor: Examine) -> None:
    report = doctor(port="x", top_k="0")
    assert not report["healthy"]
    problem = finding(report, "settings")
    assert "SEAMLESS_PORT" in problem["detail"]
    assert "SEAMLESS_TOP_K" in problem["detail"]
    assert report["hardware"]["cores"] >= 1


@pytest.mark.parametrize(
    ("name", "remedy"), [("shop", "seamless shop seed --force"), ("search index", "index build --force")]
)
def test_damage_is_found_and_the_rest_is_examined(
    doctor: Examine, seeded_home: Path, tmp_path: Path, name: str, remedy: str
) -> None:
    home = tmp_path / "home"
    (home / "index").mkdir(parents=True)
    if name == "shop":
        (home / "shop.db").write_bytes(b"no database" * 1000)
    else:
        (home / "shop.db").symlink_to(seeded_home / "shop.db")
        (home / "index" / "manifest.json").write_text("{}")
    report = doctor(home=home, checkpoint_url="none")
    assert not report["healthy"]
    assert finding(report, name)["status"] == "problem"
    assert remedy in finding(report, name)["remedy"]
    assert finding(report, "intent router")["status"] == "ok"


def test_a_database_server_that_does_not_answer_is_a_problem(doctor: Examine, tmp_path: Path) -> None:
    report = doctor(home=tmp_path / "home", database_url="postgresql://u:hidden@127.0.0.1:1/shop")
    assert finding(report, "shop")["status"] == "problem"
    assert "127.0.0.1:1" in finding(report, "shop")["detail"]
    assert "hidden" not in json.dumps(report)


def test_a_language_model_server_that_does_not_answer_is_a_warning(doctor: Examine, tmp_path: Path) -> None:
    report = doctor(home=tmp_path / "home", llm="some-model", llm_base_url="http://127.0.0.1:1/v1")
    assert finding(report, "language model")["status"] == "warning"
    assert report["healthy"]


def test_an_open_signing_key_is_a_problem(doctor: Examine, tmp_path: Path) -> None:
    key = tmp_path / "auth.key"
    key.write_text("k" * 64)
    key.chmod(0o644)
    assert "chmod 600" in finding(doctor(home=tmp_path), "signing key")["remedy"]


def test_a_broken_plugin_is_named(doctor: Examine, seeded_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("weather", "no_such_package.lobes:make", "seamless_retail.lobes")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point] if group == point.group else [])
    report = doctor(home=seeded_home, checkpoint_url="none")
    warnings = [item["detail"] for item in report["findings"] if item["name"] == "brain"]
    assert any("weather" in warning and "no_such_package" in warning for warning in warnings)
    assert report["healthy"]


def test_every_extra_is_listed(doctor: Examine, tmp_path: Path) -> None:
    report = doctor(home=tmp_path / "home")
    extras = {item["name"] for item in report["findings"] if item["name"].startswith("extra ")}
    assert {"extra serve", "extra studio", "extra llm", "extra postgres"} <= extras


def test_the_report_for_people_ends_with_the_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["doctor"], env={"SEAMLESS_HOME": str(tmp_path / "home")})
    assert "compression tier that fits" in result.stdout
    assert "Nothing required is broken." in result.stdout
