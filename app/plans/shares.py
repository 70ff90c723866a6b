"""Shares of a volume: whether they can be computed exactly in 64 bits, and how they are written for people."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

_SAFE_PRODUCT = 2**62

Path = tuple[str | int, ...]
"""To a key inside the plan, such as ('ranks', 1, 'requires', 'group_pv')."""

Finding = tuple[Path, str]
"""What is wrong with a plan: the path to the key, and the message."""


def percent(share: Decimal) -> str:
    """`5 %` for 0.05, without needless digits."""
    text = f"{share * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def too_fine(rate: Decimal, multiplier: Decimal) -> bool:
    """Whether base x rate could leave 64 bits on the way although the result would fit."""
    share = Fraction(rate) * Fraction(multiplier)
    return share.numerator * share.denominator >= _SAFE_PRODUCT or share.denominator * 2 >= _SAFE_PRODUCT


def fine_message(rate: Decimal, multiplier: Decimal) -> str:
    """What is said of a share that is too fine."""
    return f"{percent(rate)} of {percent(multiplier)} has too many digits to be computed exactly in 64 bits; shorten it"


def fine_findings(rates: Sequence[tuple[tuple[str | int, ...], Decimal]], multiplier: Decimal) -> Iterator[Finding]:
    """Rates by their paths, where what is paid is a rate or what it is above another: each at most named once."""
    values = sorted({rate for _, rate in rates} | {Decimal(0)})
    for path, rate in rates:
        paid = (rate - lower for lower in values if lower < rate)
        if fine := next((each for each in paid if too_fine(each, multiplier)), None):
            yield path, fine_message(fine, multiplier)


def unknown_rank(name: str, names: Sequence[str]) -> str:
    """What is said of a rank that the plan does not have."""
    return f"the plan has no rank {name!r} (it has {', '.join(names)})"
