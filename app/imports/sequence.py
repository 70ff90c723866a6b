"""In which order the rows of a sound input become facts, so that each can be accepted when its turn comes.

What the company keeps, a matrix and its policy of moves; enrolments by date, sponsors before those whom they brought; a
place goes with its enrolment when it begins with it and the parent stands by then, else it follows, parents before
children; then the places of the matrix, parents before children; then where people stood before; then customers; then
what people bring along from a former system; then period by period: it opens, orders by instant, returns by instant,
it closes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.imports.calendar import Months
from app.imports.forest import any_above, depths, highest_above
from app.imports.models import Kind, StoredPeriod
from app.imports.trees import Checked, People

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Section:
    """Some of the sales: before them a period opens and after them it closes, if it is one that the input brings."""

    period: StoredPeriod | None
    start: int
    returns: int
    """Where among the sales its returns begin."""
    end: int

    @property
    def closes(self) -> bool:
        return self.period is not None and not self.period.open

    @property
    def facts(self) -> int:
        return self.end - self.start + (self.period is not None) + self.closes


@dataclass(frozen=True, slots=True)
class Sequence:
    """Row numbers of the files, only rows that are new."""

    settings: int
    """How many facts say what the company keeps beside its people, the first ones."""
    enrolments: Ints
    enrolled_into: Ints
    """Per enrolment the row of placements that goes with it, -1 for none."""
    placements: Ints
    """The other new rows of placements."""
    matrix_placements: Ints
    past_places: int
    """Rows of moves, in the order in which they were checked."""
    registrations: Ints
    openings: Ints
    past_statements: int
    """How many, in the order in which they were checked."""
    sales: Ints
    """Rows of orders, section by section, in each returns last."""
    sections: tuple[Section, ...]

    @property
    def structural(self) -> int:
        """How many facts come before the first customer."""
        placed = len(self.placements) + len(self.matrix_placements)
        return self.settings + len(self.enrolments) + placed + self.past_places

    @property
    def facts(self) -> int:
        """How many facts that makes."""
        brought = len(self.registrations) + len(self.openings) + self.past_statements
        return self.structural + brought + sum(section.facts for section in self.sections)


def sequence_of(
    checked: Mapping[Kind, Checked], people: People, past_places: int, months: Months, settings: int
) -> Sequence:
    """The order for a checked input without faults."""
    enrolments = _by_date(checked["distributors"], people)
    enrolled_into, placements = _places(checked["placements"], people, enrolments)
    sales, sections = _sections(checked["orders"], months)
    return Sequence(
        settings=settings,
        enrolments=enrolments,
        enrolled_into=enrolled_into,
        placements=placements,
        matrix_placements=_parents_first(checked["matrix_placements"], checked["matrix_placements"].new),
        past_places=past_places,
        registrations=checked["customers"].new,
        openings=checked["openings"].new,
        past_statements=len(checked["past_statements"].columns["who"]),
        sales=sales,
        sections=sections,
    )


def _by_date(distributors: Checked, people: People) -> Ints:
    new = distributors.new
    if not new.size:
        return new
    who = people.rows.distributor[new]
    sponsor, turn = people.sponsor[who], people.enrolled_at
    # Whoever moved may have a sponsor who enrolled later; their turn comes after that.
    if (turn[sponsor] > turn[who])[sponsor >= 0].any():
        turn = highest_above(people.sponsor, turn)
    return new[np.lexsort((new, depths(people.sponsor)[who], turn[who]))]


def _places(placed: Checked, people: People, enrolments: Ints) -> tuple[Ints, Ints]:
    """Per enrolment its row of placements, and the rows that have to wait until everybody is enrolled."""
    rows = placed.new
    who, parent = placed.columns["who"], placed.columns["parent"]
    count = len(people.names)
    row_of = np.full(count, -1)
    row_of[who[rows]] = rows
    turn = np.full(count, -1)
    turn[people.rows.distributor[enrolments]] = np.arange(len(enrolments))
    up = np.full(count, -1)
    up[who[rows]] = parent[rows]
    since = people.enrolled_at.copy()
    since[who[rows]] = placed.columns["since"][rows]
    waits = (row_of >= 0) & ((turn < 0) | (turn[up] >= turn) | (since != people.enrolled_at))
    waits = any_above(up, waits)
    newcomers = people.rows.distributor[enrolments]
    enrolled_into = np.where(waits[newcomers], -1, row_of[newcomers])
    later = rows[waits[who[rows]]]
    return enrolled_into, _parents_first(placed, later)


def _parents_first(placed: Checked, rows: Ints) -> Ints:
    return rows[np.argsort(placed.columns["depth"][rows], kind="stable")]


def _sections(orders: Checked, months: Months) -> tuple[Ints, tuple[Section, ...]]:
    rows = orders.new
    placed_at, is_return, period = (orders.columns[name][rows] for name in ("placed_at", "is_return", "period"))
    new = months.new
    if not new.any():
        period = np.zeros(len(rows), np.int64)  # no month opens or closes on the way
    order = np.lexsort((rows, placed_at, is_return, period))
    rows, period, is_return = rows[order], period[order], is_return[order]
    places = range(len(months.periods)) if new.any() else range(1)
    bounds = np.searchsorted(period, [*places, len(places)])
    sections = []
    for place in places:
        start, end = int(bounds[place]), int(bounds[place + 1])
        returns = end - int(np.count_nonzero(is_return[start:end]))
        opened = months.periods[place] if new.any() and new[place] else None
        if opened or end > start:
            sections.append(Section(opened, start, returns, end))
    return rows, tuple(sections)
