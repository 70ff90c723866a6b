"""Every tally of a new company at once: what the roll-up counts fact by fact, by sums over whole trees."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.clock import to_ms
from app.engine.forest import Forest, forest, scatter_sums
from app.imports.offline.company import Edges, NewCompany, Sales
from app.periods.models import Period
from app.periods.months import MONTHLY

Ints = NDArray[np.int64]
UNITS: Final = ("pv", "cv")
SLOTS: Final = 2


def tallies_of(company: NewCompany, periods: Sequence[Period]) -> dict[str, Any]:
    """The columns of the tally nodes by ix, null where a slot never held a volume."""
    count = company.people
    trees = {"sponsor": company.sponsors, "binary": company.binary}
    now = {tree: forest(tree, edges.parent) for tree, edges in trees.items()}
    columns: dict[str, Any] = {"ix": np.arange(count), "calendar": pa.array([MONTHLY] * count, pa.string())}
    for tree, edges in trees.items():
        seqs = np.maximum(edges.seq_from, company.sponsors.seq_from)
        columns[f"{tree}_count"] = now[tree].size
        columns[f"{tree}_seq"] = latest_below(edges.parent, seqs)
    slots = {period.number % SLOTS: period for period in periods if period.open}
    for slot, period in sorted(slots.items()):
        then = {tree: _at_end_of(period, edges, now[tree]) for tree, edges in trees.items()}
        columns |= _slot(slot, period.number, company.sales, then, count)
    return columns


def _at_end_of(period: Period, edges: Edges, now: Forest) -> Forest:
    """A tree as it was just before the end of a period."""
    late = edges.valid_from >= to_ms(period.ends_at)
    return forest("tree of a period", np.where(late, -1, edges.parent)) if late.any() else now


def _slot(slot: int, number: int, sales: Sales, trees: Mapping[str, Forest], count: int) -> dict[str, Any]:
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
    untouched = np.logical_and.reduce([whole.subtree_sums(sold) == 0 for whole in trees.values()])
    columns = {f"period_{slot}": np.full(count, number), **{f"{name}_{slot}": of for name, of in volumes.items()}}
    return {name: pa.array(of, mask=untouched) for name, of in columns.items()}


def latest_below(parent: Ints, values: Ints) -> Ints:
    """The largest value of each person and everybody below; doubling, so a chain costs no more than a bush."""
    latest, jump = values.copy(), parent.copy()
    while (live := np.flatnonzero(jump >= 0)).size:
        above, carried = jump[live], latest[live]
        jump[live] = jump[above]
        np.maximum.at(latest, above, carried)
    return latest
