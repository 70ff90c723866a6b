"""Lines and misses of a binary bonus in plain words."""

from datetime import timedelta

import numpy as np

from app.amounts import from_minor
from app.engine.binary_terms import cap_rows, keeps_when_inactive, limit_of
from app.engine.models import Reason, Result, Snapshot
from app.engine.position import Position, position
from app.engine.words import commissionable, inactive, money
from app.plans.binary import Binary, Cycle, RateByVolume
from app.plans.fields import Cap
from app.plans.models import Plan
from app.plans.shares import percent

_DAYS_NAMED = 5


def binary_line(snapshot: Snapshot, plan: Plan, result: Result, bonus: Binary, row: int) -> str:
    """Why the line in `row` was paid, as one sentence to its earner."""
    lines, person = result.lines, int(result.lines.earner[row])
    at = position(snapshot, plan, result, bonus, person)
    text = f"{money(plan, int(lines.amount[row]))}: {_matched(plan, bonus, at)}"
    text += _why_that_rate(plan, result, bonus, person, at)
    text += _capped(snapshot, plan, result, bonus, at, person=person)
    if at.settled.amount != lines.amount[row]:
        text += f"; {money(plan, at.settled.amount)} before the aggregate cap on all your positions together"
    return text + _flushed(bonus, result, person) + _carried(result, person)


def binary_miss(snapshot: Snapshot, plan: Plan, result: Result, bonus: Binary, row: int) -> str:
    """Why the miss in `row` was not paid and what was lacking, as one sentence to the person."""
    misses, person = result.misses, int(result.misses.person[row])
    forgone = money(plan, int(misses.forgone[row]))
    match Reason(int(misses.reason[row])):
        case Reason.WEAK_LEG_EMPTY:
            return _waiting(result, bonus, person, forgone)
        case Reason.CAPPED:
            cap = f"{money(plan, int(misses.needed[row]))} is above the cap of {_cap(plan, result, bonus, person)}"
            return f"{forgone} not paid: {cap}; {_beyond(bonus)}"
        case Reason.CAPPED_DAY:
            at, needed = position(snapshot, plan, result, bonus, person), money(plan, int(misses.needed[row]))
            told = f"{_day_cap(plan, result, bonus, person)} leaves {money(plan, int(misses.actual[row]))} of {needed}"
            return f"{forgone} not paid: the cap of {told}{_days(snapshot, plan, at)}; {_beyond(bonus)}"
        case Reason.CAPPED_OWNER:
            return f"{forgone} not paid: {_cut(snapshot, plan, result, bonus, row)}"
        case _:
            at = position(snapshot, plan, result, bonus, person)
            return f"{forgone} not paid: {_unpaid(bonus, at)} because {inactive(plan, result, row)}"


def legs_of(result: Result, person: int) -> tuple[str, str]:
    """The strong leg and the weak one, by the volume that there was to match."""
    carry = result.carry
    left = carry.left_in[person] + carry.left_new[person] >= carry.right_in[person] + carry.right_new[person]
    return ("left", "right") if left else ("right", "left")


def _matched(plan: Plan, bonus: Binary, at: Position) -> str:
    """What was matched, and the share of it that is paid."""
    legs = f"left {_cv(at.left)} and right {_cv(at.right)}"
    if bonus.cap_per_day is not None:
        legs += ", day by day"
    base = commissionable(bonus.multiplier, at.settled.base)
    if bonus.cycle is not None:
        told = _cycles(bonus.cycle, at.settled.units)
        if at.settled.units == bonus.max_cycles:
            told += " (the most in a period)"
        if bonus.cycle.pays is not None:
            return f"{told} at {bonus.cycle.pays:.2f} {plan.currency} each, {legs}"
        return f"{percent(at.rate)} of {base} in {told}, {legs}"
    if bonus.method == "volume_ratio" and bonus.cap_per_day is not None:
        of_days = "each day in the ratio of its own legs and rounded by itself"
        return f"{percent(at.rate)} of {base}, the {_cv(at.settled.units)} matched between your legs, {of_days}, {legs}"
    if bonus.method == "volume_ratio":
        weaker, stronger = sorted((at.left, at.right))
        ratio = f"{_cv(weaker)} matched between your legs x {from_minor(weaker)} / {from_minor(stronger)}"
        return f"{percent(at.rate)} of {base}, the {ratio}, {legs}"
    return f"{percent(at.rate)} of {base} matched between your legs, {legs}"


