"""How long a run takes, by hand: `python -m tests.unit.engine.bench [people] [orders]`. Times are no test."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from app.engine.calculate import calculate
from app.engine.models import PastPeriod, People, Snapshot
from app.engine.ranking import rank_people
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from tests.unit.engine.companies import random_snapshot

Value = TypeVar("Value")


def best(what: str, work: Callable[[], Value], rounds: int = 3) -> Value:
    """Print the best of several processor times (one thread) and return the last value."""
    times: list[float] = []
    values: list[Value] = []
    for _ in range(rounds):
        values.clear()
        began = time.process_time()
        values.append(work())
        times.append(time.process_time() - began)
    sys.stdout.write(f"{what:45} {min(times):8.3f} s\n")
    return values[0]


ASKED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "legs_with_rank": {"legs_with_rank": {"rank": "Member", "count": 2}},
    "two of personally_sponsored_with_rank": {
        "personally_sponsored_with_rank": [{"rank": "Member", "count": 2}, {"rank": "Silver", "count": 1}]
    },
    "volume_within_levels, 5": {"volume_within_levels": {"levels": 5, "pv": 500}},
    "volume_within_levels, 50": {"volume_within_levels": {"levels": 50, "pv": 500}},
    "group_pv, capped by requirement": {"group_pv": {"pv": 4350, "leg_cap": "40%"}},
    "group_pv, capped by total": {"group_pv": {"pv": 4350, "leg_cap": "40%", "of": "total"}},
    "legs_with_volume": {"legs_with_volume": {"pv": 500, "count": 3}},
    "personally_sponsored": {"personally_sponsored": 3},
    "weak_leg_pv": {"weak_leg_pv": 500},
}
"""What a third rank asks for, in each row of ranks."""

GATES = [{"type": "customer_share", "at_least": "70%"}, {"type": "majority_of_customers", "more_than": "50%"}]


def ranked(asked: dict[str, Any]) -> Plan:
    """The sample plan's first two ranks, and one that asks for something."""
    sample = load_plan(library()["sample"]).model_dump(mode="json")
    gold = {"name": "Gold", "requires": asked}
    levels = {"type": "unilevel", "name": "L", "levels_by_rank": {"Member": ["5%"]}}
    return Plan.model_validate(sample | {"ranks": [*sample["ranks"][:2], gold], "bonuses": [levels]})


def main(people: int, orders: int) -> None:
    """Build one company and run every plan of the library on it."""
    drawn = random_snapshot(people, orders, seed=1)
    # No plan of the library that pays by title knows every title.
    columns = dict(drawn.people.columns()) | {"title": np.full(people, 1)}
    past = tuple(PastPeriod(f"-{before}", None, np.full(people, -1)) for before in range(1, 4))
    company = Snapshot(People(**columns), drawn.orders, drawn.titles, past=past)
    sys.stdout.write(f"{people} people, {orders} orders, sponsor depth {int(company.sponsor_tree.depth.max())}\n")
    best("snapshot (checks, both trees)", lambda: replace(company))
    for name, path in library().items():
        plan = load_plan(path)
        result = best(f"calculate {name}", lambda plan=plan: calculate(company, plan))  # type: ignore[misc]
        sys.stdout.write(f"{'':8}{len(result.lines)} lines, {len(result.misses)} misses\n")
    for name, asked in ASKED.items():
        plan = ranked(asked)
        best(f"ranks that ask {name}", lambda plan=plan: rank_people(company, plan))  # type: ignore[misc]
    sample = load_plan(library()["sample"])
    for name, gates in (("two gates", GATES), ("no own purchases", [{"type": "no_own_purchases"}])):
        plan = Plan.model_validate(sample.model_dump(mode="json") | {"gates": gates})
        best(f"calculate sample with {name}", lambda plan=plan: calculate(company, plan))  # type: ignore[misc]


if __name__ == "__main__":
    main(*(int(given) for given in [*sys.argv[1:], "1000000", "1000000"][:2]))
