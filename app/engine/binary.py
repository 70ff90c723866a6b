"""Binary pay: the volume matched between two legs, the excess carried forward."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from app.amounts import to_minor
from app.engine.case import Case
from app.engine.columns import Bools, Int64s
from app.engine.forest import scatter_sums
from app.engine.models import LEFT, RIGHT, Carry, Lines, Misses, Reason, Snapshot
from app.engine.rates import share_of
from app.plans.models import Binary

_UNCAPPED = 2**62


@dataclass(frozen=True, slots=True)
class _Legs:
    """Available volume (carry-in + new) of every position and what of it meets in both legs, minor CV, shape (n,)."""

    left: Int64s
    right: Int64s
    match: Int64s


def pay_binary(case: Case, index: int, bonus: Binary) -> tuple[Lines, Misses, Carry]:
    """Lines and misses by person, at most one of each, and the carry of every position.

    A leg is the child in that slot with everybody below in the binary tree; its new volume is their CV of the period.
    The position's own volume is in neither leg. match = min(left, right) of carry-in + new, where a negative leg counts
    as zero. Both legs lose the match whether it is paid (active) or flushed (inactive).
    """
    carry, legs = _carry(case.snapshot, case.ranks.active)
    share = Fraction(bonus.multiplier) * Fraction(bonus.rate)
    cap = _caps(case, bonus)
    lines = _lines(case, index, legs, share, cap)
    return lines, _misses(case, index, legs, share, cap), carry


def untouched(snapshot: Snapshot) -> Carry:
    """The carry of a plan without binary bonus: what came in goes out."""
    zero = np.zeros(len(snapshot.people), dtype=np.int64)
    left, right = snapshot.people.carry_left, snapshot.people.carry_right
    return Carry(left, right, zero, zero, zero, zero, zero, left, right)


def _carry(snapshot: Snapshot, active: Bools) -> tuple[Carry, _Legs]:
    people, orders = snapshot.people, snapshot.orders
    below = snapshot.binary_tree.subtree_sums(scatter_sums(orders.seller, orders.cv, len(people)))
    left_new, right_new = _new_volume(snapshot, LEFT, below), _new_volume(snapshot, RIGHT, below)
    left, right = people.carry_left + left_new, people.carry_right + right_new
    match = np.maximum(np.minimum(left, right), 0)
    flushed = np.where(active, 0, match)
    carry = Carry(
        left_in=people.carry_left,
        right_in=people.carry_right,
        left_new=left_new,
        right_new=right_new,
        matched=match - flushed,
        left_flushed=flushed,
        right_flushed=flushed,
        left_out=left - match,
        right_out=right - match,
    )
    return carry, _Legs(left, right, match)


def _new_volume(snapshot: Snapshot, slot: int, below: Int64s) -> Int64s:
    children = np.flatnonzero(snapshot.people.slot == slot)
    volume = np.zeros(len(snapshot.people), dtype=np.int64)
    volume[snapshot.people.parent[children]] = below[children]
    return volume


def _lines(case: Case, index: int, legs: _Legs, share: Fraction, cap: Int64s) -> Lines:
    earner = np.flatnonzero(case.ranks.active & (legs.match > 0) & (share > 0))
    base = legs.match[earner]
    num, den = _constant(share.numerator, earner), _constant(share.denominator, earner)
    raw = share_of(base, num, den, case.plan.rounding)
    return Lines(
        bonus=np.full(len(earner), index, dtype=np.int16),
        earner=earner.astype(np.int32),
        source=np.full(len(earner), -1, dtype=np.int32),
        order=np.full(len(earner), -1, dtype=np.int32),
        level=np.zeros(len(earner), dtype=np.int32),
        paid_level=np.zeros(len(earner), dtype=np.int16),
        rate_num=num,
        rate_den=den,
        base=base,
        raw=raw,
        amount=np.minimum(raw, cap[earner]),
        rank=case.ranks.pay[earner],
    )


def _misses(case: Case, index: int, legs: _Legs, share: Fraction, cap: Int64s) -> Misses:
    """Inactive with a match (flushed), over the cap (lost), or active with one empty leg (nothing lost: it waits)."""
    active = case.ranks.active
    strong, weak = np.maximum(legs.left, legs.right), np.minimum(legs.left, legs.right)
    waiting = active & (weak <= 0) & (strong > 0)
    base = np.where(waiting, strong, legs.match)
    raw = share_of(base, _constant(share.numerator, base), _constant(share.denominator, base), case.plan.rounding)
    payable = np.minimum(raw, cap)
    capped = active & ~waiting & (raw > cap)
    person = np.flatnonzero((waiting | capped | (~active & (legs.match > 0))) & (share > 0))
    reason, needed, actual = case.inactivity()
    cases = [waiting, capped]
    forgone = np.where(capped, raw - cap, payable)
    return Misses(
        bonus=np.full(len(person), index, dtype=np.int16),
        person=person.astype(np.int32),
        order=np.full(len(person), -1, dtype=np.int32),
        level=np.zeros(len(person), dtype=np.int32),
        paid_level=np.zeros(len(person), dtype=np.int16),
        reason=np.select(cases, [np.int8(Reason.WEAK_LEG_EMPTY), np.int8(Reason.CAPPED)], reason)[person],
        rank_needed=np.full(len(person), -1, dtype=np.int16),
        needed=np.select(cases, [strong, raw], needed)[person],
        actual=np.select(cases, [weak, cap], actual)[person],
        forgone=forgone[person],
        breakage=np.where(waiting, 0, forgone)[person],
    )


def _constant(value: int, like: Int64s) -> Int64s:
    return np.full(len(like), value, dtype=np.int64)


def _caps(case: Case, bonus: Binary) -> Int64s:
    """Minor money per person. Where caps go by rank, nobody is paid without one."""
    ranks = case.ranks
    if bonus.cap_per_period is None:
        return np.full(len(ranks.pay), _UNCAPPED, dtype=np.int64)
    if not isinstance(bonus.cap_per_period, dict):
        return np.full(len(ranks.pay), to_minor(bonus.cap_per_period), dtype=np.int64)
    by_rank = [to_minor(bonus.cap_per_period[name]) for name in case.plan.rank_names]
    # The last entry, index -1, is "no rank".
    return np.array([*by_rank, 0], dtype=np.int64)[ranks.pay]
