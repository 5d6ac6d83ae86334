"""Customer tokens: only ours, only while they last."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from seamless_retail.core.errors import ConfigurationError, NotAuthenticatedError
from seamless_retail.core.settings import Settings, load_settings
from seamless_retail.graphs.serve.tokens import TokenClaims, issue_token, read_token, signing_key, verify_token

HOUR = timedelta(hours=1)
SECRET = "s" * 32


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path)


def test_a_token_names_its_customer(settings: Settings) -> None:
    assert verify_token(signing_key(settings), issue_token(settings, "C0001", HOUR)) == "C0001"


def test_the_key_is_made_once_and_only_its_owner_can_read_it(settings: Settings) -> None:
    first = signing_key(settings)
    assert signing_key(settings) == first
    assert stat.S_IMODE((settings.home / "auth.key").stat().st_mode) == 0o600


def test_the_key_of_the_settings_wins(settings: Settings) -> None:
    configured = load_settings(home=settings.home, auth_secret=SECRET)
    assert signing_key(configured) == SECRET
    assert not (settings.home / "auth.key").exists()


@pytest.mark.parametrize(("mode", "content"), [(0o644, "k" * 64), (0o600, "short")])
def test_a_key_file_that_is_open_or_damaged_is_refused_and_kept(settings: Settings, mode: int, content: str) -> None:
    path = settings.home / "auth.key"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=str(path)):
        signing_key(settings)
    assert path.read_text() == content


NOW = datetime.now(UTC)
CLAIMS = {"sub": "C0001", "iss": "seamless-retail", "exp": NOW + HOUR}


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("a.b.c", id="not a token"),
        pytest.param(jwt.encode(CLAIMS, "x" * 32, "HS256"), id="signed with another key"),
        pytest.param(jwt.encode(CLAIMS, "", "none"), id="not signed"),
        pytest.param(jwt.encode(CLAIMS, SECRET * 2, "HS512"), id="signed otherwise"),
        pytest.param(jwt.encode({**CLAIMS, "exp": NOW - HOUR}, SECRET, "HS256"), id="expired"),
        pytest.param(jwt.encode({**CLAIMS, "iss": "somebody"}, SECRET, "HS256"), id="issued by another"),
        pytest.param(jwt.encode({"sub": "C0001", "iss": CLAIMS["iss"]}, SECRET, "HS256"), id="never expires"),
        pytest.param(jwt.encode({k: v for k, v in CLAIMS.items() if k != "sub"}, SECRET, "HS256"), id="no customer"),
    ],
)
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises(NotAuthenticatedError):
        verify_token(SECRET, token)


def test_roles_are_those_of_the_signed_token(settings: Settings) -> None:
    key = signing_key(settings)
    assert read_token(key, issue_token(settings, "C0001", HOUR)) == TokenClaims("C0001")
    assert read_token(key, issue_token(settings, "C0001", HOUR, ("staff",))).roles == ("staff",)
