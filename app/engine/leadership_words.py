"""Lines and misses of leadership bonuses in plain words: who passed what on to whom, and what filled it up."""

from collections.abc import Callable
from decimal import Decimal

from app.amounts import to_minor
from app.engine.gates import seen_by
from app.engine.leadership import Groups, groups_of, guarantee
from app.engine.models import Result, Snapshot
from app.engine.words import commissionable, inactive, money
from app.plans.leadership import Leadership
from app.plans.models import Plan
from app.plans.shares import percent

Named = Callable[[int], str]
"""How a reader knows a person, from ix."""


def leadership_line(snapshot: Snapshot, plan: Plan, result: Result, bonus: Leadership, row: int, person: Named) -> str:
    """Why the line in `row` was paid, or taken, as one sentence to its earner."""
    lines = result.lines
    paid, source = money(plan, int(lines.amount[row])), int(lines.source[row])
    groups = _groups(snapshot, plan, result, bonus, int(lines.bonus[row]))
    if not lines.paid_level[row]:
        earner = int(lines.earner[row])
        text = f"{paid}: {person(source)} is guaranteed {_guaranteed(plan, bonus)} of your group, which made "
        text += f"{money(plan, int(groups.made[earner]))}; the rest is taken from the "
        return text + f"{money(plan, int(groups.received[earner]))} that you receive of groups below you"
    raw, taken = int(lines.raw[row]), int(groups.taken[source])
    text = f"{paid}: {percent(bonus.rate)} of {commissionable(bonus.multiplier, int(lines.base[row]))}"
    text += f" of the group of {person(source)}, who has broken away, on level {int(lines.level[row])}"
    if bonus.guaranteed_cv is None or raw >= guarantee(plan, bonus):
        return text
    text += f", which makes {money(plan, raw)} of {_guaranteed(plan, bonus)} that you are guaranteed"
    if not taken:
        return f"{text}; {person(source)} receives nothing of groups below that could fill it up"
    whole = raw + taken == guarantee(plan, bonus)
    up_to = "the rest" if whole else f"all that can be, {money(plan, taken)},"
    return f"{text}; {up_to} is taken from what {person(source)} receives of groups below"


def leadership_miss(plan: Plan, result: Result, bonus: Leadership, row: int) -> str:
    """Why the miss in `row` was not paid, as one sentence to the person."""
    forgone = money(plan, int(result.misses.forgone[row]))
    text = f"{forgone} not paid: {percent(bonus.rate)} of groups below you that have broken away, with what is "
    return f"{text}guaranteed of them, came past you because {inactive(plan, result, row)}"


def _guaranteed(plan: Plan, bonus: Leadership) -> str:
    cv = to_minor(bonus.guaranteed_cv or Decimal(0))
    made = f"{percent(bonus.rate)} of {commissionable(bonus.multiplier, cv)}"
    return f"{money(plan, guarantee(plan, bonus))} ({made})"


def _groups(snapshot: Snapshot, plan: Plan, result: Result, bonus: Leadership, index: int) -> Groups:
    """The groups as the bonus saw them."""
    seen, ranks = seen_by(snapshot, plan, result.ranks, index)
    return groups_of(seen, plan, ranks, bonus)
