"""Which companies and parts a bench has."""

import pytest

from loadtests.bench import main
from loadtests.plan import PARTS, PROMISES, QUICK, WHOLE, narrowed


def test_a_whole_bench_has_every_size_and_shape() -> None:
    """Smallest first; what a company does is measured in one shape."""
    cases = list(WHOLE.cases())

    assert [(case.people, case.shape) for case in cases] == [
        (people, shape)
        for people in (10_000, 100_000, 1_000_000)
        for shape in ("heavy-tailed", "balanced", "chain", "wide")
    ]
    assert ["doctor" in case.parts for case in cases] == [True, False, False, False] * 3
    assert [case.joined for case in cases[::4]] == [1_000, 10_000, 0]


def test_every_promise_is_of_a_row_that_a_whole_bench_measures() -> None:
    """Sizes at least."""
    people = {case.people for case in WHOLE.cases()} | {WHOLE.engine_people}

    assert {size for _what, size in PROMISES} <= people


def test_parts_of_a_bench_can_be_chosen() -> None:
    """Sizes come in all shapes then; the parts keep their order."""
    plan = narrowed(QUICK, (2_000, 500), ("chain",), ("postgres", "procedures"))

    [small, large] = plan.cases()
    assert (small.people, small.shape, large.people) == (500, "chain", 2_000)
    assert small.asked == ["procedures", "postgres"]
    assert narrowed(WHOLE, None, None, None) == WHOLE
    assert narrowed(WHOLE, None, None, PARTS) == WHOLE


@pytest.mark.parametrize("wrong", [["--shapes", "round"], ["--only", "everything"], ["--sizes", "many"]])
def test_unknown_words_are_refused(wrong: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything starts."""
    monkeypatch.setattr("sys.argv", ["bench", *wrong])

    with pytest.raises(SystemExit, match="2"):
        main()
