"""Money at the edges: exact, or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.amounts import MAX_MINOR, InvalidAmountError, from_minor, to_minor


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
