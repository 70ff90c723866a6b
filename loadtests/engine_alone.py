"""The engine by itself, one plan structure after another on the same company, in a process of its own: on one core, on
two, its memory, and beside the same plan worked out a person at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from app.engine.calculate import calculate
from app.engine.models import Orders, People, Snapshot
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from loadtests.alone import alone, forget_peak, on_cores, peak_mib
from loadtests.operations import PLAN
from loadtests.rows import Row
from loadtests.sheet import Sheet
from loadtests.timing import Timing, must_equal, stopwatch, timing_of
from loadtests.trees import HEAVY_TAILED, MATRIX, company_of, snapshot_of
from tests.oracle.pay import pay
from tests.unit.oracle.both import orders_of, people_of, plan_of

COMPANIES: Final = 10
"""So many generated companies side by side are one of more than a million people."""
MILLION: Final = 1_000_000
TWO: Final = 2
MOST_BY_PERSON: Final = 10_000
"""People of the largest company that is also worked out a person at a time."""
CALLS: Final = 3
FEWER_CALLS: Final = 2
"""Of structures of which no time is promised."""
SMALL: Final = 1_000
HYBRID: Final = "hybrid with ranks"
EVERYTHING: Final = "every structure in one plan"
NOT_OF_TEN_MILLION: Final = frozenset({EVERYTHING, "breakaway"})
"""Of one nothing is promised there; the lines and misses of five bonuses are more than the memory that is."""

BONUSES: Final[Mapping[str, tuple[Any, ...]]] = {
    "matrix": (
        {
            "type": "matrix",
            "name": "Matrix",
            "multiplier": "80%",
            "width": MATRIX[0],
            "depth": MATRIX[1],
            "levels_by_rank": {
                "Member": ["5%"],
                "Silver": ["5%", "4%"],
                "Gold": ["5%", "4%", "3%"],
                "Platinum": ["5%", "4%", "3%", "2%", "2%"],
                "Diamond": ["5%", "4%", "3%", "2%", "2%", "1%", "1%", "1%", "1%"],
            },
        },
    ),
    "differential": (
        {
            "type": "differential",
            "name": "Differential",
            "schedule": [
                {"from": 250, "rate": "3%"},
                {"from": 1_000, "rate": "6%"},
                {"from": 5_000, "rate": "9%"},
                {"from": 20_000, "rate": "12%"},
            ],
        },
    ),
    "breakaway": (
        {
            "type": "breakaway",
            "name": "Breakaway",
            "multiplier": "80%",
            "breaks_away_at": "Platinum",
            "levels_by_rank": {
                "Member": ["5%"],
                "Silver": ["5%", "5%"],
                "Gold": ["5%", "5%", "4%"],
                "Platinum": ["5%", "5%", "4%"],
            },
            "override_by_rank": {"Platinum": "5%", "Diamond": "7%"},
            "minimum_override": "1%",
        },
    ),
}
"""Beside those of the sample plan."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One structure on one company: on so many cores, and the hybrid up to a million on the other of one and two.
    `by_person_ms`: what a person at a time took."""

    structure: str
    orders: int
    cores: int
    time: Timing
    other_ms: float | None
    peak_mib: float
    by_person_ms: float | None


def row_of(structure: str) -> str:
    """What the row of a structure is called."""
    return f"engine alone: {structure}"


def plans() -> dict[str, Plan]:
    """The sample plan's ranks and activity with the bonuses of each structure; as it is it's the hybrid."""
    sample = load_plan(library()[PLAN])
    levels, teams = (each.model_dump(mode="json") for each in sample.bonuses)
    bonuses = {"unilevel": (levels,), "binary": (teams,), **BONUSES, HYBRID: (levels, teams)}
    bonuses[EVERYTHING] = tuple(bonus for name, of in bonuses.items() if name != HYBRID for bonus in of)
    given = sample.model_dump(mode="json")
    return {name: Plan.model_validate({**given, "bonuses": of}) for name, of in bonuses.items()}


def pay_structures(sheet: Sheet, people: int) -> None:
    """A row for each structure on a company of so many."""
    companies = COMPANIES if people > MILLION else 1
    found, _ = alone(measure, people // companies, companies)
    for one in found:
        row = Row(
            row_of(one.structure),
            one.time.calls,
            one.time.p50_ms,
            one.time.p95_ms,
            peak_mib=one.peak_mib,
            words=f"{one.orders:,} orders; {_cores(one)}",
        )
        if one.by_person_ms is not None:
            row = replace(row, beside="a person at a time, in Python", beside_ms=one.by_person_ms)
        sheet.add(row)


def _cores(of: Measured) -> str:
    """On how many cores it was, and what the other number changes."""
    if of.cores == 1:
        return "one core" + (f", {of.time.p50_ms / of.other_ms:.2f} times as fast on two" if of.other_ms else "")
    return "two cores"


def measure(people: int, companies: int) -> list[Measured]:
    """Every structure on generated companies as one, trees indexed anew each time."""
    small, many = (snapshot_of(company_of(HEAVY_TAILED, count, MATRIX)) for count in (SMALL, people))
    if companies > 1:
        many = repeated(many, companies)
    measured = []
    for structure, plan in plans().items():
        if companies > 1 and structure in NOT_OF_TEN_MILLION:
            continue
        calculate(small, plan)  # from here on its kernels are loaded
        calls = CALLS if structure == HYBRID else FEWER_CALLS
        measured.append(_measured(structure, plan, many, 1 if companies > 1 else calls))
    return measured


def _measured(structure: str, plan: Plan, many: Snapshot, calls: int) -> Measured:
    cores = 1 if calls > 1 else TWO  # ten million are promised of the engine, not of one core
    with on_cores(cores):
        forget_peak()
        first = timing_of([_seconds(many, plan) for _ in range(calls)])
        peak = peak_mib()
    other_ms = None
    if structure == HYBRID and calls > 1:  # of which a time is promised
        with on_cores(TWO + 1 - cores):
            other_ms = timing_of([_seconds(many, plan) for _ in range(calls - 1)]).p50_ms
    beside = len(many.people) <= MOST_BY_PERSON and structure != EVERYTHING
    by_person = _by_person(many, plan) if beside else None
    return Measured(structure, len(many.orders), cores, first, other_ms, peak, by_person)


def _seconds(many: Snapshot, plan: Plan) -> float:
    return stopwatch(lambda: calculate(replace(many), plan))[0]


def _by_person(many: Snapshot, plan: Plan) -> float:
    """Milliseconds of the tests' oracle; DifferentAnswerError unless it pays everybody what the engine does."""
    given = people_of(many), orders_of(many), plan_of(plan), many.days
    seconds, paid = stopwatch(lambda: pay(*given))
    must_equal("what the engine pays", paid.by_person, calculate(many, plan).totals.by_person.tolist())
    return seconds * 1000


def repeated(one: Snapshot, times: int) -> Snapshot:
    """The same company several times over, side by side."""
    people = _tiled(one.people, times, dict.fromkeys(("sponsor", "parent", "owner", "matrix_parent"), len(one.people)))
    orders = _tiled(one.orders, times, {"seller": len(one.people), "buyer": len(one.people), "seq": len(one.orders)})
    return replace(one, people=People(**people), orders=Orders(**orders))


def _tiled(table: People | Orders, times: int, shifts: dict[str, int]) -> dict[str, Any]:
    """Its columns repeated; those that number rows are shifted, and nobody stays nobody."""
    columns = {}
    for name, column in table.columns():
        whole = np.tile(column, times)
        if name in shifts:
            whole += np.where(whole < 0, 0, np.repeat(np.arange(times) * shifts[name], len(column)))
        columns[name] = whole
    return columns
