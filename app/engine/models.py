"""What goes into a run and what comes out: frozen dataclasses of NumPy columns.

People are rows 0..n-1 (their `ix`), orders are rows 0..m-1. Money and volume are int64 in minor units (1/100). -1 means
"nobody" or "none" wherever a row number is expected. All columns are read-only.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import IntEnum
from functools import partial
from typing import Any, Self, get_args

import numpy as np
from numpy.typing import NDArray

from app.amounts import MAX_MINOR
from app.engine.columns import Bools, Int8s, Int16s, Int32s, Int64s, digest, frozen, record_of, side_by_side
from app.engine.cores import Cores, cores_for
from app.engine.errors import BrokenTreeError, InvalidSnapshotError
from app.engine.forest import Forest, forest

LEFT, RIGHT = 1, 2
UNSAID: Any = ()
"""A column that a builder leaves to its default: -1 in every row, where its table says nothing else."""
MAX_ROWS = 2**31 - 2
"""Row numbers of results are int32."""

_NAMED = 20


class Columns:
    """A frozen dataclass whose fields are NumPy columns of one length."""

    __slots__ = ()

    @classmethod
    def of(cls, **columns: Any) -> Self:
        """Built from lists or arrays of any integer type, which the constructor's types do not promise to take."""
        return cls(**columns)

    def columns(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Name and column of each field that there is, in the order of declaration."""
        for each in fields(self):  # type: ignore[arg-type]
            if (column := getattr(self, each.name)) is not None:
                yield each.name, column

    @classmethod
    def unwritten(cls, rows: int) -> Self:
        """Columns of the declared types, whose rows are still to be written."""
        # A column's type is numpy.ndarray[shape, numpy.dtype[scalar]].
        dtypes = [np.dtype(get_args(get_args(each.type)[1])[0]) for each in fields(cls)]  # type: ignore[arg-type]
        return cls(*side_by_side(rows, dtypes))

    def as_record(self, record: Any) -> Any:
        """The columns as a named tuple of that type, for kernels."""
        return record(*(column for _, column in self.columns()))

    def __len__(self) -> int:
        return len(next(self.columns())[1])

    def digest(self) -> str:
        """sha256 over all columns: equal bytes, equal digest."""
        return digest(self.columns())


# ---------------------------------------------------------------------------------------------------------------- input


@dataclass(frozen=True, slots=True)
class People(Columns):
    """One row per position. Lists and arrays are accepted; what is stored are read-only copies.

    sponsor, parent: ix or -1 (root of the sponsor tree; root of the binary tree or unplaced). slot: 0 where parent is
    -1, else 1 (left) or 2 (right). active: status is 'active' (the plan's activity rule may ask for more). passed_over:
    takes no level and no part in any plan, as of a terminated person whose leaving says so; never active. title: index
    into `Snapshot.titles`, -1 none. carry_left, carry_right: minor CV of binary volume brought in unmatched, may be
    negative. owner: the row of the first position of whoever holds this one, by default the position's own. balance:
    minor money brought along unpaid, below zero when they owe the company. highest: the highest rank earned in any
    period before, as a title is told. decided: the rank that somebody decided they are paid as at least, as a title is
    told. matrix_parent, matrix_slot: as parent and slot, with slots from 1 on; None where no matrix is kept.
    """

    sponsor: Int64s
    parent: Int64s
    slot: Int8s
    active: Bools
    passed_over: Bools
    title: Int16s
    carry_left: Int64s
    carry_right: Int64s
    owner: Int32s = UNSAID
    balance: Int64s = UNSAID
    highest: Int16s = UNSAID
    decided: Int16s = UNSAID
    matrix_parent: Int64s | None = None
    matrix_slot: Int8s | None = None

    def __post_init__(self) -> None:
        if self.owner is UNSAID:
            object.__setattr__(self, "owner", np.arange(len(self.sponsor), dtype=np.int32))
        if self.balance is UNSAID:
            object.__setattr__(self, "balance", np.zeros(len(self.sponsor), dtype=np.int64))
        ranks = dict.fromkeys(("title", "highest", "decided"), np.int16)
        flags = dict.fromkeys(("active", "passed_over"), np.bool_)
        _freeze(self, {"slot": np.int8, "matrix_slot": np.int8, "owner": np.int32, **flags, **ranks})


@dataclass(frozen=True, slots=True)
class Orders(Columns):
    """One row per order or return that counts in the period.

    seller: the distributor whose volume it is. buyer: the seller for an own purchase, -1 for a customer's. pv, cv:
    minor units, negative for returns. seq: the fact's number, unique; lines are sorted by it. day: of the period, from
    1, by default the first. late_return: of a return whose order counts in an earlier period, how many whole days it
    came after the order; -1 for all others. customer: which of the customers bought, numbered from 0 in any way; -1 for
    an own purchase, and where nobody knows.
    """

    seller: Int64s
    buyer: Int64s
    pv: Int64s
    cv: Int64s
    seq: Int64s
    day: Int16s = UNSAID
    late_return: Int64s = UNSAID
    customer: Int64s = UNSAID

    def __post_init__(self) -> None:
        if self.day is UNSAID:
            object.__setattr__(self, "day", np.ones(len(self.seller), dtype=np.int16))
        if self.late_return is UNSAID:
            object.__setattr__(self, "late_return", np.full(len(self.seller), -1, dtype=np.int64))
        _freeze(self, {"day": np.int16})


@dataclass(frozen=True, slots=True)
class Clawbacks(Columns):
    """What returns after the close take back by a plan that says so: one row per person, bonus and return, sorted.

    person: ix. order: row of the return in `Snapshot.orders`. bonus: index into `Snapshot.clawed`. amount: minor money,
    the opposite of what earlier runs paid the person on the order that came back.
    """

    person: Int64s
    order: Int64s
    bonus: Int16s
    amount: Int64s

    def __post_init__(self) -> None:
        _freeze(self, {"bonus": np.int16})


def no_clawbacks() -> Clawbacks:
    """Nothing is taken back."""
    return Clawbacks.of(person=[], order=[], bonus=[], amount=[])


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """A period before, and the highest rank whose rules each person (n) met in it, as a title is told. `run` says so;
    None: the period has no run, and nobody is known to have met anything."""

    name: str
    run: str | None
    met: Int16s


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a run reads, as of one seq, independent of any plan.

    Raises InvalidSnapshotError on bad lengths or ranges and BrokenTreeError when a tree has a cycle or two people stand
    in one slot. The indexed trees are built here, once, and shared by all plans; of the matrix where one is kept.
    `days`: calendar days of the period; first_day: which is the first, for words.
    """

    people: People
    orders: Orders
    titles: tuple[str, ...] = ()
    days: int = 1
    first_day: date | None = None
    clawbacks: Clawbacks = field(default_factory=no_clawbacks)
    clawed: tuple[str, ...] = ()
    """Names of the bonuses that `clawbacks` number: they may be those of former plans."""
    past: tuple[PastPeriod, ...] = ()
    """The periods before this one, the latest first, as far as anybody looked."""
    sponsor_tree: Forest = field(init=False, repr=False, compare=False)
    binary_tree: Forest = field(init=False, repr=False, compare=False)
    matrix_tree: Forest | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parents = [("sponsor", self.people.sponsor), ("binary", self.people.parent)]
        if self.people.matrix_parent is not None:
            parents.append(("matrix", self.people.matrix_parent))
        else:
            object.__setattr__(self, "matrix_tree", None)
        with Cores(cores_for(len(self.people))) as cores:
            object.__setattr__(self, "past", tuple(_frozen_past(each, self) for each in self.past))
            people = partial(_check_people, self.people, self.titles)
            cores.run([people, partial(_check_orders, self.orders, len(self.people), self.days)])
            trees = cores.run(partial(forest, *given) for given in parents)
        for (name, _), tree in zip(parents, trees, strict=True):
            object.__setattr__(self, f"{name}_tree", tree)

    def with_clawbacks(self, clawbacks: Clawbacks, clawed: tuple[str, ...]) -> Self:
        """The same company with the same trees, from whom that is taken back."""
        other = copy(self)
        _check_range("clawbacks.person", clawbacks.person, 0, len(self.people) - 1)
        _check_range("clawbacks.order", clawbacks.order, 0, len(self.orders) - 1)
        _check_range("clawbacks.bonus", clawbacks.bonus, 0, len(clawed) - 1)
        object.__setattr__(other, "clawbacks", clawbacks)
        object.__setattr__(other, "clawed", clawed)
        return other

    def without(self, orders: Bools) -> Self:
        """The same company with the same trees, where some orders (m) have no volume."""
        other = copy(self)
        pv, cv = (np.where(orders, 0, column) for column in (self.orders.pv, self.orders.cv))
        object.__setattr__(other, "orders", replace(self.orders, pv=pv, cv=cv))
        return other

    def without_cv_of(self, orders: Bools) -> Self:
        """The same company with the same trees, where some orders (m) have no CV."""
        other = copy(self)
        kept = replace(self.orders, cv=np.where(orders, 0, self.orders.cv))
        object.__setattr__(other, "orders", kept)
        return other

    def with_orders(self, orders: Orders) -> Self:
        """The same company with the same trees, and these orders."""
        other = copy(self)
        _check_orders(orders, len(self.people), self.days)
        object.__setattr__(other, "orders", orders)
        return other

    def digest(self) -> str:
        """sha256 over titles and all columns: the snapshot's hash."""
        people = ((f"people.{name}", column) for name, column in self.people.columns())
        orders = ((f"orders.{name}", column) for name, column in self.orders.columns())
        clawbacks = ((f"clawbacks.{name}", column) for name, column in self.clawbacks.columns())
        past = ((f"past.{each.name}.{each.run}", each.met) for each in self.past)
        texts = (*self.titles, f"{self.days} days", *self.clawed)
        return digest([*people, *orders, *clawbacks, *past], *texts)


# --------------------------------------------------------------------------------------------------------------- output


class Reason(IntEnum):
    """Why somebody did not get something. The meaning of `needed` and `actual` in `Misses` depends on it."""

    INACTIVE_STATUS = 1
    """The status is not active. needed 1, actual 0."""
    INACTIVE_VOLUME = 2
    """Personal PV below the plan's activity rule. needed, actual: minor PV."""
    RANK_DEPTH = 3
    """The rank does not pay this level. needed, actual: rank index (actual -1: no rank)."""
    WEAK_LEG_EMPTY = 4
    """One binary leg has volume, the other none. needed: minor CV of the strong leg, actual: of the weak leg (<= 0)."""
    CAPPED = 5
    """The cap of the period was reached. needed: the raw amount, or what the caps of its days left of it; actual: what
    is paid before any aggregate cap, which is the cap, or less where only whole volumes are paid and the rest is
    carried (minor money)."""
    GATE_CUSTOMER_PV = 6
    """Too little PV of own customers for a gate of the bonus. needed, actual: minor PV of them."""
    GATE_CUSTOMER_SHARE = 7
    """Too small a part of personal PV from own customers. needed: the least minor PV of customers that would be enough
    at this personal PV, at least 1; actual: of theirs."""
    GATE_MAJORITY = 8
    """Too small a part of group PV from customers. needed: the least minor PV of the group's customers that would be
    enough at this group PV, at least 1; actual: of theirs."""
    CAPPED_OWNER = 9
    """The owner's positions earned more together than the plan pays an owner, and each was cut in proportion. needed:
    what they earned together after their own caps, actual: the owner's cap (minor money)."""
    CAPPED_DAY = 10
    """Days matched more than the cap of a day pays. needed: what all days would have paid, actual: what their caps
    leave (minor money)."""
    GATE_CUSTOMERS = 11
    """Too few different own customers who bought, for a gate of the bonus. needed, actual: how many of them."""


@dataclass(frozen=True, slots=True)
class Lines(Columns):
    """What is paid: one row per earner, bonus and order, sorted by (earner, bonus, order's seq, level).

    bonus: index into `plan.bonuses`. source: ix of the order's seller, -1 on a binary line; of a leadership bonus who
    leads the group, or who is paid what is taken from the earner. order: row of `snapshot.orders`, -1 on lines of a
    binary and of a leadership bonus; these stand by source, first what is taken. level: distance from the first payable
    person, from 1, before compression, or between leaders; paid_level: the level whose rate was paid, of a differential
    line how many are paid on the order up to it, of a leadership bonus 1 of what is received and 0 of what is taken;
    both 0 on a binary line. rate_num / rate_den: multiplier x rate, reduced.
    base: minor CV of the order, of a leader's group (0 of what is taken), or what the legs match before any cap. raw:
    round(base x rate), but by volume ratio the base is a fraction, of which `base` is the whole part, and of days that
    are matched by themselves each is rounded by itself; a cycle that pays money has a rate of pays / weak; and where
    the plan rounds totals, it is the share of one. amount: after the caps, or with what is guaranteed, what is paid.
    rank: the pay rank used (index into `plan.ranks`, -1 none).
    """

    bonus: Int16s
    earner: Int32s
    source: Int32s
    order: Int32s
    level: Int32s
    paid_level: Int16s
    rate_num: Int64s
    rate_den: Int64s
    base: Int64s
    raw: Int64s
    amount: Int64s
    rank: Int16s


@dataclass(frozen=True, slots=True)
class Misses(Columns):
    """What was not paid and why, sorted by (person, bonus, order's seq, level, reason).

    level, paid_level: as in `Lines` (paid_level: the level it would have been paid as). reason: a `Reason`.
    rank_needed: the rank index that would have been paid, -1 when rank was no obstacle (an inactive person may have
    lacked it too). forgone: minor money the person would have been paid. breakage: the part of it that nobody was paid
    (0 where compression passed the level on, or where volume waits as carry).
    """

    bonus: Int16s
    person: Int32s
    order: Int32s
    level: Int32s
    paid_level: Int16s
    reason: Int8s
    rank_needed: Int16s
    needed: Int64s
    actual: Int64s
    forgone: Int64s
    breakage: Int64s


LinesRecord = record_of("LinesRecord", __name__, (each.name for each in fields(Lines)))
MissesRecord = record_of("MissesRecord", __name__, (each.name for each in fields(Misses)))


RANK_COLUMNS = ("paid_as", "title", "pay", "active", "met", "highest", "reached", "decided", "past", "actuals")
"""What Ranks has of each person."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """Ranks and the measures behind them, per person.

    Rank columns are indexes into `plan.ranks`, -1 none: `paid_as` is earned in this period, `title` is the snapshot's
    title, `pay` is the one the plan pays by. `active`: meets the plan's activity rule. `actuals` has one row per name
    in `measures` and one column per person; volumes in minor PV, the rest are counts; see `engine.measures`.

    `met` is the highest rank whose rules were met in this very period, windows and decisions aside; `highest` the
    highest of the title, the snapshot's highest and what is earned in this period, decisions aside. The rest the
    snapshot says, in this plan's ranks: `reached` is the higher of its title and its highest, `decided` the rank that
    somebody decided, `past` (periods, n) what was met in each period before, the latest first.
    """

    paid_as: Int16s
    title: Int16s
    pay: Int16s
    active: Bools
    met: Int16s
    highest: Int16s
    reached: Int16s
    decided: Int16s
    past: Int16s
    measures: tuple[str, ...]
    actuals: Int64s

    def actual(self, measure: str) -> Int64s:
        """The row of one measure, shape (n,)."""
        row: Int64s = self.actuals[self.measures.index(measure)]
        return row

    def of(self, people: slice | NDArray[np.integer[Any]]) -> "Ranks":
        """The same of some people, in their order."""
        return replace(self, **{name: getattr(self, name)[..., people] for name in RANK_COLUMNS})

    def digest(self) -> str:
        """sha256 over all columns."""
        return digest([(name, getattr(self, name)) for name in RANK_COLUMNS], *self.measures)


@dataclass(frozen=True, slots=True)
class Carry(Columns):
    """Binary volume per position and leg, minor CV. Exactly, per leg: in + new = matched + flushed + out.

    matched: paid volume of the leg. flushed: lost without pay: what an inactive position would have matched, and what
    the plan's carry rule, carry cap and flush on inactivity take. A leg whose in + new is negative (returns) counts as
    zero when matching and stays negative in `out`. A plan without binary bonus carries everything: in + new = out with
    new = 0.
    """

    left_in: Int64s
    right_in: Int64s
    left_new: Int64s
    right_new: Int64s
    left_matched: Int64s
    right_matched: Int64s
    left_flushed: Int64s
    right_flushed: Int64s
    left_out: Int64s
    right_out: Int64s


@dataclass(frozen=True, slots=True)
class Balances(Columns):
    """Money per position, minor units. Exactly: balance_in + earned + taken_back = paid + balance_out.

    earned: its lines added up. taken_back: its clawbacks added up, which are below zero. paid: what is paid out, which
    is what the plan's payout rule lets through, or all that is earned and not taken back in a plan without one. A
    balance below zero is owed to the company.
    """

    balance_in: Int64s
    earned: Int64s
    taken_back: Int64s
    paid: Int64s
    balance_out: Int64s


@dataclass(frozen=True, slots=True)
class BonusTotal:
    """Minor money of one bonus: raw = amount + capped; breakage includes what was capped. Counts of rows beside."""

    name: str
    lines: int
    misses: int
    raw: int
    capped: int
    amount: int
    breakage: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The lines added up: per bonus, per person (minor money, shape (bonuses, n)) and in all."""

    bonuses: tuple[BonusTotal, ...]
    by_person: Int64s
    amount: int
    breakage: int
    pv: int
    cv: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a run pays and why: a pure function of (snapshot, plan)."""

    lines: Lines
    misses: Misses
    ranks: Ranks
    carry: Carry
    balances: Balances
    totals: Totals

    def digest(self) -> str:
        """sha256 over every column: two runs are the same if and only if it is."""
        return digest(
            (),
            self.lines.digest(),
            self.misses.digest(),
            self.ranks.digest(),
            self.carry.digest(),
            self.balances.digest(),
        )


# --------------------------------------------------------------------------------------------------------------- checks


def _freeze(table: Columns, dtypes: dict[str, Any]) -> None:
    kind = type(table).__name__.lower()
    length = None
    for name, values in list(table.columns()):
        given = np.full(length or 0, -1, dtypes.get(name, np.int64)) if values is UNSAID else values
        column = frozen(f"{kind}.{name}", given, dtypes.get(name, np.int64))
        length = len(column) if length is None else length
        if len(column) != length:
            raise InvalidSnapshotError(f"column {kind}.{name} has {len(column)} rows, the first column {length}")
        object.__setattr__(table, name, column)
    if length is not None and length > MAX_ROWS:
        raise InvalidSnapshotError(f"{kind} has {length} rows; {MAX_ROWS} is the limit")


def _frozen_past(each: PastPeriod, snapshot: Snapshot) -> PastPeriod:
    name = f"past.{each.name}"
    met = frozen(name, each.met, np.int16)
    if len(met) != len(snapshot.people):
        raise InvalidSnapshotError(f"column {name} has {len(met)} rows, the people {len(snapshot.people)}")
    _check_range(name, met, -1, len(snapshot.titles) - 1)
    return replace(each, met=met)


def _check_people(people: People, titles: tuple[str, ...]) -> None:
    count = len(people)
    _check_range("people.sponsor", people.sponsor, -1, count - 1)
    _check_range("people.parent", people.parent, -1, count - 1)
    _check_range("people.slot", people.slot, 0, RIGHT)
    if people.matrix_parent is not None and people.matrix_slot is not None:
        _check_range("people.matrix_parent", people.matrix_parent, -1, count - 1)
        _check_range("people.matrix_slot", people.matrix_slot, 0, np.iinfo(np.int8).max)
    elif people.matrix_parent is not None or people.matrix_slot is not None:
        raise InvalidSnapshotError("one of people.matrix_parent and people.matrix_slot is missing")
    for name in ("title", "highest", "decided"):
        _check_range(f"people.{name}", getattr(people, name), -1, len(titles) - 1)
    for name in ("carry_left", "carry_right", "balance"):
        _check_range(f"people.{name}", getattr(people, name), -(2**60), 2**60)
    _check_range("people.owner", people.owner, 0, count - 1)
    if wrong := _first(people.owner[people.owner] != people.owner):
        raise InvalidSnapshotError(
            f"people in rows {wrong}: owner must be a position that is its own owner", rows=wrong
        )
    if len(set(titles)) != len(titles):
        raise InvalidSnapshotError(f"titles must be distinct, got {titles}")
    if wrong := _first(people.active & people.passed_over):
        raise InvalidSnapshotError(f"people with ix {wrong} are active and passed over at once")
    _check_slots("binary", people.parent, people.slot)
    if people.matrix_parent is not None and people.matrix_slot is not None:
        _check_slots("matrix", people.matrix_parent, people.matrix_slot)


def _check_slots(tree: str, parent: Int64s, slot: Int8s) -> None:
    """Whoever stands below somebody stands in a slot, alone."""
    placed = parent >= 0
    lost = placed != (slot > 0)
    if wrong := _first(lost):
        raise BrokenTreeError(
            f"{{people}} have a {tree} parent without a slot, or a slot without a parent",
            tree=tree,
            people=wrong,
            count=int(np.count_nonzero(lost)),
        )
    width = int(slot.max(initial=0))
    seats = parent[placed] * width + (slot[placed] - 1)
    taken = np.zeros(width * len(parent), dtype=np.bool_)
    taken[seats] = True
    if np.count_nonzero(taken) < len(seats):
        seats.sort()
        twice = seats[1:][seats[1:] == seats[:-1]]
        shared = placed & np.isin(parent * width + (slot - 1), twice)
        raise BrokenTreeError(
            f"{{people}} share a {tree} slot with each other",
            tree=tree,
            people=_first(shared),
            count=int(np.count_nonzero(shared)),
        )


def _check_orders(orders: Orders, people: int, days: int) -> None:
    _check_range("orders.seller", orders.seller, 0, people - 1)
    _check_range("orders.day", orders.day, 1, days)
    for name in ("pv", "cv"):
        _check_range(f"orders.{name}", getattr(orders, name), -MAX_MINOR, MAX_MINOR)
    _check_range("orders.customer", orders.customer, -1, MAX_ROWS)
    if wrong := _first((orders.buyer != -1) & (orders.customer != -1)):
        raise InvalidSnapshotError(f"orders in rows {wrong} are own purchases of a customer")
    if wrong := _first((orders.buyer != -1) & (orders.buyer != orders.seller)):
        raise InvalidSnapshotError(
            f"orders in rows {wrong}: buyer must be the seller (own purchase) or -1 (a customer's)"
        )
    if (orders.seq[1:] > orders.seq[:-1]).all():
        return
    seqs = np.sort(orders.seq)
    if (repeated := seqs[1:][seqs[1:] == seqs[:-1]]).size:
        raise InvalidSnapshotError(f"orders.seq {int(repeated[0])} appears more than once; each order is one fact")


def _check_range(name: str, column: NDArray[Any], low: int, high: int) -> None:
    if not column.size or (column.min() >= low and column.max() <= high):
        return
    rows = _first((column < low) | (column > high))
    value = int(column[rows[0]])
    raise InvalidSnapshotError(f"column {name} holds {value} in row {rows[0]}; it must lie in {low}..{high}", rows=rows)


def _first(mask: Bools) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask)[:_NAMED]]
