"""Totals shared by largest remainder, to the last unit and up to the largest amounts there are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import AmountOverflowError
from app.engine.sharing import largest_remainder
from tests.oracle.numbers import shared

parts_of = st.lists(st.integers(0, 5) | st.integers(0, 10_000) | st.integers(0, 2**58), min_size=1, max_size=12)


@settings(max_examples=300, deadline=None)
@given(groups=st.lists(parts_of.filter(any), min_size=1, max_size=4), data=st.data())
def test_each_group_gets_its_total_as_one_person_at_a_time_would_share_it(
    groups: list[list[int]], data: st.DataObject
) -> None:
    totals = [data.draw(st.integers(0, sum(parts))) for parts in groups]
    rows = data.draw(st.permutations([(at, part) for at, parts in enumerate(groups) for part in parts]))
    group, part = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    found = largest_remainder(group, part, np.array(totals, dtype=np.int64))
    for at, total in enumerate(totals):
        mine = found[group == at].tolist()
        assert mine == shared(total, part[group == at].tolist())
        assert sum(mine) == total
    assert (found <= part).all()


def test_what_cannot_be_added_up_is_refused() -> None:
    with pytest.raises(AmountOverflowError):
        largest_remainder(np.zeros(2, np.int64), np.array([2**61, 2**61]), np.array([1]))
