"""What ranks and gates look at: what each measure is called, and how it is taken of everybody at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np

from app.amounts import from_minor, to_minor
from app.engine.columns import Bools, Int8s, Int32s, Int64s
from app.engine.compiled import compiled
from app.engine.forest import Forest
from app.engine.models import LEFT, RIGHT, Snapshot
from app.plans.differential import Differential, VolumeOfLevels
from app.plans.gates import singles
from app.plans.models import Plan
from app.plans.ranks import CappedGroupVolume, Requirements
from app.plans.shares import percent

GROUP_CUSTOMER_PV = "group_customer_pv"
"""Customers' part of group PV, which a gate may ask for."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of everybody: the name of its column, what readers call it; PV is in minor units, the rest counts."""

    name: str
    label: str
    unit: Literal["PV", "legs", "people"]


@dataclass(frozen=True, slots=True)
class WithinLevels(Measure):
    """PV of a person and so many levels below."""

    levels: int


@dataclass(frozen=True, slots=True)
class CappedGroup(Measure):
    """Group PV of which a leg counts for at most a share of the minor PV `of`, or of the whole (None)."""

    share: Fraction
    of: int | None


@dataclass(frozen=True, slots=True)
class HeavyLegs(Measure):
    """Legs of at least that much minor PV."""

    pv: int


@dataclass(frozen=True, slots=True)
class RankedLegs(Measure):
    """Legs in which somebody is paid as that rank or a higher one."""

    rank: str


@dataclass(frozen=True, slots=True)
class RankedPeople(Measure):
    """Frontline people who are paid as that rank or a higher one."""

    rank: str


_PERSONAL = Measure("personal_pv", "personal PV", "PV")
_CUSTOMER = Measure("customer_pv", "customer PV", "PV")
_GROUP = Measure("group_pv", "group PV", "PV")
ACTIVE_LEGS = Measure("active_legs", "active legs", "legs")
_SPONSORED_ACTIVE = Measure("personally_sponsored_active", "personally sponsored active", "people")
_SPONSORED = Measure("personally_sponsored", "personally sponsored", "people")
PERSONAL_GROUP = Measure("personal_group_pv", "personal group PV", "PV")
"""Group PV without those who have broken away and everybody below them: known once the ranks below are."""
GROUP_CUSTOMERS = Measure(GROUP_CUSTOMER_PV, "PV of the group's customers", "PV")
WEAK_LEG = Measure("weak_leg_pv", "weak leg PV", "PV")
CUSTOMERS = Measure("customers", "own customers who bought", "people")
"""Different own customers who bought in the period, less what came back, PV above 0."""

ALWAYS = (_PERSONAL, _CUSTOMER, _GROUP, ACTIVE_LEGS, _SPONSORED_ACTIVE)
"""Taken whatever a plan asks, in this order. The others are taken where a rank or a gate asks for them."""


class Need(NamedTuple):
    """What a rank needs of a measure, PV in minor units."""

    measure: Measure
    needed: int


def needs(requires: Requirements) -> list[Need]:
    """Each requirement but `active`."""
    return list(_needs(requires))


def measures_of(plan: Plan) -> tuple[Measure, ...]:
    """All that are taken for a plan; last those that count legs and then people by their rank, the lowest first."""
    asked = {need.measure for rank in plan.ranks for rules in rank.rules for need in needs(rules)}
    schedules = (bonus for bonus in plan.bonuses if isinstance(bonus, Differential) and bonus.schedule is not None)
    asked |= {schedule_volume(bonus) for bonus in schedules}
    asked -= {*ALWAYS}
    gates = {one.type for gate in plan.gates if gate.type != "no_own_purchases" for one in singles(gate)}
    if "majority_of_customers" in gates:
        asked.add(GROUP_CUSTOMERS)
    if "customers" in gates:
        asked.add(CUSTOMERS)
    by_rank = [measure for measure in asked if isinstance(measure, RankedLegs | RankedPeople)]
    others = asked.difference(by_rank)
    heights = {name: height for height, name in enumerate(plan.rank_names)}
    by_rank.sort(key=lambda measure: (isinstance(measure, RankedPeople), heights[measure.rank]))
    return (*ALWAYS, *sorted(others, key=lambda measure: measure.name), *by_rank)


def schedule_volume(bonus: Differential) -> Measure:
    """What the schedule of a bonus is looked up with."""
    if isinstance(bonus.volume, VolumeOfLevels):
        return _within(bonus.volume.within_levels)
    return {"group_pv": _GROUP, "personal_group_pv": PERSONAL_GROUP, "personal_pv": _PERSONAL}[bonus.volume]


def _needs(requires: Requirements) -> Iterator[Need]:
    volumes = ((_PERSONAL, requires.personal_pv), (_CUSTOMER, requires.customer_pv))
    yield from (Need(measure, to_minor(pv)) for measure, pv in volumes if pv is not None)
    if requires.group_pv is not None:
        yield _group(requires.group_pv)
    if requires.personal_group_pv is not None:
        yield Need(PERSONAL_GROUP, to_minor(requires.personal_group_pv))
    if within := requires.volume_within_levels:
        yield Need(_within(within.levels), to_minor(within.pv))
    if requires.weak_leg_pv is not None:
        yield Need(WEAK_LEG, to_minor(requires.weak_leg_pv))
    if requires.customers is not None:
        yield Need(CUSTOMERS, requires.customers)
    if requires.active_legs is not None:
        yield Need(ACTIVE_LEGS, requires.active_legs)
    if heavy := requires.legs_with_volume:
        pv = to_minor(heavy.pv)
        label = f"legs with {from_minor(pv)} PV or more"
        yield Need(HeavyLegs(f"legs_with_volume:{heavy.pv:f}", label, "legs", pv), heavy.count)
    counts = ((_SPONSORED, requires.personally_sponsored), (_SPONSORED_ACTIVE, requires.personally_sponsored_active))
    yield from (Need(measure, count) for measure, count in counts if count is not None)
    for people in requires.every_sponsored_with_rank:
        name, label = f"personally_sponsored_with_rank:{people.rank}", f"personally sponsored {people.rank} or higher"
        yield Need(RankedPeople(name, label, "people", people.rank), people.count)
    for legs in requires.every_legs_with_rank:
        name, label = f"legs_with_rank:{legs.rank}", f"legs with {legs.rank} or higher"
        yield Need(RankedLegs(name, label, "legs", legs.rank), legs.count)


