"""The columns of a new company: people, edges and facts, as the one writer would make them of the same commands."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.arrow import constant
from app.facts.bulk import BulkChain, Draft, FactColumns, Json, Nested, json_rows
from app.facts.calendars import CALENDARS, LATER_DATES, too_late_for
from app.facts.canonical import values_of
from app.facts.commands import KeepMatrix, SetMovePolicy, Tree
from app.facts.decide import Chain
from app.imports import columns as col
from app.imports.calendar import Timelines, place_of
from app.imports.commands import (
    ACTOR,
    DATE,
    PLACEMENT_KEYS,
    PeriodCommand,
    event_of,
    order_of_facts,
    reason_of,
    settings_of,
)
from app.imports.history import TREES
from app.imports.later_dates import dates_of, rows_of
from app.imports.models import Kind
from app.imports.places import KINDS as PLACEMENTS
from app.imports.sales import turn_column
from app.imports.sequence import Sequence as FactSequence
from app.imports.trees import Checked
from app.imports.validate import CheckedImport
from app.places.spots import PlacementTree

Ints = NDArray[np.int64]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
FACTS_A_CHUNK: Final = 10_000
NOBODY: Final = -1
NO_LEVELS: Final[Mapping[Tree, int]] = {"sponsor": 0, "binary": 0}


@dataclass(frozen=True, slots=True)
class Edges:
    """The live edges of one tree by child ix; `parent` -1 where there is none. Instants in epoch milliseconds."""

    parent: Ints
    slot: Ints
    valid_from: Ints
    seq_from: Ints


@dataclass(frozen=True, slots=True)
class PastEdges:
    """Ended edges in the order of their facts; `tree` by its place in TREES."""

    tree: Ints
    child: Ints
    parent: Ints
    slot: Ints
    valid_from: Ints
    valid_to: Ints
    seq: Ints


@dataclass(frozen=True, slots=True)
class Sales:
    """Orders, later dates of orders and returns in the order of their facts: whose volume, who bought (-1 a
    customer)."""

    number: Ints
    """Among whatever is sold."""
    rows: Ints
    seller: Ints
    buyer: Ints
    counts_in: Mapping[str, Ints]
    """By calendar that is kept the number of the period, MISSING where an order counts in none."""
    late: Any
    """For which open periods each came too late, as Arrow text, null for none; None where there are none without grace
    days left."""
    pv: Ints
    cv: Ints


@dataclass(frozen=True, slots=True)
class NewCompany:
    """Everybody by ix, with the trees, the customers' distributors by registration, and the sales."""

    found: CheckedImport
    sequence: FactSequence
    first_seq: int
    """The number of the first fact of the import."""
    ids: Any
    """By the number of a person in `found.people`, as Arrow text."""
    ix_of: Ints
    """By the number of a person in `found.people`."""
    enrolled_at: Ints
    sponsors: Edges
    binary: Edges
    matrix: Edges
    past: PastEdges
    registered_under: Ints
    sales: Sales
    levels: Mapping[Tree, int]
    """To how many levels below each person the tallies hold volumes, by tree that is kept."""

    @property
    def people(self) -> int:
        return len(self.enrolled_at)

    @property
    def trees(self) -> dict[Tree, Edges]:
        """Those that the company keeps."""
        return {tree: self.edges_of(tree) for tree in TREES if tree in self.levels}

    def edges_of(self, tree: Tree) -> Edges:
        return {"sponsor": self.sponsors, "binary": self.binary, "matrix": self.matrix}[tree]

    @property
    def last_seq(self) -> int:
        return self.first_seq + self.sequence.facts - 1

    def column(self, kind: Kind, name: str, rows: Ints) -> Any:
        """A checked column of one file at some rows."""
        values = self.found.checked[kind].columns[name]
        return values.take(rows) if isinstance(values, pa.Array) else values[rows]

    def terminations(self, rows: Ints) -> dict[str, Any]:
        """Since when distributors are terminated and what became of their places; null for who is not."""
        consequence = self.column("distributors", "consequence", rows)
        return {
            "terminated_at": _absent(self.column("distributors", "terminated_at", rows)),
            "consequence": pc.if_else(pc.equal(consequence, constant("")), pa.scalar(None, pa.string()), consequence),
        }