def _capped(snapshot: Snapshot, plan: Plan, result: Result, bonus: Binary, at: Position, *, person: int) -> str:
    """What the position's own caps cut off."""
    text, found = "", at.settled
    if at.due != found.raw:
        text = f"; {money(plan, found.raw)} before the cap of {_day_cap(plan, result, bonus, person)}"
        text += _days(snapshot, plan, at)
    if found.amount != at.due:
        text += f"; {money(plan, at.due)} before the cap of {_cap(plan, result, bonus, person)}"
    if text and bonus.above_cap == "carried":
        text += f", so that {_paid(bonus, at)}"
        text += "" if bonus.carry == "full_flush" else " and the rest stays in your legs"
    return text


def _days(snapshot: Snapshot, plan: Plan, at: Position) -> str:
    """`, which 2 days were above: 2026-03-04 with 20.00 EUR and 2026-03-09 with 12.00 EUR`."""
    named = [f"{_day(snapshot, each.day)} with {money(plan, each.worth)}" for each in at.capped_days]
    shown, more = named[:_DAYS_NAMED], len(named) - _DAYS_NAMED
    last = f"{more} more" if more > 0 else shown.pop()
    told = f"{', '.join(shown)} and {last}" if shown else last
    return f", which {len(named)} {'day was' if len(named) == 1 else 'days were'} above: {told}"


def _day(snapshot: Snapshot, day: int) -> str:
    first = snapshot.first_day
    return f"day {day}" if first is None else (first + timedelta(days=day - 1)).isoformat()


def _why_that_rate(plan: Plan, result: Result, bonus: Binary, person: int, at: Position) -> str:
    """Why it is this rate."""
    if isinstance(bonus.rate, RateByVolume):
        kind = bonus.rate.by.removeprefix("personal_").upper()
        begins = max(step.from_ for step in bonus.rate.steps if step.from_ <= from_minor(at.personal))
        own = f"{from_minor(at.personal)} personal {kind}"
        return f"; your {own} reach the rate of {percent(at.rate)} from {begins:.2f} on"
    if isinstance(bonus.rate, dict):
        return f"; your rank for pay is {plan.rank_names[result.ranks.pay[person]]}"
    return ""


def _cycles(cycle: Cycle, count: int) -> str:
    """`2 cycles of 200.00 CV in the stronger leg and 100.00 CV in the weaker`."""
    times = f"{count:,} {'cycle' if count == 1 else 'cycles'}"
    if cycle.strong == cycle.weak:
        return f"{times} of {cycle.weak:.2f} CV in each leg"
    return f"{times} of {cycle.strong:.2f} CV in the stronger leg and {cycle.weak:.2f} CV in the weaker"


def _paid(bonus: Binary, at: Position) -> str:
    """How much of the match the cap pays."""
    if bonus.cycle is None:
        return f"{_cv(at.settled.paid)} is matched"
    count = at.settled.paid
    return f"{count:,} of the {at.settled.units:,} cycles {'is' if count == 1 else 'are'} paid"


def _cap(plan: Plan, result: Result, bonus: Binary, person: int) -> str:
    """The cap of one position, and for whom it holds."""
    return _limit(plan, result, bonus, bonus.cap_per_period, person)


def _day_cap(plan: Plan, result: Result, bonus: Binary, person: int) -> str:
    return f"{_limit(plan, result, bonus, bonus.cap_per_day, person)} a day"


def _limit(plan: Plan, result: Result, bonus: Binary, cap: Cap | None, person: int) -> str:
    rank = int(cap_rows(result.ranks, bonus)[person])
    told = money(plan, limit_of(plan, cap, rank))
    if not isinstance(cap, dict):
        return told
    if bonus.cap_by == "title":
        return f"{told} for title {plan.rank_names[rank]}" if rank >= 0 else f"{told} for people without a known title"
    return f"{told} for rank {plan.rank_names[rank]}" if rank >= 0 else f"{told} for people without rank"


