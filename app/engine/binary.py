"""Binary pay: the volume matched between two legs, the excess carried forward."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from app.amounts import to_minor
from app.engine.case import Activity, Case, inactivity
from app.engine.columns import Bools, Int8s, Int16s, Int64s
from app.engine.compiled import compiled
from app.engine.forest import scatter_sums
from app.engine.models import LEFT, RIGHT, Carry, Lines, LinesRecord, Misses, MissesRecord, Reason, Snapshot
from app.engine.rates import Rounding, rounding_of, share_of
from app.plans.models import Binary, Plan

_UNCAPPED = 2**62
_WEAK_LEG_EMPTY, _CAPPED = int(Reason.WEAK_LEG_EMPTY), int(Reason.CAPPED)


class _Legs(NamedTuple):
    """Available volume (carry-in + new) of every position and what of it meets in both legs, minor CV, shape (n,)."""

    left: Int64s
    right: Int64s
    match: Int64s


class _Terms(NamedTuple):
    """The share of matched CV that is paid; each person's pay rank; the cap in minor money by rank, of none at last."""

    num: int
    den: int
    rounding: Rounding
    rank: Int16s
    cap: Int64s


def draft_binary(case: Case, index: int, bonus: Binary) -> "BinaryDraft":
    """At most one line and one miss a person, and the carry of every position.

    A leg is the child in that slot with everybody below in the binary tree; its new volume is their CV of the period.
    The position's own volume is in neither leg. match = min(left, right) of carry-in + new, where a negative leg counts
    as zero. Both legs lose the match whether it is paid (active) or flushed (inactive).
    """
    activity, count = case.activity, len(case.snapshot.people)
    carry, legs = _carry(case.snapshot, activity.active)
    share = Fraction(bonus.multiplier) * Fraction(bonus.rate)
    fullest = np.array([legs.left.max(initial=0), legs.right.max(initial=0)])
    rounding = rounding_of(case.plan.rounding, fullest, [(share.numerator, share.denominator)])
    terms = _Terms(share.numerator, share.denominator, rounding, case.ranks.pay, _caps(case.plan, bonus))
    line_counts, miss_counts = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    if share:
        _count(legs, terms, activity.active, line_counts, miss_counts)
    return BinaryDraft(index, legs, terms, activity, carry, line_counts, miss_counts)


@dataclass(frozen=True, slots=True)
class BinaryDraft:
    """Everything that the rows of one bonus are written from; shapes as in the models."""

    index: int
    legs: _Legs
    terms: _Terms
    activity: Activity
    carry: Carry
    line_counts: Int64s
    miss_counts: Int64s

    def write(self, lines: Lines, line_at: Int64s, misses: Misses, miss_at: Int64s) -> None:
        """See Draft."""
        known = self.index, self.legs, self.terms
        _write_lines(*known, line_at, self.line_counts, lines.as_record(LinesRecord))
        _write_misses(*known, self.activity, miss_at, self.miss_counts, misses.as_record(MissesRecord))


def untouched(snapshot: Snapshot) -> Carry:
    """The carry of a plan without binary bonus: what came in goes out."""
    zero = np.zeros(len(snapshot.people), dtype=np.int64)
    left, right = snapshot.people.carry_left, snapshot.people.carry_right
    return Carry(left, right, zero, zero, zero, zero, zero, zero, left, right)


def _carry(snapshot: Snapshot, active: Bools) -> tuple[Carry, _Legs]:
    people, orders = snapshot.people, snapshot.orders
    below = snapshot.binary_tree.subtree_sums(scatter_sums(orders.seller, orders.cv, len(people)))
    left_new, right_new = np.zeros_like(below), np.zeros_like(below)
    _add_new(people.parent, people.slot, below, left_new, right_new)
    left, right = people.carry_left + left_new, people.carry_right + right_new
    match = np.maximum(np.minimum(left, right), 0)
    flushed = np.where(active, 0, match)
    paid = match - flushed
    carry = Carry(
        left_in=people.carry_left,
        right_in=people.carry_right,
        left_new=left_new,
        right_new=right_new,
        left_matched=paid,
        right_matched=paid,
        left_flushed=flushed,
        right_flushed=flushed,
        left_out=left - match,
        right_out=right - match,
    )
    return carry, _Legs(left, right, match)


