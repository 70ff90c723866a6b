"""Makes what people keep about open slots what the edges say."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.doctor.repository import DoctorRepository, Totals
from app.errors import ConflictError
from app.facts.commands import PLACEMENT_TREES
from app.facts.repository import take_head
from app.graph import GraphDatabase, GraphTransaction
from app.places.columns import MATRIX_NAMES, NAMES, matrix_spots_of, spots_of
from app.places.spots import NOBODY, PlacementTree
from app.volumes.edges import read_edges

ROWS_A_CALL: Final = 5_000
_WRITE_TIMEOUT_S: Final = 60.0
_SET: Final[dict[PlacementTree, str]] = {"binary": "spots", "matrix": "matrix_spots"}
"""By tree what is set."""

Columns = Mapping[str, NDArray[np.int64]]
"""By the name of the property."""


class WrittenMeanwhileError(ConflictError):
    title = "Facts were written meanwhile"


async def rebuild_spots(graph: GraphDatabase) -> int:
    """Rewrite the spots that are wrong, in the binary tree and the matrix; how many there were. Killed, it is simply
    run again.

    Raises WrittenMeanwhileError when facts are written while it reads: the spots are worked out as of one fact.
    """
    repository = DoctorRepository(graph)
    totals = await repository.totals()
    mirrors, _ = await repository.mirrors(totals.people)
    kept: dict[PlacementTree, Columns] = {
        "binary": {name: getattr(mirrors.spots, name) for name in NAMES},
        "matrix": {f"matrix_{name}": getattr(mirrors.matrix_spots, name) for name in MATRIX_NAMES},
    }
    rewritten = 0
    for tree in PLACEMENT_TREES:
        wanted = await _wanted(graph, tree, totals)
        differ = [wanted[name] != kept[tree][name] for name in wanted]
        wrong = np.flatnonzero(np.any(differ, axis=0)) if differ else np.zeros(0, np.int64)
        for start in range(0, len(wrong), ROWS_A_CALL):
            rows = [_row(wanted, ix) for ix in wrong[start : start + ROWS_A_CALL].tolist()]
            work = partial(_rewrite, what=_SET[tree], seq=totals.seq, rows=rows)
            await graph.write(work, name="rebuild_spots", timeout_s=_WRITE_TIMEOUT_S)
        rewritten += len(wrong)
    return rewritten


async def _wanted(graph: GraphDatabase, tree: PlacementTree, totals: Totals) -> Columns:
    """What the edges say; nothing of a matrix that the company does not keep."""
    edges = await read_edges(graph, tree, totals.people)
    parents, slot = edges.parents(totals.people, edges.live), edges.slots(totals.people, edges.live)
    if tree == "binary":
        spots = spots_of(parents, slot)
        return {name: getattr(spots, name) for name in NAMES}
    if not totals.matrix_width:
        return {}
    in_matrix = matrix_spots_of(parents, slot, totals.matrix_width)
    return {f"matrix_{name}": getattr(in_matrix, name) for name in MATRIX_NAMES}


async def _rewrite(tx: GraphTransaction, *, what: str, seq: int, rows: list[dict[str, Any]]) -> None:
    chain, _ = await take_head(tx)
    if chain.seq != seq:
        raise WrittenMeanwhileError(
            f"The open slots were worked out as of fact {seq}, and {chain.seq - seq} facts were written meanwhile. "
            "Stop the service and its workers, and run this again."
        )
    await tx.run(f"queries/facts/set_{what}", {what: rows})


def _row(wanted: Columns, ix: int) -> dict[str, Any]:
    kept = {name: int(column[ix]) for name, column in wanted.items()}
    return {"ix": ix, "kept": {name: None if value == NOBODY else value for name, value in kept.items()}}
