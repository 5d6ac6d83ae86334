"""Customer tokens: JSON Web Tokens (HS256) that this shop signs and only this shop accepts."""

import os
import secrets
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from seamless_retail.core.errors import ConfigurationError, MissingExtraError, NotAuthenticatedError
from seamless_retail.core.settings import Settings

ISSUER = "seamless-retail"
KEY_FILE = "auth.key"


def signing_key(settings: Settings) -> str:
    """The key of ``settings``, else the one in ``home``, which the first call makes (readable by its owner only).

    Raises:
        ConfigurationError: Others than its owner can read the key file, or it is too short to be one.
    """
    if secret := settings.auth_secret.get_secret_value():
        return secret
    path = settings.home / KEY_FILE
    if not path.exists():
        _make_key(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            f"Others than its owner can read the signing key {path}.",
            f"Delete it (customers sign in anew), or run: chmod 600 {path}",
        )
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < 32:
        raise ConfigurationError(f"The signing key {path} is damaged.", "Delete it; customers must sign in anew.")
    return key


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a valid token says."""

    customer_id: str
    roles: tuple[str, ...] = ()
    """``staff`` may ask for code and reports; it holds until the token expires."""


def issue_token(settings: Settings, customer_id: str, lifetime: timedelta, roles: Sequence[str] = ()) -> str:
    """Sign a token for a customer, with roles beyond a customer's.

    Raises:
        MissingExtraError: PyJWT is not installed.
        ConfigurationError: The signing key cannot be used.
    """
    now = datetime.now(UTC)
    claims: dict[str, Any] = {"sub": customer_id, "iss": ISSUER, "iat": now, "exp": now + lifetime}
    if roles:
        claims["roles"] = list(roles)
    return str(_jwt().encode(claims, signing_key(settings), algorithm="HS256"))


def verify_token(key: str, token: str) -> str:
    """The customer id of a valid token.

    Raises:
        NotAuthenticatedError: The token is malformed, expired, or signed with another key.
    """
    return read_token(key, token).customer_id


def read_token(key: str, token: str) -> TokenClaims:
    """The customer and the roles of a valid token.

    Raises:
        NotAuthenticatedError: The token is malformed, expired, or signed with another key.
    """
    jwt = _jwt()
    remedy = "Sign in again: `seamless token CUSTOMER` makes a token."
    try:
        claims = jwt.decode(token, key, algorithms=["HS256"], issuer=ISSUER, options={"require": ["exp", "sub"]})
    except jwt.ExpiredSignatureError:
        raise NotAuthenticatedError("The token has expired.", remedy) from None
    except jwt.InvalidTokenError:
        raise NotAuthenticatedError("The token is not valid.", remedy) from None
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise NotAuthenticatedError("The token is not valid.", remedy)
    return TokenClaims(str(claims["sub"]), tuple(roles))


def _make_key(path: Path) -> None:
    """Write a new key and link it into place: whoever comes first wins, and nobody reads half a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".auth")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()


def _jwt() -> ModuleType:
    try:
        import jwt
    except ImportError:
        raise MissingExtraError("Signing in customers", "serve") from None
    return jwt
