"""Stairstep breakaway: levels up to the leader who has broken away, then one override to the next one above who has."""

from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np

from app.engine.case import Case, Draft
from app.engine.columns import Bools, Int16s, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.models import Result, Snapshot
from app.engine.rates import PAID, UNPAID, RateTable, rate_table
from app.engine.ways import NOTHING, Terms, Ways, draft_ways
from app.plans.breakaway import Breakaway
from app.plans.models import Plan


class _Stairs(NamedTuple):
    """What a walk up from a sale looks at.

    `leader` (n + 1): the nearest one who has broken away, from each on upwards; `counted` (n + 1): the nearest one who
    takes a level. `row` (n): the pay rank, the last for none. `takes` (n): whether a level that comes to them is
    theirs, paid or not. `pays`: whether there is anything in the share of each number.
    """

    up: Int32s
    leader: Int32s
    counted: Int32s
    row: Int16s
    active: Bools
    takes: Bools
    pays: Bools


def draft_breakaway(case: Case, index: int, bonus: Breakaway) -> Draft:
    """Lines and misses of one bonus. Who is passed over in every plan takes no level, and leads no group."""
    tree, pay, takes = case.snapshot.sponsor_tree, case.ranks.pay, ~case.snapshot.people.passed_over
    table = rate_table(bonus, case.plan)
    shares = _shares(bonus, case.plan, table)
    stairs = _Stairs(
        up=tree.up,
        leader=tree.nearest(takes & (pay >= threshold(case.plan, bonus))),
        counted=tree.nearest(takes),
        row=np.where(pay < 0, len(case.plan.ranks), pay).astype(np.int16),
        active=case.ranks.active,
        takes=takes,
        pays=np.array([share > 0 for share in shares], dtype=np.bool_),
    )
    walk = partial(_climb, stairs, table, len(case.plan.ranks))
    return draft_ways(case, index, walk, Terms(shares, customers=1, own=0))


def threshold(plan: Plan, bonus: Breakaway) -> int:
    """The rank index from which on people have broken away."""
    return plan.rank_names.index(bonus.breaks_away_at)


def has_broken_away(snapshot: Snapshot, plan: Plan, result: Result, bonus: Breakaway, person: int) -> bool:
    """Whether a person leads a group that has broken away, active or not."""
    return not snapshot.people.passed_over[person] and int(result.ranks.pay[person]) >= threshold(plan, bonus)


def override_rate(plan: Plan, bonus: Breakaway, rank: int, leaders: int) -> Fraction:
    """What somebody of a rank gets on the group of a leader of a rank, without the multiplier."""
    difference = bonus.override(plan.rank_names[rank]) - bonus.override(plan.rank_names[leaders])
    return max(difference, Fraction(bonus.minimum_override or 0))


def _shares(bonus: Breakaway, plan: Plan, table: RateTable) -> list[Fraction]:
    """NOTHING, then the cells of the rate table, then overrides at rank x ranks + the leader's rank."""
    levels = [Fraction(num, den) for num, den in zip(table.num.tolist(), table.den.tolist(), strict=True)]
    ranks = range(len(plan.ranks))
    overrides = [
        Fraction(bonus.multiplier) * override_rate(plan, bonus, own, theirs) for own in ranks for theirs in ranks
    ]
    return [Fraction(0), *levels, *overrides]


def _climb(
    stairs: _Stairs,
    table: RateTable,
    ranks: int,
    places: Int64s,
    begin: int,
    end: int,
    ways: Ways,
    size: Int64s,
    keep: int,
) -> None:
    """See ways.Walk."""
    _climb_levels(stairs, table, places, begin, end, ways, size, keep)
    _climb_leaders(stairs, 1 + len(table.num), ranks, places, begin, end, ways, size, keep)


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _climb_levels(
    stairs: _Stairs, table: RateTable, places: Int64s, begin: int, end: int, ways: Ways, size: Int64s, keep: int
) -> None:
    """See ways.Walk: the levels, up to and including the leader."""
    nobody, levels = len(stairs.row), table.levels
    for place in places[begin:end]:
        person = place % nobody
        leader, level, paid_level = stairs.leader[person], 1, 1
        if place >= nobody:
            # Who has broken away buys for a group of their own, which has no levels.
            person = nobody if leader == person else stairs.up[person]
        while person < nobody and paid_level <= levels:
            cell = stairs.row[person] * levels + paid_level - 1
            kind, paid = table.kind[cell], table.kind[cell] == PAID and stairs.active[person]
            if kind != UNPAID:
                at, needed = (ways.first[place] + size[place]) * keep, -1 if paid else table.needed[cell]
                share = 1 + (cell if needed < 0 else needed * levels + paid_level - 1)
                ways.person[at] = person if paid else ~person
                ways.paid_level[at], ways.needed[at], ways.share[at] = paid_level, needed, share
                # Who takes no level leaves it to those above.
                ways.lost[at] = share if stairs.takes[person] and not paid else NOTHING
                size[place] += 1
            if person == leader:
                break
            paid_level += stairs.takes[person]
            level += 1
            person = stairs.up[person]
            if level > levels:
                # Beyond the plan's depth by plain counting whoever takes no level is passed over in silence.
                person = stairs.counted[person]


@compiled
def _climb_leaders(
    stairs: _Stairs,
    overrides: int,
    ranks: int,
    places: Int64s,
    begin: int,
    end: int,
    ways: Ways,
    size: Int64s,
    keep: int,
) -> None:
    """See ways.Walk: the override, whose shares are numbered from `overrides` on."""
    nobody = len(stairs.row)
    for place in places[begin:end]:
        leader = stairs.leader[place % nobody]
        person, first_idle, somebody = stairs.leader[stairs.up[leader]], -1, False
        while person < nobody and not somebody:
            somebody = stairs.active[person]
            share = overrides + stairs.row[person] * ranks + stairs.row[leader]
            if stairs.pays[share]:
                at = (ways.first[place] + size[place]) * keep
                ways.person[at] = person if somebody else ~person
                ways.paid_level[at], ways.needed[at], ways.share[at] = 0, -1, share
                # It is lost where nobody further up is paid, of the first one alone.
                ways.lost[at] = NOTHING if somebody or first_idle >= 0 else share
                if somebody and first_idle >= 0:
                    ways.lost[first_idle] = NOTHING
                elif not somebody and first_idle < 0:
                    first_idle = at
                size[place] += 1
            person = stairs.leader[stairs.up[person]]
