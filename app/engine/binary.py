"""Binary pay: the volume matched between two legs, and what is carried of the rest."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from app.amounts import from_minor, to_minor
from app.engine.case import Activity, Case, inactivity
from app.engine.columns import Bools, Int8s, Int16s, Int64s, sealed
from app.engine.compiled import compiled
from app.engine.errors import AmountOverflowError
from app.engine.forest import SAFE_SUM, scatter_sums
from app.engine.legs import (
    CYCLES,
    UNLIMITED,
    VOLUME_RATIO,
    Price,
    Settled,
    Way,
    cycled,
    is_waiting,
    settled,
    way_of,
)
from app.engine.models import (
    LEFT,
    RIGHT,
    Carry,
    Lines,
    LinesRecord,
    Misses,
    MissesRecord,
    Ranks,
    Reason,
    Result,
    Snapshot,
)
from app.engine.owners import OwnersCuts, cuts_of
from app.engine.rates import Rounding, rounding_of
from app.plans.binary import Binary, RateByVolume
from app.plans.fields import Cap
from app.plans.models import Plan

_WEAK_LEG_EMPTY, _CAPPED, _CAPPED_OWNER = (
    int(reason) for reason in (Reason.WEAK_LEG_EMPTY, Reason.CAPPED, Reason.CAPPED_OWNER)
)


class _Legs(NamedTuple):
    """Available volume (carry-in + new) of every position, minor CV, shape (n,)."""

    left: Int64s
    right: Int64s


class _Terms(NamedTuple):
    """How legs are matched; the shares of matched CV and whose each person's is; rounding; the cap in minor money by
    rank, of none at last, and the rank by which each person has theirs; whether what it cuts off is carried."""

    way: Way
    num: Int64s
    den: Int64s
    row: Int16s
    rounding: Rounding
    cap: Int64s
    cap_row: Int16s
    carried: bool


class _Come(NamedTuple):
    """What each position comes to, shape (n,): as in `Settled`, but `left` and `right` 0 where nothing is matched."""

    base: Int64s
    raw: Int64s
    amount: Int64s
    left: Int64s
    right: Int64s


def draft_binary(case: Case, index: int, bonus: Binary) -> "BinaryDraft":
    """At most one line a person, their misses, and the carry of every position.

    A leg is the child in that slot with everybody below in the binary tree; its new volume is their CV of the period.
    The position's own volume is in neither leg. What is matched of carry-in + new, where a negative leg counts as zero,
    is the plan's method's to say; its carry rule says what becomes of the rest, and of the inactive.
    """
    activity, count = case.activity, len(case.snapshot.people)
    left_new, right_new = _new_volume(case.snapshot)
    people = case.snapshot.people
    legs = _Legs(people.carry_left + left_new, people.carry_right + right_new)
    terms = _terms(case, bonus, legs)
    come = _Come(*(np.zeros(count, dtype=np.int64) for _ in _Come._fields))
    line_counts, miss_counts = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    _settle(legs, terms, activity.active, come, line_counts, miss_counts)
    cuts = _cuts(case, bonus, terms, np.where(line_counts > 0, come.amount, 0))
    miss_counts += cuts.cut > 0
    left = _left_over(case, bonus, legs.left, come.left)
    right = _left_over(case, bonus, legs.right, come.right)
    carry = Carry(
        left_in=people.carry_left,
        right_in=people.carry_right,
        left_new=left_new,
        right_new=right_new,
        left_matched=left.matched,
        right_matched=right.matched,
        left_flushed=left.flushed,
        right_flushed=right.flushed,
        left_out=left.out,
        right_out=right.out,
    )
    keeps = keeps_when_inactive(bonus)
    return BinaryDraft(index, legs, terms, come, cuts, case.ranks.pay, activity, keeps, carry, line_counts, miss_counts)


@dataclass(frozen=True, slots=True)
class BinaryDraft:
    """Everything that the rows of one bonus are written from; shapes as in the models. `keeps`: what an inactive
    position would have matched stays in its legs."""

    index: int
    legs: _Legs
    terms: _Terms
    come: _Come
    cuts: OwnersCuts
    rank: Int16s
    activity: Activity
    keeps: bool
    carry: Carry
    line_counts: Int64s
    miss_counts: Int64s

    def write(self, lines: Lines, line_at: Int64s, misses: Misses, miss_at: Int64s) -> None:
        """See Draft."""
        line, miss = lines.as_record(LinesRecord), misses.as_record(MissesRecord)
        _write_lines(self.index, self.terms, self.come, self.cuts, self.rank, line_at, self.line_counts, line)
        known = self.index, self.legs, self.come, self.cuts, self.activity
        _write_misses(*known, self.keeps, self.terms.carried, miss_at, self.miss_counts, miss)


def untouched(snapshot: Snapshot) -> Carry:
    """The carry of a plan without binary bonus: what came in goes out."""
    zero = np.zeros(len(snapshot.people), dtype=np.int64)
    left, right = snapshot.people.carry_left, snapshot.people.carry_right
    return Carry(left, right, zero, zero, zero, zero, zero, zero, left, right)


def keeps_when_inactive(bonus: Binary) -> bool:
    """Whether an inactive position keeps what it would have matched."""
    return bonus.carry == "net_off" and not bonus.flush_inactive


@dataclass(frozen=True, slots=True)
class Position:
    """One position's legs as they are settled before any aggregate cap, for words. Minor units. personal: the volume of
    their own that the rate goes by, 0 where it does not."""

    left: int
    right: int
    rate: Decimal
    personal: int
    settled: Settled


def position(snapshot: Snapshot, plan: Plan, result: Result, bonus: Binary, person: int) -> Position:
    """What the legs of a person match and pay, active or not, worked out again."""
    carry, ranks = result.carry, result.ranks
    left = int(carry.left_in[person] + carry.left_new[person])
    right = int(carry.right_in[person] + carry.right_new[person])
    pay = int(ranks.pay[person])
    personal = _own_volume_of(snapshot, ranks, bonus, person)
    rate = bonus.rate_of(plan.rank_names[pay] if pay >= 0 else None, from_minor(personal))
    share = _share(bonus, rate)
    cap = limit_of(plan, bonus.cap_per_period, cap_rank(ranks, bonus, person))
    price = Price(share.numerator, share.denominator, cap, bonus.above_cap == "carried")
    found = settled(left, right, way_of(bonus), price, plan.rounding == "half_even", True)
    return Position(left, right, rate, personal, found)


def cap_rank(ranks: Ranks, bonus: Binary, person: int) -> int:
    """The rank index by which a person has their caps, -1 without one."""
    return int((ranks.title if bonus.cap_by == "title" else ranks.pay)[person])


def limit_of(plan: Plan, cap: Cap | None, rank: int) -> int:
    """The cap of somebody of that rank, minor units; UNLIMITED without one."""
    return int(_caps(plan, cap)[rank])


def exact_match(left: int, right: int) -> Fraction:
    """By volume ratio: what the share is of, not rounded, minor CV."""
    weaker, stronger = sorted((left, right))
    return Fraction(weaker * weaker, stronger)


def _own_volume(snapshot: Snapshot, ranks: Ranks, rate: RateByVolume) -> Int64s:
    """The volume of their own that each person's rate goes by (n), minor units: all orders of the seller."""
    if rate.by == "personal_pv":
        return ranks.actual("personal_pv")
    return scatter_sums(snapshot.orders.seller, snapshot.orders.cv, len(snapshot.people))


