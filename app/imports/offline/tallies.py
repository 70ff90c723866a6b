"""Every tally of a new company at once: what the roll-up counts fact by fact, by sums over whole trees."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.engine.forest import Forest, forest, scatter_sums
from app.imports.history import TREES
from app.imports.models import StoredPeriod
from app.imports.offline.company import Edges, NewCompany, Sales
from app.periods.months import MONTHLY

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
UNITS: Final = ("pv", "cv")
SLOTS: Final = 2


def tallies_of(company: NewCompany) -> dict[str, Any]:
    """The columns of the tally nodes by ix, null where a slot never held a volume."""
    count = company.people
    trees = {"sponsor": company.sponsors, "binary": company.binary}
    now = {tree: forest(tree, edges.parent) for tree, edges in trees.items()}
    columns: dict[str, Any] = {"ix": np.arange(count), "calendar": pa.array([MONTHLY] * count, pa.string())}
    for tree, edges in trees.items():
        seqs = np.maximum(edges.seq_from, company.sponsors.seq_from)
        columns[f"{tree}_count"] = now[tree].sizes
        columns[f"{tree}_seq"] = latest_below(edges.parent, seqs)
    for period in sorted(company.found.months.periods, key=lambda period: period.number):
        then = {tree: _at_end_of(period, company, tree, edges, now[tree]) for tree, edges in trees.items()}
        volumes, touched = _volumes(period.number, company.sales, then, count)
        if period.open or touched.any():
            _overlay(columns, period.number, volumes, touched)
    return columns


def _at_end_of(period: StoredPeriod, company: NewCompany, tree: str, edges: Edges, now: Forest) -> Forest:
    """A tree as it was just before the end of a period."""
    late = edges.valid_from >= period.ends_at
    if not late.any():
        return now
    past = company.past
    parent = np.where(late, -1, edges.parent)
    then = (past.tree == TREES.index(tree)) & (past.valid_from < period.ends_at) & (past.valid_to >= period.ends_at)
    parent[past.child[then]] = past.parent[then]
    return forest("tree of a period", parent)


def _overlay(columns: dict[str, Any], number: int, volumes: Mapping[str, Ints], touched: Bools) -> None:
    """Write a period's volumes over those of the one that had the slot before, where anything was sold."""
    slot = number % SLOTS
    for name, of in {"period": np.full(len(touched), number), **volumes}.items():
        before = columns.get(f"{name}_{slot}")
        here = pa.array(of, mask=~touched)
        columns[f"{name}_{slot}"] = here if before is None else pc.coalesce(here, before)


def _volumes(number: int, sales: Sales, trees: Mapping[str, Forest], count: int) -> tuple[dict[str, Ints], Bools]:
    """What was sold in a period, and by whom or below whom anything was."""
    here = sales.period == number
    seller, own = sales.seller[here], sales.buyer[here] >= 0
    sold = scatter_sums(seller, np.ones(len(seller), np.int64), count)
    volumes: dict[str, Ints] = {}
    for unit in UNITS:
        amounts = getattr(sales, unit)[here]
        volumes[f"own_{unit}"] = scatter_sums(seller[own], amounts[own], count)
        volumes[f"customer_{unit}"] = scatter_sums(seller[~own], amounts[~own], count)
        total = volumes[f"own_{unit}"] + volumes[f"customer_{unit}"]
        volumes |= {f"{tree}_{unit}": whole.subtree_sums(total) for tree, whole in trees.items()}
    # Whoever an order passed has the slot, also when its volume was zero.
    touched = np.logical_or.reduce([whole.subtree_sums(sold) > 0 for whole in trees.values()])
    return volumes, touched


def latest_below(parent: Ints, values: Ints) -> Ints:
    """The largest value of each person and everybody below; doubling, so a chain costs no more than a bush."""
    latest, jump = values.copy(), parent.copy()
    while (live := np.flatnonzero(jump >= 0)).size:
        above, carried = jump[live], latest[live]
        jump[live] = jump[above]
        np.maximum.at(latest, above, carried)
    return latest
