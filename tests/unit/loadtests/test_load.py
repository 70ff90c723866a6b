"""What `make load` works out by itself: due times, roots, the mix, the cache's count, rows and goals."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from loadtests.company import id_of
from loadtests.load.asks import AGAIN, MIX, USERS, Asks, Name, of_user
from loadtests.load.conductor import GOALS, QUICK, WHOLE, LostOrdersError, judged, must_be_counted
from loadtests.load.draws import Roots, due_times
from loadtests.load.looks import Looks, looks_of
from loadtests.load.rows import Goal, Row, rows_of
from loadtests.load.stages import Seen, Stage, as_file, of_file

METRICS = """
# TYPE banyan_cache_requests_total counter
banyan_cache_requests_total{kind="structure",result="hit"} 90.0
banyan_cache_requests_total{kind="structure",result="miss"} 8.0
banyan_cache_requests_total{kind="structure",result="bypass"} 2.0
banyan_cache_requests_total{kind="numbers",result="hit"} 500.0
"""


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def stage(rates: dict[Name, float]) -> Stage:
    return Stage("some", rates, 10.0, 100, 3, "secret", "banyan", "out.json", "load-1", ("D1",), 20)


# --- draws ------------------------------------------------------------------------------------------------------------


def test_arrivals_come_at_their_rate_whatever_happens() -> None:
    due = list(due_times(50.0, 100.0, rng()))
    assert 4_700 < len(due) < 5_300
    assert due == sorted(due)
    assert due[-1] < 100.0
    assert list(due_times(50.0, 100.0, rng())) == due
    assert list(due_times(0.0, 100.0, rng())) == []


def test_roots_follow_zipfs_law() -> None:
    roots = Roots(1_000, rng())
    asked = Counter(roots.one() for _ in range(40_000))
    first, tenth = asked[id_of(0)], asked[id_of(9)]
    assert 0.8 < first / tenth / 10**1.1 < 1.25
    assert len(asked) > 500
    buyers = Counter(roots.anybody() for _ in range(40_000))
    assert max(buyers.values()) < 100


def test_who_was_asked_about_is_told_once() -> None:
    asked, one_by_one = Roots(1_000, rng()).asked(2_000), Roots(1_000, rng())
    assert asked == list(dict.fromkeys(one_by_one.one() for _ in range(2_000)))
    assert len(set(asked)) == len(asked) < 1_000


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_the_mix_is_the_promised_one() -> None:
    assert sum(MIX.values()) == pytest.approx(1)
    assert MIX["dashboard"] == 0.60
    assert MIX["rank"] + MIX["statement"] + MIX["live rank and pay"] == pytest.approx(0.20)
    assert MIX["page of a tree"] + MIX["children"] + MIX["upline"] == pytest.approx(0.10)
    assert MIX["order"] == 0.10
    split = [of_user(MIX, user) for user in USERS]
    assert all(split)
    assert sum(len(part) for part in split) == len(MIX)


def test_asks_are_those_of_the_service() -> None:
    asks = Asks(Roots(100, rng()), "load-1", iter(["D0000042"]), many=500)
    order = asks.make("order")
    assert (order.user, order.path, order.key) == ("administrator", "/v1/orders", "load-1-1")
    assert order.body is not None
    assert order.body["id"] == order.key
    dashboard = asks.make("dashboard")
    assert dashboard.path == f"/v1/distributors/{dashboard.about}/dashboard"
    first = asks.make("page of many, first")
    assert first.about == "D0000042"
    assert first.path.endswith("limit=500")
    assert {asks.make(name).name for name in MIX} == set(MIX)


# --- stages and rows --------------------------------------------------------------------------------------------------


def test_a_stage_and_what_was_seen_survive_the_way(tmp_path: Path) -> None:
    one = stage({"order": 3.0})
    assert Stage.of_text(one.as_text()) == one
    seen = {"order": Seen([1.0, 2.0], {"503": 2})}
    assert of_file(as_file(seen, [0.5])) == (seen, [0.5])


def test_rows_tell_rates_times_and_errors() -> None:
    asked: dict[Name, float] = {"page of 50, first": 2.0, "order": 1.0}
    seen = {
        "order": Seen([float(ms) for ms in range(1, 101)]),
        "page of 50, again": Seen([5.0]),
        "page of 50, first": Seen([20.0], {"timeout": 3}),
    }
    every, first, order, again, late = rows_of(stage(asked), seen, [0.5, 2.0], together=True)
    assert (every.what, every.answers, every.errors, every.rate) == ("all", 102, 3, 3.0)
    assert (order.p50_ms, order.p95_ms, order.p99_ms, order.per_second) == (51.0, 96.0, 100.0, 10.0)
    assert (first.errors, first.error_words) == (3, "3 x timeout")
    assert (again.what, again.rate) == ("page of 50, again", None)
    assert "3 x timeout" in first.line
    assert (late.answers, late.p99_ms, late.per_second) == (2, 2.0, None)


def test_the_cache_is_judged_by_its_own_count() -> None:
    looks = looks_of(METRICS, "structure")
    assert looks == Looks(100.0, 90.0)
    assert looks.since(Looks(50.0, 45.0)).share == 0.9
    assert looks_of("", "structure").share is None


def test_goals_hold_for_a_million_people_alone() -> None:
    hits = Row("hot subtrees", "hits among looks for pages", answers=10, share=0.86)
    assert judged(hits, WHOLE.people).met is True
    assert judged(hits, QUICK.people).met is None
    assert "over 85%: yes" in judged(hits, WHOLE.people).line
    slow = Row("a page first, and again", "page of many, first", p95_ms=80.5)
    assert judged(slow, WHOLE.people).met is False
    assert Goal(p95_ms=10).met(Row("", "", p95_ms=9.0, errors=1)) is False


def test_every_goal_is_of_a_row_that_a_whole_run_has() -> None:
    """By its stage's names."""
    named = {*WHOLE.hot, *WHOLE.one_by_one, *AGAIN.values(), "hits among looks for pages"}
    assert {what for _stage, what in GOALS} <= named


def test_orders_are_counted_in_the_graph() -> None:
    """One that failed may be there or not."""
    orders = Seen([1.0, 2.0], {"timeout": 1})
    for written in (2, 3):
        must_be_counted("some", orders, written)
    for written in (1, 4):
        with pytest.raises(LostOrdersError, match="2 orders were answered for"):
            must_be_counted("some", orders, written)