def _own_volume_of(snapshot: Snapshot, ranks: Ranks, bonus: Binary, person: int) -> int:
    if not isinstance(bonus.rate, RateByVolume):
        return 0
    if bonus.rate.by == "personal_pv":
        return int(ranks.actual("personal_pv")[person])
    return int(snapshot.orders.cv[snapshot.orders.seller == person].sum())


def _terms(case: Case, bonus: Binary, legs: _Legs) -> _Terms:
    way, (shares, row) = way_of(bonus), _shares(case, bonus)
    num = np.array([share.numerator for share in shares], dtype=np.int64)
    den = np.array([share.denominator for share in shares], dtype=np.int64)
    fullest = np.array([legs.left.max(initial=0), legs.right.max(initial=0)])
    if way.method == CYCLES:
        fullest = np.array([_most_cycled(legs, way)])
    elif way.method == VOLUME_RATIO and fullest.max() >= SAFE_SUM:
        raise AmountOverflowError(f"a leg of {fullest.max()} minor units leaves 62 bits; check the volumes")
    return _Terms(
        way=way,
        num=num,
        den=den,
        row=row,
        rounding=rounding_of(case.plan.rounding, fullest, zip(num.tolist(), den.tolist(), strict=True)),
        cap=_caps(case.plan, bonus.cap_per_period),
        cap_row=case.ranks.title if bonus.cap_by == "title" else case.ranks.pay,
        carried=bonus.above_cap == "carried",
    )