def new_company(found: CheckedImport, after: int, levels: Mapping[Tree, int] = NO_LEVELS) -> NewCompany:
    """The company of a sound input, in a graph whose last fact is number `after` and that holds no people."""
    people, sequence = found.people, order_of_facts(found)
    newcomers = people.rows.distributor[sequence.enrolments]
    count, first_seq = len(newcomers), after + 1
    ix_of = np.full(len(people.names) + 1, NOBODY)  # one more: the number -1 is nobody
    ix_of[newcomers] = np.arange(count)
    first_enrolment = first_seq + sequence.settings
    enrolled_at, enrol_seq = people.enrolled_at[newcomers], first_enrolment + np.arange(count)
    moved = found.since.sponsor[newcomers]
    sponsored_at = np.where(moved == col.MISSING, enrolled_at, moved)
    sponsors = Edges(ix_of[people.sponsor[newcomers]], np.zeros(count, np.int64), sponsored_at, enrol_seq)
    nowhere = Edges(np.full(count, NOBODY), np.zeros(count, np.int64), enrolled_at, enrol_seq)
    into, later = sequence.enrolled_into, sequence.placements
    seated, seats = sequence.seated_into, sequence.matrix_placements
    first_place = first_enrolment + count
    placements, seatings = found.checked["placements"], found.checked["matrix_placements"]
    binary = _placed(_placed(nowhere, placements, ix_of, into[into >= 0]), placements, ix_of, later, first_place)
    at_once = _placed(nowhere, seatings, ix_of, seated[seated >= 0])
    matrix = _placed(at_once, seatings, ix_of, seats, first_place + len(later))
    under = ix_of[found.checked["customers"].columns["distributor_number"][sequence.registrations]]
    past = _past_edges(found, ix_of, first_place + len(later) + len(seats))
    sales = _sales(found, sequence, ix_of)
    ids = pa.array(people.names, pa.string())
    if found.begun.matrix is not None:
        levels = {**levels, "matrix": 0}
    return NewCompany(
        found,
        sequence,
        first_seq,
        ids,
        ix_of,
        enrolled_at,
        sponsors,
        binary,
        matrix,
        past,
        under,
        sales,
        levels,
    )


def _placed(edges: Edges, places: Checked, ix_of: Ints, rows: Ints, first_seq: int | None = None) -> Edges:
    """The edges with some rows of places, which are facts of their own from `first_seq` on, or those of enrolments."""
    placed = Edges(*(getattr(edges, name).copy() for name in Edges.__slots__))
    child = ix_of[places.columns["who"][rows]]
    placed.parent[child], placed.slot[child] = ix_of[places.columns["parent"][rows]], places.columns["slot"][rows]
    placed.valid_from[child] = places.columns["since"][rows]
    if first_seq is not None:
        placed.seq_from[child] = first_seq + np.arange(len(rows))
    return placed


def _past_edges(found: CheckedImport, ix_of: Ints, first_seq: int) -> PastEdges:
    past = found.past
    seq = first_seq + np.arange(len(past.rows))
    return PastEdges(past.tree, ix_of[past.who], ix_of[past.parent], past.slot, past.since, past.until, seq)


