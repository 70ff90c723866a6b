"""A binary bonus in plain sentences."""

from collections.abc import Iterator

from app.plans.binary import Binary, RateByVolume
from app.plans.fields import Cap
from app.plans.shares import percent
from app.plans.summary.pieces import by_rank, capped, number, of_volume

_METHODS = {
    "weak_leg": "The volume of your smaller side is matched with as much of the larger one",
    "volume_ratio": "Your smaller side is matched, and counts in the ratio of the smaller to the larger side",
    "cycles": "Your sides are matched in whole cycles",
}
_CARRY = {
    "forward": "What is matched leaves both sides, of the inactive unpaid; the rest is carried into the next period",
    "net_off": "What is matched leaves both sides, and the rest is carried into the next period; the inactive keep "
    "both sides whole",
    "full_flush": "Nothing is carried into the next period",
}


def binary_sentences(bonus: Binary, currency: str) -> Iterator[str]:
    """What is matched, what that pays, and what becomes of the rest."""
    yield f"It looks at the two sides below your place in the binary tree. {_METHODS[bonus.method]}."
    if bonus.cycle is not None:
        cycle = bonus.cycle
        judged = "before the first cycle" if cycle.stronger_leg == "once" else "anew before each cycle"
        yield (
            f"A cycle takes {number(cycle.strong)} CV of the stronger side and {number(cycle.weak)} CV of the weaker "
            f"one; which is the stronger is judged {judged}, and of equal ones it is the {cycle.equal_legs} one."
        )
        if cycle.pays is not None:
            yield f"A cycle pays {number(cycle.pays)} {currency}."
    if bonus.max_cycles is not None:
        yield f"No more than {bonus.max_cycles:,} cycles are made in a period."
    if bonus.rate is not None:
        yield f"It pays {_rate(bonus)}."
    if bonus.multiplier != 1:
        yield f"Rates are of {of_volume(bonus.multiplier)}."
    yield f"{_CARRY[bonus.carry]}."
    if bonus.flush_inactive:
        yield "The inactive lose the volume of both sides."
    if bonus.carry_cap is not None:
        yield f"A side carries at most {capped(bonus.carry_cap, 'CV')}; what is above is lost."
    if bonus.cap_per_period is not None:
        most = capped(bonus.cap_per_period, currency)
        yield f"A place is paid at most {most} a period{_whose(bonus, bonus.cap_per_period)}; {_above(bonus)}."
    if bonus.cap_per_day is not None:
        most = capped(bonus.cap_per_day, currency)
        whose = _whose(bonus, bonus.cap_per_day)
        ratio = ", each day in a ratio of its own" if bonus.method == "volume_ratio" else ""
        yield f"Sides are matched day by day{ratio}, and a place is paid at most {most} a day{whose}; {_above(bonus)}."
    if bonus.aggregate_cap is not None:
        most = capped(bonus.aggregate_cap, currency)
        yield (
            f"All places that you hold are paid together at most {most} a period{_highest(bonus)}; each is cut by the "
            "same part, and what is above is lost."
        )


def _rate(bonus: Binary) -> str:
    rate = bonus.rate
    if isinstance(rate, RateByVolume):
        unit = rate.by.removeprefix("personal_").upper()
        steps = "; ".join(f"{percent(step.rate)} from {number(step.from_)} {unit} on" for step in rate.steps)
        return f"by what you and your customers buy: {steps}"
    if isinstance(rate, dict):
        return f"{by_rank(rate)} of it, other ranks nothing"
    return "nothing" if rate is None else f"{percent(rate)} of it"


def _highest(bonus: Binary) -> str:
    if not isinstance(bonus.aggregate_cap, dict):
        return ""
    return f", by the highest {'title' if bonus.cap_by == 'title' else 'rank for pay'} among them"


def _whose(bonus: Binary, cap: Cap) -> str:
    if not isinstance(cap, dict):
        return ""
    return ", by your title" if bonus.cap_by == "title" else ", by your rank for pay"


def _above(bonus: Binary) -> str:
    if bonus.above_cap == "carried":
        return "no more is matched than that pays, and the rest stays in the sides"
    return "what is above is lost"
