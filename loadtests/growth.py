"""How a time grows with the company: the exponent between two sizes."""

from math import log


def exponent(people: int, took: float, more_people: int, then_took: float) -> float:
    """1 where twice the people take twice as long, 0 where they take no longer, 2 where four times as long."""
    return log(then_took / took) / log(more_people / people)
