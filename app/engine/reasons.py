"""Lines, misses and ranks in plain words, for one row at a time: pure rendering of what the engine decided."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, Protocol

import numpy as np

from app.amounts import from_minor
from app.engine.binary_words import binary_line, binary_miss, legs_of
from app.engine.breakaway import has_broken_away
from app.engine.case import climbed_by, least_rank
from app.engine.columns import Bools
from app.engine.differential import met, rates_for
from app.engine.gates import active_in, failed_gate, person_gates
from app.engine.leadership_words import leadership_line, leadership_miss
from app.engine.measures import needs, schedule_volume
from app.engine.models import Ranks, Reason, Result, Snapshot
from app.engine.position import exact_match
from app.engine.words import beside_itself, commissionable, inactive, money
from app.plans.binary import Binary
from app.plans.breakaway import Breakaway
from app.plans.differential import Differential
from app.plans.gates import singles
from app.plans.leadership import Leadership
from app.plans.matrix import Matrix
from app.plans.models import Bonus, Plan
from app.plans.retail import RetailMargin
from app.plans.shares import percent
from app.plans.unilevel import LevelBonus

_FINE = 10**8


@dataclass(frozen=True, slots=True)
class Names:
    """How a reader knows people and orders: from ix, and from the row of `snapshot.orders`."""

    person: Callable[[int], str]
    order: Callable[[int], str]


Unit = Literal["status", "PV", "CV", "rank", "money", "people", "legs", "orders", "levels", "rate", "periods"]
SkipReason = Literal[
    "inactive_status",
    "inactive_volume",
    "passed_over",
    "rank_depth",
    "gate_customer_pv",
    "gate_customer_share",
    "gate_majority",
    "gate_customers",
]


GateReason = Literal["gate_customer_pv", "gate_customer_share", "gate_majority", "gate_customers"]
GATES: Final[dict[str, GateReason]] = {
    "customer_pv": "gate_customer_pv",
    "customer_share": "gate_customer_share",
    "majority_of_customers": "gate_majority",
    "customers": "gate_customers",
}
"""What each type of gate is called where it shut somebody out; several of which one is enough are called as the first.
"""


@dataclass(frozen=True, slots=True)
class Lack:
    """A requirement that was not met. PV, CV and money are Decimal, ranks and statuses their names, the rest counts.

    gap is what was missing, and of a cap what was above it; of ranks how many lie between, negative where only a lower
    one is paid; 1 of a status; 0 of a rate.
    """

    requirement: str
    needed: Decimal | str
    actual: Decimal | str
    gap: Decimal | int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Skip:
    """Somebody below the earner, as ix, who took no level or no part: inactive by status or by volume, passed over in
    every plan because of how they left, short of what a gate of the bonus asks, or, under dynamic compression, of a
    rank that is not paid on the level that came."""

    person: int
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement of a rank. PV is Decimal, counts and `active` are int; gap is what is missing, 0 when met.

    measure: the name of the column that it looks at, or `active`.
    """

    measure: str
    requirement: str
    required: Decimal | int
    actual: Decimal | int
    met: bool
    gap: Decimal | int
    unit: Unit


@dataclass(frozen=True, slots=True)
class RankCard:
    """All requirements of one rank against one person's figures: the ones that are asked of whoever wants the rank, or
    the ones, where the plan has them, of whoever reached it, or a higher one, before.

    met: by what the person did, whoever decided what. periods_met: of a rank with a window whether its requirements,
    or a higher rank's, were met in this period and in each of those before that it looks at, the latest first; whether
    they were met in enough of them is the last of the checks, and decides alone.
    """

    rank: str
    rules: Literal["requires", "maintain"]
    met: bool
    checks: tuple[Check, ...]
    periods_met: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportCard:
    """Where a person stands: the rank earned in the period (None: none earned) and the next two above it, if any."""

    paid_as: RankCard | None
    next: tuple[RankCard, ...]