def _sales(found: CheckedImport, sequence: FactSequence, ix_of: Ints) -> Sales:
    orders, customers = found.checked["orders"].columns, found.checked["customers"].columns
    is_return, number = orders["is_return"], sequence.course.sales
    rows = rows_of(found.checked["orders"], number)
    sold = np.where(is_return, orders["returned_row"], np.arange(len(is_return)))
    buyer = ix_of[orders["buyer_number"]]
    customer_row = pc.index_in(orders["buyer"], value_set=customers["id"])
    by_customer = np.asarray(pc.equal(orders["buyer_kind"], "customer").fill_null(False))
    under = np.append(ix_of[customers["distributor_number"]], NOBODY)
    seller = np.where(by_customer, under[customer_row.fill_null(len(under) - 1).to_numpy()], buyer)
    sign = np.where(is_return, -1, 1)
    return Sales(
        number,
        rows,
        seller[sold][rows],
        np.where(by_customer, NOBODY, buyer)[sold][rows],
        {
            name: np.append(line.numbers, col.MISSING)[place_of(orders[turn_column(name)][number])]
            for name, line in found.timelines.items()
            if line.periods
        },
        _late(found.timelines, {name: orders.get(turn_column(name)) for name in CALENDARS}, number),
        (sign * orders["pv"][sold])[rows],
        (sign * orders["cv"][sold])[rows],
    )


def _late(timelines: Timelines, turns: Mapping[str, Ints | None], number: Ints) -> Any:
    """What the writer says of whatever passes a period that is open and has no grace days left."""
    told: Any = None
    for name, turn in turns.items():
        line = timelines[name]
        over = line.open & ~line.takes
        if turn is None or not over.any():
            continue
        place, waits = place_of(turn[number]), turn[number] % 2 == 1
        passed = np.where(waits & (place > 0) & over[np.maximum(place - 1, 0)], place - 1, len(line.periods))
        words = [too_late_for(period.name, period.grace_ends_at or 0) for period in line.periods]
        more = pa.array([*words, ""]).take(_index(passed))
        told = constant("") if told is None else told
        apart = pc.if_else(
            pc.or_(pc.equal(told, constant("")), pc.equal(more, constant(""))), constant(""), constant("; ")
        )
        told = pc.binary_join_element_wise(told, apart, more, constant(""))
    return told if told is None else pc.if_else(pc.equal(told, constant("")), pa.scalar(None, pa.string()), told)


# --- facts ------------------------------------------------------------------------------------------------------------


def facts_of(company: NewCompany, chain: Chain, now: int) -> Iterator[tuple[FactColumns, Chain]]:
    """The facts in their order, some at a time, each with the end of the chain so far."""
    bulk = BulkChain(chain, ACTOR, now)
    drafts = (
        (last - first, partial(draft, company, np.arange(first, last)))
        for draft, start, end in _parts(company, bulk.chain.recorded_at)
        for first in range(start, end, FACTS_A_CHUNK)
        for last in [min(first + FACTS_A_CHUNK, end)]
    )
    for facts in bulk.facts(drafts):
        yield facts, bulk.chain


def _parts(company: NewCompany, now: int) -> Iterator[tuple[Callable[[NewCompany, Ints], Draft], int, int]]:
    """What drafts the facts, and of which places in the sequence, in the order of the facts."""
    sequence = company.sequence
    for name, command in settings_of(company.found.begun):
        yield partial(_setting_fact, name, command, now), 0, 1
    yield _enrol_facts, 0, len(sequence.enrolments)
    yield partial(_place_facts, "binary"), 0, len(sequence.placements)
    yield partial(_place_facts, "matrix"), 0, len(sequence.matrix_placements)
    yield _past_facts, 0, sequence.past_places
    yield _register_facts, 0, len(sequence.registrations)
    yield partial(_opening_facts, now), 0, len(sequence.openings)
    yield partial(_statement_facts, now), 0, sequence.past_statements
    for place in range(len(sequence.rank_overrides)):  # few, each with a reason of its own
        yield partial(_rank_override_fact, now), place, place + 1
    for section in sequence.course.sections:
        if section.event is not None:
            yield partial(_period_fact, *event_of(section.event), section.event.period.name, now), 0, 1
        yield _order_facts, section.start, section.dates
        yield _date_facts, section.dates, section.returns
        yield _return_facts, section.returns, section.end


def _period_fact(row: str, command: PeriodCommand, name: str, now: int, _company: NewCompany, _chunk: Ints) -> Draft:
    kind = type(command).__name__
    return Draft(
        kind,
        _keys(row, pa.array([name])),
        reason=reason_of(row),
        valid_at=np.array([now]),
        body=values_of(command),
        decided={"calendar": command.calendar, "period": np.array([command.number])},
    )


