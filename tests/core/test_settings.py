"""Settings: sources and their order, and every bad field named at once."""

from pathlib import Path

import pytest

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.settings import load_settings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_environment_beats_dotenv_beats_toml(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_folder / "seamless.toml").write_text('locale = "de-DE"\nport = 8101\ntop_k = 3\n')
    (empty_folder / ".env").write_text("SEAMLESS_LOCALE=fr-FR\nSEAMLESS_PORT=8102\n")
    monkeypatch.setenv("SEAMLESS_LOCALE", "es-ES")
    settings = load_settings()
    assert (settings.locale, settings.port, settings.top_k) == ("es-ES", 8102, 3)


def test_every_bad_field_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAMLESS_PORT", "99999")
    monkeypatch.setenv("SEAMLESS_MIN_SCORE", "2")
    monkeypatch.setenv("SEAMLESS_JURISDICTION", "Germany")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    for name in ("SEAMLESS_PORT", "SEAMLESS_MIN_SCORE", "SEAMLESS_JURISDICTION", "seamless doctor"):
        assert name in str(caught.value)


def test_a_short_signing_key_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAMLESS_AUTH_SECRET", "hunter2")
    with pytest.raises(ConfigurationError, match="at least 32") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_a_broken_toml_file_is_named(empty_folder: Path) -> None:
    (empty_folder / "seamless.toml").write_text("port = = 3\n")
    with pytest.raises(ConfigurationError, match=r"seamless\.toml"):
        load_settings()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1


def test_urls_default_to_files_in_home(empty_folder: Path) -> None:
    settings = load_settings(home=empty_folder)
    assert settings.shop_url == f"sqlite:///{empty_folder}/shop.db"
    assert settings.threads_url == f"sqlite:///{empty_folder}/threads.db"
