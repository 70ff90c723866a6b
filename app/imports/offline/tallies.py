"""Every tally of a new company at once: what the roll-up counts fact by fact, by sums over whole trees."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.engine.forest import Forest, forest, scatter_sums
from app.facts.calendars import MONTHLY
from app.facts.commands import Tree
from app.imports.calendar import Timeline
from app.imports.history import TREES
from app.imports.models import StoredPeriod
from app.imports.offline.company import NewCompany, Sales
from app.volumes.sums import Sold, volume_columns

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
SLOTS: Final = 2


def tallies_of(company: NewCompany) -> Iterator[tuple[str, dict[str, Any]]]:
    """The columns of the tally nodes of each calendar, null where a slot never held a volume. Those of the months are
    everybody's by ix, those of another calendar only theirs who have volume in it."""
    trees = company.trees
    now: dict[Tree, Forest] = {tree: forest(tree, edges.parent) for tree, edges in trees.items()}
    months: dict[str, Any] = {"ix": np.arange(company.people)}
    for tree, edges in trees.items():
        seqs = np.maximum(edges.seq_from, company.sponsors.seq_from)
        figures = {"count": now[tree].sizes, "seq": latest_below(edges.parent, seqs)}
        # An enrolment gives no place in the matrix: nothing is counted there before somebody is placed.
        nowhere = (now[tree].sizes == 1) & (edges.parent < 0) if tree == "matrix" else None
        months |= {f"{tree}_{name}": pa.array(values, mask=nowhere) for name, values in figures.items()}
    timelines = company.found.timelines
    _add_volumes(months, timelines[MONTHLY], company, now)
    yield MONTHLY, {**months, "calendar": _same(MONTHLY, company.people)}
    for calendar, timeline in timelines.items():
        columns: dict[str, Any] = {"ix": np.arange(company.people)}
        if calendar == MONTHLY:
            continue
        touched = _add_volumes(columns, timeline, company, now)
        if touched.any():
            there = pa.table(columns).filter(pa.array(touched))
            some = {name: there[name].combine_chunks() for name in there.column_names}
            yield calendar, {**some, "calendar": _same(calendar, len(there))}


def _same(text: str, count: int) -> Any:
    return pa.array([text] * count, pa.string())


def _add_volumes(columns: dict[str, Any], timeline: Timeline, company: NewCompany, now: Mapping[Tree, Forest]) -> Bools:
    """Write what was sold in the periods of a calendar; by whom or below whom anything was."""
    everybody = np.zeros(company.people, np.bool_)
    for period in timeline.periods:
        then = {tree: _at_end_of(period, company, tree, now[tree]) for tree in now}
        here = company.sales.counts_in[timeline.calendar] == period.number
        volumes, touched = _volumes(company.sales, here, then, company.people)
        everybody |= touched
        if period.open or touched.any():
            _overlay(columns, period.number, volumes, touched)
            _overlay_levels(columns, period.number, dict(_by_level(company.sales, here, then, company.levels)), touched)
    return everybody


def _at_end_of(period: StoredPeriod, company: NewCompany, tree: Tree, now: Forest) -> Forest:
    """A tree as it was just before the end of a period."""
    edges, past = company.edges_of(tree), company.past
    late = edges.valid_from >= period.ends_at
    then = (past.tree == TREES.index(tree)) & (past.valid_from < period.ends_at) & (past.valid_to >= period.ends_at)
    if not late.any() and not then.any():
        return now
    parent = np.where(late, -1, edges.parent)
    parent[past.child[then]] = past.parent[then]
    return forest("tree of a period", parent)


def _overlay(columns: dict[str, Any], number: int, volumes: Mapping[str, Ints], touched: Bools) -> None:
    """Write a period's volumes over those of the one that had the slot before, where anything was sold."""
    slot = number % SLOTS
    for name, of in {"period": np.full(len(touched), number), **volumes}.items():
        before = columns.get(f"{name}_{slot}")
        here = pa.array(of, mask=~touched)
        columns[f"{name}_{slot}"] = here if before is None else pc.coalesce(here, before)


def _overlay_levels(columns: dict[str, Any], number: int, by_level: Mapping[str, Any], touched: Bools) -> None:
    """The same of lists: whoever has the slot by now has no list of the period before."""
    for tree, lists in by_level.items():
        name = f"{tree}_levels_{number % SLOTS}"
        before = columns.get(name)
        columns[name] = lists if before is None else pc.if_else(pa.array(touched), lists, before)


def _by_level(
    sales: Sales, here: Bools, trees: Mapping[Tree, Forest], levels: Mapping[Tree, int]
) -> Iterator[tuple[str, Any]]:
    """By tree what was sold on level 1, 2, … below each person, as the importer reads lists; null where nothing was."""
    for tree, whole in trees.items():
        if not levels[tree]:
            continue
        seller = sales.seller[here]
        level = [scatter_sums(seller, values, whole.people) for values in (sales.pv[here], sales.cv[here])]
        sold = scatter_sums(seller, np.ones(len(seller), np.int64), whole.people)
        columns, reached = [], np.zeros(whole.people, np.bool_)
        for _ in range(levels[tree]):
            level, sold = [whole.child_sums(values) for values in level], whole.child_sums(sold)
            columns += level
            reached |= sold > 0
        texts = pc.binary_join_element_wise(*(pa.array(values).cast(pa.string()) for values in columns), ";")
        yield tree, pc.if_else(pa.array(reached), texts, pa.scalar(None, pa.string()))


def _volumes(sales: Sales, here: Bools, trees: Mapping[Tree, Forest], count: int) -> tuple[dict[str, Ints], Bools]:
    """What was sold in a period, whose sales are `here`, and by whom or below whom anything was."""
    seller = sales.seller[here]
    sold = scatter_sums(seller, np.ones(len(seller), np.int64), count)
    volumes = volume_columns(count, trees, Sold(seller, sales.buyer[here], sales.pv[here], sales.cv[here]))
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
