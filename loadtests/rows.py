"""What the bench writes down: rows, each of one company, and what was promised of some of them."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Promise:
    """What a row was asked to reach; only what is given counts."""

    seconds: float | None = None
    p95_ms: float | None = None
    per_second: float | None = None
    peak_mib: float | None = None

    def __str__(self) -> str:
        said = []
        if self.seconds is not None:
            said.append(f"under {self.seconds:g} s")
        if self.p95_ms is not None:
            said.append(f"p95 under {self.p95_ms:g} ms")
        if self.per_second is not None:
            said.append(f"{self.per_second:,.0f} a second")
        if self.peak_mib is not None:
            said.append(f"under {self.peak_mib / 1024:g} GiB")
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing. Milliseconds are per call; a row without them says in words why.

    `about` is how many people, rows or facts it is about where that is not the whole company. `beside_ms` is what
    somebody else needed for the same answer, or `beside_words` why there is no such time.
    """

    what: str
    calls: int = 1
    p50_ms: float | None = None
    p95_ms: float | None = None
    about: int | None = None
    budget_ms: int | None = None
    beside: str = ""
    beside_ms: float | None = None
    beside_words: str = ""
    per_second: float | None = None
    peak_mib: float | None = None
    words: str = ""
    asked: str = ""
    met: bool | None = None
    growth: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as long the other side took."""
        return self.beside_ms / self.p50_ms if self.beside_ms and self.p50_ms else None

    @property
    def over_budget(self) -> bool:
        return self.budget_ms is not None and self.p95_ms is not None and self.p95_ms > self.budget_ms

    def as_json(self) -> dict[str, Any]:
        """What is known of it."""
        known = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        if self.ratio is not None:
            known["ratio"] = self.ratio
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in known.items()}


def once(what: str, seconds: float, units: int = 0, *, peak_mib: float | None = None, words: str = "") -> Row:
    """Something that happened once; `units` of it give a rate."""
    return Row(
        what,
        1,
        seconds * 1000,
        seconds * 1000,
        about=units or None,
        per_second=units / seconds if units else None,
        peak_mib=peak_mib,
        words=words,
    )


def kept(row: Row, promise: Promise) -> bool:
    """Whether the row reaches all that was promised; what was not measured was not reached."""
    if promise.seconds is not None and (row.p50_ms is None or row.p50_ms > promise.seconds * 1000):
        return False
    if promise.p95_ms is not None and (row.p95_ms is None or row.p95_ms > promise.p95_ms):
        return False
    if promise.per_second is not None and (row.per_second is None or row.per_second < promise.per_second):
        return False
    return promise.peak_mib is None or (row.peak_mib is not None and row.peak_mib <= promise.peak_mib)
