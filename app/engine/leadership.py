"""Leadership bonus: what groups that have broken away pass on to the next leader above, from the lowest level up."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from app.amounts import to_minor
from app.engine.case import Activity, Case, inactivity
from app.engine.columns import Bools, Int16s, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.forest import guard_sum, scatter_sums
from app.engine.models import Lines, LinesRecord, Misses, MissesRecord, Ranks, Snapshot
from app.engine.rates import rounding_of, share_of
from app.plans.leadership import Leadership
from app.plans.models import Plan


class Groups(NamedTuple):
    """Groups by their leaders. `leads` (n); `above` (n): the next leader over each person, `earner` (n): the next one
    who takes part, both n for nobody. Of each leader, minor units, 0 of others (n): `cv` of the group, what it `made`,
    and what is `taken` of what the leader has `received` to fill that up."""

    leads: Bools
    above: Int32s
    earner: Int32s
    cv: Int64s
    made: Int64s
    taken: Int64s
    received: Int64s


class _Past(NamedTuple):
    """What came past each leader who takes no part (n): whether anything did, minor money of it all, and what of it
    nobody was paid, since nobody further up takes part."""

    anything: Bools
    forgone: Int64s
    lost: Int64s


def draft_leadership(case: Case, index: int, bonus: Leadership) -> "LeadershipDraft":
    """A line for each group and the leader it pays, one for each leader who fills up what theirs made, and one miss for
    each leader who takes no part. Who is passed over in every plan leads no group."""
    count = len(case.snapshot.people)
    groups = groups_of(case.snapshot, case.plan, case.ranks, bonus)
    forgone, lost, line_counts = (np.zeros(count, dtype=np.int64) for _ in range(3))
    past = _Past(np.zeros(count, dtype=np.bool_), forgone, lost)
    _settle(case.snapshot.sponsor_tree.order, groups, past, line_counts)
    depth = case.snapshot.sponsor_tree.depth
    return LeadershipDraft(index, _share(bonus), groups, past, depth, case.ranks.pay, case.activity, line_counts)


def groups_of(snapshot: Snapshot, plan: Plan, ranks: Ranks, bonus: Leadership) -> Groups:
    """Who leads what, and what is passed on. `ranks.active`: who takes part. Raises AmountOverflowError."""
    tree, orders, count = snapshot.sponsor_tree, snapshot.orders, len(snapshot.people)
    leads = ~snapshot.people.passed_over & (ranks.pay >= threshold(plan, bonus))
    leader, up = tree.nearest(leads), tree.up[:-1]
    # What is sold where no leader stands over it belongs to the row of nobody; at a rate of 0 nobody is looked at.
    cv = scatter_sums(leader[orders.seller], np.where(bonus.rate > 0, orders.cv, 0), count + 1)[:-1]
    share, guaranteed = _share(bonus), to_minor(bonus.guaranteed_cv or Decimal(0))
    least = np.array([guaranteed], dtype=np.int64)
    rates = [(share.numerator, share.denominator)]
    rounding = rounding_of(plan.rounding, np.concatenate([cv, least]), rates)
    made, taken, received = (np.zeros(count, dtype=np.int64) for _ in range(3))
    _make(cv, *rates[0], rounding.half_even, rounding.in_parts, made)
    guard_sum("what all groups make", made)
    groups = Groups(leads, leader[up], tree.nearest(leads & ranks.active)[up], cv, made, taken, received)
    if bonus.guaranteed_cv is None:
        _pass_on(tree.order, groups, False, 0)
    else:
        _pass_on(tree.order, groups, True, guarantee(plan, bonus))
    return groups


def guarantee(plan: Plan, bonus: Leadership) -> int:
    """What the guaranteed volume makes, minor money; 0 where none is guaranteed."""
    share, cv = _share(bonus), to_minor(bonus.guaranteed_cv or Decimal(0))
    return int(share_of(cv, share.numerator, share.denominator, plan.rounding == "half_even", True))


def threshold(plan: Plan, bonus: Leadership) -> int:
    """The rank index from which on people lead a group that has broken away."""
    return plan.rank_names.index(bonus.breaks_away_at)


@dataclass(frozen=True, slots=True)
class LeadershipDraft:
    """Everything that the rows of one bonus are written from; shapes as in the models."""

    index: int
    share: Fraction
    groups: Groups
    past: _Past
    depth: Int32s
    rank: Int16s
    activity: Activity
    line_counts: Int64s

    @property
    def miss_counts(self) -> Int64s:
        """See Draft."""
        return self.past.anything.astype(np.int64)

    def write(self, lines: Lines, line_at: Int64s, misses: Misses, miss_at: Int64s) -> None:
        """See Draft."""
        rate = self.share.numerator, self.share.denominator
        line, miss = lines.as_record(LinesRecord), misses.as_record(MissesRecord)
        _write_lines(self.index, *rate, self.groups, self.depth, self.rank, line_at.copy(), line)
        _write_misses(self.index, self.past, self.activity, miss_at, miss)


def _share(bonus: Leadership) -> Fraction:
    return Fraction(bonus.multiplier) * Fraction(bonus.rate)


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _make(cv: Int64s, num: int, den: int, half_even: bool, in_parts: bool, made: Int64s) -> None:
    for person in range(len(cv)):
        made[person] = share_of(cv[person], num, den, half_even, in_parts)


@compiled
def _pass_on(order: Int32s, groups: Groups, guarantees: bool, least: int) -> None:
    """Every leader after all below them, so that what they receive is whole: then it is known what can be taken of it.

    Nothing leaves 64 bits: whatever is received is a part of what groups made.
    """
    nobody = len(order)
    for at in range(nobody - 1, -1, -1):
        person = order[at]
        if groups.leads[person]:
            missing = least - groups.made[person] if guarantees else 0
            taken = max(0, min(missing, groups.received[person]))
            groups.taken[person] = taken
            if groups.earner[person] < nobody:
                groups.received[groups.earner[person]] += groups.made[person] + taken


@compiled
def _settle(order: Int32s, groups: Groups, past: _Past, line_counts: Int64s) -> None:
    """Count each person's lines, and add up what came past those who take no part: a leader's own and what came past
    them goes on to the next one above."""
    nobody = len(order)
    for at in range(nobody - 1, -1, -1):
        person = order[at]
        if not groups.leads[person]:
            continue
        shares = groups.cv[person] != 0 or groups.taken[person] > 0
        earner, above = groups.earner[person], groups.above[person]
        if shares and earner < nobody:
            line_counts[earner] += 1
            line_counts[person] += groups.taken[person] > 0
        if above < nobody and above != earner:
            if shares:
                past.anything[above] = True
                past.forgone[above] += groups.made[person] + groups.taken[person]
                if earner == nobody:
                    past.lost[above] += groups.made[person]
            past.anything[above] |= past.anything[person]
            past.forgone[above] += past.forgone[person]


@compiled
def _write_lines(
    bonus: int, num: int, den: int, groups: Groups, depth: Int32s, rank: Int16s, line_at: Int64s, line: Any
) -> None:
    """What a leader gives comes first, then what they receive, by the numbers of those below. `line_at` moves on."""
    nobody = len(rank)
    for person in range(nobody):
        earner, taken = groups.earner[person], groups.taken[person]
        if groups.leads[person] and earner < nobody and taken > 0:
            at = line_at[person]
            line_at[person] += 1
            line.bonus[at], line.earner[at], line.source[at], line.order[at] = bonus, person, earner, -1
            line.level[at], line.paid_level[at] = depth[person] - depth[earner], 0
            line.rate_num[at], line.rate_den[at], line.base[at] = num, den, 0
            line.raw[at], line.amount[at], line.rank[at] = 0, -taken, rank[person]
    for person in range(nobody):
        earner, taken = groups.earner[person], groups.taken[person]
        if groups.leads[person] and earner < nobody and (groups.cv[person] != 0 or taken > 0):
            at, made = line_at[earner], groups.made[person]
            line_at[earner] += 1
            line.bonus[at], line.earner[at], line.source[at], line.order[at] = bonus, earner, person, -1
            line.level[at], line.paid_level[at] = depth[person] - depth[earner], 1
            line.rate_num[at], line.rate_den[at], line.base[at] = num, den, groups.cv[person]
            line.raw[at], line.amount[at], line.rank[at] = made, made + taken, rank[earner]


@compiled
def _write_misses(bonus: int, past: _Past, activity: Activity, miss_at: Int64s, miss: Any) -> None:
    for person in range(len(past.anything)):
        if past.anything[person]:
            at = miss_at[person]
            reason, lacked, held = inactivity(activity.status[person], activity.personal[person], activity.needed)
            miss.bonus[at], miss.person[at], miss.order[at] = bonus, person, -1
            miss.level[at], miss.paid_level[at], miss.rank_needed[at] = 0, 0, -1
            miss.reason[at], miss.needed[at], miss.actual[at] = reason, lacked, held
            miss.forgone[at], miss.breakage[at] = past.forgone[person], past.lost[person]
