"""In which order the rows of a sound input become facts, so that each can be accepted when its turn comes.

What the company keeps, a matrix and its policy of moves; enrolments by date, sponsors before those whom they brought; a
place in either tree goes with its enrolment when it begins with it and the parent stands by then, else it follows,
parents before children, those of the matrix last; then where people stood before; then customers; then what people
bring along from a former system, and which ranks were decided; then periods open and close, and between them what was
sold (`course`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.imports.course import Course
from app.imports.forest import any_above, depths, highest_above
from app.imports.models import Kind
from app.imports.trees import Checked, People

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Row numbers of the files, only rows that are new."""

    settings: int
    """How many facts say what the company keeps beside its people, the first ones."""
    enrolments: Ints
    enrolled_into: Ints
    """Per enrolment the row of placements that goes with it, -1 for none."""
    seated_into: Ints
    """The same of matrix_placements."""
    placements: Ints
    """The other new rows of placements."""
    matrix_placements: Ints
    past_places: int
    """Rows of moves, in the order in which they were checked."""
    registrations: Ints
    openings: Ints
    past_statements: int
    """How many, in the order in which they were checked."""
    rank_overrides: Ints
    course: Course

    @property
    def structural(self) -> int:
        """How many facts come before the first customer."""
        placed = len(self.placements) + len(self.matrix_placements)
        return self.settings + len(self.enrolments) + placed + self.past_places

    @property
    def facts(self) -> int:
        """How many facts that makes."""
        brought = len(self.registrations) + len(self.openings) + self.past_statements + len(self.rank_overrides)
        return self.structural + brought + sum(section.facts for section in self.course.sections)


def sequence_of(
    checked: Mapping[Kind, Checked], people: People, past_places: int, course: Course, settings: int
) -> Sequence:
    """The order for a checked input without faults."""
    enrolments = _by_date(checked["distributors"], people)
    enrolled_into, placements = _places(checked["placements"], people, enrolments)
    seated_into, matrix_placements = _places(checked["matrix_placements"], people, enrolments)
    return Sequence(
        settings=settings,
        enrolments=enrolments,
        enrolled_into=enrolled_into,
        seated_into=seated_into,
        placements=placements,
        matrix_placements=matrix_placements,
        past_places=past_places,
        registrations=checked["customers"].new,
        openings=checked["openings"].new,
        past_statements=len(checked["past_statements"].columns["who"]),
        rank_overrides=checked["rank_overrides"].new,
        course=course,
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
    """Per enrolment its row of a file of places, and the rows that have to wait until everybody is enrolled."""
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
