"""Why a bonus has nothing to say to a person, neither a line nor a miss: no sale reached them, or no volume met."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, cast

import numpy as np

from app.amounts import from_minor, to_minor
from app.engine import leadership
from app.engine.breakaway import has_broken_away, threshold
from app.engine.case import beginnings, climbed_by, least_rank, takes_any_level
from app.engine.columns import Bools, Int16s, Int32s, Int64s, rows_of
from app.engine.compiled import compiled
from app.engine.differential import rates_for
from app.engine.gates import REASONS, active_in, failed_gate, person_gates, seen_by, shown_to
from app.engine.legs import way_of
from app.engine.measures import schedule_volume
from app.engine.models import Ranks, Result, Snapshot
from app.engine.position import Position, position
from app.engine.rates import PAID, rate_table
from app.engine.reasons import GATES, Check, Lack, gate_lack, rank_card
from app.plans.binary import Binary, RateByVolume
from app.plans.breakaway import Breakaway
from app.plans.differential import Differential
from app.plans.gates import guards, singles
from app.plans.leadership import Leadership
from app.plans.matrix import Matrix
from app.plans.models import Plan
from app.plans.retail import RetailMargin
from app.plans.shares import percent
from app.plans.unilevel import LevelBonus

Cause = Literal[
    "inactive_status",
    "inactive_volume",
    "gate_customer_pv",
    "gate_customer_share",
    "gate_majority",
    "gate_customers",
    "no_place",
    "nobody_below",
    "nobody_placed",
    "no_sale",
    "too_deep",
    "unpaid_level",
    "rank_depth",
    "leg_empty",
    "leg_short",
    "no_rate",
    "no_step",
    "no_difference",
    "broken_away",
    "no_override",
    "no_leader",
    "no_group",
    "no_retail",
    "next_rank",
]


@dataclass(frozen=True, slots=True)
class Because:
    """One reason why a person is paid nothing, by one bonus (its index in the plan) or by any (None).

    inactive_status, inactive_volume: the person is not active. gate_customer_pv, gate_customer_share, gate_majority,
    gate_customers: they are, and a gate of the bonus lets them not in. no_place: they have no place in the matrix.
    nobody_below: nobody is below, and no customer of theirs bought. nobody_placed: nobody is placed below them.
    no_sale: no order with CV came from below. too_deep: the nearest one came from below the paid levels.
    unpaid_level: it came on a level that the plan pays nobody.
    rank_depth: it came on a level that their rank is not paid, further up than misses are told.
    leg_empty: no volume to match in a leg. leg_short: too little in a leg for a cycle. no_rate: the plan gives the
    bonus a rate of 0. no_step: their own rate is 0.
    no_difference: whatever came up to them was paid at their rate or a higher one before. broken_away:
    all that came up to them came from groups that have broken away, and they have not. no_override: they have, and no
    group broke away right below them at a lower override rate. no_retail: no order that the retail margin is of.
    no_leader: their rank leads no group that has broken away. no_group: none below them passes anything on.
    next_rank: a requirement of the next rank; no obstacle by itself.
    """

    bonus: int | None
    cause: Cause
    lack: Lack
    instead: bool = False
    """Whether it would have done instead of the one before."""


def nearest_sales(snapshot: Snapshot, plan: Plan, result: Result) -> dict[int, Int32s]:
    """By index of the plan's bonuses up a tree: on which paid level each person (n) meets the nearest order with CV,
    whatever is paid there; 0 where none comes up to them. Of a bonus without levels, 1 where any does; of a breakaway
    bonus -1 where all come from groups that have broken away. Where all orders come from below its matrix, or
    its depth, minus the level of the nearest by plain counting."""
    found: dict[int, Int32s] = {}
    for at, bonus in enumerate(plan.bonuses):
        if isinstance(bonus, LevelBonus):
            alike = [other for other in found if _takes_alike(plan, bonus, plan.bonuses[other])]
            found[at] = found[alike[0]] if alike else _nearest(snapshot, plan, result, at, bonus)
        elif isinstance(bonus, Differential):
            seen, nobody = seen_by(snapshot, plan, result.ranks, at)[0], np.zeros((1, len(snapshot.people)), np.bool_)
            found[at] = _levels(seen, nobody, own_too=bonus.own_purchases)
        elif isinstance(bonus, Breakaway):
            found[at] = _levels_in_groups(seen_by(snapshot, plan, result.ranks, at)[0], plan, result, bonus)
    return found


def _takes_alike(plan: Plan, bonus: LevelBonus, other: object) -> bool:
    """Whether the same people take levels of both, up the same tree, whatever is paid there."""
    if not isinstance(other, LevelBonus) or bonus.compression == "dynamic":
        return False
    gates = [[gate for gate in plan.gates if guards(gate, each.name)] for each in (bonus, other)]
    terms = [(type(each), each.compression, each.compress_below, each.reach) for each in (bonus, other)]
    return terms[0] == terms[1] and gates[0] == gates[1]


def _nearest(snapshot: Snapshot, plan: Plan, result: Result, at: int, bonus: LevelBonus) -> Int32s:
    snapshot, ranks = seen_by(snapshot, plan, result.ranks, at)
    takes = _takes(snapshot, plan, ranks, bonus)
    if bonus.reach is None:
        return _levels(snapshot, takes)
    first = beginnings(snapshot, bonus)[snapshot.orders.cv != 0]
    tree, sold = climbed_by(snapshot, bonus), np.zeros(len(snapshot.people) + 1, dtype=np.bool_)
    sold[first] = True
    within, plain = np.zeros(len(sold), dtype=np.int32), sold.astype(np.int32)
    plain[-1] = 0
    _climb_within(tree.up, np.flatnonzero(sold[:-1]), takes, bonus.reach, within)
    _climb(tree.up, tree.order, np.ones((1, len(snapshot.people)), dtype=np.bool_), plain)
    return np.where(within > 0, within, -plain)[:-1]


def _takes(snapshot: Snapshot, plan: Plan, ranks: Ranks, bonus: LevelBonus) -> Bools:
    """Who takes a level that comes to them: one row for whatever level (1, n), or a row for each and a last one for all
    beyond them (levels + 1, n)."""
    if bonus.compression != "dynamic":
        return takes_any_level(snapshot, plan, ranks, bonus)[np.newaxis]
    table = rate_table(bonus, plan)
    paid = (table.kind == PAID).reshape(-1, table.levels)
    # No rank, -1, is the last row.
    beyond = np.zeros(len(snapshot.people), dtype=np.bool_)
    return np.stack([*(paid[ranks.pay, level] & ranks.active for level in range(table.levels)), beyond])


def why_nothing(
    snapshot: Snapshot, plan: Plan, result: Result, person: int, nearest: dict[int, Int32s]
) -> tuple[Because, ...]:
    """Why each bonus that has neither a line nor a miss for the person pays them nothing; `nearest` as `nearest_sales`
    gives it. Whoever has no line at all is told what the next rank asks as well."""
    paid = _bonuses_of(result.lines.earner, result.lines.bonus, person)
    missed = _bonuses_of(result.misses.person, result.misses.bonus, person)
    found: list[Because] = []
    for at, bonus in enumerate(plan.bonuses):
        if at in paid or at in missed:
            continue
        found += _shut_out(plan, result, person, at)
        if isinstance(bonus, Binary):
            found += _unmatched(snapshot, plan, result, person, at)
        elif isinstance(bonus, RetailMargin):
            found += _unretailed(snapshot, person, at, bonus)
        elif isinstance(bonus, Leadership):
            found += _ungrouped(snapshot, plan, result, person, at, bonus)
        elif not nearest[at][person]:
            found.append(_unsold(snapshot, bonus, person, at))
        elif isinstance(bonus, Differential):
            found += _undifferent(snapshot, plan, result, person, at, bonus)
        elif isinstance(bonus, Breakaway) and nearest[at][person] < 0:
            found += _unled(snapshot, plan, result, person, at, bonus)
        else:
            found += _unreached(snapshot, plan, result, person, at, int(nearest[at][person]))
    if len(paid | missed) < len(plan.bonuses):
        found = _inactive(snapshot, plan, result, person) + found
    return tuple(found) if paid else (*found, *_next_rank(plan, result, person))


def _inactive(snapshot: Snapshot, plan: Plan, result: Result, person: int) -> list[Because]:
    if result.ranks.active[person]:
        return []
    if not snapshot.people.active[person]:
        return [Because(None, "inactive_status", Lack("status", "active", "not active", 1, "status"))]
    needed = to_minor(plan.activity.personal_pv or Decimal(0))
    lack = _volume("personal PV", needed, int(result.ranks.actual("personal_pv")[person]), "PV")
    return [Because(None, "inactive_volume", lack)]


def _shut_out(plan: Plan, result: Result, person: int, at: int) -> list[Because]:
    """By a gate of a bonus, which nobody asks whether the inactive would pass."""
    who = np.array([person])
    number = int(failed_gate(plan, result.ranks, at, who)[0])
    if number < 0 or not result.ranks.active[person]:
        return []
    found = []
    for place, gate in enumerate(singles(person_gates(plan, at)[number])):
        shown = shown_to(gate, result.ranks, who)
        lack = gate_lack(REASONS[gate.type], int(shown.needed[0]), int(shown.actual[0]))
        found.append(Because(at, GATES[gate.type], lack, instead=place > 0))
    return found


def _unreached(snapshot: Snapshot, plan: Plan, result: Result, person: int, at: int, nearest: int) -> list[Because]:
    """Of a bonus with levels, where the nearest sale comes in on the paid level `nearest`."""
    bonus = cast(LevelBonus | Breakaway, plan.bonuses[at])
    reach = bonus.reach if isinstance(bonus, LevelBonus) and nearest < 0 else None
    deepest = bonus.levels if reach is None else reach
    if abs(nearest) > deepest:
        lack = Lack("levels to the nearest sale", str(deepest), str(abs(nearest)), abs(nearest) - deepest, "levels")
        return [Because(at, "too_deep", lack)]
    active = active_in(plan, result.ranks, at, np.array([person]))[0]
    if isinstance(bonus, LevelBonus) and bonus.compression == "dynamic" and active:
        held, table = int(result.ranks.pay[person]), rate_table(bonus, plan)
        needed = int(table.needed.reshape(-1, table.levels)[held, nearest - 1])
        names = (*plan.rank_names, "no rank")
        return [Because(at, "rank_depth", Lack("rank for pay", names[needed], names[held], needed - held, "rank"))]
    if isinstance(bonus, Breakaway):
        silent = bool(snapshot.people.passed_over[person])
    elif bonus.compression == "standard":
        silent = not active or bool(result.ranks.pay[person] < least_rank(plan, bonus))
    else:
        silent = not takes_any_level(snapshot, plan, result.ranks, bonus)[person]
    if silent:
        # Beyond the plan's depth by plain counting whoever takes no level is passed over in silence.
        return []
    paid = [
        level for level in range(1, bonus.levels + 1) if any(bonus.rate(rank, level) for rank in bonus.levels_by_rank)
    ]
    gap = min((abs(level - nearest) for level in paid), default=0)
    lack = Lack("a sale on a paid level", ", ".join(map(str, paid)) or "none", str(nearest), gap, "levels")
    return [Because(at, "unpaid_level", lack)]


def _unsold(snapshot: Snapshot, bonus: object, person: int, at: int) -> Because:
    """Of a bonus up a tree, where no sale comes up to the person."""
    tree, where = climbed_by(snapshot, bonus), " in the matrix" if isinstance(bonus, Matrix) else ""
    if isinstance(bonus, Matrix) and tree.up[person] == tree.people and snapshot.people.sponsor[person] >= 0:
        return Because(at, "no_place", Lack("place in the matrix", "one", "none", 1, "status"))
    if not (tree.up[:-1] == person).any():
        return Because(at, "nobody_below", Lack(f"people below you{where}", "1", "0", 1, "people"))
    return Because(at, "no_sale", Lack(f"orders with CV below you{where}", "1", "0", 1, "orders"))


def _undifferent(
    snapshot: Snapshot, plan: Plan, result: Result, person: int, at: int, bonus: Differential
) -> list[Because]:
    """Of a differential bonus that sales come up to."""
    if snapshot.people.passed_over[person]:
        return []
    if not any(bonus.rates):
        return [Because(at, "no_rate", Lack("a rate", "above 0", "0", 0, "rate"))]
    if rate := rates_for(snapshot, plan, result, bonus)(person):
        own = percent(Decimal(rate.numerator) / Decimal(rate.denominator))
        return [Because(at, "no_difference", Lack("a rate above those paid below you", f"above {own}", own, 0, "rate"))]
    if bonus.schedule is not None:
        needed = to_minor(next(step.from_ for step in bonus.schedule if step.rate))
        volume = schedule_volume(bonus)
        actual = int(result.ranks.actual(volume.name)[person])
        return [Because(at, "no_step", _volume(volume.label, needed, actual, "PV"))]
    given = bonus.rates_by_rank or {}
    lowest, held = (
        next(rank for rank, name in enumerate(plan.rank_names) if given.get(name)),
        int(result.ranks.pay[person]),
    )
    names = (*plan.rank_names, "no rank")
    return [Because(at, "no_step", Lack("rank for pay", names[lowest], names[held], lowest - held, "rank"))]


def _unretailed(snapshot: Snapshot, person: int, at: int, bonus: RetailMargin) -> list[Because]:
    if snapshot.people.passed_over[person]:
        return []
    if not bonus.rate:
        return [Because(at, "no_rate", Lack("a rate", "above 0", "0", 0, "rate"))]
    what = (
        "orders of your customers with CV" if bonus.of == "customers" else "orders with CV, your customers' or your own"
    )
    return [Because(at, "no_retail", Lack(what, "1", "0", 1, "orders"))]


def _unled(snapshot: Snapshot, plan: Plan, result: Result, person: int, at: int, bonus: Breakaway) -> list[Because]:
    """Of a breakaway bonus, where all that comes up to the person comes from groups that have broken away."""
    if snapshot.people.passed_over[person]:
        return []
    if has_broken_away(snapshot, plan, result, bonus, person):
        what = "groups that broke away right below you at a lower override rate"
        return [Because(at, "no_override", Lack(what, "1", "0", 1, "legs"))]
    needed, held, names = threshold(plan, bonus), int(result.ranks.pay[person]), (*plan.rank_names, "no rank")
    return [Because(at, "broken_away", Lack("rank for pay", names[needed], names[held], needed - held, "rank"))]


def _ungrouped(
    snapshot: Snapshot, plan: Plan, result: Result, person: int, at: int, bonus: Leadership
) -> list[Because]:
    """Of a leadership bonus: whoever leads a group and has neither line nor miss has nothing that is passed on."""
    if snapshot.people.passed_over[person]:
        return []
    if not bonus.rate:
        return [Because(at, "no_rate", Lack("a rate", "above 0", "0", 0, "rate"))]
    needed, held = leadership.threshold(plan, bonus), int(result.ranks.pay[person])
    if held >= needed:
        return [Because(at, "no_group", Lack("groups below you that have broken away, with CV", "1", "0", 1, "legs"))]
    names = (*plan.rank_names, "no rank")
    return [Because(at, "no_leader", Lack("rank for pay", names[needed], names[held], needed - held, "rank"))]


def _unmatched(snapshot: Snapshot, plan: Plan, result: Result, person: int, at: int) -> list[Because]:
    bonus = cast(Binary, plan.bonuses[at])
    here = position(snapshot, plan, result, bonus, person)
    if not here.rate and not bonus.pays:
        return [_unpaid(plan, result, person, at, here)]
    volumes = {"left": here.left, "right": here.right}
    if not any(volumes.values()) and not (snapshot.people.parent == person).any():
        return [Because(at, "nobody_placed", Lack("people placed below you", "1", "0", 1, "people"))]
    # As much as in the other leg would match it all; where that is empty too, anything would.
    fullest = max(1, *volumes.values())
    empty = [
        Because(at, "leg_empty", _volume(f"CV in the {leg} leg", fullest, volume, "CV"))
        for leg, volume in volumes.items()
        if volume <= 0
    ]
    return empty or _short(bonus, at, here)


def _short(bonus: Binary, at: int, here: Position) -> list[Because]:
    """Of legs that are too small for a cycle, none of them empty."""
    way = way_of(bonus)
    left_leads = here.left > here.right if way.right_first else here.left >= here.right
    needed = (way.strong, way.weak) if left_leads else (way.weak, way.strong)
    legs = zip(("left", "right"), needed, (here.left, here.right), strict=True)
    return [
        Because(at, "leg_short", _volume(f"CV in the {leg} leg", takes, volume, "CV"))
        for leg, takes, volume in legs
        if volume < takes
    ]


def _unpaid(plan: Plan, result: Result, person: int, at: int, here: Position) -> Because:
    """Why their rate is 0."""
    bonus = cast(Binary, plan.bonuses[at])
    if isinstance(bonus.rate, RateByVolume) and any(step.rate for step in bonus.rate.steps):
        needed = to_minor(next(step.from_ for step in bonus.rate.steps if step.rate))
        unit: Literal["PV", "CV"] = "PV" if bonus.rate.by == "personal_pv" else "CV"
        return Because(at, "no_step", _volume(f"personal {unit}", needed, here.personal, unit))
    if isinstance(bonus.rate, dict) and any(bonus.rate.values()):
        lowest, held = (
            next(rank for rank, name in enumerate(plan.rank_names) if bonus.rate.get(name)),
            int(result.ranks.pay[person]),
        )
        names = (*plan.rank_names, "no rank")
        return Because(at, "no_step", Lack("rank for pay", names[lowest], names[held], lowest - held, "rank"))
    return Because(at, "no_rate", Lack("a rate", "above 0", "0", 0, "rate"))


def _next_rank(plan: Plan, result: Result, person: int) -> list[Because]:
    above = int(result.ranks.paid_as[person]) + 1
    if above == len(plan.ranks):
        return []
    card = rank_card(plan, result, person, above)
    return [Because(None, "next_rank", _lack_of(check, card.rank)) for check in card.checks if not check.met]


def _lack_of(check: Check, rank: str) -> Lack:
    requirement = f"{check.requirement} for {rank}"
    if check.unit == "status":
        return Lack(requirement, "active", "not active", 1, "status")
    return Lack(requirement, str(check.required), str(check.actual), check.gap, check.unit)


def _volume(requirement: str, needed: int, actual: int, unit: Literal["PV", "CV"]) -> Lack:
    return Lack(requirement, from_minor(needed), from_minor(actual), from_minor(needed - actual), unit)


def _bonuses_of(people: Int32s, bonus: Int16s, person: int) -> set[int]:
    """The bonuses in a person's rows of a table that is sorted by person."""
    mine = rows_of(people, person)
    return {int(at) for at in np.unique(bonus[mine.start : mine.stop])}


