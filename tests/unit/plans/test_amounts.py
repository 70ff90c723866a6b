"""Money at the edges: exact, or refused."""

from decimal import Decimal, Inexact
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.amounts import MAX_MINOR, InvalidAmountError, exact_from_minor, from_minor, to_minor


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        ("12.34", 1234),
        ("-0.01", -1),
        ("0", 0),
        ("+7", 700),
        ("1.500", 150),
        (Decimal("1E+2"), 10_000),
        (Decimal(1000000000000), MAX_MINOR),
        ("-1000000000000.00", -MAX_MINOR),
    ],
)
def test_amounts_become_minor_units(amount: str | Decimal, minor: int) -> None:
    assert to_minor(amount) == minor


@pytest.mark.parametrize(
    "amount",
    [
        "",
        " 1",
        "1 ",
        "1,5",
        "1e3",
        "NaN",
        "Infinity",
        "0x1",
        "1_000",
        ".5",
        "1.",
        "1.005",
        "1000000000000.01",
        "٣",
        "9" * 40,
    ],
)
def test_text_that_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(InvalidAmountError):
        to_minor(amount)


@pytest.mark.parametrize(
    "amount",
    [Decimal("NaN"), Decimal("-Infinity"), Decimal("1E+999999"), Decimal("1E-999999"), Decimal("0.001"), 1.5, 3, True],
)
def test_numbers_that_are_no_amount_are_refused(amount: object) -> None:
    with pytest.raises(InvalidAmountError):
        to_minor(amount)  # type: ignore[arg-type]


@given(st.integers(-MAX_MINOR, MAX_MINOR))
def test_there_and_back(minor: int) -> None:
    amount = from_minor(minor)
    assert amount.as_tuple().exponent == -2
    assert to_minor(amount) == to_minor(str(amount)) == minor


@pytest.mark.parametrize(
    ("minor", "text"),
    [
        (Fraction(965, 2), "4.825"),
        (Fraction(-1, 8), "-0.00125"),
        (Fraction(40_000), "400.00"),
        (Fraction(10), "0.10"),
        (Fraction(0), "0.00"),
        (Fraction(2**62 * (2**62 - 1), 2**61), f"{2 * (2**62 - 1) // 100}.06"),
    ],
)
def test_an_exact_amount_has_all_its_decimals(minor: Fraction, text: str) -> None:
    assert f"{exact_from_minor(minor):f}" == text


def test_an_amount_without_end_is_not_told_as_exact() -> None:
    with pytest.raises(Inexact):
        exact_from_minor(Fraction(1, 3))
