"""The bench's rows as lines of text."""

from typing import Final

from loadtests.rows import Row

_WHAT: Final = 62
HEADING: Final = (
    f"{'what':<{_WHAT}}{'about':>11}{'calls':>7}{'p50 ms':>13}{'p95 ms':>13}{'budget':>8}{'beside ms':>13}{'ratio':>10}"
    f"{'per second':>13}{'peak MiB':>10}{'growth':>8}  asked"
)


def title_of(shape: str, people: int) -> str:
    """Above the rows of one company."""
    return f"\n{people:,} people, {shape}\n{HEADING}"


def line_of(row: Row) -> str:
    """One row; empty where nothing is to be said."""
    cells = [
        f"{row.what:<{_WHAT}}",
        _cell(row.about, 11, ",d"),
        _cell(row.calls if row.p50_ms is not None else None, 7, ",d"),
        _cell(row.p50_ms, 13, ",.2f"),
        _cell(row.p95_ms, 13, ",.2f"),
        _cell(row.budget_ms, 8, ",d"),
        f"{row.beside_words:>13}" if row.beside_words else _cell(row.beside_ms, 13, ",.2f"),
        _cell(row.ratio, 10, ",.1f"),
        _cell(row.per_second, 13, ",.0f"),
        _cell(row.peak_mib, 10, ",.0f"),
        _cell(row.growth, 8, ".2f"),
    ]
    said = [_verdict(row), row.words]
    return "".join(cells).rstrip() + "".join(f"  {each}" for each in said if each)


def _cell(value: float | None, width: int, form: str) -> str:
    return " " * width if value is None else f"{value:>{width}{form}}"


def _verdict(row: Row) -> str:
    if row.met is None:
        return ""
    return f"{row.asked}: {'yes' if row.met else 'no'}"


def conclusions(rows: list[Row], promised: int) -> list[str]:
    """What stands out: procedures over budget, and how many of the bench's promises were measured and kept."""
    budgets = [row for row in rows if row.budget_ms is not None]
    over = sorted({row.what for row in budgets if row.over_budget})
    asked = [row for row in rows if row.met is not None]
    missed = [f"{row.what} ({row.asked})" for row in asked if not row.met]
    measured = f"{len(asked)} of {promised} promises measured"
    return [
        *([f"over budget: {', '.join(over)}"] if over else []),
        *(["every procedure is within its budget"] if budgets and not over else []),
        *([f"{measured}, not kept: {'; '.join(missed)}"] if missed else []),
        *([f"{measured}, all kept"] if asked and not missed else []),
    ]
