"""A whole downline as a file, in each format, and the whole company, each in a process with its own memory peak."""

import asyncio
import tempfile
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from app.blobs.store import DirectoryBlobs
from app.clock import SystemClock
from app.downlines.models import Asked, Format
from app.downlines.repository import DownlineRepository
from app.downlines.service import DownlineExports
from app.exports.repository import ExportRepository
from app.exports.service import ExportService
from app.facts.writer import FactWriter
from app.graph import GraphDatabase, open_graph
from app.runs.repository import RunRepository
from app.runtime import Endpoints
from app.settings import Neo4jSettings
from loadtests.alone import alone, forget_peak, peak_mib
from loadtests.beside import with_theirs
from loadtests.company import PERIOD, Filled, id_of, ix_of
from loadtests.postgres import Database
from loadtests.questions import Question, below_of, nearest
from loadtests.reading import somebody_reads
from loadtests.rows import Row, once
from loadtests.timing import must_equal, stopwatch_async

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
PEOPLE: Final = 100_000
"""Or as near as a downline comes to it."""
START_S: Final = 60.0
OF_THEIRS: Final = ("beside", "beside_ms", "beside_words")
"""PostgreSQL's list is the same whatever the file."""
COMPANY: Final = "export of the company as Parquet, while somebody reads"
READING: Final = "reading legs beside the export"


async def export(company: Filled, database: Database | str) -> None:
    """Of a downline and of everything."""
    await _export_downline(company, database)
    await _export_company(company)


async def _export_company(company: Filled) -> None:
    """A row; DifferentAnswerError where somebody is missing."""
    settings = company.house.settings
    with tempfile.TemporaryDirectory() as folder:
        blobs = settings.data_dir / "blobs"
        work = partial(alone, export_company_into, Path(folder), blobs, company.endpoints, settings.neo4j)
        async with somebody_reads(READING, company.people, company.endpoints, settings.neo4j, company.sheet):
            (seconds, rows), peak = await asyncio.to_thread(work)
        must_equal(
            COMPANY, company.people, pyarrow.parquet.read_metadata(Path(folder) / "distributors.parquet").num_rows
        )
        company.sheet.add(once(COMPANY, seconds, rows, peak_mib=peak))


def export_company_into(folder: Path, blobs: Path, endpoints: Endpoints, neo4j: Neo4jSettings) -> tuple[float, int]:
    """Seconds, and rows of all files."""

    async def work() -> tuple[float, int]:
        async with _graph_of(endpoints, neo4j) as graph:
            service = ExportService(
                ExportRepository(graph),
                writer=FactWriter(graph, SystemClock()),
                runs=RunRepository(graph),
                blobs=DirectoryBlobs(blobs),
            )
            seconds, report = await stopwatch_async(
                service.run(folder, "parquet", lambda _: None, actor="loadtests", reason="measured")
            )
            return seconds, sum(report.rows.values())

    return asyncio.run(work())


def _graph_of(endpoints: Endpoints, neo4j: Neo4jSettings) -> AbstractAsyncContextManager[GraphDatabase]:
    address = (endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password)
    return open_graph(*address, neo4j, wait_s=START_S)


async def _export_downline(company: Filled, database: Database | str) -> None:
    """A row for each format, beside PostgreSQL's list; DifferentAnswerError where somebody is missing in a file, or too
    much in it."""
    tree = company.trees.binary_tree
    top = nearest(tree.sizes - 1, PEOPLE)
    expected, listed = below_of(tree, top), Question("downline_list", "list of these", "binary", top)
    with tempfile.TemporaryDirectory() as folder:
        # In a thread, since the loop has to answer for the house's own connections.
        work = partial(alone, export_into, Path(folder), id_of(top), company.endpoints, company.house.settings.neo4j)
        exported, _ = await asyncio.to_thread(work)
        theirs: Row | None = None
        for file_format, (seconds, peak) in zip(FORMATS, exported, strict=True):
            what, path = f"export of a downline as {file_format}", _path(Path(folder), file_format)
            must_equal(what, expected, np.sort([ix_of(id) for id in ids_in(path)]))
            words = f"{path.stat().st_size:,} bytes"
            row = once(what, seconds, len(expected), peak_mib=peak, words=words)
            theirs = theirs or with_theirs(row, company.trees, listed, database)
            company.sheet.add(replace(row, **{name: getattr(theirs, name) for name in OF_THEIRS}))


def _path(folder: Path, file_format: Format) -> Path:
    return folder / f"downline.{file_format}"


def export_into(folder: Path, top: str, endpoints: Endpoints, neo4j: Neo4jSettings) -> list[tuple[float, float]]:
    """Of each format the seconds until the last byte is in its file, and the peak of memory meanwhile."""
    return asyncio.run(_exported(folder, top, endpoints, neo4j))


async def _exported(folder: Path, top: str, endpoints: Endpoints, neo4j: Neo4jSettings) -> list[tuple[float, float]]:
    took = []
    async with _graph_of(endpoints, neo4j) as graph:
        exports = DownlineExports(DownlineRepository(graph))
        for file_format in FORMATS:
            forget_peak()
            asked = Asked(top, "binary", None, PERIOD, "monthly", file_format)
            seconds, _ = await stopwatch_async(_written(_path(folder, file_format), exports, asked))
            took.append((seconds, peak_mib()))
    return took


async def _written(path: Path, exports: DownlineExports, asked: Asked) -> None:
    with path.open("wb") as file:
        async with exports.open(asked) as opened:
            async for part in opened.parts:
                file.write(part)


def ids_in(path: Path) -> list[str]:
    """Of everybody in the file."""
    readers: dict[str, Any] = {
        ".csv": pyarrow.csv.read_csv,
        ".ndjson": pyarrow.json.read_json,
        ".parquet": pyarrow.parquet.read_table,
    }
    ids: list[str] = readers[path.suffix](path)["id"].to_pylist()
    return ids
