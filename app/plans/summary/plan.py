"""A plan in plain sentences: every rule of it, in words for those whom it pays.

Whatever a plan can say is said here, option by option: a test walks all fields of the models and demands that each of
them changes the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.plans.gates import (
    AnyOf,
    Customers,
    CustomerShare,
    CustomerVolume,
    Gate,
    MajorityOfCustomers,
    NoOwnPurchases,
    SingleGate,
)
from app.plans.models import Plan
from app.plans.shares import percent
from app.plans.summary.bonuses import bonus_sentences
from app.plans.summary.pieces import listed, number, times
from app.plans.summary.ranks import rank_sentences

_CALENDARS = {"daily": "day", "weekly": "week", "four_weeks": "four weeks", "monthly": "month"}
_TREES = {
    "sponsor": "who sponsored whom",
    "binary": "the binary tree",
    "matrix": "the matrix",
}
_KINDS = {
    "unilevel": "levels on the sponsor tree",
    "matrix": "levels in the matrix",
    "binary": "the binary tree",
    "differential": "the difference between rates",
    "breakaway": "levels and overrides on groups",
    "leadership": "a share of groups",
    "retail_margin": "your own margin",
}
_PAY_RANKS = {
    "paid_as": "You are paid by the rank that you earn in the period.",
    "title": "You are paid by the title that you hold.",
    "higher": "You are paid by your title or by the rank that you earn in the period, whichever is higher.",
}
_ROUNDING = {
    "half_up": "halves of a cent go up.",
    "half_even": "halves of a cent go to the even cent.",
}
_ROUNDED = {
    "line": "Each amount is worked out exactly and rounded once",
    "total": "What you have of a bonus in the period is added up exactly and rounded once, and its lines share that",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a plan, such as its ranks or one of its bonuses."""

    title: str
    sentences: tuple[str, ...]


def summary_of(plan: Plan) -> tuple[Section, ...]:
    """All of a plan."""
    bonuses = (
        Section(f"{bonus.name} ({_KINDS[bonus.type]})", tuple(bonus_sentences(bonus, plan.currency)))
        for bonus in plan.bonuses
    )
    sections = (
        Section(f"{plan.name}, version {plan.version}", tuple(_whole(plan))),
        Section("Ranks, the lowest first", (*rank_sentences(plan.ranks), _PAY_RANKS[plan.pay_rank])),
        *bonuses,
        Section("Rules about customers", tuple(map(_gate, plan.gates))),
        Section("How it is paid out", tuple(_payout(plan))),
    )
    return tuple(section for section in sections if section.sentences)


def _whole(plan: Plan) -> Iterator[str]:
    every = _CALENDARS[plan.calendar]
    yield f"Every {every}, as days begin and end in {plan.zone}, it pays once, in {plan.currency}."
    if plan.trees is not None:
        yield f"It knows {listed(_TREES[tree] for tree in plan.trees)}."
    if plan.activity.personal_pv is None:
        yield "You are active as long as your status is active."
    else:
        yield (
            "You are active when your status is active and you and your customers buy "
            f"{number(plan.activity.personal_pv)} PV in the period. The inactive are paid nothing."
        )


def _payout(plan: Plan) -> Iterator[str]:
    yield f"{_ROUNDED[plan.rounded_per]}; {_ROUNDING[plan.rounding]}"
    yield from _refunds(plan)
    if plan.payout_cap is not None:
        yield (
            f"The company wants to pay {percent(plan.payout_cap)} of the commissionable value of a period at most. "
            "It measures itself by that; it does not cut your pay."
        )
    if plan.payout is None:
        yield "All that you earn in a period is paid."
        return
    yield (
        "What you earn and what was carried from before are added up. From "
        f"{number(plan.payout.minimum)} {plan.currency} on, and never nothing, it is paid; less is carried into the "
        "next period, and what you owe is taken from later pay."
    )


def _refunds(plan: Plan) -> Iterator[str]:
    yield "What comes back while its period is open counts as if it had never been bought."
    negative = (
        "What comes back later counts below zero in the period in which it comes back, which may lessen your pay then."
    )
    clawback = (
        "For what comes back later you give back what you were paid on that order, by bonuses that pay by orders."
    )
    kept = "For what comes back later nothing is taken back."
    yield {"negative_volume": negative, "clawback": clawback, "kept": kept}[plan.refunds.after_close]
    if plan.refunds.window_days is not None:
        yield f"More than {plan.refunds.window_days:,} days after the order nothing is taken back in any case."


def _gate(gate: Gate) -> str:
    whom = "All bonuses" if gate.bonuses is None else listed(gate.bonuses)
    if isinstance(gate, NoOwnPurchases):
        return f"{whom}: what distributors buy themselves pays nobody."
    if isinstance(gate, AnyOf):
        every = (_passed(one) + ("" if one.bonuses is None else f" ({listed(one.bonuses)})") for one in gate.gates)
        return f"{whom}: only for you if {', or '.join(every)}."
    return f"{whom}: only for you if {_passed(gate)}."


def _passed(gate: SingleGate) -> str:
    match gate:
        case CustomerVolume():
            return f"your own customers buy {number(gate.at_least)} PV"
        case Customers():
            return times(gate.at_least, "customer of your own buys", "different customers of your own buy")
        case CustomerShare():
            return f"your customers buy at least {percent(gate.at_least)} of what they and you buy"
        case MajorityOfCustomers():
            return f"customers buy more than {percent(gate.more_than)} of what you and all below you sell"


def summary_lines(plan: Plan) -> Iterator[str]:
    """The same for the terminal."""
    for number_, section in enumerate(summary_of(plan)):
        if number_:
            yield ""
        yield section.title
        for sentence in section.sentences:
            yield f"  - {sentence}"
