"""Exports the company as of the last fact there is when it begins; what is written later is not in it."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.blobs.store import BlobStore
from app.errors import InvalidInputError
from app.exports.brought import Achieved, achieved_by, openings_of, past_statements_of
from app.exports.files import ExportFile, write_sums
from app.exports.repository import NO_PERIOD, ExportRepository, Periods
from app.exports.standing import Standing, moves_of, read_standing, slots_of
from app.facts.calendars import COMMISSION_DATES
from app.facts.commands import Exported, FileFormat, Submission
from app.facts.writer import FactWriter
from app.imports import columns as col
from app.imports.calendar import NONE, UNNAMED
from app.imports.later_dates import column_of
from app.imports.models import KINDS, CompanySettings, Kind
from app.imports.places import KINDS as PLACEMENTS
from app.imports.settings import as_text, settings_as_values
from app.periods.calendars import name_of
from app.places.spots import PlacementTree
from app.runs.repository import RunRepository
from app.volumes.models import NOBODY, TREES, Tree

Progress = Callable[[str], None]
"""Receives one line about each step as it begins."""
Ints = NDArray[np.int64]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
NAMED: Final = tuple(sorted(KINDS, key=lambda kind: kind == "distributors"))
"""In which order files get their names. Every file names distributors, so what a killed export leaves is refused."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """As of which fact, how many rows each file has, the hash of the sums, and the fact that tells of it."""

    as_of: int
    rows: Mapping[Path, int]
    sums_hash: str
    seq: int


class ExportService:
    def __init__(
        self, repository: ExportRepository, *, writer: FactWriter, runs: RunRepository, blobs: BlobStore
    ) -> None:
        self._repository = repository
        self._writer = writer
        self._runs = runs
        self._blobs = blobs

    async def run(
        self, folder: Path, file_format: FileFormat, progress: Progress, *, actor: str, reason: str = ""
    ) -> ExportReport:
        """Write every file into `folder`, with their sums. They get their names when all of them are whole and a fact
        tells of them, so that nobody has them of whom it is not known.

        Raises InvalidInputError when the folder holds import files already: two companies must not mix.
        """
        _prepare(folder)
        seq = await self._repository.last_seq()
        files = {kind: ExportFile(folder, kind, file_format) for kind in KINDS}
        try:
            try:
                await self._write(files, seq, progress)
            finally:
                for file in files.values():
                    file.close()
            sums = {file.path.name: file.secure() for file in files.values()}
            sums_hash = write_sums(folder, dict(sorted(sums.items())))
            # The same company exported again is handed out again.
            key = f"export-{seq}-{secrets.token_hex(8)}"
            command = Exported("company", file_format, seq, sums_hash)
            receipt = await self._writer.submit(Submission(key, actor, reason, command))
        except BaseException:
            for file in files.values():
                file.discard()
            raise
        for kind in NAMED:
            files[kind].finish()
        return ExportReport(seq, {file.path: file.rows for file in files.values()}, sums_hash, receipt.seq)

    async def _write(self, files: Mapping[Kind, ExportFile], seq: int, progress: Progress) -> None:
        progress(f"reading the trees as of fact {seq:,}")
        periods, ids = await self._repository.periods(seq), await self._repository.ids(seq)
        settings = await self._repository.settings(seq)
        files["settings"].write(_settings(settings))
        trees = [tree for tree in TREES if tree != "matrix" or settings.matrix is not None]
        standing = {tree: await read_standing(self._repository.graph, tree, len(ids), seq) for tree in trees}
        for of_calendar in periods.values():
            files["periods"].write(_periods(of_calendar))
        files["moves"].write(moves_of(standing, ids))
        [decided] = await self._repository.graph.read("queries/exports/rank_overrides", {"seq": seq})
        files["rank_overrides"].write(_rank_overrides(decided, ids))
        achieved = {calendar: await self._achieved(of, len(ids)) for calendar, of in periods.items() if of.runs}
        progress(f"writing {len(ids):,} distributors")
        async for page in self._repository.pages("distributors", seq):
            files["distributors"].write(_distributors(page, standing, ids))
            for tree, kind in PLACEMENTS.items():
                if tree in standing:
                    files[kind].write(_placements(page, tree, standing[tree], ids))
            brought = await self._repository.graph.read(
                "queries/exports/taken_over", {"ixs": page["ixs"].tolist(), "seq": seq}
            )
            files["openings"].write(openings_of(page, brought[0], achieved))
            files["past_statements"].write(past_statements_of(page, brought[0]))
        progress("writing customers")
        async for page in self._repository.pages("customers", seq):
            under = _names(ids, page["distributor_ixs"])
            files["customers"].write({**page, "id": page["ids"], "name": page["names"], "distributor": under})
        progress("writing orders")
        async for page in self._repository.pages("orders", seq, seq=seq):
            files["orders"].write(_orders(page, periods, ids))

    async def _achieved(self, periods: Periods, people: int) -> Achieved:
        """What the committed runs of a calendar leave for the period after the last of them."""
        last = await self._runs.one(list(periods.runs.values())[-1])
        if last is None:
            raise RuntimeError("a period names a committed run that is not stored; run banyan doctor")
        return await asyncio.to_thread(achieved_by, last, people, self._blobs)


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if there := sorted(path.name for path in folder.iterdir() if path.suffix in (".csv", ".parquet")):
        raise InvalidInputError(f"{folder} already holds {', '.join(there)}; give an empty folder")


def _names(ids: Any, ixs: NDArray[Any]) -> Any:
    """Ids of people, empty for nobody."""
    index: Any = pa.array(ixs, pa.int64(), mask=ixs == NOBODY)
    return pc.fill_null(ids.take(index), "")


def _period_names(calendar: str, numbers: Ints) -> Any:
    """Names of periods, of which there are few."""
    different, places = np.unique(numbers, return_inverse=True)
    index: Any = pa.array(places)
    return pa.array([name_of(calendar, number) for number in different.tolist()], pa.string()).take(index)


def _periods(of: Periods) -> dict[str, Any]:
    return {
        "calendar": pa.array([of.calendar] * len(of.zones), pa.string()),
        "name": _period_names(of.calendar, of.numbers),
        "zone": pa.array(of.zones, pa.string()),
        "state": pc.if_else(pa.array(of.closed), "closed", pc.if_else(pa.array(of.reopened), "reopened", "open")),
        "starts_at": of.starts,
        "ends_at": of.ends,
        "grace_ends_at": of.grace_ends,
        "commission_date": pa.array([of.commission_date] * len(of.zones), pa.string()),
    }


def _distributors(page: Mapping[str, Any], standing: Mapping[Tree, Standing], ids: Any) -> dict[str, Any]:
    return {
        "id": page["ids"],
        "name": page["names"],
        "sponsor": _names(ids, standing["sponsor"].parent[page["ixs"]]),
        "enrolled_at": page["enrolled_at"],
        "status": page["statuses"],
        "owner": page["owners"],
        "region": page["regions"],
        "title": page["titles"],
        "preference": page["preferences"],
        "held_until": page["held_until"],
        "held_for": page["held_for"],
        "terminated_at": np.where(page["terminated_at"] < 0, col.MISSING, page["terminated_at"]),
        "consequence": page["consequences"],
    }


def _settings(kept: CompanySettings) -> dict[str, Any]:
    values = settings_as_values(kept)
    return {
        "setting": pa.array(sorted(values), pa.string()),
        "value": pa.array([as_text(values[name]) for name in sorted(values)], pa.string()),
    }


def _rank_overrides(decided: Mapping[str, Any], ids: Any) -> dict[str, Any]:
    texts = {"rank": "ranks", "since": "since", "until": "until", "author": "authors", "reason": "reasons"}
    columns = {name: pa.array(decided[of], pa.string()) for name, of in texts.items()}
    return {"distributor": _names(ids, np.array(decided["ixs"], np.int64)), **columns}


def _placements(page: Mapping[str, Any], tree: PlacementTree, standing: Standing, ids: Any) -> dict[str, Any]:
    ixs = page["ixs"][standing.parent[page["ixs"]] != NOBODY]
    return {
        "distributor": _names(ids, ixs),
        "parent": _names(ids, standing.parent[ixs]),
        "slot": slots_of(tree, standing.slot[ixs]),
        "placed_at": standing.since[ixs],
    }


def _orders(page: Mapping[str, Any], periods: Mapping[str, Periods], ids: Any) -> dict[str, Any]:
    buyer, by_customer = page["buyer_ixs"], pa.array(page["buyer_ixs"] == NOBODY)
    is_return = pc.not_equal(page["returns_of"], "")
    told = pa.array([""] * len(page["ids"]), pa.string())
    for of in periods.values():
        more = _elsewhere(page, of, col.mask(is_return))
        apart = pc.if_else(pc.or_(pc.equal(told, ""), pc.equal(more, "")), "", " ")
        told = pc.binary_join_element_wise(told, apart, more, "")
    return {
        "id": page["ids"],
        "buyer": pc.if_else(by_customer, page["customers"], _names(ids, buyer)),
        "buyer_kind": pc.if_else(by_customer, "customer", "distributor"),
        "kind": pc.if_else(is_return, "return", "order"),
        "return_of": page["returns_of"],
        **{column_of(date): page[column_of(date)] for date in COMMISSION_DATES},
        "pv": np.abs(page["pv"]),
        "cv": np.abs(page["cv"]),
        "period": told,
    }


def _elsewhere(page: Mapping[str, Any], of: Periods, is_return: NDArray[np.bool_]) -> Any:
    """The period of a calendar that each order counts in, or that it counts in none, where its row does not tell it by
    the date that counts or by the order it is of; else empty."""
    own = np.where(is_return, page[f"{of.calendar}_of_order"], of.containing(page[column_of(of.commission_date)]))
    counts_in = page[of.calendar]
    different, places = np.unique(np.where(counts_in == own, UNNAMED, counts_in), return_inverse=True)
    names = [
        "" if number == UNNAMED else f"{of.calendar}{NONE}" if number == NO_PERIOD else name_of(of.calendar, number)
        for number in different.tolist()
    ]
    index: Any = pa.array(places)
    return pa.array(names, pa.string()).take(index)
