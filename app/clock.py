"""Instants: aware UTC datetimes truncated to milliseconds at the edge, epoch milliseconds inside."""

from datetime import UTC, datetime
from typing import Final, Protocol

CLOCK_SKEW_MS: Final = 5 * 60 * 1000
"""How far ahead of our clock a caller's may run, and by how much those of two callers may differ."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS: Final = 24 * 60 * 60 * 1000


class Clock(Protocol):
    """Where the present comes from, so that tests can choose it."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def to_ms(instant: datetime) -> int:
    """Epoch milliseconds of an aware instant, truncated; a naive one is refused."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone; give an offset such as Z or +02:00")
    since = instant - _EPOCH
    return since.days * _DAY_MS + since.seconds * 1000 + since.microseconds // 1000


def from_ms(epoch_ms: int) -> datetime:
    """The aware UTC instant of epoch milliseconds, exactly."""
    return datetime.fromtimestamp(epoch_ms // 1000, UTC).replace(microsecond=epoch_ms % 1000 * 1000)


def ms_text(epoch_ms: int) -> str:
    """Epoch milliseconds as an instant is written out."""
    return zulu(from_ms(epoch_ms))


def zulu(instant: datetime) -> str:
    """An aware instant as it is written out: ISO 8601 in UTC with Z, to the millisecond."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