def _cut(snapshot: Snapshot, plan: Plan, result: Result, bonus: Binary, row: int) -> str:
    """What all positions of the owner earned, what the plan pays an owner, and the share of it that is this one's."""
    misses, owner = result.misses, snapshot.people.owner
    person, together = int(misses.person[row]), money(plan, int(misses.needed[row]))
    positions = np.flatnonzero(owner == owner[person]).tolist()
    best = max(
        positions, key=lambda each: limit_of(plan, bonus.aggregate_cap, int(cap_rows(result.ranks, bonus)[each]))
    )
    cap = f"the plan pays an owner at most {_limit(plan, result, bonus, bonus.aggregate_cap, best)}"
    if len(positions) == 1:
        return f"you earned {together}, and {cap}; the rest is lost"
    if isinstance(bonus.aggregate_cap, dict):
        cap += ", the highest of your positions"
    paid = int(result.totals.by_person[misses.bonus[row], person])
    share = f"the share of this one, in proportion to what it earned, is {money(plan, paid)}"
    return f"your {len(positions):,} positions earned {together} together, and {cap}; {share}, the rest is lost"


def _beyond(bonus: Binary) -> str:
    if bonus.above_cap == "lost":
        return "it is lost"
    if bonus.carry == "full_flush":
        return "what was not matched for it is lost, since nothing is carried forward"
    return "what was not matched for it stays in your legs"


def _unpaid(bonus: Binary, at: Position) -> str:
    """What an inactive position would have matched, and what became of it."""
    if bonus.cycle is not None:
        what, one = _cycles(bonus.cycle, at.settled.paid), at.settled.paid == 1
    else:
        what, one = f"{_cv(at.settled.paid)} matched in both legs", True
    if keeps_when_inactive(bonus):
        return f"{what} {'stays' if one else 'stay'} in your legs"
    lost = f"{what} {'is' if one else 'are'} lost"
    return f"{lost}, and all else in both legs," if bonus.flush_inactive or bonus.carry == "full_flush" else lost


def _waiting(result: Result, bonus: Binary, person: int, forgone: str) -> str:
    carry, (strong, weak) = result.carry, legs_of(result, person)
    here = int(getattr(carry, f"{weak}_in")[person] + getattr(carry, f"{weak}_new")[person])
    waits, lost = (int(getattr(carry, f"{strong}_{name}")[person]) for name in ("out", "flushed"))
    text = f"Nothing matched: your {weak} leg has {_cv(here)}. "
    if not lost:
        text += f"{_cv(waits)} waits in your {strong} leg for the next period"
    elif not waits:
        text += f"{_cv(lost)} of your {strong} leg is lost{_why_flushed(bonus)}"
    else:
        text += f"{_cv(waits)} waits in your {strong} leg for the next period, {_cv(lost)} is lost{_why_flushed(bonus)}"
    return f"{text}; as much in the {weak} leg would {'have paid' if lost else 'pay'} {forgone}"


def _flushed(bonus: Binary, result: Result, person: int) -> str:
    """What an active position loses of its legs."""
    lost = _of_legs(int(result.carry.left_flushed[person]), int(result.carry.right_flushed[person]))
    return f"; {lost} lost{_why_flushed(bonus)}" if lost else ""


def _why_flushed(bonus: Binary) -> str:
    if bonus.carry == "full_flush":
        return ", since legs begin every period empty"
    return ", which is more than a leg carries forward"


def _carried(result: Result, person: int) -> str:
    carried = _of_legs(int(result.carry.left_out[person]), int(result.carry.right_out[person]))
    return f"; {carried} carried forward" if carried else "; nothing is carried forward"


def _of_legs(left: int, right: int) -> str:
    """`300.00 CV of the right leg is`; of legs that have any."""
    told = [f"{_cv(volume)} of the {leg} leg" for leg, volume in (("left", left), ("right", right)) if volume]
    return f"{' and '.join(told)} {'is' if len(told) == 1 else 'are'}" if told else ""


def _cv(minor: int) -> str:
    return f"{from_minor(minor)} CV"