def _within(levels: int) -> WithinLevels:
    label = f"PV within {levels} {'level' if levels == 1 else 'levels'}"
    return WithinLevels(f"volume_within_levels:{levels}", label, "PV", levels)


def _group(asked: Decimal | CappedGroupVolume) -> Need:
    if not isinstance(asked, CappedGroupVolume):
        return Need(_GROUP, to_minor(asked))
    pv, share = to_minor(asked.pv), asked.leg_cap
    if asked.of == "requirement":
        name, label, of = f"requirement:{asked.pv:f}", str(from_minor(pv)), pv
    else:
        name, label, of = "total", "all", None
    label = f"group PV, at most {percent(share)} of {label} from a leg"
    return Need(CappedGroup(f"group_pv:{share:f}:{name}", label, "PV", Fraction(share), of), pv)


class Figures(NamedTuple):
    """What measures are taken from, per person of a sponsor tree: PV of all orders, of customers', of groups; who is
    active.

    Of a part of the company whoever ends it stands for all below them: `customers` is PV of all customers in their
    group, and `leg_active` says whether anybody in their leg is active.
    """

    tree: Forest
    personal: Int64s
    customers: Int64s
    group: Int64s
    active: Bools
    leg_active: Bools


def take(measure: Measure, figures: Figures, snapshot: Snapshot) -> Int64s:
    """A measure of everybody (n), beside the three volumes that are always there, as far as it looks at nobody's rank:
    of personal groups it is personal PV."""
    if measure == CUSTOMERS:
        orders = snapshot.orders
        return customers_who_bought(orders.seller, orders.customer, orders.pv, len(snapshot.people))
    if measure == WEAK_LEG:
        tree = snapshot.binary_tree
        return weak_leg(tree, snapshot.people.slot, tree.subtree_sums(figures.personal))
    return take_up(measure, figures)


def take_up(measure: Measure, figures: Figures) -> Int64s:
    """The same of those measures that look at the sponsor tree alone."""
    tree = figures.tree
    match measure:
        case WithinLevels(levels=levels):
            return tree.sums_within(figures.group, levels)
        case CappedGroup():
            return _capped(tree, figures, measure)
        case HeavyLegs(pv=pv):
            return tree.child_sums(figures.group >= pv)
    if measure == PERSONAL_GROUP:
        return figures.personal
    if measure == ACTIVE_LEGS:
        return tree.legs_with(figures.leg_active)
    if measure == _SPONSORED_ACTIVE:
        return tree.child_sums(figures.active)
    if measure == _SPONSORED:
        return tree.child_sums(np.ones(tree.people, dtype=np.bool_))
    return tree.subtree_sums(figures.customers)


def _capped(tree: Forest, figures: Figures, measure: CappedGroup) -> Int64s:
    share, counted = measure.share, np.append(figures.personal, 0)
    if measure.of is not None:
        cap = np.full(tree.people + 1, int(share * measure.of), dtype=np.int64)
    else:
        whole, num, den = np.maximum(np.append(figures.group, 0), 0), share.numerator, share.denominator
        # In parts, since the product may leave 64 bits.
        cap = whole // den * num + whole % den * num // den
    _count_capped(tree.up, figures.group, cap, counted)
    return counted[:-1]


def weak_leg(tree: Forest, slot: Int8s, below: Int64s) -> Int64s:
    """Of the two children in the placement tree the one with less PV of themselves and all below them (`below`, n); an
    empty slot has 0."""
    legs = np.zeros((RIGHT + 1, tree.people + 1), dtype=np.int64)
    legs[slot, tree.up[:-1]] = below
    weak: Int64s = np.minimum(legs[LEFT], legs[RIGHT])
    return weak[:-1]


def customers_who_bought(seller: Int64s, customer: Int64s, pv: Int64s, people: int) -> Int64s:
    """How many customers of each of so many people bought more than came back, in PV, by these columns of orders."""
    told = customer >= 0
    # A customer of two sellers, if there is one, is one of each.
    pairs, of = np.unique(customer[told] * people + seller[told], return_inverse=True)
    bought = np.zeros(len(pairs), dtype=np.int64)
    _add_up(of, pv[told], bought)
    return np.bincount(pairs[bought > 0] % people, minlength=people).astype(np.int64)


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _add_up(of: Int64s, values: Int64s, sums: Int64s) -> None:
    for row in range(len(of)):
        sums[of[row]] += values[row]


@compiled
def _count_capped(up: Int32s, group: Int64s, cap: Int64s, counted: Int64s) -> None:
    """Add every leg to the person above it, up to that person's cap, which is not negative."""
    for person in range(len(group)):
        above = up[person]
        counted[above] += min(group[person], cap[above])