def path(snapshot: Snapshot, bonus: Bonus, order: int, person: int) -> tuple[int, ...]:
    """The walk from the order's seller up the tree of a bonus to `person`, both included, as ix."""
    tree, walk = climbed_by(snapshot, bonus), [int(snapshot.orders.seller[order])]
    while walk[-1] != person:
        above = int(tree.up[walk[-1]])
        if above == tree.people:
            raise ValueError(f"person {person} does not stand above the seller of the order in row {order}")
        walk.append(above)
    return tuple(walk)


def skipped(snapshot: Snapshot, plan: Plan, result: Result, at: int, order: int, person: int) -> tuple[int, ...]:
    """The people below `person` who took no level of the plan's bonus number `at`, which has levels, as ix, nearest the
    seller first: under standard compression those who are not active, fail a gate or have a rank that is compressed,
    under dynamic whoever was not paid, else those whose leaving says so."""
    bonus = plan.bonuses[at]
    walk = path(snapshot, bonus, order, person)[:-1]
    # The buyer of an own purchase is nobody's level.
    counted = walk if int(snapshot.orders.buyer[order]) < 0 else walk[1:]
    if isinstance(bonus, LevelBonus) and bonus.compression != "none":
        rows = np.array(counted, dtype=np.int64)
        active = active_in(plan, result.ranks, at, rows)
        if bonus.compression == "dynamic":
            return tuple(_unpaid(plan, result, bonus, counted, active))
        active = active & (result.ranks.pay[rows] >= least_rank(plan, bonus))
        return tuple(ix for ix, counts in zip(counted, active, strict=True) if not counts)
    return tuple(ix for ix in counted if snapshot.people.passed_over[ix])


def _unpaid(plan: Plan, result: Result, bonus: LevelBonus, counted: Sequence[int], active: Bools) -> Iterator[int]:
    """Under dynamic compression those of a way up who are not paid on the level that comes to them."""
    names, paid_level = (*plan.rank_names, ""), 1  # no rank, -1, is the last
    for ix, counts in zip(counted, active, strict=True):
        if counts and bonus.rate(names[result.ranks.pay[ix]], paid_level):
            paid_level += 1
        else:
            yield ix


def skips(snapshot: Snapshot, plan: Plan, result: Result, row: int) -> tuple[Skip, ...]:
    """Who took no level, or no part, between the sale and the earner of the line in `row`, nearest the seller first,
    and why."""
    lines, bonus = result.lines, plan.bonuses[int(result.lines.bonus[row])]
    at, order, earner = int(lines.bonus[row]), int(lines.order[row]), int(lines.earner[row])
    who: tuple[int, ...] = ()
    match bonus:
        case LevelBonus():
            who = skipped(snapshot, plan, result, at, order, earner)
        case Differential():
            who = met(snapshot, plan, result, bonus, order, path(snapshot, bonus, order, earner)).idle
        case Breakaway() if lines.paid_level[row]:
            who = skipped(snapshot, plan, result, at, order, earner)
        case Breakaway():
            who = tuple(_leaders(snapshot, plan, result, bonus, order, earner)[1:])
    return tuple(Skip(ix, _silence(snapshot, plan, result, at, ix)) for ix in who)


def exact_share(plan: Plan, result: Result, row: int) -> Fraction:
    """What the line in `row` comes to before it is rounded to `raw`, minor money.

    By volume ratio it may have no end: then the part below a hundred-millionth is left out; where days are matched by
    themselves, each was rounded by itself, and this is what they add up to.
    """
    lines, carry = result.lines, result.carry
    rate, person = Fraction(int(lines.rate_num[row]), int(lines.rate_den[row])), int(lines.earner[row])
    bonus = plan.bonuses[int(lines.bonus[row])]
    if not isinstance(bonus, Binary) or bonus.method != "volume_ratio":
        return int(lines.base[row]) * rate
    if bonus.cap_per_day is not None:
        return Fraction(int(lines.raw[row]))
    left = int(carry.left_in[person] + carry.left_new[person])
    right = int(carry.right_in[person] + carry.right_new[person])
    return Fraction(int(exact_match(left, right) * rate * _FINE), _FINE)