def _cuts(case: Case, bonus: Binary, terms: _Terms, amounts: Int64s) -> OwnersCuts:
    """What the aggregate cap cuts of the amounts (n) of positions' lines."""
    if bonus.aggregate_cap is None:
        nothing = np.zeros_like(amounts)
        return OwnersCuts(case.snapshot.people.owner, nothing, nothing, nothing)
    caps = _caps(case.plan, bonus.aggregate_cap)
    return cuts_of(case.snapshot.people.owner, amounts, caps, terms.cap_row)


def _shares(case: Case, bonus: Binary) -> tuple[list[Fraction], Int16s]:
    """The shares that the bonus pays, and which of them each person (n) is paid; no rank, -1, counts from the end."""
    rate, names = bonus.rate, case.plan.rank_names
    if isinstance(rate, RateByVolume):
        begins = np.array([to_minor(step.from_) for step in rate.steps], dtype=np.int64)
        reached = np.searchsorted(begins, _own_volume(case.whole, case.ranks, rate), side="right")
        return [_share(bonus, each) for each in (Decimal(0), *(step.rate for step in rate.steps))], _rows(reached)
    if isinstance(rate, dict):
        return [_share(bonus, bonus.rate_of(name, Decimal(0))) for name in (*names, None)], case.ranks.pay
    return [_share(bonus, rate or Decimal(0))], _rows(np.zeros(len(case.snapshot.people)))


def _rows(values: Any) -> Int16s:
    return sealed(values.astype(np.int16))


def _share(bonus: Binary, rate: Decimal) -> Fraction:
    """Of the base: what is paid of each minor unit."""
    if bonus.cycle is not None and bonus.cycle.pays is not None:
        return Fraction(to_minor(bonus.cycle.pays), to_minor(bonus.cycle.weak))
    return Fraction(bonus.multiplier) * Fraction(rate)


def _caps(plan: Plan, cap: Cap | None) -> Int64s:
    """Minor units by rank. Where caps go by rank, it is 0 without one, which is the last entry."""
    if isinstance(cap, dict):
        return np.array([*(to_minor(cap[name]) for name in plan.rank_names), 0], dtype=np.int64)
    return np.full(len(plan.ranks) + 1, UNLIMITED if cap is None else to_minor(cap), dtype=np.int64)


def _new_volume(snapshot: Snapshot) -> tuple[Int64s, Int64s]:
    people, orders = snapshot.people, snapshot.orders
    below = snapshot.binary_tree.subtree_sums(scatter_sums(orders.seller, orders.cv, len(people)))
    left_new, right_new = np.zeros_like(below), np.zeros_like(below)
    _add_new(people.parent, people.slot, below, left_new, right_new)
    return left_new, right_new


class _LeftOver(NamedTuple):
    """Of one leg of every position (n), minor CV: volume = matched + flushed + out."""

    matched: Int64s
    flushed: Int64s
    out: Int64s


def _left_over(case: Case, bonus: Binary, volume: Int64s, taken: Int64s) -> _LeftOver:
    """What becomes of a leg whose match takes `taken`."""
    left_over = _LeftOver(np.zeros_like(volume), np.zeros_like(volume), volume.copy())
    rules = bonus.carry == "full_flush", bonus.flush_inactive, keeps_when_inactive(bonus)
    most = _caps(case.plan, bonus.carry_cap)
    _leave(taken, case.ranks.active, *rules, most, case.ranks.pay, left_over)
    return left_over


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _add_new(parent: Int64s, slot: Int8s, below: Int64s, left_new: Int64s, right_new: Int64s) -> None:
    for person in range(len(parent)):
        if slot[person] == LEFT:
            left_new[parent[person]] = below[person]
        elif slot[person] == RIGHT:
            right_new[parent[person]] = below[person]


@compiled
def _most_cycled(legs: _Legs, way: Way) -> int:
    """The largest base of any position, what waits for an empty leg spoken of as if that were as full."""
    most = 0
    for person in range(len(legs.left)):
        left, right = legs.left[person], legs.right[person]
        if is_waiting(left, right):
            left = right = max(left, right)
        count, _, _ = cycled(left, right, way.strong, way.weak, way.anew, way.most)
        most = max(most, count * way.weak)
    return most