def _caps(plan: Plan, bonus: Binary) -> Int64s:
    """Minor money by rank. Where caps go by rank, nobody is paid without one, which is the last entry."""
    cap = bonus.cap_per_period
    if isinstance(cap, dict):
        return np.array([*(to_minor(cap[name]) for name in plan.rank_names), 0], dtype=np.int64)
    return np.full(len(plan.ranks) + 1, _UNCAPPED if cap is None else to_minor(cap), dtype=np.int64)


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _add_new(parent: Int64s, slot: Int8s, below: Int64s, left_new: Int64s, right_new: Int64s) -> None:
    for person in range(len(parent)):
        if slot[person] == LEFT:
            left_new[parent[person]] = below[person]
        elif slot[person] == RIGHT:
            right_new[parent[person]] = below[person]


@compiled
def _cap_of(terms: _Terms, person: int) -> int:
    # No rank, -1, counts from the end.
    return int(terms.cap[terms.rank[person]])


@compiled
def _judge(legs: _Legs, terms: _Terms, active: bool, person: int) -> tuple[bool, int, int]:
    """Whether volume waits for an empty leg, the base that is spoken of, and its share before the cap."""
    left, right = legs.left[person], legs.right[person]
    waiting = active and min(left, right) <= 0 and max(left, right) > 0
    base = max(left, right) if waiting else legs.match[person]
    return waiting, base, share_of(base, terms.num, terms.den, terms.rounding.half_even, terms.rounding.in_parts)


@compiled
def _count(legs: _Legs, terms: _Terms, active: Bools, line_counts: Int64s, miss_counts: Int64s) -> None:
    """A line for the active with a match; a miss for the inactive with one, for what waits and for what is capped."""
    for person in range(len(active)):
        waiting, base, raw = _judge(legs, terms, active[person], person)
        if not active[person]:
            miss_counts[person] = base > 0
        elif waiting:
            miss_counts[person] = 1
        elif base > 0:
            line_counts[person] = 1
            miss_counts[person] = raw > _cap_of(terms, person)


@compiled
def _write_lines(bonus: int, legs: _Legs, terms: _Terms, first: Int64s, counts: Int64s, line: Any) -> None:
    for person in range(len(counts)):
        if counts[person]:
            at = first[person]
            _, base, raw = _judge(legs, terms, True, person)
            line.bonus[at], line.earner[at], line.source[at], line.order[at] = bonus, person, -1, -1
            line.level[at], line.paid_level[at], line.rank[at] = 0, 0, terms.rank[person]
            line.rate_num[at], line.rate_den[at], line.base[at] = terms.num, terms.den, base
            line.raw[at], line.amount[at] = raw, min(raw, _cap_of(terms, person))


@compiled
def _write_misses(
    bonus: int, legs: _Legs, terms: _Terms, activity: Activity, first: Int64s, counts: Int64s, miss: Any
) -> None:
    """Inactive with a match (flushed), over the cap (lost), or active with one empty leg (nothing lost: it waits)."""
    for person in range(len(counts)):
        if not counts[person]:
            continue
        at, active, cap = first[person], activity.active[person], _cap_of(terms, person)
        waiting, base, raw = _judge(legs, terms, active, person)
        forgone = min(raw, cap)
        if waiting:
            reason, needed, actual = _WEAK_LEG_EMPTY, base, min(legs.left[person], legs.right[person])
        elif active:
            reason, needed, actual, forgone = _CAPPED, raw, cap, raw - cap
        else:
            reason, needed, actual = inactivity(activity.status[person], activity.personal[person], activity.needed)
        miss.bonus[at], miss.person[at], miss.order[at] = bonus, person, -1
        miss.level[at], miss.paid_level[at], miss.rank_needed[at] = 0, 0, -1
        miss.reason[at], miss.needed[at], miss.actual[at] = reason, needed, actual
        miss.forgone[at], miss.breakage[at] = forgone, 0 if waiting else forgone
