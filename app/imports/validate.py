"""The whole check of an input: `check_import` compares what was read with what is stored.

Pure: files are read before, stored values come in as a `Stored`. Every fault is found in one go; nothing is written
while there is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.imports import places, sales, takeover, trees
from app.imports.calendar import Timelines, check_periods
from app.imports.course import Course, course_of
from app.imports.files import Input
from app.imports.history import Past, check_past, read_past
from app.imports.later_dates import dates_of
from app.imports.models import KINDS, BadLine, CompanySettings, FileCount, Kind, Reason, Stored
from app.imports.rank_overrides import check_rank_overrides
from app.imports.settings import check_settings
from app.imports.trees import Checked, People, Since

NO_COURSE: Final = Course(np.zeros(0, np.int64), (), np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class CheckedImport:
    """What an input says beside what is stored. With bad lines nothing of it may be written."""

    people: People
    timelines: Timelines
    course: Course
    past: Past
    since: Since
    checked: Mapping[Kind, Checked]
    begun: CompanySettings
    """The settings that this input brings, without those that are stored."""
    files: tuple[FileCount, ...]
    """Empty when a whole file could not be read."""
    bad_lines: tuple[BadLine, ...]
    """The first MAX_BAD_LINES by file and line."""
    bad_counts: Mapping[Reason, int]
    """Every fault by reason, the ones beyond MAX_BAD_LINES too."""

    @property
    def sound(self) -> bool:
        """Whether there is nothing wrong with it."""
        return not self.bad_counts


def check_import(read: Input, stored: Stored, now: int) -> CheckedImport:
    """What an input says, or what is wrong with it. `now` (epoch ms) is what no instant may lie after."""
    faults = read.faults
    people = trees.number_people(read, stored, sales.distributor_buyers(read))
    periods, timelines = check_periods(read, stored, now)
    past = read_past(read, people, stored, now)
    since = past.present_since(len(people.names))
    settings, kept = check_settings(read, stored.settings)
    begun = kept.beside(stored.settings)
    if read.unusable:
        return CheckedImport(people, timelines, NO_COURSE, past, since, {}, begun, (), faults.first(), faults.counts())
    checked: dict[Kind, Checked] = {
        "settings": settings,
        "distributors": trees.check_distributors(read, people, since.sponsor, now),
        "customers": (customers := sales.check_customers(read, people, stored, now)),
        "orders": sales.check_orders(read, people, stored, customers=customers, timelines=timelines, now=now),
        "periods": periods,
        "moves": past.checked,
        "openings": takeover.check_openings(read, people, stored, timelines),
        "past_statements": takeover.check_past_statements(read, people, stored, timelines, now),
        "rank_overrides": check_rank_overrides(read, people, stored),
    }
    for tree, kind in places.KINDS.items():
        checked[kind] = places.check_placements(read, people, stored, tree, since=since, now=now, matrix=kept.matrix)
    check_past(read, people, past, checked, kept.matrix)
    course = NO_COURSE if faults.counts() else _check_course(read, checked["orders"], timelines)
    files = tuple(_count(read, kind, checked[kind]) for kind in KINDS if read.tables[kind].file)
    return CheckedImport(people, timelines, course, past, since, checked, begun, files, faults.first(), faults.counts())


def _check_course(read: Input, orders: Checked, timelines: Timelines) -> Course:
    """Let everything that is sold have its turn between the periods that open and close; without faults so far."""
    course = course_of(orders, timelines)
    if course.stuck.size:
        table, [row, *others] = read.tables["orders"], sorted(course.stuck.tolist())
        lines = f"; line {table.lines[others[0]]} counts so that it cannot" if others else ""
        detail = f"no order of opening and closing periods lets it count in those{lines}"
        table.blame("period", Reason.NO_COURSE, [row], detail)
    return course


def _count(read: Input, kind: Kind, checked: Checked) -> FileCount:
    table, bad = read.tables[kind], read.faults.bad_count(kind)
    rows = len(table) + read.faults.unread(kind)
    same = checked.unchanged & ~read.faults.bad_rows(kind)
    if kind == "orders":
        same[dates_of(checked).row] = False  # a date of a stored order that was not known is something new
    unchanged = int(same.sum())
    return FileCount(table.file, rows, rows - bad - unchanged, unchanged, bad)