def lack_of(plan: Plan, result: Result, row: int) -> Lack:
    """What the miss in `row` would have needed."""
    misses = result.misses
    needed, actual = int(misses.needed[row]), int(misses.actual[row])
    volumes = from_minor(needed), from_minor(actual), from_minor(needed - actual)
    match Reason(int(misses.reason[row])):
        case Reason.INACTIVE_STATUS:
            return Lack("status", "active", "not active", 1, "status")
        case Reason.RANK_DEPTH:
            names = (*plan.rank_names, "no rank")
            return Lack("rank for pay", names[needed], names[actual], needed - actual, "rank")
        case Reason.INACTIVE_VOLUME:
            return Lack("personal PV", *volumes, "PV")
        case Reason.WEAK_LEG_EMPTY:
            return Lack(f"CV in the {legs_of(result, int(misses.person[row]))[1]} leg", *volumes, "CV")
        case Reason.CAPPED:
            return Lack("cap of the period", *volumes, "money")
        case Reason.CAPPED_OWNER:
            return Lack("cap of all your positions together", *volumes, "money")
        case Reason.CAPPED_DAY:
            return Lack("cap of each day", *volumes, "money")
        case (
            Reason.GATE_CUSTOMER_PV | Reason.GATE_CUSTOMER_SHARE | Reason.GATE_MAJORITY | Reason.GATE_CUSTOMERS as gate
        ):
            return gate_lack(gate, needed, actual)


def gate_lack(gate: Reason, needed: int, actual: int) -> Lack:
    """What a gate would have needed, minor PV or people; nothing is missing where it is the whole volume that is not
    above 0."""
    if gate is Reason.GATE_CUSTOMERS:
        return Lack("own customers who bought", str(needed), str(actual), needed - actual, "people")
    whose = "PV of the group's customers" if gate is Reason.GATE_MAJORITY else "customer PV"
    return Lack(whose, from_minor(needed), from_minor(actual), from_minor(max(0, needed - actual)), "PV")


def explain_line(snapshot: Snapshot, plan: Plan, result: Result, row: int, names: Names) -> str:
    """Why the line in `row` was paid, as one sentence to its earner."""
    return _explained(snapshot, plan, result, row, names) + beside_itself(plan, result, row)


def _explained(snapshot: Snapshot, plan: Plan, result: Result, row: int, names: Names) -> str:
    """Whatever the plan rounds."""
    lines, bonus = result.lines, plan.bonuses[int(result.lines.bonus[row])]
    if isinstance(bonus, Binary):
        return binary_line(snapshot, plan, result, bonus, row)
    if isinstance(bonus, Leadership):
        return leadership_line(snapshot, plan, result, bonus, row, names.person)
    paid = money(plan, int(lines.amount[row]))
    if isinstance(bonus, Differential):
        return f"{paid}: {_difference(snapshot, plan, result, bonus=bonus, row=row, names=names)}"
    if isinstance(bonus, RetailMargin):
        return f"{paid}: {_margin(snapshot, bonus, int(lines.order[row]), names)}"
    if isinstance(bonus, Breakaway) and not lines.paid_level[row]:
        told = int(lines.order[row]), int(lines.earner[row]), int(lines.level[row])
        return f"{paid}: {_override(snapshot, plan, result, bonus, *told, names=names)}"
    order, level, paid_level = int(lines.order[row]), int(lines.level[row]), int(lines.paid_level[row])
    rank = plan.rank_names[int(lines.rank[row])]
    text = f"{money(plan, int(lines.amount[row]))}: {_share(bonus, rank, paid_level, int(lines.base[row]))}"
    text += f" from {_source(snapshot, order, names)} on {_level(bonus, level)}"
    if paid_level != level:
        who = skipped(snapshot, plan, result, int(lines.bonus[row]), order, int(lines.earner[row]))
        text += f", paid as your level {paid_level} because {_list(who, names)} {_gone(bonus)}"
    return f"{text}; your rank for pay is {rank}"


