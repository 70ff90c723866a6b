"""How long a run takes, by hand: `python -m tests.unit.engine.bench [people] [orders]`. Times are no test."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from app.engine.calculate import calculate
from app.engine.models import People, Snapshot
from app.plans.loader import library, load_plan
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


def main(people: int, orders: int) -> None:
    """Build one company and run every plan of the library on it."""
    drawn = random_snapshot(people, orders, seed=1)
    # No plan of the library that pays by title knows every title.
    columns = dict(drawn.people.columns()) | {"title": np.full(people, 1)}
    company = Snapshot(People(**columns), drawn.orders, drawn.titles)
    sys.stdout.write(f"{people} people, {orders} orders, sponsor depth {int(company.sponsor_tree.depth.max())}\n")
    best("snapshot (checks, both trees)", lambda: Snapshot(company.people, company.orders, company.titles))
    for name, path in library().items():
        plan = load_plan(path)
        result = best(f"calculate {name}", lambda plan=plan: calculate(company, plan))  # type: ignore[misc]
        sys.stdout.write(f"{'':8}{len(result.lines)} lines, {len(result.misses)} misses\n")


if __name__ == "__main__":
    main(*(int(given) for given in [*sys.argv[1:], "1000000", "1000000"][:2]))
