"""Makes what people keep about open slots what the binary edges say."""

from functools import partial
from typing import Any, Final

import numpy as np

from app.doctor.repository import DoctorRepository
from app.errors import ConflictError
from app.facts.repository import take_head
from app.graph import GraphDatabase, GraphTransaction
from app.places.columns import NAMES, SpotColumns, spots_of
from app.places.spots import NOBODY
from app.volumes.edges import read_edges

ROWS_A_CALL: Final = 5_000
_WRITE_TIMEOUT_S: Final = 60.0


class WrittenMeanwhileError(ConflictError):
    title = "Facts were written meanwhile"


async def rebuild_spots(graph: GraphDatabase) -> int:
    """Rewrite the spots that are wrong; how many there were. Killed, it is simply run again.

    Raises WrittenMeanwhileError when facts are written while it reads: the spots are worked out as of one fact.
    """
    repository = DoctorRepository(graph)
    totals = await repository.totals()
    edges = await read_edges(graph, "binary", totals.people)
    mirrors, _ = await repository.mirrors(totals.people)
    live = edges.live
    slot = np.zeros(totals.people, np.int64)
    slot[edges.child[live]] = edges.slot[live]
    wanted = spots_of(edges.parents(totals.people, live), slot)
    kept = mirrors.spots
    wrong = np.flatnonzero(np.any([getattr(wanted, name) != getattr(kept, name) for name in NAMES], axis=0))
    for start in range(0, len(wrong), ROWS_A_CALL):
        rows = [_row(wanted, ix) for ix in wrong[start : start + ROWS_A_CALL].tolist()]
        work = partial(_rewrite, seq=totals.seq, rows=rows)
        await graph.write(work, name="rebuild_spots", timeout_s=_WRITE_TIMEOUT_S)
    return len(wrong)


async def _rewrite(tx: GraphTransaction, *, seq: int, rows: list[dict[str, Any]]) -> None:
    chain, _ = await take_head(tx)
    if chain.seq != seq:
        raise WrittenMeanwhileError(
            f"The open slots were worked out as of fact {seq}, and {chain.seq - seq} facts were written meanwhile. "
            "Stop the service and its workers, and run this again."
        )
    await tx.run("queries/facts/set_spots", {"rows": rows})


def _row(wanted: SpotColumns, ix: int) -> dict[str, Any]:
    kept = {name: int(getattr(wanted, name)[ix]) for name in NAMES}
    return {"ix": ix, "kept": {name: None if value == NOBODY else value for name, value in kept.items()}}
