"""Binary pay: the volume matched between two legs, and what is carried of the rest."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from app.engine.binary_terms import Come, Legs, Terms, cap_rows, caps_of, keeps_when_inactive
from app.engine.case import Activity, Case, inactivity
from app.engine.columns import Bools, Int8s, Int16s, Int64s
from app.engine.compiled import compiled
from app.engine.forest import scatter_sums
from app.engine.models import LEFT, RIGHT, Carry, Lines, LinesRecord, Misses, MissesRecord, Reason, Snapshot
from app.engine.owners import OwnersCuts, cuts_of
from app.engine.settling import settle_at_once, settle_by_day
from app.plans.binary import Binary

_WEAK_LEG_EMPTY, _CAPPED, _CAPPED_OWNER, _CAPPED_DAY = (
    int(reason) for reason in (Reason.WEAK_LEG_EMPTY, Reason.CAPPED, Reason.CAPPED_OWNER, Reason.CAPPED_DAY)
)


def draft_binary(case: Case, index: int, bonus: Binary) -> "BinaryDraft":
    """At most one line a person, their misses, and the carry of every position.

    A leg is the child in that slot with everybody below in the binary tree; its new volume is their CV of the period.
    The position's own volume is in neither leg. What is matched of carry-in + new, where a negative leg counts as zero,
    is the plan's method's to say; its carry rule says what becomes of the rest, and of the inactive.
    """
    left_new, right_new = _new_volume(case.snapshot)
    people = case.snapshot.people
    legs = Legs(people.carry_left + left_new, people.carry_right + right_new)
    settle = settle_at_once if bonus.cap_per_day is None else settle_by_day
    terms, come, line_counts, miss_counts = settle(case, bonus, legs)
    cuts = _cuts(case, bonus, np.where(line_counts > 0, come.amount, 0))
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
    known = index, legs, terms, come, cuts, case.ranks.pay, case.activity
    return BinaryDraft(*known, keeps_when_inactive(bonus), carry, line_counts, miss_counts)


@dataclass(frozen=True, slots=True)
class BinaryDraft:
    """Everything that the rows of one bonus are written from; shapes as in the models. `keeps`: what an inactive
    position would have matched stays in its legs."""

    index: int
    legs: Legs
    terms: Terms
    come: Come
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
        known = self.index, self.legs, self.come, self.cuts, self.activity, self.keeps, self.terms.carried
        _write_misses(*known, self.line_counts, miss_at, self.miss_counts, miss)


def untouched(snapshot: Snapshot) -> Carry:
    """The carry of a plan without binary bonus: what came in goes out."""
    zero = np.zeros(len(snapshot.people), dtype=np.int64)
    left, right = snapshot.people.carry_left, snapshot.people.carry_right
    return Carry(left, right, zero, zero, zero, zero, zero, zero, left, right)


def _cuts(case: Case, bonus: Binary, amounts: Int64s) -> OwnersCuts:
    """What the aggregate cap cuts of the amounts (n) of positions' lines."""
    if bonus.aggregate_cap is None:
        nothing = np.zeros_like(amounts)
        return OwnersCuts(case.snapshot.people.owner, nothing, nothing, nothing)
    caps = caps_of(case.plan, bonus.aggregate_cap)
    return cuts_of(case.snapshot.people.owner, amounts, caps, cap_rows(case.ranks, bonus))


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
    rules = bonus.carry == "full_flush", bonus.flush_inactive, bonus.carry == "forward"
    most = caps_of(case.plan, bonus.carry_cap)
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
def _leave(
    taken: Int64s,
    active: Bools,
    flush_all: bool,
    flush_inactive: bool,
    forward: bool,
    most: Int64s,
    rank: Int16s,
    left_over: _LeftOver,
) -> None:
    """Take the match out of a leg, `left_over.out` as it begins, and flush what the carry rule does."""
    for person in range(len(taken)):
        rest, matched, flushed = left_over.out[person], 0, 0
        if active[person]:
            matched = taken[person]
        elif forward:
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
    terms: Terms,
    come: Come,
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
    legs: Legs,
    come: Come,
    cuts: OwnersCuts,
    activity: Activity,
    keeps: bool,
    carried: bool,
    paid: Int64s,
    first: Int64s,
    counts: Int64s,
    miss: Any,
) -> None:
    """Inactive with a match (lost or kept), one leg is empty (the other waits), or, of whoever is `paid`, what caps cut
    off: the period's and those of days (lost or carried), and all positions' of the owner together (lost)."""
    for person in range(len(counts)):
        if not counts[person]:
            continue
        at = first[person]
        for row in range(at, at + counts[person]):
            miss.bonus[row], miss.person[row], miss.order[row] = bonus, person, -1
            miss.level[row], miss.paid_level[row], miss.rank_needed[row] = 0, 0, -1
        raw, due, amount = come.raw[person], come.due[person], come.amount[person]
        if not activity.active[person]:
            why = inactivity(activity.status[person], activity.personal[person], activity.needed)
            miss.reason[at], miss.needed[at], miss.actual[at] = why
            miss.forgone[at], miss.breakage[at] = amount, 0 if keeps else amount
            continue
        if not paid[person]:
            left, right = legs.left[person], legs.right[person]
            miss.reason[at], miss.needed[at], miss.actual[at] = _WEAK_LEG_EMPTY, max(left, right), min(left, right)
            miss.forgone[at], miss.breakage[at] = amount, 0
            continue
        if amount < due:
            miss.reason[at], miss.needed[at], miss.actual[at] = _CAPPED, due, amount
            miss.forgone[at], miss.breakage[at] = due - amount, 0 if carried else due - amount
            at += 1
        if cuts.cut[person] > 0:
            owner = cuts.owner[person]
            miss.reason[at], miss.needed[at], miss.actual[at] = _CAPPED_OWNER, cuts.together[owner], cuts.cap[owner]
            miss.forgone[at], miss.breakage[at] = cuts.cut[person], cuts.cut[person]
            at += 1
        if due < raw:
            miss.reason[at], miss.needed[at], miss.actual[at] = _CAPPED_DAY, raw, due
            miss.forgone[at], miss.breakage[at] = raw - due, 0 if carried else raw - due
