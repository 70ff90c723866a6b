"""Money and volume: integers in the smallest unit (1/100) inside, `Decimal` at the edges."""

import re
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction

from app.errors import InvalidInputError

MINOR_PER_UNIT = 100
MAX_MINOR = 10**12 * MINOR_PER_UNIT
"""The largest amount that enters or leaves the service, in minor units (10^12 whole units)."""

_PLAIN = re.compile(r"[+-]?[0-9]{1,16}(\.[0-9]{1,16})?", re.ASCII)
_SHORT = re.compile(r"([+-]?)([0-9]{1,12})(?:\.([0-9]{1,2}))?", re.ASCII)
"""Within bounds and without a third decimal whatever its digits are, as nearly every amount that comes in."""


class InvalidAmountError(InvalidInputError):
    """It is not an amount of at most two decimals within 10^12."""

    title = "Invalid amount"


def to_minor(amount: Decimal | str) -> int:
    """The amount in minor units: `"12.34"` gives 1234.

    Raises InvalidAmountError for anything but plain digits, a third decimal that is not zero, or more than 10^12.
    """
    if isinstance(amount, str) and (plain := _SHORT.fullmatch(amount)):
        sign, whole, cents = plain.groups(default="")
        minor = int(whole) * MINOR_PER_UNIT + int(cents.ljust(2, "0"))
        return -minor if sign == "-" else minor
    value = _decimal(amount)
    # Compared before it is scaled: scaling 1E+999999 would build a number of that many digits.
    if abs(value) > 10**12:
        raise InvalidAmountError(f"the amount {amount} is beyond 10^12; check its unit", amount=str(amount))
    numerator, denominator = value.as_integer_ratio()
    minor, rest = divmod(numerator * MINOR_PER_UNIT, denominator)
    if rest:
        raise InvalidAmountError(f"the amount {amount} has more than two decimals; round it first", amount=str(amount))
    return minor


def from_minor(minor: int) -> Decimal:
    """The amount with exactly two decimals: 1234 gives `Decimal("12.34")`."""
    return Decimal(minor_text(minor))


def minor_text(minor: int) -> str:
    """The same as text: 1234 gives `"12.34"`."""
    value = int(minor)
    whole, cents = divmod(abs(value), MINOR_PER_UNIT)
    return f"{'-' if value < 0 else ''}{whole}.{cents:02d}"


def exact_from_minor(minor: Fraction) -> Decimal:
    """The amount with every decimal it has, two at least: 482.5 minor units give `Decimal("4.825")`.

    Raises decimal.Inexact when it has no end, as a third has; volumes and rates are decimals, so their product has one.
    """
    with localcontext() as context:
        context.prec = 200
        context.traps[Inexact] = True
        value = Decimal(minor.numerator) / Decimal(minor.denominator * MINOR_PER_UNIT)
        exponent = value.as_tuple().exponent
        return value if isinstance(exponent, int) and exponent < -2 else value.quantize(Decimal("0.01"))


def _decimal(amount: object) -> Decimal:
    if isinstance(amount, str):
        if not _PLAIN.fullmatch(amount):
            raise InvalidAmountError(
                f"{amount[:40]!r} is not an amount; write digits such as 12.34", amount=amount[:40]
            )
        return Decimal(amount)
    if not isinstance(amount, Decimal):
        kind = type(amount).__name__
        raise InvalidAmountError(f"an amount must be Decimal or text, not {kind}: binary fractions are not exact")
    # NaN and infinity have no integer exponent; a huge one would make as_integer_ratio build a number as long.
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > 28:
        raise InvalidAmountError(f"{amount} is not an amount of at most two decimals", amount=str(amount)[:40])
    return amount