def _setting_fact(
    name: str, command: KeepMatrix | SetMovePolicy, now: int, _company: NewCompany, _chunk: Ints
) -> Draft:
    return Draft(
        type(command).__name__,
        _keys("setting", pa.array([name])),
        reason=reason_of("setting"),
        valid_at=np.array([now]),
        body=values_of(command),
        decided={},
    )


def _keys(kind: str, ids: Any) -> Any:
    return pc.binary_join_element_wise(constant(f"import:{kind}:"), ids, constant(""))


def _names(company: NewCompany, numbers: Ints) -> Any:
    """Ids of people by their number in the input; null for nobody."""
    return company.ids.take(pa.array(numbers, mask=numbers < 0))


def _place(parent_id: Any, slot: Ints, taken_over: NDArray[np.bool_]) -> Nested:
    strategy = pa.array(["Explicit", "TakenOver"]).take(_index(taken_over.astype(np.int64)))
    return Nested({"parent_id": parent_id, "slot": slot, "strategy": strategy}, slot > 0)


def _place_or_tank(company: NewCompany, rows: Ints, place: Nested) -> Nested | Json:
    """The place of each, or until when it is left open; null for those of whom nothing is said."""
    then = company.column("distributors", "held_for", rows)
    if then.null_count == len(then):
        return place
    held = {"until": company.column("distributors", "held_until", rows), "then": then, "strategy": "HoldingTank"}
    places, tanks = json_rows(place.columns, len(rows)), json_rows(held, len(rows))
    return Json(pc.if_else(pa.array(place.present), places, pc.if_else(then.is_valid(), tanks, "null")))


def _index(numbers: Ints) -> Any:
    return pa.array(numbers)


def _absent(values: Ints) -> Any:
    """Instants with null for those MISSING."""
    return pa.array(values, pa.int64(), mask=values == col.MISSING)


def _enrol_facts(company: NewCompany, chunk: Ints) -> Draft:
    sequence = company.sequence
    rows = sequence.enrolments[chunk]
    place, placed = _place_at_once(company, "placements", sequence.enrolled_into[chunk])
    sponsored_at = _absent(company.found.since.sponsor[company.found.people.rows.distributor[rows]])
    sponsors = company.column("distributors", "sponsor", rows)
    body = {name: company.column("distributors", name, rows) for name in ("id", "name", "owner", "region", "status")}
    body |= {"title": company.column("distributors", "title", rows), "enrolled_at": company.enrolled_at[chunk]}
    body |= {"sponsor_id": pc.if_else(pc.equal(sponsors, constant("")), pa.scalar(None, pa.string()), sponsors)}
    body |= {
        "sponsored_at": sponsored_at,
        "preference": pc.fill_null(company.column("distributors", "preference", rows), constant("")),
        **company.terminations(rows),
        "placement": _place_or_tank(company, rows, place),
        "matrix_placement": None,
    }
    decided = {
        "ix": chunk,
        "sponsored_at": sponsored_at,
        "sponsor_ix": company.sponsors.parent[chunk],
        **placed,
        **{f"matrix_{name}": None for name in placed},
    }
    if "matrix" in company.levels:
        body["matrix_placement"], seated = _place_at_once(company, "matrix_placements", sequence.seated_into[chunk])
        nowhere = seated["slot"] == 0
        seated |= {name: pa.array(seated[name], mask=nowhere) for name in ("parent_ix", "slot")}
        decided |= {f"matrix_{name}": values for name, values in seated.items()}
    return Draft(
        "Enrol",
        _keys("distributor", body["id"]),
        reason=reason_of("distributor"),
        valid_at=company.enrolled_at[chunk],
        body=body,
        decided=decided,
    )