def _gone(bonus: LevelBonus | Breakaway) -> str:
    """Of those who took no level."""
    if isinstance(bonus, LevelBonus) and bonus.compression == "dynamic":
        return "not paid on the levels before"
    if isinstance(bonus, LevelBonus) and bonus.compress_below is not None:
        return f"inactive or below {bonus.compress_below}"
    return "inactive"


def explain_miss(snapshot: Snapshot, plan: Plan, result: Result, row: int, names: Names) -> str:
    """Why the miss in `row` was not paid and what was lacking, as one sentence to the person."""
    bonus = plan.bonuses[int(result.misses.bonus[row])]
    if isinstance(bonus, Binary):
        return binary_miss(snapshot, plan, result, bonus, row)
    if isinstance(bonus, Leadership):
        return leadership_miss(plan, result, bonus, row)
    misses, person = result.misses, int(result.misses.person[row])
    forgone = money(plan, int(misses.forgone[row]))
    if isinstance(bonus, Differential):
        return f"{forgone} not paid: {_missed_difference(snapshot, plan, result, bonus=bonus, row=row, names=names)}"
    if isinstance(bonus, RetailMargin):
        margin = _margin(snapshot, bonus, int(misses.order[row]), names)
        return f"{forgone} not paid: {margin}, because {inactive(plan, result, row)}"
    if isinstance(bonus, Breakaway) and not misses.paid_level[row]:
        told = _override(
            snapshot, plan, result, bonus, int(misses.order[row]), person, int(misses.level[row]), names=names
        )
        return f"{forgone} not paid: {told}, because {inactive(plan, result, row)}"
    return _missed_level(snapshot, plan, result, bonus=bonus, row=row, names=names)


class Ranked(Protocol):
    """Whatever has ranks, a whole result or those of a few."""

    @property
    def ranks(self) -> Ranks: ...


def report_card(plan: Plan, result: Ranked, person: int) -> ReportCard:
    """Required, actual and gap of each requirement, for the rank the person is paid as and for the next two."""
    at = int(result.ranks.paid_as[person])
    earned = rank_card(plan, result, person, at) if at >= 0 else None
    above = range(at + 1, min(at + 3, len(plan.ranks)))
    return ReportCard(paid_as=earned, next=tuple(rank_card(plan, result, person, rank) for rank in above))


def rank_card(plan: Plan, result: Ranked, person: int, rank: int) -> RankCard:
    """The requirements of the plan's rank number `rank` against one person's figures."""
    ranks, asking = result.ranks, plan.ranks[rank]
    held = bool(ranks.reached[person] >= rank)
    rules = asking.asks(held=held)
    checks = []
    if rules.active:
        active = bool(ranks.active[person])
        checks.append(Check("active", "active", 1, int(active), active, int(not active), "status"))
    for measure, needed in needs(rules):
        actual = int(ranks.actual(measure.name)[person])
        shown = from_minor if measure.unit == "PV" else int
        gap = max(0, needed - actual)
        figures = shown(needed), shown(actual), gap == 0, shown(gap)
        checks.append(Check(measure.name, measure.label, *figures, measure.unit))
    asked: Literal["requires", "maintain"] = "maintain" if held and asking.maintain is not None else "requires"
    if rules.window is None:
        return RankCard(asking.name, asked, all(check.met for check in checks), tuple(checks))
    met, of = rules.window.met, rules.window.of
    highest = [int(ranks.met[person]), *ranks.past[: of - 1, person].tolist()]
    times = tuple(there >= rank for there in highest)
    name, label = f"periods_met:{of}", f"periods of the last {of} with all of that"
    checks.append(Check(name, label, met, sum(times), sum(times) >= met, max(0, met - sum(times)), "periods"))
    return RankCard(asking.name, asked, checks[-1].met, tuple(checks), times)


