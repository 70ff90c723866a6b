"""Work in a process of its own."""

import os

import numpy as np
import pytest

from loadtests.alone import alone, peak_mib


def _memory(mib: int) -> int:
    return len(np.ones(mib * 2**20, dtype=np.uint8))


def _cores(_nothing: None) -> int:
    return len(os.sched_getaffinity(0))


def _fail(words: str) -> None:
    raise ValueError(words)


def test_the_peak_is_that_of_the_work_and_not_ours() -> None:
    """We hold 400 MiB meanwhile; the child takes 100, then nothing to speak of."""
    ours = np.ones(400 * 2**20, dtype=np.uint8)

    _, large = alone(_memory, 100)
    _, small = alone(_memory, 1)

    assert peak_mib() > 400
    assert 100 < large < 300
    assert 90 < large - small < 110
    del ours


def test_it_runs_on_as_many_cores_as_it_is_given() -> None:
    """And on all of ours otherwise."""
    assert alone(_cores, None, cores=1)[0] == 1
    assert alone(_cores, None)[0] == len(os.sched_getaffinity(0))


def test_its_failure_is_ours() -> None:
    """With its words."""
    with pytest.raises(ValueError, match="no good"):
        alone(_fail, "no good")
