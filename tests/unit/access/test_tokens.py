"""Tokens: who a bearer is, and everything that makes one not worth a look."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from app.access.models import Principal, Role
from app.access.tokens import TokenVerifier, WeakSecretError, issue_token
from app.errors import InvalidInputError, UnauthenticatedError

NOW = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)
SECRET = SecretStr("0123456789abcdef0123456789abcdef")


class SetClock:
    def __init__(self, present: datetime = NOW) -> None:
        self.present = present

    def now(self) -> datetime:
        return self.present


def verifier(present: datetime = NOW, company: str = "acme") -> TokenVerifier:
    return TokenVerifier(SECRET, company, SetClock(present))


def issue(role: Role = Role.ADMIN, distributor: str | None = None, **options: Any) -> str:
    return issue_token(SECRET, "acme", role, distributor, clock=SetClock(), **options)


def forged(algorithm: str = "HS256", key: str = SECRET.get_secret_value(), **changes: Any) -> str:
    """A token with claims changed, or left out when None."""
    claims: dict[str, Any] = {
        "sub": "ann",
        "aud": "acme",
        "role": "admin",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
        **changes,
    }
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm=algorithm)


def test_an_issued_token_names_its_bearer() -> None:
    assert verifier().verify(issue(Role.SUPPORT)) == Principal("support", Role.SUPPORT, None)
    assert verifier().verify(issue(Role.DISTRIBUTOR, "D7")) == Principal("D7", Role.DISTRIBUTOR, "D7")
    assert verifier().verify(issue(subject="ann")).subject == "ann"


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("not a token", "abc"),
        ("empty", ""),
        ("another secret", forged(key="another-secret-another-secret-another")),
        ("no signature", forged("none", key="")),
        ("another algorithm of the same key", forged("HS512")),
        ("another company", forged(aud="umbrella")),
        ("no audience", forged(aud=None)),
        ("no expiry", forged(exp=None)),
        ("no time of issue", forged(iat=None)),
        ("no subject", forged(sub=None)),
        ("no role", forged(role=None)),
        ("unknown role", forged(role="root")),
        ("role that is no text", forged(role=["admin"])),
        ("distributor without id", forged(role="distributor")),
        ("distributor with an empty id", forged(role="distributor", distributor="")),
        ("admin with a distributor", forged(distributor="D1")),
        ("expired", forged(exp=int(NOW.timestamp()) - 31, iat=int(NOW.timestamp()) - 3600)),
        ("issued in the future", forged(iat=int(NOW.timestamp()) + 31)),
        ("not valid before later", forged(nbf=int(NOW.timestamp()) + 31)),
        ("lives longer than a day", forged(exp=int(NOW.timestamp()) + 86_401)),
        ("expiry that is no number", forged(exp="tomorrow")),
        ("expiry beyond every calendar", forged(exp=1e300)),
        ("too long", forged(pad="x" * 5000)),
    ],
    ids=lambda value: value if " " in str(value) else "",
)
def test_anything_else_is_refused(name: str, token: str) -> None:
    with pytest.raises(UnauthenticatedError):
        verifier().verify(token)


def test_clocks_may_be_half_a_minute_apart() -> None:
    token = issue(ttl=timedelta(hours=1))
    assert verifier(NOW + timedelta(hours=1, seconds=29)).verify(token).role is Role.ADMIN
    assert verifier(NOW - timedelta(seconds=30)).verify(token).role is Role.ADMIN
    with pytest.raises(UnauthenticatedError):
        verifier(NOW + timedelta(hours=1, seconds=30)).verify(token)
    with pytest.raises(UnauthenticatedError):
        verifier(NOW - timedelta(seconds=31)).verify(token)


def test_a_token_that_was_shown_before_ends_at_its_second() -> None:
    clock = SetClock()
    tokens, token = TokenVerifier(SECRET, "acme", clock), issue(ttl=timedelta(hours=1))
    assert tokens.verify(token) == tokens.verify(token)
    clock.present = NOW + timedelta(hours=1, seconds=29)
    assert tokens.verify(token).role is Role.ADMIN
    clock.present = NOW + timedelta(hours=1, seconds=30)
    with pytest.raises(UnauthenticatedError, match="expired"):
        tokens.verify(token)
    clock.present = NOW - timedelta(seconds=31)
    with pytest.raises(UnauthenticatedError, match="not valid yet"):
        tokens.verify(token)
    clock.present = NOW
    assert tokens.verify(token).role is Role.ADMIN


def test_a_token_that_resembles_one_that_was_shown_is_not_it() -> None:
    tokens, token = verifier(), issue(subject="ann")
    head, said, signature = token.split(".")
    others = issue(subject="eve").split(".")
    assert tokens.verify(token).subject == "ann"
    for wrong in (f"{head}.{others[1]}.{signature}", f"{head}.{said}.{others[2]}", f"{head}.{said}.", token + "A"):
        for _ in range(2):
            with pytest.raises(UnauthenticatedError):
                tokens.verify(wrong)
    assert len(tokens._kept) == 1, "and nothing is kept of what we did not sign"


def test_no_more_tokens_are_kept_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.access.tokens._KEPT", 2)
    tokens, shown = verifier(), [issue(subject=name) for name in ("ann", "bob", "cem")]
    for token in (shown[0], shown[1], shown[0], shown[2]):
        tokens.verify(token)
    assert len(tokens._kept) == 2
    assert [tokens.verify(token).subject for token in shown] == ["ann", "bob", "cem"]


def test_only_sensible_tokens_are_issued() -> None:
    for options in (
        {"role": Role.DISTRIBUTOR},
        {"role": Role.ADMIN, "distributor": "D1"},
        {"ttl": timedelta(hours=25)},
        {"ttl": timedelta(0)},
    ):
        with pytest.raises(InvalidInputError):
            issue(**options)


def test_a_short_secret_signs_nothing() -> None:
    with pytest.raises(WeakSecretError, match="31 bytes"):
        issue_token(SecretStr("x" * 31), "acme", Role.ADMIN)
    with pytest.raises(WeakSecretError):
        TokenVerifier(SecretStr(""), "acme", SetClock())