def _levels(snapshot: Snapshot, takes: Bools, *, own_too: bool = False) -> Int32s:
    """`own_too`: an own purchase comes to the buyer first, as a customer's order to its seller; else to the sponsor."""
    orders, tree = snapshot.orders, snapshot.sponsor_tree
    start = np.where((orders.buyer < 0) | own_too, orders.seller, tree.up[orders.seller])
    level = np.zeros(len(tree.up), dtype=np.int32)
    level[start[orders.cv != 0]] = 1
    _climb(tree.up, tree.order, takes, level)
    return level[:-1]


def _levels_in_groups(snapshot: Snapshot, plan: Plan, result: Result, bonus: Breakaway) -> Int32s:
    orders, tree = snapshot.orders, snapshot.sponsor_tree
    takes = np.append(~snapshot.people.passed_over, False)
    leads = takes & (np.append(result.ranks.pay, -1) >= threshold(plan, bonus))
    sold = orders.cv != 0
    level = np.zeros(len(tree.up), dtype=np.int32)
    own, customers = (orders.seller[sold & each] for each in (orders.buyer >= 0, orders.buyer < 0))
    level[tree.up[own[leads[own]]]] = -1
    level[tree.up[own[~leads[own]]]] = 1
    level[customers] = 1
    _climb_in_groups(tree.up, tree.order, takes, leads, level)
    return level[:-1]


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _climb_in_groups(up: Int32s, order: Int32s, takes: Bools, leads: Bools, level: Int32s) -> None:
    """As _climb, up to and including who leads a group; above them -1, where nothing comes from nearer by."""
    for at in range(len(order) - 1, -1, -1):
        person, above = order[at], up[order[at]]
        if level[person] == 0:
            continue
        if level[person] < 0 or leads[person]:
            if level[above] == 0:
                level[above] = -1
        else:
            higher = level[person] + (1 if takes[person] else 0)
            if level[above] <= 0 or higher < level[above]:
                level[above] = higher


@compiled
def _climb_within(up: Int32s, starts: Int64s, takes: Bools, reach: int, level: Int32s) -> None:
    """From each of `starts` as far as a matrix reaches: the lowest level of any sale, as in _climb."""
    last, nobody = takes.shape[0] - 1, len(up) - 1
    for start in starts:
        person, paid_level, steps = start, 1, 0
        while person < nobody and steps < reach:
            if level[person] == 0 or paid_level < level[person]:
                level[person] = paid_level
            paid_level += 1 if takes[min(paid_level - 1, last), person] else 0
            person = up[person]
            steps += 1


@compiled
def _climb(up: Int32s, order: Int32s, takes: Bools, level: Int32s) -> None:
    """Everybody after all who stand below them: the lowest level of any sale, 1 more above each who takes it. The
    lowest stays the lowest, since nobody moves a level on by more than 1."""
    last = takes.shape[0] - 1
    for at in range(len(order) - 1, -1, -1):
        person, above = order[at], up[order[at]]
        if level[person] > 0:
            higher = level[person] + (1 if takes[min(level[person] - 1, last), person] else 0)
            if level[above] == 0 or higher < level[above]:
                level[above] = higher