@compiled
def _settle(legs: _Legs, terms: _Terms, active: Bools, come: _Come, line_counts: Int64s, miss_counts: Int64s) -> None:
    """A line for the active with a match; a miss for the inactive with one, for what waits and for what is capped.
    Whoever is paid a share of 0 has neither."""
    way, half_even, in_parts = terms.way, terms.rounding.half_even, terms.rounding.in_parts
    for person in range(len(active)):
        left, right, row = legs.left[person], legs.right[person], terms.row[person]
        waiting = active[person] and is_waiting(left, right)
        if waiting:
            # What is spoken of is what as much in the empty leg would match.
            left = right = max(left, right)
        # No rank, -1, counts from the end.
        price = Price(terms.num[row], terms.den[row], terms.cap[terms.cap_row[person]], terms.carried)
        found = settled(left, right, way, price, half_even, in_parts)
        come.base[person], come.raw[person], come.amount[person] = found.base, found.raw, found.amount
        if not waiting:
            come.left[person], come.right[person] = found.left, found.right
        if price.num == 0:
            continue
        if waiting:
            miss_counts[person] = 1
        elif found.units > 0:
            line_counts[person] = active[person]
            miss_counts[person] = not active[person] or found.raw > price.cap


@compiled
def _leave(
    taken: Int64s,
    active: Bools,
    flush_all: bool,
    flush_inactive: bool,
    keeps: bool,
    most: Int64s,
    rank: Int16s,
    left_over: _LeftOver,
) -> None:
    """Take the match out of a leg, `left_over.out` as it begins, and flush what the carry rule does."""
    for person in range(len(taken)):
        rest, matched, flushed = left_over.out[person], 0, 0
        if active[person]:
            matched = taken[person]
        elif not keeps:
            flushed = taken[person]
        rest -= matched + flushed
        # Below zero a leg owes volume, which nothing flushes.
        limit = 0 if flush_all or (flush_inactive and not active[person]) else most[rank[person]]
        if rest > limit:
            flushed, rest = flushed + rest - limit, limit
        left_over.matched[person], left_over.flushed[person], left_over.out[person] = matched, flushed, rest


@compiled
def _write_lines(
    bonus: int,
    terms: _Terms,
    come: _Come,
    cuts: OwnersCuts,
    rank: Int16s,
    first: Int64s,
    counts: Int64s,
    line: Any,
) -> None:
    for person in range(len(counts)):
        if counts[person]:
            at, row = first[person], terms.row[person]
            line.bonus[at], line.earner[at], line.source[at], line.order[at] = bonus, person, -1, -1
            line.level[at], line.paid_level[at], line.rank[at] = 0, 0, rank[person]
            line.rate_num[at], line.rate_den[at], line.base[at] = terms.num[row], terms.den[row], come.base[person]
            line.raw[at], line.amount[at] = come.raw[person], come.amount[person] - cuts.cut[person]


@compiled
def _write_misses(
    bonus: int,
    legs: _Legs,
    come: _Come,
    cuts: OwnersCuts,
    activity: Activity,
    keeps: bool,
    carried: bool,
    first: Int64s,
    counts: Int64s,
    miss: Any,
) -> None:
    """Inactive with a match (lost or kept), above the cap (lost or carried), cut with the owner's other positions
    (lost), or one leg is empty (the other waits)."""
    for person in range(len(counts)):
        if not counts[person]:
            continue
        at, active, forgone = first[person], activity.active[person], come.amount[person]
        for row in range(at, at + counts[person]):
            miss.bonus[row], miss.person[row], miss.order[row] = bonus, person, -1
            miss.level[row], miss.paid_level[row], miss.rank_needed[row] = 0, 0, -1
        left, right = legs.left[person], legs.right[person]
        if active and is_waiting(left, right):
            reason, needed, actual, waits = _WEAK_LEG_EMPTY, max(left, right), min(left, right), True
        elif active:
            reason, needed, actual, waits = _CAPPED, come.raw[person], come.amount[person], carried
            forgone = needed - actual
        else:
            reason, needed, actual = inactivity(activity.status[person], activity.personal[person], activity.needed)
            waits = keeps
        if cuts.cut[person] == 0 or forgone > 0:
            miss.reason[at], miss.needed[at], miss.actual[at] = reason, needed, actual
            miss.forgone[at], miss.breakage[at] = forgone, 0 if waits else forgone
            at += 1
        if cuts.cut[person] > 0:
            owner = cuts.owner[person]
            miss.reason[at], miss.needed[at], miss.actual[at] = _CAPPED_OWNER, cuts.together[owner], cuts.cap[owner]
            miss.forgone[at], miss.breakage[at] = cuts.cut[person], cuts.cut[person]
