"""Work in a process of its own, its memory and its cores."""

import os

import numpy as np
import pytest

from loadtests.alone import alone, forget_peak, on_cores, peak_mib


def _memory(mib: int) -> int:
    return len(np.ones(mib * 2**20, dtype=np.uint8))


def _memory_forgotten(mib: int) -> float:
    _memory(mib)
    before = peak_mib()
    forget_peak()
    return before - peak_mib()


def _fail(words: str) -> None:
    raise ValueError(words)


def test_the_peak_is_that_of_the_work_and_not_ours() -> None:
    """We hold 400 MiB meanwhile; the child takes a hundred, and then forgets that it did."""
    ours = np.ones(400 * 2**20, dtype=np.uint8)

    forgotten, peak = alone(_memory_forgotten, 100)

    assert peak_mib() > 400
    assert 90 < forgotten < 110
    assert peak < 200
    del ours


def test_it_runs_on_as_many_cores_as_it_says() -> None:
    """And on all of ours afterwards."""
    ours = os.sched_getaffinity(0)

    with on_cores(1):
        assert len(os.sched_getaffinity(0)) == 1

    assert os.sched_getaffinity(0) == ours


def test_its_failure_is_ours() -> None:
    """With its words."""
    with pytest.raises(ValueError, match="no good"):
        alone(_fail, "no good")
