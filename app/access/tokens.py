"""Signed access tokens: HS256 JWT, audience = company, at most 24 hours."""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from pydantic import SecretStr

from app.access.models import Principal, Role
from app.clock import Clock, SystemClock
from app.errors import InvalidInputError, UnauthenticatedError

ALGORITHM: Final = "HS256"
MIN_SECRET_BYTES: Final = 32
MAX_TTL: Final = timedelta(hours=24)
LEEWAY: Final = timedelta(seconds=30)
"""How far this machine's clock and the issuer's may be apart."""

_REQUIRED: Final = ("sub", "aud", "exp", "iat", "role")
_MAX_TOKEN_BYTES: Final = 4096
_KEPT: Final = 1024
"""Tokens whose claims are kept: those used last."""


class WeakSecretError(InvalidInputError):
    """The signing secret is missing or too short to be one."""

    title = "Weak token secret"


def issue_token(
    secret: SecretStr,
    company: str,
    role: Role | str,
    distributor: str | None = None,
    ttl: timedelta = timedelta(hours=8),
    *,
    subject: str | None = None,
    clock: Clock | None = None,
) -> str:
    """A signed token for one person of one company.

    `distributor` is required for role distributor and refused for the others; `subject` defaults to the distributor's
    id or the role. Errors: InvalidInputError, WeakSecretError.
    """
    role = Role(role)
    if (role is Role.DISTRIBUTOR) != bool(distributor):
        raise InvalidInputError(
            f"role {role.value} with distributor {distributor!r}: name one for role distributor, and only then"
        )
    if not timedelta(0) < ttl <= MAX_TTL:
        raise InvalidInputError(f"a token may live up to {_in_hours(MAX_TTL)} hours, {_in_hours(ttl)} were asked for")
    now = (clock or SystemClock()).now()
    claims: dict[str, Any] = {
        "sub": subject or distributor or role.value,
        "aud": company,
        "role": role.value,
        "iat": now,
        "exp": now + ttl,
    }
    if distributor:
        claims["distributor"] = distributor
    return jwt.encode(claims, _key(secret), algorithm=ALGORITHM)


class TokenVerifier:
    """Turns a bearer token into a Principal, or refuses it without saying which check failed first.

    Every claim is checked here and not by default: algorithm (pinned), signature, audience, expiry, a life of at most
    24 hours, role, and that a distributor is named exactly for role distributor.

    Whoever calls a thousand times shows the same token each time, so what its signature covers is kept: that stays as
    it is. Its times are compared anew at each call, so a token ends at its second, kept or not. There is no list of
    revoked tokens that something kept could miss: a token holds until it expires, or until the process starts with
    another secret.
    """

    def __init__(self, secret: SecretStr, company: str, clock: Clock) -> None:
        self._key = _key(secret)
        self._company = company
        self._clock = clock
        self._kept: OrderedDict[bytes, dict[str, Any]] = OrderedDict()
        """Claims by the hash of a token that was signed by us for this company; no other is kept."""

    def verify(self, token: str) -> Principal:
        """The caller this token stands for; UnauthenticatedError otherwise."""
        if len(token) > _MAX_TOKEN_BYTES:
            raise UnauthenticatedError("The token is longer than any this service issues; ask for a new one.")
        claims = self._claims(token)
        self._check_times(claims, self._clock.now())
        return _principal(claims)

    def _claims(self, token: str) -> dict[str, Any]:
        """What a token of ours says, whatever its times."""
        name = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        if (kept := self._kept.get(name)) is not None:
            self._kept.move_to_end(name)
            return kept
        claims = self._decoded(token)
        if len(self._kept) >= _KEPT:
            self._kept.popitem(last=False)
        self._kept[name] = claims
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=self._company,
                # Times are compared by the injected clock.
                options={"require": list(_REQUIRED), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.PyJWTError as error:
            raise UnauthenticatedError("The token is not one of this company's; ask for a new one.") from error

    def _check_times(self, claims: dict[str, Any], now: datetime) -> None:
        issued, expires, not_before = claims["iat"], claims["exp"], claims.get("nbf", claims["iat"])
        if not all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in (issued, expires, not_before)
        ):
            raise UnauthenticatedError("The token's times are not numbers; ask for a new one.")
        present, leeway = now.timestamp(), LEEWAY.total_seconds()
        if present >= expires + leeway:
            raise UnauthenticatedError("The token has expired; ask for a new one.")
        if present < max(issued, not_before) - leeway:
            raise UnauthenticatedError("The token is not valid yet; check the clocks of issuer and server.")
        if expires - issued > MAX_TTL.total_seconds():
            raise UnauthenticatedError("The token lives longer than 24 hours; ask for a shorter one.")


def _principal(claims: dict[str, Any]) -> Principal:
    subject, distributor = claims["sub"], claims.get("distributor")
    try:
        role = Role(claims["role"])
    except ValueError as error:
        raise UnauthenticatedError("The token's role is unknown; ask for a new one.") from error
    if not isinstance(subject, str) or not subject or len(subject) > 200:
        raise UnauthenticatedError("The token names nobody; ask for a new one.")
    if (role is Role.DISTRIBUTOR) != (isinstance(distributor, str) and bool(distributor)):
        raise UnauthenticatedError("The token's role and distributor do not fit together; ask for a new one.")
    return Principal(subject, role, distributor if role is Role.DISTRIBUTOR else None)


def _in_hours(ttl: timedelta) -> str:
    return f"{ttl / timedelta(hours=1):g}"


def _key(secret: SecretStr) -> bytes:
    key = secret.get_secret_value().encode()
    if len(key) < MIN_SECRET_BYTES:
        raise WeakSecretError(
            f"the token secret has {len(key)} bytes, at least {MIN_SECRET_BYTES} are needed; set BANYAN_TOKEN_SECRET"
        )
    return key
