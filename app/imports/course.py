"""Between which openings and closings of periods sales become facts, so that each counts where it is to count.

An order that counts in a period comes after it opened and before it closes, and after the one before was closed when it
came late; a return comes after its order. Of one calendar two periods are open at most, and they close in order. Sales
that wait for the same openings and closings, in every calendar, go together. Whatever may come next comes: what closes
before what opens, the earlier first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.facts.limits import OPEN_AT_ONCE
from app.imports import columns as col
from app.imports.calendar import Timeline, Timelines, place_of
from app.imports.models import StoredPeriod
from app.imports.sales import turn_column
from app.imports.trees import Checked

Ints = NDArray[np.int64]
_SPARSE: Final = 16
"""So many times more numbers than rows are sorted rather than ticked off."""


@dataclass(frozen=True, slots=True)
class Event:
    """A period that the input brings opens, or closes."""

    period: StoredPeriod
    closes: bool

    @property
    def turn(self) -> tuple[bool, int, str]:
        """The smallest of those that may come next comes."""
        period = self.period
        return not self.closes, period.ends_at if self.closes else period.starts_at, period.calendar


@dataclass(frozen=True, slots=True)
class Section:
    """What opens or closes first (nothing in the first section), then some of the sales."""

    event: Event | None
    start: int
    returns: int
    """Where among the sales its returns begin."""
    end: int

    @property
    def facts(self) -> int:
        return self.end - self.start + (self.event is not None)


@dataclass(frozen=True, slots=True)
class Course:
    """Rows of orders, only new ones, section by section: in each orders by instant, then returns by instant."""

    sales: Ints
    sections: tuple[Section, ...]
    stuck: Ints
    """Rows of which each waits for the next one, and the last for the first; empty when all have their turn."""


def course_of(orders: Checked, timelines: Timelines) -> Course:
    """The course of orders without faults."""
    rows = orders.new
    turns = {name: orders.columns[turn_column(name)][rows] for name, line in timelines.items() if line.periods}
    is_return, placed_at = orders.columns["is_return"][rows], orders.columns["placed_at"][rows]
    group, first = _groups([is_return, *turns.values()])
    waiting = _Waiting(len(first))
    for name, turn in turns.items():
        waiting.add_calendar(timelines[name], turn[first])
    waiting.add_returns(*_returns(orders, rows, group))
    section_of, events = waiting.run()
    if (section_of < 0).any():
        return Course(rows, (), np.array([rows[first[one]] for one in waiting.circle()], dtype=np.int64))
    section = section_of[group]
    order = np.lexsort((placed_at, section * 2 + is_return))
    bounds = np.searchsorted(section[order], np.arange(len(events) + 1)).tolist()
    back = np.append(0, np.cumsum(is_return[order])).tolist()
    sections = [
        Section(event, start, end - (back[end] - back[start]), end)
        for event, (start, end) in zip(events, pairwise(bounds), strict=True)
    ]
    return Course(rows[order], tuple(one for one in sections if one.facts), np.zeros(0, np.int64))


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


def _returns(orders: Checked, rows: Ints, group: Ints) -> tuple[Ints, Ints]:
    """Pairs of groups: of orders, and of what comes back of them."""
    at = np.full(len(orders.unchanged) + 1, -1)
    at[rows] = np.arange(len(rows))
    sold = at[orders.columns["returned_row"][rows]]
    pairs = np.unique(np.stack([group[sold[sold >= 0]], group[sold >= 0]]), axis=1)
    return pairs[0], pairs[1]


class _Waiting:
    """Which groups of sales and which events wait for which. Groups have the first numbers, events those after them."""

    def __init__(self, groups: int) -> None:
        self._groups = groups
        self._events: list[Event] = []
        self._then: list[list[int]] = [[] for _ in range(groups)]
        self._waits = [0] * groups

    def add_calendar(self, timeline: Timeline, turns: Ints) -> None:
        """The openings and closings of a calendar, and the turn of each group in it."""
        opens, closes = dict[int, int](), dict[int, int]()
        for place in np.flatnonzero(timeline.new).tolist():
            opens[place] = self._add_event(Event(timeline.periods[place], closes=False))
            self._after(opens.get(place - 1), opens[place])
            self._after(closes.get(place - OPEN_AT_ONCE), opens[place])
            if not timeline.open[place]:
                closes[place] = self._add_event(Event(timeline.periods[place], closes=True))
                self._after(opens[place], closes[place])
                self._after(closes.get(place - 1), closes[place])
        for group, (place, waits) in enumerate(zip(place_of(turns).tolist(), (turns % 2).tolist(), strict=True)):
            if place >= 0:
                self._after(opens.get(place), group)
                self._after(group, closes.get(place))
                self._after(closes.get(place - 1) if waits else None, group)
            elif waits:
                self._after(group, opens[0])

    def add_returns(self, orders: Ints, returns: Ints) -> None:
        for order, back in zip(orders.tolist(), returns.tolist(), strict=True):
            self._after(order, back)

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
        return section, begun

    def _next(self, node: int) -> tuple[tuple[bool, int, str], int]:
        return self._events[node - self._groups].turn, node

    def circle(self) -> list[int]:
        """After `run`: groups that wait for each other, each for the next one."""
        before: Mapping[int, int] = {
            then: node
            for node in range(len(self._waits))
            if self._waits[node]
            for then in self._then[node]
            if self._waits[then]
        }
        way: dict[int, int] = {}
        node = next(iter(before))
        while node not in way:
            way[node] = len(way)
            node = before[node]
        return [one for one in list(way)[way[node] :] if one < self._groups]
