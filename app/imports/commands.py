"""A sound input as commands for the one writer, in an order in which each can be accepted."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.facts.calendars import CALENDARS, LATER_DATES, Counted
from app.facts.commands import (
    ClosePeriod,
    Command,
    DateOrder,
    Enrol,
    Explicit,
    HoldingTank,
    KeepMatrix,
    Opening,
    OpenPeriod,
    Order,
    OverrideRank,
    PastLine,
    PastMove,
    PastStatement,
    Place,
    Placement,
    Register,
    ReopenPeriod,
    Return,
    SetGraceDays,
    SetMovePolicy,
    Submission,
    TakenOver,
)
from app.imports import columns as col
from app.imports.calendar import Timelines, place_of
from app.imports.course import Event, Section
from app.imports.history import TREES, Past
from app.imports.later_dates import dates_of, rows_of
from app.imports.models import CompanySettings, Kind
from app.imports.sales import turn_column
from app.imports.sequence import Sequence, sequence_of
from app.imports.trees import Checked, People
from app.imports.validate import CheckedImport
from app.places.spots import PlacementTree
from app.places.strategies import Strategy

ACTOR: Final = "import"
PLACEMENT_KEYS: Final[Mapping[PlacementTree, str]] = {"binary": "placement", "matrix": "matrix_placement"}
"""What the keys of places begin with."""
DATE: Final = "date"
"""What the reasons of later dates of orders call them; their keys say which."""
Ints = NDArray[np.int64]
PeriodCommand = OpenPeriod | ClosePeriod | ReopenPeriod | SetGraceDays


def key_of(kind: str, id: str) -> str:
    """The same row always has the same key, so that an import which is repeated is recognised."""
    return f"import:{kind}:{id}"


def reason_of(kind: str) -> str:
    """What stands as the reason of an imported fact."""
    return f"{kind} imported"


def order_of_facts(found: CheckedImport) -> Sequence:
    """In which order the rows of a sound input become facts."""
    return sequence_of(found.checked, found.people, len(found.past.rows), found.course, found.begun.facts)


def commands_of(found: CheckedImport) -> list[Submission]:
    """Every new row as a command."""
    people, checked, sequence = found.people, found.checked, order_of_facts(found)
    sales = _sales(checked["orders"], sequence.course.sales, found.timelines)
    return [
        *_settings(found.begun),
        *_enrolments(found, sequence),
        *_placements("binary", checked["placements"], people, sequence.placements),
        *_placements("matrix", checked["matrix_placements"], people, sequence.matrix_placements),
        *_past_moves(found.past, people),
        *_registrations(checked["customers"], sequence.registrations),
        *_openings(checked["openings"], sequence.openings),
        *_past_statements(checked["past_statements"], people),
        *_rank_overrides(checked["rank_overrides"], sequence.rank_overrides),
        *(command for section in sequence.course.sections for command in _section(section, sales)),
    ]


def event_of(event: Event) -> tuple[str, PeriodCommand]:
    """The command that opens a period, closes it and so on, with what its key begins with."""
    of = event.period
    match event.what:
        case "open":
            edges = of.starts_at, of.ends_at
            opened = OpenPeriod(of.calendar, of.number, of.name, *edges, of.zone, commission_date=of.commission_date)
            return "period", opened
        case "close":
            return "close", ClosePeriod(of.calendar, of.number)
        case "reopen":
            return "reopen", ReopenPeriod(of.calendar, of.number)
        case "grace":
            return "grace", SetGraceDays(of.calendar, of.number, of.grace_ends_at or 0)


def _submission(kind: str, id: str, command: Command) -> Submission:
    return Submission(key_of(kind, id), ACTOR, reason_of(kind), command)


def _lists(checked: Checked, rows: Ints, *columns: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(checked.columns[column].take(rows).tolist() for column in columns), strict=True)


def _section(section: Section, sales: list[Submission]) -> list[Submission]:
    commands = sales[section.start : section.end]
    if section.event is None:
        return commands
    kind, command = event_of(section.event)
    return [_submission(kind, section.event.period.name, command), *commands]


def _standing(placed: Checked, people: People, row: int) -> Placement:
    parent, slot = people.names[placed.columns["parent"][row]], int(placed.columns["slot"][row])
    return TakenOver(parent, slot) if placed.columns["taken_over"][row] else Explicit(parent, slot)


def _held(until: int, then: Strategy | None) -> HoldingTank | None:
    return None if then is None else HoldingTank(until, then)


_ENROLMENT: Final = (
    *("id", "sponsor", "name", "owner", "enrolled_at", "status", "region", "title", "preference", "held_until"),
    *("held_for", "terminated_at", "consequence"),
)


def _enrolments(found: CheckedImport, sequence: Sequence) -> list[Submission]:
    sponsored_at = found.since.sponsor[found.people.rows.distributor[sequence.enrolments]].tolist()
    values = _lists(found.checked["distributors"], sequence.enrolments, *_ENROLMENT)
    places = _places(found, "placements", sequence.enrolled_into)
    seats = _places(found, "matrix_placements", sequence.seated_into)
    rows = zip(places, seats, sponsored_at, values, strict=True)
    return [
        _enrolment(place, seat, since, dict(zip(_ENROLMENT, said, strict=True))) for place, seat, since, said in rows
    ]


def _places(found: CheckedImport, kind: Kind, rows: Ints) -> list[Placement | None]:
    return [None if row < 0 else _standing(found.checked[kind], found.people, row) for row in rows.tolist()]


def _enrolment(place: Placement | None, seat: Placement | None, since: int, said: dict[str, Any]) -> Submission:
    command = Enrol(
        id=said["id"],
        sponsor_id=said["sponsor"] or None,
        name=said["name"],
        owner=said["owner"],
        enrolled_at=said["enrolled_at"],
        status=said["status"],
        region=said["region"],
        title=said["title"],
        placement=place or _held(said["held_until"], said["held_for"]),
        sponsored_at=None if since == col.MISSING else since,
        preference=said["preference"] or "",
        terminated_at=None if said["terminated_at"] == col.MISSING else said["terminated_at"],
        consequence=said["consequence"] or None,
        matrix_placement=seat,
    )
    return _submission("distributor", command.id, command)


def _settings(begun: CompanySettings) -> list[Submission]:
    return [_submission("setting", name, command) for name, command in settings_of(begun)]


def settings_of(begun: CompanySettings) -> list[tuple[str, KeepMatrix | SetMovePolicy]]:
    """The commands that say what a company keeps, each with what its key calls it."""
    said: list[tuple[str, KeepMatrix | SetMovePolicy]] = []
    if begun.matrix is not None:
        said.append(("matrix", KeepMatrix(begun.matrix.width, begun.matrix.depth)))
    if begun.moves is not None:
        said.append(("moves", begun.moves))
    return said


def _placements(tree: PlacementTree, placed: Checked, people: People, rows: Ints) -> list[Submission]:
    ids = [people.names[number] for number in placed.columns["who"][rows]]
    since = placed.columns["since"][rows].tolist()
    return [
        _submission(PLACEMENT_KEYS[tree], id, Place(id, _standing(placed, people, row), at, tree))
        for row, id, at in zip(rows.tolist(), ids, since, strict=True)
    ]


def _past_moves(past: Past, people: People) -> list[Submission]:
    names = people.names
    columns = (past.tree, past.who, past.parent, past.slot, past.since, past.until, past.ordinal)
    return [
        _submission(
            "move",
            f"{TREES[tree]}:{names[who]}:{number}",
            PastMove(names[who], TREES[tree], names[parent], slot, since, until),
        )
        for tree, who, parent, slot, since, until, number in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _registrations(customers: Checked, rows: Ints) -> list[Submission]:
    values = _lists(customers, rows, "id", "name", "distributor", "registered_at")
    return [_submission("customer", row[0], Register(*row)) for row in values]


def _openings(openings: Checked, rows: Ints) -> list[Submission]:
    columns = ("period", "distributor", "number", "carry_left", "carry_right", "balance", "highest_rank", "calendar")
    return [
        _submission("opening", f"{row[0]}:{period}", Opening(*row)) for period, *row in _lists(openings, rows, *columns)
    ]


def _past_statements(statements: Checked, people: People) -> list[Submission]:
    every = np.arange(len(statements.columns["who"]))
    if not every.size:
        return []
    columns = ("who", "period", "calendar", "number", "currency", "lines")
    return [
        _submission(
            "statement",
            f"{people.names[who]}:{period}",
            PastStatement(people.names[who], number, currency, _past_lines(lines), calendar),
        )
        for who, period, calendar, number, currency, lines in _lists(statements, every, *columns)
    ]


def _rank_overrides(decided: Checked, rows: Ints) -> list[Submission]:
    columns = ("distributor", "number", "rank", "since", "until", "author", "reason")
    return [
        Submission(key_of("rank_override", f"{id}:{number}"), ACTOR, reason, OverrideRank(id, *said))
        for id, number, *said, reason in _lists(decided, rows, *columns)
    ]


def _past_lines(lines: str) -> tuple[PastLine, ...]:
    return tuple(PastLine(**line) for line in json.loads(lines))


def _sales(sales: Checked, sold: Ints, timelines: Timelines) -> list[Submission]:
    """Whatever is sold by number: orders, their later dates, returns."""
    if not sold.size:
        return []
    rows, dates, submissions = rows_of(sales, sold), dates_of(sales), list[Submission]()
    values = _lists(sales, rows, "is_return", "id", "buyer", "buyer_kind", "return_of", "placed_at", "pv", "cv")
    for number, counts_in, said in zip(sold.tolist(), _counted(sales, sold, timelines), values, strict=True):
        is_return, id, buyer, kind, return_of, at, pv, cv = said
        if (told := number - len(sales.unchanged)) >= 0:
            date = LATER_DATES[dates.date[told]]
            submission = Submission(key_of(date, id), ACTOR, reason_of(DATE), DateOrder(id, date, int(dates.at[told])))
        elif is_return:
            submission = _submission("return", id, Return(id, return_of, at))
        else:
            submission = _submission("order", id, Order(id, buyer, kind, at, pv, cv))
        submissions.append(replace(submission, counts_in=counts_in))
    return submissions


def _counted(sales: Checked, rows: Ints, timelines: Timelines) -> Iterator[Counted]:
    """In which period of each calendar counts what is sold."""
    numbers = []
    for name in CALENDARS:
        if timelines[name].periods:
            of_place = [*(period.number for period in timelines[name].periods), None]
            numbers.append([of_place[place] for place in place_of(sales.columns[turn_column(name)][rows]).tolist()])
        else:
            numbers.append([None] * len(rows))
    for counts_in in zip(*numbers, strict=True):
        yield dict(zip(CALENDARS, counts_in, strict=True))
