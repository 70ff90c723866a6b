"""A line and a JSON object for each kind of request in each stage."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from loadtests.load.stages import Seen, Stage
from loadtests.timing import percentile

_WHAT: Final = 28
HEADING: Final = (
    f"{'what':<{_WHAT}}{'asked/s':>9}{'answered/s':>12}{'answers':>9}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}"
    f"{'errors':>8}  asked for"
)
ALL: Final = "all"
LATE: Final = "callers' own lateness"


@dataclass(frozen=True, slots=True)
class Row:
    """Times are of answers; errors have none."""

    stage: str
    what: str
    rate: float | None = None
    per_second: float | None = None
    answers: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    errors: int = 0
    error_words: str = ""
    share: float | None = None
    """In place of times: of looks into the cache."""
    asked: str = ""
    met: bool | None = None

    @property
    def line(self) -> str:
        cells = [f"{self.what:<{_WHAT}}", _cell(self.rate, 9, ",.1f"), _cell(self.per_second, 12, ",.1f")]
        if self.share is not None:
            cells.append(f"{self.answers:>9,}{self.share:>10.1%}")
        else:
            times = (self.p50_ms, self.p95_ms, self.p99_ms)
            cells += [f"{self.answers:>9,}", *(_cell(each, 10, ",.1f") for each in times), f"{self.errors:>8,}"]
        verdict = f"  {self.asked}: {'yes' if self.met else 'no'}" if self.asked else ""
        return f"{''.join(cells)}{verdict}{'  ' if self.error_words else ''}{self.error_words}".rstrip()

    def against(self, goal: "Goal") -> "Row":
        """With what was asked of it."""
        return replace(self, asked=str(goal), met=goal.met(self))

    def as_json(self) -> dict[str, Any]:
        known = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in known.items()}


def _cell(value: float | None, width: int, form: str) -> str:
    return " " * width if value is None else f"{value:>{width}{form}}"


@dataclass(frozen=True, slots=True)
class Goal:
    """What was asked of a row: a p95 in milliseconds, or a share that it must be above."""

    p95_ms: float | None = None
    share: float | None = None

    def __str__(self) -> str:
        return f"p95 under {self.p95_ms:g} ms" if self.p95_ms is not None else f"over {self.share or 0:.0%}"

    def met(self, row: "Row") -> bool:
        """What was not measured was not reached."""
        if self.p95_ms is not None:
            return row.p95_ms is not None and row.p95_ms < self.p95_ms and not row.errors
        return row.share is not None and row.share > (self.share or 0)


def rows_of(stage: Stage, seen: Mapping[str, Seen], late_ms: list[float], *, together: bool) -> list[Row]:
    """One a name in the order of the stage, what was asked again behind it; before them all `together`, and last how
    late the callers themselves were, which is in every time."""
    rates = {str(name): rate for name, rate in stage.rates.items()}
    names = [*(name for name in rates if name in seen), *(name for name in seen if name not in rates)]
    rows = [_row(stage, name, rates.get(name), seen[name]) for name in names]
    if together:
        every = Seen([ms for one in seen.values() for ms in one.ms])
        for one in seen.values():
            for why, count in one.errors.items():
                every.errors[why] = every.errors.get(why, 0) + count
        rows = [_row(stage, ALL, sum(stage.rates.values()), every), *rows]
    return [*rows, replace(_row(stage, LATE, None, Seen(late_ms)), per_second=None)]


def _row(stage: Stage, name: str, rate: float | None, seen: Seen) -> Row:
    p50, p95, p99 = (percentile(seen.ms, share) if seen.ms else None for share in (0.5, 0.95, 0.99))
    words = "; ".join(f"{count} x {why}" for why, count in list(seen.errors.items())[:3])
    per_second = len(seen.ms) / stage.seconds
    return Row(stage.what, name, rate, per_second, len(seen.ms), p50, p95, p99, seen.failed, words)
