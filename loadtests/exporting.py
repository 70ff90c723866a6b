"""A whole downline as a file, in each format; the process that takes it has a memory peak of its own."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from app.downlines.models import Asked, Format
from app.downlines.repository import DownlineRepository
from app.downlines.service import DownlineExports
from app.graph import open_graph
from app.runtime import Endpoints
from app.settings import Neo4jSettings
from app.trees.service import MAX_DEPTH
from loadtests.alone import alone
from loadtests.company import PERIOD, Filled, id_of, ix_of
from loadtests.questions import nearest
from loadtests.rows import once
from loadtests.timing import must_equal, stopwatch_async

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
PEOPLE: Final = 100_000
"""Or as near as a downline comes to it."""
START_S: Final = 60.0


async def export(company: Filled) -> None:
    """A row for each format; DifferentAnswerError where somebody is missing in a file, or too much in it."""
    tree = company.trees.binary_tree
    top = nearest(tree.size - 1, PEOPLE)
    start = tree.position[top]
    expected = np.sort(tree.order[start + 1 : start + tree.size[top]])
    for file_format in FORMATS:
        asked = Asked(id_of(top), "binary", MAX_DEPTH, PERIOD, file_format)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"downline.{file_format}"
            # In a thread, since the loop has to answer the house's own connections.
            work = partial(alone, export_into, path, asked, company.endpoints, company.house.settings.neo4j)
            seconds, peak = await asyncio.to_thread(work)
            what, size = f"export of a downline as {file_format}", path.stat().st_size
            must_equal(what, expected, np.sort([ix_of(id) for id in ids_in(path)]))
        company.sheet.add(once(what, seconds, len(expected), peak_mib=peak, words=f"{size:,} bytes"))


def export_into(path: Path, asked: Asked, endpoints: Endpoints, neo4j: Neo4jSettings) -> float:
    """Seconds until the last byte is in the file."""
    return asyncio.run(_exported(path, asked, endpoints, neo4j))


async def _exported(path: Path, asked: Asked, endpoints: Endpoints, neo4j: Neo4jSettings) -> float:
    address = (endpoints.neo4j_url, endpoints.neo4j_user, endpoints.neo4j_password)
    async with open_graph(*address, neo4j, wait_s=START_S) as graph:
        seconds, _ = await stopwatch_async(_written(path, DownlineExports(DownlineRepository(graph)), asked))
    return seconds


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