def _missed_level(
    snapshot: Snapshot, plan: Plan, result: Result, *, bonus: LevelBonus | Breakaway, row: int, names: Names
) -> str:
    misses = result.misses
    order, paid_level = int(misses.order[row]), int(misses.paid_level[row])
    rank_needed, rank = int(misses.rank_needed[row]), int(result.ranks.pay[int(misses.person[row])])
    named = plan.rank_names[rank_needed if rank_needed >= 0 else rank]
    share = _share(bonus, named, paid_level, int(snapshot.orders.cv[order]))
    text = f"{money(plan, int(misses.forgone[row]))} not paid: {share} from {_source(snapshot, order, names)}"
    text += f" on {_level(bonus, int(misses.level[row]))}"
    held = plan.rank_names[rank] if rank >= 0 else "no rank"
    depth = f"level {paid_level} needs rank {named} and yours for pay is {held}"
    compression = bonus.compression if isinstance(bonus, LevelBonus) else "none"
    goes_on = "; the level goes on to the next person who is paid on it" if compression == "dynamic" else ""
    if int(misses.reason[row]) == Reason.RANK_DEPTH:
        if isinstance(bonus, LevelBonus) and rank < least_rank(plan, bonus):
            goes_on = f"; nobody below {bonus.compress_below} takes a level, so it goes on to the next person"
        return f"{text}, because {depth}{goes_on}"
    text += f", because {inactive(plan, result, row)}"
    if rank_needed >= 0:
        text += f"; besides, {depth}"
    if goes_on:
        return text + goes_on
    if compression == "standard":
        return f"{text}; the next active person took the level"
    passed_over = snapshot.people.passed_over[misses.person[row]]
    return f"{text}; the next person took the level" if passed_over else text


def _difference(snapshot: Snapshot, plan: Plan, result: Result, *, bonus: Differential, row: int, names: Names) -> str:
    """`3 % of 100.00 CV from ... on level 2; your rate is 9 % (group PV 1500.00), less 6 % that ...`."""
    lines = result.lines
    order, earner = int(lines.order[row]), int(lines.earner[row])
    paid = met(snapshot, plan, result, bonus, order, path(snapshot, bonus, order, earner)).paid
    rate = rates_for(snapshot, plan, result, bonus)(earner)
    override = rate == paid
    share = Fraction(bonus.minimum_override or 0) if override else rate - paid
    text = f"{_rate(share)} of {commissionable(bonus.multiplier, int(lines.base[row]))}"
    text += f" from {_source(snapshot, order, names)} on level {int(lines.level[row])}"
    own = f"your rate is {_rate(rate)} ({_why_rate(plan, result, bonus, earner)})"
    if override:
        return f"{text}, the minimum override: {own}, the top one, and somebody below you was paid up to it"
    return f"{text}; {own}{_less(snapshot, bonus, order, paid)}"


def _missed_difference(
    snapshot: Snapshot, plan: Plan, result: Result, *, bonus: Differential, row: int, names: Names
) -> str:
    misses = result.misses
    order, person = int(misses.order[row]), int(misses.person[row])
    paid = met(snapshot, plan, result, bonus, order, path(snapshot, bonus, order, person)).paid
    rate = rates_for(snapshot, plan, result, bonus)(person)
    text = f"{_rate(rate - paid)} of {commissionable(bonus.multiplier, int(snapshot.orders.cv[order]))}"
    text += f" from {_source(snapshot, order, names)} on level {int(misses.level[row])}, where your rate is "
    text += f"{_rate(rate)} ({_why_rate(plan, result, bonus, person)}){_less(snapshot, bonus, order, paid)}"
    text += f", because {inactive(plan, result, row)}"
    return f"{text}; those above you are paid it as far as their rates go" if bonus.inactive == "pass" else text


def _why_rate(plan: Plan, result: Result, bonus: Differential, person: int) -> str:
    if bonus.schedule is not None:
        volume = schedule_volume(bonus)
        return f"{volume.label} {from_minor(int(result.ranks.actual(volume.name)[person]))}"
    return f"rank for pay {plan.rank_names[int(result.ranks.pay[person])]}"