def _place_at_once(company: NewCompany, kind: Kind, row: Ints) -> tuple[Nested, dict[str, Any]]:
    """The places of one tree that enrolments give, by rows of its file, -1 for none; and what is decided of them."""
    placed = company.found.checked[kind].columns
    slot, parent = np.append(placed["slot"], 0)[row], np.append(placed["parent"], NOBODY)[row]
    parent_id = _names(company, parent)
    decided = {"parent_ix": company.ix_of[parent], "parent_id": parent_id, "placed_at": None, "slot": slot, "why": None}
    return _place(parent_id, slot, np.append(placed["taken_over"], False)[row]), decided


def _place_facts(tree: PlacementTree, company: NewCompany, chunk: Ints) -> Draft:
    sequence = company.sequence
    every = sequence.placements if tree == "binary" else sequence.matrix_placements
    placed, rows = company.found.checked[PLACEMENTS[tree]].columns, every[chunk]
    who, parent, slot = placed["who"][rows], placed["parent"][rows], placed["slot"][rows]
    id, parent_id = _names(company, who), _names(company, parent)
    since, taken_over = placed["since"][rows], placed["taken_over"][rows]
    return Draft(
        "Place",
        _keys(PLACEMENT_KEYS[tree], id),
        reason=reason_of(PLACEMENT_KEYS[tree]),
        valid_at=since,
        body={"id": id, "placed_at": since, "placement": _place(parent_id, slot, taken_over), "tree": tree},
        decided={
            "ix": company.ix_of[who],
            "parent_ix": company.ix_of[parent],
            "parent_id": parent_id,
            "slot": slot,
            "tree": tree,
            "why": None,
        },
    )


def _past_facts(company: NewCompany, chunk: Ints) -> Draft:
    past = company.found.past
    id, parent_id = _names(company, past.who[chunk]), _names(company, past.parent[chunk])
    tree = pa.array(TREES).take(_index(past.tree[chunk]))
    slot, since, until = past.slot[chunk], past.since[chunk], past.until[chunk]
    number = pa.array(past.ordinal[chunk]).cast(pa.string())
    edges = company.past
    return Draft(
        "PastMove",
        _keys("move", pc.binary_join_element_wise(tree, id, number, ":")),
        reason=reason_of("move"),
        valid_at=until,
        body={"id": id, "tree": tree, "parent_id": parent_id, "slot": slot, "since": since, "until": until},
        decided={
            "ix": edges.child[chunk],
            "tree": tree,
            "parent_ix": edges.parent[chunk],
            "slot": slot,
            "since": since,
        },
    )


def _register_facts(company: NewCompany, chunk: Ints) -> Draft:
    rows = company.sequence.registrations[chunk]
    id, registered_at = (company.column("customers", name, rows) for name in ("id", "registered_at"))
    body = {
        "id": id,
        "name": company.column("customers", "name", rows),
        "distributor_id": company.column("customers", "distributor", rows),
        "registered_at": registered_at,
    }
    decided = {"distributor_ix": company.registered_under[chunk]}
    return Draft(
        "Register",
        _keys("customer", id),
        reason=reason_of("customer"),
        valid_at=registered_at,
        body=body,
        decided=decided,
    )


def _opening_facts(now: int, company: NewCompany, chunk: Ints) -> Draft:
    rows = company.sequence.openings[chunk]
    names = ("balance", "calendar", "carry_left", "carry_right", "highest_rank")
    figures = {name: company.column("openings", name, rows) for name in names}
    id, period, number = (company.column("openings", name, rows) for name in ("distributor", "period", "number"))
    figures["period"] = number
    return Draft(
        "Opening",
        _keys("opening", pc.binary_join_element_wise(id, period, ":")),
        reason=reason_of("opening"),
        valid_at=np.full(len(rows), now),
        body={"id": id, **figures},
        decided={"ix": company.ix_of[company.column("openings", "who", rows)], **figures},
    )


def _statement_facts(now: int, company: NewCompany, chunk: Ints) -> Draft:
    who, period, calendar, number, currency, lines = (
        company.column("past_statements", name, chunk)
        for name in ("who", "period", "calendar", "number", "currency", "lines")
    )
    id = _names(company, who)
    return Draft(
        "PastStatement",
        _keys("statement", pc.binary_join_element_wise(id, period, ":")),
        reason=reason_of("statement"),
        valid_at=np.full(len(chunk), now),
        body={"id": id, "calendar": calendar, "period": number, "currency": currency, "lines": Json(lines)},
        decided={"calendar": calendar, "ix": company.ix_of[who], "period": number},
    )


