"""Makes the tallies what their recomputation says, while no roll-up counts."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from app.facts.calendars import MONTHLY
from app.graph import GraphDatabase, GraphTransaction
from app.volumes import repository
from app.volumes.check import Recomputed, TallyCheck, TallyReport, compare
from app.volumes.edges import Ints
from app.volumes.errors import RollUpBusyError
from app.volumes.models import Tree
from app.volumes.rollup import RollUp

LEASE_MS: Final = 120_000
"""How long the roll-up of others waits after a rebuild that died; a recomputation of a million people fits."""
ROWS_A_CALL: Final = 5_000
_WRITE_TIMEOUT_S: Final = 60.0


class TallyRebuild:
    """Rewrites wrong tallies; `roll_up` must be this repair's own, with a lease of LEASE_MS."""

    def __init__(self, db: GraphDatabase, roll_up: RollUp) -> None:
        self._db = db
        self._roll_up = roll_up

    async def run(self, depths: Mapping[Tree, int] | None = None) -> TallyReport:
        """Repair as of the roll-up's cursor, then count what waits; the report says what was wrong before. Killed, it
        is simply run again. With `depths`, volumes are kept to those levels from then on; nobody reads a level that is
        not filled.

        Raises RollUpBusyError while a server or worker rolls up.
        """
        if not await self._roll_up.claim():
            raise RollUpBusyError(
                "A server or worker is rolling up. Stop it, wait for its lease of a few seconds, and run this again."
            )
        check = TallyCheck(self._db)
        wanted = await check.recompute(depths=depths)
        if depths is not None:
            [cursor] = await self._db.read("queries/volumes/read_cursor")
            await self._keep(
                wanted.seq, {tree: min(depths[tree], kept) for tree, kept in repository.levels_kept(cursor).items()}
            )
        report = compare(await check.all_stored(wanted), wanted)
        for calendar, wrong in report.wrong.items():
            for start in range(0, len(wrong), ROWS_A_CALL):
                rows = _rows(wanted, calendar, wrong[start : start + ROWS_A_CALL])
                rewrite = partial(self._rewrite, seq=wanted.seq, rows=rows)
                await self._db.write(rewrite, name="rebuild_tallies", timeout_s=_WRITE_TIMEOUT_S)
        if depths is not None:
            await self._keep(wanted.seq, depths)
        await self._roll_up.catch_up()
        return report

    async def _keep(self, seq: int, depths: Mapping[Tree, int]) -> None:
        async def keep(tx: GraphTransaction) -> None:
            await self._roll_up.hold(tx, seq)
            await repository.keep_levels(tx, depths)

        await self._db.write(keep, name="keep_levels")

    async def _rewrite(self, tx: GraphTransaction, *, seq: int, rows: list[dict[str, Any]]) -> None:
        await self._roll_up.hold(tx, seq)
        await tx.run("queries/volumes/rewrite_tallies", {"rows": rows})


def _rows(wanted: Recomputed, calendar: str, ixs: Ints) -> list[dict[str, Any]]:
    """The whole tallies. A slot without volume stays away, as the roll-up leaves it; the versions are the newest there
    can be, so that no cached page outlives the repair."""
    columns: dict[str, Ints] = {"ix": ixs}
    if calendar == MONTHLY:
        columns |= {name: column[ixs] for name, column in wanted.counts.items()}
        columns |= {f"{tree}_seq": np.full(len(ixs), wanted.seq) for tree in wanted.depths}
    rows: list[dict[str, Any]] = [
        {"calendar": calendar, **dict(zip(columns, values, strict=True))}
        for values in zip(*(column.tolist() for column in columns.values()), strict=True)
    ]
    for slot, (number, volumes) in wanted.slots_of(calendar).items():
        table = np.stack([column[ixs] for column in volumes.values()], axis=1)
        names = [f"{name}_{slot}" for name in volumes]
        for at in np.flatnonzero(table.any(axis=1)).tolist():
            rows[at] |= {f"period_{slot}": number, **dict(zip(names, table[at].tolist(), strict=True))}
        for tree, levels in wanted.levels[calendar, slot].items():
            by_level = levels[ixs]
            for at in np.flatnonzero(by_level.any(axis=1)).tolist():
                rows[at][f"{tree}_levels_{slot}"] = by_level[at].tolist()
    return rows