def _less(snapshot: Snapshot, bonus: Differential, order: int, paid: Fraction) -> str:
    if not paid:
        return ""
    buyers = int(snapshot.orders.buyer[order]) >= 0 and not bonus.own_purchases
    return f", less {_rate(paid)} " + ("of the buyer and those below you" if buyers else "of those below you")


def _leaders(snapshot: Snapshot, plan: Plan, result: Result, bonus: Breakaway, order: int, person: int) -> list[int]:
    """Who has broken away between the seller of an order, included, and somebody above, as ix, nearest first."""
    walk = path(snapshot, bonus, order, person)[:-1]
    return [ix for ix in walk if has_broken_away(snapshot, plan, result, bonus, ix)]


def _override(
    snapshot: Snapshot,
    plan: Plan,
    result: Result,
    bonus: Breakaway,
    order: int,
    person: int,
    level: int,
    *,
    names: Names,
) -> str:
    """`2 % of 100.00 CV from ... on level 3, the override on the group of G, who has broken away: ...`."""
    leader = _leaders(snapshot, plan, result, bonus, order, person)[0]
    ranks = [plan.rank_names[int(result.ranks.pay[ix])] for ix in (person, leader)]
    own, theirs = (bonus.override(rank) for rank in ranks)
    minimum = Fraction(bonus.minimum_override or 0)
    share = max(own - theirs, minimum)
    text = f"{_rate(share)} of {commissionable(bonus.multiplier, int(snapshot.orders.cv[order]))}"
    text += f" from {_source(snapshot, order, names)} on level {level}"
    text += f", the override on the group of {names.person(leader)}, who has broken away: "
    text += f"your {_rate(own)} ({ranks[0]}) less their {_rate(theirs)} ({ranks[1]})"
    return f"{text}, at least {_rate(minimum)}" if own - theirs < minimum else text


def _margin(snapshot: Snapshot, bonus: RetailMargin, order: int, names: Names) -> str:
    base = commissionable(bonus.multiplier, int(snapshot.orders.cv[order]))
    return f"{percent(bonus.rate)} of {base} from {_source(snapshot, order, names)}, your own margin"


def _rate(share: Fraction) -> str:
    """`5 %`, of a share that came out of decimals."""
    return percent(Decimal(share.numerator) / Decimal(share.denominator))


def _silence(snapshot: Snapshot, plan: Plan, result: Result, at: int, ix: int) -> SkipReason:
    if result.ranks.active[ix]:
        failed = int(failed_gate(plan, result.ranks, at, np.array([ix]))[0])
        return "rank_depth" if failed < 0 else GATES[singles(person_gates(plan, at)[failed])[0].type]
    if snapshot.people.passed_over[ix]:
        return "passed_over"
    return "inactive_volume" if snapshot.people.active[ix] else "inactive_status"


def _level(bonus: LevelBonus | Breakaway, level: int) -> str:
    """`level 3`, or `level 3 of the matrix`."""
    return f"level {level} of the matrix" if isinstance(bonus, Matrix) else f"level {level}"


def _share(bonus: LevelBonus | Breakaway, rank: str, paid_level: int, base: int) -> str:
    """`5 % of 80.00 (200.00 CV x 40 %)`."""
    rate = bonus.levels_by_rank[rank][paid_level - 1]
    return f"{percent(rate)} of {commissionable(bonus.multiplier, base)}"


def _source(snapshot: Snapshot, order: int, names: Names) -> str:
    seller = names.person(int(snapshot.orders.seller[order]))
    kind = "return" if int(snapshot.orders.cv[order]) < 0 else "order"
    whose = seller if int(snapshot.orders.buyer[order]) >= 0 else f"a customer of {seller}"
    return f"the {kind} {names.order(order)} of {whose}"


def _list(people: tuple[int, ...], names: Names) -> str:
    """`A was`, `A and B were`, `A, B and 7 others were`."""
    shown = [names.person(ix) for ix in people[:3]]
    if len(people) > 3:
        shown = [*shown[:2], f"{len(people) - 2} others"]
    return f"{shown[0]} was" if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]} were"
