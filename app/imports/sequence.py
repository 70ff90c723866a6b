"""In which order the rows of a sound input become facts, so that each can be accepted when its turn comes.

Enrolments by date, sponsors before those who enrolled in the same millisecond; a place goes with its enrolment when
the parent stands by then, else it follows, parents before children; then customers; then orders by instant, and
returns by instant.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.imports.forest import any_above, depths
from app.imports.models import Kind
from app.imports.trees import Checked, People

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Row numbers of the four files, only rows that are new."""

    enrolments: Ints
    enrolled_into: Ints
    """Per enrolment the row of placements that goes with it, -1 for none."""
    placements: Ints
    """The other new rows of placements."""
    registrations: Ints
    sales: Ints
    """Rows of orders, returns last."""

    @property
    def facts(self) -> int:
        """How many facts that makes."""
        return sum(map(len, (self.enrolments, self.placements, self.registrations, self.sales)))


def sequence_of(checked: Mapping[Kind, Checked], people: People) -> Sequence:
    """The order for a checked input without faults."""
    enrolments = _by_date(checked["distributors"], people)
    enrolled_into, placements = _places(checked["placements"], people, enrolments)
    sales = checked["orders"]
    new_sales = sales.new
    by_instant = np.lexsort((new_sales, sales.columns["placed_at"][new_sales], sales.columns["is_return"][new_sales]))
    return Sequence(enrolments, enrolled_into, placements, checked["customers"].new, new_sales[by_instant])


def _by_date(distributors: Checked, people: People) -> Ints:
    new = distributors.new
    who = people.rows[0][new]
    return new[np.lexsort((new, depths(people.sponsor)[who], people.enrolled_at[who]))] if new.size else new


def _places(placed: Checked, people: People, enrolments: Ints) -> tuple[Ints, Ints]:
    """Per enrolment its row of placements, and the rows that have to wait until everybody is enrolled."""
    rows = placed.new
    who, parent = placed.columns["who"], placed.columns["parent"]
    count = len(people.names)
    row_of = np.full(count, -1)
    row_of[who[rows]] = rows
    turn = np.full(count, -1)
    turn[people.rows[0][enrolments]] = np.arange(len(enrolments))
    up = np.full(count, -1)
    up[who[rows]] = parent[rows]
    waits = (row_of >= 0) & ((turn < 0) | (turn[up] >= turn))
    waits = any_above(up, waits)
    newcomers = people.rows[0][enrolments]
    enrolled_into = np.where(waits[newcomers], -1, row_of[newcomers])
    later = rows[waits[who[rows]]]
    return enrolled_into, later[np.argsort(placed.columns["depth"][later], kind="stable")]
