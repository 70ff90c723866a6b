"""An export is of one moment whatever happens meanwhile, and takes the memory of a page however many follow."""

import itertools
import tracemalloc
from typing import Any

import pyarrow as pa
import pytest

from app.downlines.models import Asked, Format
from app.downlines.repository import DownlineRepository
from app.downlines.service import DownlineExports
from app.facts.commands import Move
from app.graph import GraphDatabase
from app.trees.models import Tree
from tests.component.downlines.test_exports import TREES, asked, rows_of
from tests.component.volumes.company import MARCH, Company, enrol, open_period, spillover

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
_TWO_LEVELS = """
CREATE (top:Distributor {ix: 0, id: 'TOP', name: 'Top', status: 'active', title: '', region: '', enrolled_at: 0})
WITH top UNWIND range(1, 9000) AS ix
CREATE (d:Distributor {ix: ix, id: 'P' + ix, name: 'Name', status: 'active', title: '', region: '', enrolled_at: 0})
WITH top, d ORDER BY d.ix
WITH top, collect(d) AS people
UNWIND range(0, 8999) AS n
WITH people[n] AS child, CASE WHEN n < 1000 THEN top ELSE people[n % 1000] END AS parent
CREATE (child)-[:SPONSORED_BY {child: child.ix, parent: parent.ix, seq_from: 0, valid_from: 0}]->(parent)
"""
_LINE = """
MATCH (head:Head) SET head.people = 10051
WITH head
UNWIND range(0, 10050) AS ix
CREATE (d:Distributor {ix: ix, id: 'P' + ix, name: 'Name', status: 'active', title: '', region: '', enrolled_at: 0})
WITH d ORDER BY d.ix
WITH collect(d) AS people
UNWIND range(1, 10050) AS n
WITH people[n] AS child, people[n - 1] AS parent
CREATE (child)-[:PLACED_UNDER {child: child.ix, parent: parent.ix, slot: 1, seq_from: 0, valid_from: 0}]->(parent)
"""


@pytest.mark.parametrize("tree", TREES)
async def test_what_happens_meanwhile_is_not_in_it(graph: GraphDatabase, tree: Tree) -> None:
    """Moves and enrolments after the fact it is as of: before the walk, and between its pages."""
    company, repository = Company(graph), DownlineRepository(graph)
    await company.write(open_period(MARCH), *spillover(25, seed=3, unplaced=0.0))
    question = asked("D0", tree)
    places = itertools.count()

    async def disturb() -> None:
        number = next(places)
        await company.write(
            enrol(f"N{number}", "D0"),
            Move("D20", "sponsor", f"N{number}"),
        )
        await company.write(_to_an_open_place(await rows_of(DownlineExports(repository), asked("D0", "binary"))))

    before = await rows_of(DownlineExports(repository), question)
    present = await repository.present()
    await disturb()
    seen: list[tuple[str, ...]] = []
    async with repository.pages(question, present, most=1_000, page=9, timeout_s=60) as rows:
        async for row in rows:
            await disturb()
            seen += zip(row["ids"], row["parent_ids"], row["sponsor_ids"], row["levels"], row["slots"], strict=True)
    expected = [(row["id"], row["parent_id"], row["sponsor_id"], row["level"], row["slot"]) for row in before]
    assert seen == expected
    after = await rows_of(DownlineExports(repository), question)
    assert [row["parent_id"] for row in after] != [row["parent_id"] for row in before], "and the next one has it all"


def _to_an_open_place(rows: list[dict[str, Any]]) -> Move:
    """A move of the last person of the binary tree, who has nobody below, into an open slot of another."""
    taken = {(row["parent_id"], row["slot"]) for row in rows}
    last = rows[-1]
    parent, slot = next((row["id"], slot) for row in rows[:-1] for slot in (1, 2) if (row["id"], slot) not in taken)
    return Move(last["id"], "binary", parent, slot)


async def test_a_line_is_followed_to_its_end_below_any_depth_one_may_ask_for(graph: GraphDatabase) -> None:
    await graph.run_script("line", [_LINE])
    rows = await rows_of(DownlineExports(DownlineRepository(graph)), asked("P0", "binary", depth=None))
    assert [(row["id"], row["level"]) for row in rows] == [(f"P{n}", n) for n in range(1, 10_051)]


@pytest.mark.parametrize("file_format", ["ndjson", "csv", "parquet"])
async def test_memory_does_not_grow_with_the_downline(graph: GraphDatabase, file_format: Format) -> None:
    await graph.run_script("two levels", [_TWO_LEVELS])
    exports = DownlineExports(DownlineRepository(graph), page=100)
    await _drain(exports, asked("TOP", "sponsor", file_format, depth=1))  # what is made once and kept
    few = await _drain(exports, asked("TOP", "sponsor", file_format, depth=1))
    many = await _drain(exports, asked("TOP", "sponsor", file_format))
    assert many < 2 * few, f"{few:,} bytes for 1,000 people, {many:,} for 9,000"


async def _drain(exports: DownlineExports, question: Asked) -> int:
    """Read it all and keep nothing; the largest amount of memory that Python and Arrow held at a time."""
    arrow = 0
    tracemalloc.start()
    try:
        async with exports.open(question) as export:
            async for _ in export.parts:
                arrow = max(arrow, pa.total_allocated_bytes())
        return arrow + tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