def _rank_override_fact(now: int, company: NewCompany, chunk: Ints) -> Draft:
    rows = company.sequence.rank_overrides[chunk]
    id, number, rank, since, until, author, reason = (
        company.column("rank_overrides", name, rows)
        for name in ("distributor", "number", "rank", "since", "until", "author", "reason")
    )
    said = {"author": author, "from_day": since, "rank": rank, "until_day": until}
    return Draft(
        "OverrideRank",
        _keys("rank_override", pc.binary_join_element_wise(id, number.cast(pa.string()), ":")),
        reason=reason[0].as_py(),
        valid_at=np.full(len(rows), now),
        body={"id": id, **said},
        decided={"ix": company.ix_of[company.column("rank_overrides", "who", rows)], **said},
    )


def _order_facts(company: NewCompany, chunk: Ints) -> Draft:
    rows = company.sales.rows[chunk]
    id, kind, placed_at = (company.column("orders", name, rows) for name in ("id", "buyer_kind", "placed_at"))
    decided = _volume(company, chunk) | {"order_id": id}
    body = {
        "id": id,
        "buyer_id": company.column("orders", "buyer", rows),
        "buyer_kind": kind,
        "placed_at": placed_at,
        "pv": decided["pv"],
        "cv": decided["cv"],
    }
    return Draft("Order", _keys("order", id), reason=reason_of("order"), valid_at=placed_at, body=body, decided=decided)


def _date_facts(company: NewCompany, chunk: Ints) -> Draft:
    id, dates = company.column("orders", "id", company.sales.rows[chunk]), dates_of(company.found.checked["orders"])
    told = company.sales.number[chunk] - len(company.found.checked["orders"].unchanged)
    date, at = pa.array(LATER_DATES).take(_index(dates.date[told])), dates.at[told]
    return Draft(
        "DateOrder",
        pc.binary_join_element_wise(constant("import"), date, id, constant(":")),
        reason=reason_of(DATE),
        valid_at=at,
        body={"order_id": id, "date": date, "at": at},
        decided=_volume(company, chunk) | {"date": date, "date_of": id},
    )


def _return_facts(company: NewCompany, chunk: Ints) -> Draft:
    rows = company.sales.rows[chunk]
    id, order_id, placed_at = (company.column("orders", name, rows) for name in ("id", "return_of", "placed_at"))
    body = {"id": id, "order_id": order_id, "placed_at": placed_at}
    decided = _volume(company, chunk) | {"order_id": id, "return_of": order_id}
    return Draft(
        "Return", _keys("return", id), reason=reason_of("return"), valid_at=placed_at, body=body, decided=decided
    )


def _volume(company: NewCompany, chunk: Ints) -> dict[str, Any]:
    """Whose volume, how much, and where it counts."""
    sales = company.sales
    rows = sales.rows[chunk]
    sold = np.where(company.column("orders", "is_return", rows), company.column("orders", "returned_row", rows), rows)
    buyer = company.column("orders", "buyer", sold)
    return {
        "seller_ix": sales.seller[chunk],
        "buyer_ix": sales.buyer[chunk],
        "customer_id": pc.if_else(pa.array(sales.buyer[chunk] < 0), buyer, constant("")),
        "late": None if sales.late is None else sales.late.take(_index(chunk)),
        "pv": sales.pv[chunk],
        "cv": sales.cv[chunk],
        **{name: _number(sales.counts_in.get(name), chunk) for name in CALENDARS},
    }


def _number(numbers: Ints | None, chunk: Ints) -> Any:
    """Numbers of periods; nothing at all where the calendar is not kept, null where an order counts in none."""
    if numbers is None:
        return None
    some = numbers[chunk]
    return _absent(some) if (some == col.MISSING).any() else some
