"""Between which openings and closings of periods sales become facts, so that each counts where it is to count.

An order that counts in a period comes after it opened and before it closes, and after the one before was closed when it
came late; so does the later date by which it counts. A later date comes after its order, a return after both. Of one
calendar two periods are open at most, and they close in order. Sales that wait for the same openings and closings, in
every calendar, go together. Whatever may come next comes: what closes before what opens, the earlier first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from app.facts.calendars import PLACED
from app.facts.limits import OPEN_AT_ONCE
from app.imports import columns as col
from app.imports.calendar import Timeline, Timelines, place_of
from app.imports.later_dates import after_and_before, dates_of, rows_of
from app.imports.models import StoredPeriod
from app.imports.sales import turn_column
from app.imports.trees import Checked

Ints = NDArray[np.int64]
_DATES, _RETURNS, _STAGES = 1, 2, 3
"""Within a section orders come first, then later dates, then returns."""
_SPARSE: Final = 16
"""So many times more numbers than rows are sorted rather than ticked off."""


@dataclass(frozen=True, slots=True)
class Event:
    """A period that the input brings opens, closes, opens again, or has its grace days told."""

    period: StoredPeriod
    what: Literal["open", "close", "reopen", "grace"]

    @property
    def turn(self) -> tuple[bool, int, str]:
        """The smallest of those that may come next comes."""
        period, opens = self.period, self.what in ("open", "reopen")
        return opens, period.starts_at if opens else period.ends_at, period.calendar


@dataclass(frozen=True, slots=True)
class Section:
    """What opens or closes first (nothing in the first section), then some of the sales."""

    event: Event | None
    start: int
    dates: int
    """Where among the sales its later dates begin."""
    returns: int
    """Where its returns do."""
    end: int

    @property
    def facts(self) -> int:
        return self.end - self.start + (self.event is not None)


@dataclass(frozen=True, slots=True)
class Course:
    """Whatever is sold by number, only what is new, section by section: in each orders by instant, then later dates by
    instant, then returns by instant."""

    sales: Ints
    sections: tuple[Section, ...]
    stuck: Ints
    """Rows of which each waits for the next one, and the last for the first; empty when all have their turn."""


def course_of(orders: Checked, timelines: Timelines) -> Course:
    """The course of orders without faults."""
    rows, dates = orders.new, dates_of(orders)
    told = np.arange(len(dates))
    sold = np.concatenate([rows, len(orders.unchanged) + told])
    turns = {name: orders.columns[turn_column(name)] for name, line in timelines.items() if line.periods}
    stage = np.concatenate([orders.columns["is_return"][rows] * _RETURNS, np.full(len(told), _DATES)])
    at = np.concatenate([orders.columns["placed_at"][rows], dates.at[told]])
    apart = _apart(orders, list(turns.values()), told, len(rows)) if told.size else []
    group, first = _groups([stage, *(turn[sold] for turn in turns.values()), *apart])
    waiting = _Waiting(len(first))
    for name, turn in turns.items():
        waiting.add_calendar(timelines[name], turn[sold[first]])
    waiting.add_pairs(*_pairs(orders, rows, told, group))
    waiting.add_uncounted(_uncounted(stage[first], [turn[sold[first]] for turn in turns.values()]))
    section_of, events = waiting.run()
    if (section_of < 0).any():
        stuck = np.array([sold[first[one]] for one in waiting.circle()], dtype=np.int64)
        return Course(sold, (), np.unique(rows_of(orders, stuck)))
    key = section_of[group] * _STAGES + stage
    order = np.lexsort((at, key))
    bounds = np.searchsorted(key[order], np.arange(len(events) * _STAGES + 1)).tolist()
    sections = [
        Section(event, *bounds[place * _STAGES : (place + 1) * _STAGES + 1]) for place, event in enumerate(events)
    ]
    return Course(sold[order], tuple(one for one in sections if one.facts), np.zeros(0, np.int64))


def _groups(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """The group of each row, of those that are the same in all columns, and the first row of each."""
    group = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        group = _renumbered(group * (int(column.max(initial=0)) + 1) + column)
    return group, col.first_rows(group, int(group.max(initial=-1)) + 1)


def _renumbered(numbers: Ints) -> Ints:
    """The same numbers with the same order, without gap from 0 on."""
    end = int(numbers.max(initial=-1)) + 1
    if end > _SPARSE * len(numbers):
        return np.unique(numbers, return_inverse=True)[1]
    there = np.zeros(end, np.bool_)
    there[numbers] = True
    return (np.cumsum(there) - 1)[numbers]


def _uncounted(stage: Ints, turns: Sequence[Ints]) -> Ints:
    """The groups of orders that count in no period when they are placed."""
    counts = np.zeros(len(stage), dtype=bool)
    for turn in turns:
        counts |= place_of(turn) >= 0
    return np.flatnonzero((stage == 0) & ~counts)


def _apart(orders: Checked, turns: Sequence[Ints], told: Ints, rows: int) -> list[Ints]:
    """Columns that keep later dates apart whose orders or returns have other turns: else one would wait for the order
    of another, which may come after its own return. Of whatever else is sold, of which there are `rows`, they say
    nothing."""
    nothing = np.zeros(rows, np.int64)
    around = after_and_before(orders, told)
    # Nothing comes back: as if it had no turn.
    return [np.append(nothing, np.append(turn, -1)[row] + 1) for turn in turns for row in around]


def _pairs(orders: Checked, rows: Ints, told: Ints, group: Ints) -> tuple[Ints, Ints]:
    """Pairs of groups, of which the second comes after the first: orders, their later dates, and what comes back."""
    at = np.full(len(orders.unchanged) + 1, -1)
    at[rows] = np.arange(len(rows))
    sold = at[orders.columns["returned_row"][rows]]
    pairs = [np.stack([group[sold[sold >= 0]], group[: len(rows)][sold >= 0]])]
    if told.size:
        dated, (order, back) = group[len(rows) :], (at[row] for row in after_and_before(orders, told))
        pairs += [np.stack([group[order[order >= 0]], dated[order >= 0]])]  # of a stored order it waits for nothing
        pairs += [np.stack([dated[back >= 0], group[back[back >= 0]]])]
    first, then = np.unique(np.concatenate(pairs, axis=1), axis=1)
    return first, then


class _Waiting:
    """Which groups of sales and which events wait for which. Groups have the first numbers, the last of them stands for
    the beginning of the first calendar that waits for later dates; events have those after them."""

    def __init__(self, groups: int) -> None:
        self._groups = groups + 1
        self._events: list[Event] = []
        self._then: list[list[int]] = [[] for _ in range(self._groups)]
        self._waits = [0] * self._groups
        self._begun = groups
        self._waited_for = False

    def add_calendar(self, timeline: Timeline, turns: Ints) -> None:
        """The openings and closings of a calendar, and the turn of each group in it."""
        opens, ends, reopens = self._add_events(timeline)
        for group, (place, waits) in enumerate(zip(place_of(turns).tolist(), (turns % 2).tolist(), strict=True)):
            if place >= 0:
                self._after(opens.get(place), group)
                self._after(group, ends.get(place))
                if waits:
                    self._after(ends.get(place - 1), group)
                    self._after(group, reopens.get(place - 1))
            elif waits:
                self._after(group, opens[0])
        if timeline.commission_date != PLACED:
            self._waited_for |= not timeline.begins
            if timeline.begins:
                self._then[opens[0]].append(self._begun)

    def add_pairs(self, first: Ints, then: Ints) -> None:
        """Some groups come after others."""
        for before, after in zip(first.tolist(), then.tolist(), strict=True):
            self._after(before, after)

    def add_uncounted(self, groups: Ints) -> None:
        """Some groups count nowhere yet: they come when a calendar is kept that waits for their later dates, whichever
        begins first."""
        if groups.size and not self._waited_for:
            self._waits[self._begun] = 1
            for group in groups.tolist():
                self._after(self._begun, group)

    def _add_events(self, timeline: Timeline) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
        """By place what opens each period that is brought, what ends its time of taking orders (it closes for the first
        time, or is told to have no grace days left), and what opens it again."""
        opens, ends, reopens = dict[int, int](), dict[int, int](), dict[int, int]()
        closes = dict[int, int]()
        for place in np.flatnonzero(timeline.new).tolist():
            period = timeline.periods[place]
            opens[place] = self._add_event(Event(period, "open"))
            self._after(opens.get(place - 1), opens[place])
            self._after(closes.get(place - OPEN_AT_ONCE), opens[place])
            if not period.open or period.reopened:
                ends[place] = closes[place] = self._add_event(Event(period, "close"))
                self._after(opens[place], closes[place])
                self._after(closes.get(place - 1), closes[place])
            if period.reopened:
                reopens[place] = self._add_event(Event(period, "reopen"))
                self._after(closes[place], reopens[place])
            elif period.open and period.grace_ends_at is not None:
                told = self._add_event(Event(period, "grace"))
                self._after(opens[place], told)
                ends |= {} if timeline.takes[place] else {place: told}
        return opens, ends, reopens

    def _add_event(self, event: Event) -> int:
        self._events.append(event)
        self._then.append([])
        self._waits.append(0)
        return len(self._waits) - 1

    def _after(self, before: int | None, then: int | None) -> None:
        """One comes after another; what is None was long ago, or never comes."""
        if before is not None and then is not None:
            self._then[before].append(then)
            self._waits[then] += 1

    def run(self) -> tuple[Ints, list[Event | None]]:
        """The section of each group, -1 for what never has its turn, and the event that each section begins with."""
        section, begun = np.full(self._groups, -1), list[Event | None]([None])
        groups = [node for node in range(self._groups) if not self._waits[node]]
        events = [self._next(node) for node in range(self._groups, len(self._waits)) if not self._waits[node]]
        heapify(events)
        while groups or events:
            if groups:
                node = groups.pop()
                section[node] = len(begun) - 1
            else:
                _, node = heappop(events)
                begun.append(self._events[node - self._groups])
            for then in self._then[node]:
                self._waits[then] -= 1
                if self._waits[then]:
                    continue
                if then < self._groups:
                    groups.append(then)
                else:
                    heappush(events, self._next(then))
        return section[: self._begun], begun

    def _next(self, node: int) -> tuple[tuple[bool, int, str], int]:
        return self._events[node - self._groups].turn, node

    def circle(self) -> list[int]:
        """After `run`: groups that wait for each other, each for the next one."""
        before: Mapping[int, int] = {
            then: node
            for node in range(len(self._waits))
            if self._waits[node] > 0
            for then in self._then[node]
            if self._waits[then] > 0
        }
        way: dict[int, int] = {}
        node = next(iter(before))
        while node not in way:
            way[node] = len(way)
            node = before[node]
        return [one for one in list(way)[way[node] :] if one < self._begun]
