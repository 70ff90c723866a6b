"""Which companies and parts a bench has."""

import json
from pathlib import Path

import pytest

from loadtests import bench
from loadtests.plan import PARTS, PROMISES, QUICK, WHOLE, Plan, narrowed
from loadtests.rows import Row
from loadtests.sheet import Sheet
from loadtests.timing import LeftOutError
from loadtests.watch import Watch


def test_a_whole_bench_has_every_size_and_shape() -> None:
    """Smallest first; what a company does is measured in one shape, and the smallest only place newcomers."""
    cases = list(WHOLE.cases())

    assert [(case.people, case.shape) for case in cases] == [
        (people, shape)
        for people in (1_000, 10_000, 100_000, 1_000_000)
        for shape in ("heavy-tailed", "balanced", "chain", "wide")
    ]
    assert [case.asked for case in cases[:4]] == [["matrix", "places"]] * 4
    assert ["export" in case.parts for case in cases[4:]] == [False] * 4 + [True, False, False, False] * 2
    assert ["doctor" in case.parts for case in cases[4:]] == [True, False, False, False] * 3
    assert ["matrix" in case.parts for case in cases] == [True] * 8 + [False, True, True, True] * 2
    assert [case.joined for case in cases[::4]] == [0, 0, 30_000, 0]


def test_every_promise_is_of_a_row_that_a_whole_bench_measures() -> None:
    """Companies at least."""
    companies = {(case.people, case.shape) for case in WHOLE.cases()} | {
        (people, "heavy-tailed") for people in WHOLE.engine_sizes
    }

    assert {(size, shape) for _what, size, shape in PROMISES} <= companies


def test_other_shapes_are_asked_less_except_where_a_promise_needs_more() -> None:
    """The p95 of a million people is promised in every shape."""
    cases = {(case.people, case.shape): WHOLE.calls_of(case) for case in WHOLE.cases()}

    assert cases[1_000_000, "heavy-tailed"] == 100
    assert cases[1_000_000, "chain"] == 60
    assert cases[100_000, "heavy-tailed"] == 40
    assert cases[100_000, "chain"] == 10


def test_newcomers_come_together_in_the_largest_companies() -> None:
    together = {case.people for case in WHOLE.cases() if WHOLE.at_once_in(case)}

    assert together == {1_000_000}


def test_parts_of_a_bench_can_be_chosen() -> None:
    """Sizes come in all shapes then; the parts keep their order."""
    plan = narrowed(QUICK, (2_000, 500), ("chain",), ("postgres", "procedures"))

    [small, large] = plan.cases()
    assert (small.people, small.shape, large.people) == (500, "chain", 2_000)
    assert small.asked == ["procedures", "postgres"]
    assert narrowed(WHOLE, None, None, None) == WHOLE
    assert narrowed(WHOLE, None, None, PARTS) == WHOLE


def test_what_was_measured_before_a_failure_is_kept_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file of whole runs stays as it was."""

    async def fail(_plan: Plan, sheet: Sheet, _watch: Watch) -> str:
        sheet.section("wide", 1_000)
        sheet.add(Row("first", p50_ms=1.0))
        raise LeftOutError("second failed")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["bench"])
    monkeypatch.setattr(bench, "measured", fail)

    with pytest.raises(LeftOutError, match="second failed"):
        bench.main()

    assert not bench.COMMITTED.exists()
    assert [row["what"] for row in json.loads(bench.OTHERS.read_text())["companies"][0]["rows"]] == ["first"]


@pytest.mark.parametrize("wrong", [["--shapes", "round"], ["--only", "everything"], ["--sizes", "many"]])
def test_unknown_words_are_refused(wrong: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything starts."""
    monkeypatch.setattr("sys.argv", ["bench", *wrong])

    with pytest.raises(SystemExit, match="2"):
        bench.main()
