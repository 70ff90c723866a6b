"""A whole downline in one answer: the same people as plain Python finds, in three formats, within its limits."""

import asyncio
import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from app.clock import zulu
from app.downlines.models import Asked, DownlineTooLargeError, ExportTimeoutError, Format, TooManyExportsError
from app.downlines.repository import DownlineRepository
from app.downlines.service import DownlineExports
from app.facts.commands import Command, Move
from app.graph import GraphDatabase
from app.graph.errors import QueryTimeoutError
from app.graph.migrations import read_migrations
from app.trees.errors import UnknownPersonError
from app.trees.models import Tree
from tests.component.trees.model import PlainTrees
from tests.component.volumes.company import MARCH, Company, chain, open_period, order, spillover, wide
from tests.conftest import _WIPE

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
TREES: list[Tree] = ["sponsor", "binary"]
FORMATS: list[Format] = ["ndjson", "csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Ugly:
    """Sponsor differs from placement; a line, a frontline, people without a place, moved people; some volume."""

    graph: GraphDatabase
    company: Company
    plain: PlainTrees


@pytest.fixture(scope="module")
async def ugly(migrated_graph: GraphDatabase) -> Ugly:
    head = [m for m in read_migrations() if m.name == "head"]
    await migrated_graph.run_script("wipe", [_WIPE, *head[0].statements], timeout_s=300)
    company, plain = Company(migrated_graph), PlainTrees()
    commands: list[Command] = [*spillover(60, seed=21, unplaced=0.1), *wide("W", 150, "D7"), *chain("L", 100, "D0")]
    commands += [Move("L40", "sponsor", "D9"), Move("L70", "binary", "L10", 2), Move("D50", "sponsor", "W1")]
    await company.write(open_period(MARCH), *commands)
    for command in commands:
        plain.apply(command)
    await company.write(*[order(f"o{n}", f"D{n % 60}", 100 + n) for n in range(120)])
    await company.catch_up()
    return Ugly(migrated_graph, company, plain)


def asked(id: str, tree: Tree, file_format: Format = "ndjson", depth: int | None = 10_000) -> Asked:
    return Asked(id, tree, depth, MARCH, "monthly", file_format)


async def rows_of(exports: DownlineExports, question: Asked) -> list[dict[str, Any]]:
    async with exports.open(question) as export:
        rows = [orjson.loads(line) for line in (b"".join([part async for part in export.parts])).splitlines()]
        assert len(rows) == export.heading.rows
        return rows


@pytest.mark.parametrize("tree", TREES)
async def test_everybody_below_as_plain_python_finds_them(ugly: Ugly, tree: Tree) -> None:
    exports = DownlineExports(DownlineRepository(ugly.graph), page=90)
    for root, depth in [("D0", 10_000), ("D0", 2), ("D7", 1), ("L50", 10_000), ("W149", 5)]:
        rows = await rows_of(exports, asked(root, tree, depth=depth))
        assert [(row["level"], row["id"]) for row in rows] == ugly.plain.downline(tree, root, depth)
        for row in rows:
            id = row["id"]
            assert row["parent_id"] == ugly.plain.parents(tree)[id]
            assert row["sponsor_id"] == ugly.plain.sponsor[id]
            assert row["slot"] == (0 if tree == "sponsor" else ugly.plain.slot[id])
            assert (row["name"], row["enrolled_at"]) == (f"Name {id}", "2026-01-01T00:00:00.000Z")
    for row in (await rows_of(exports, asked("D0", tree)))[::60]:
        live = await ugly.company.figures(row["id"])
        assert row["people"] == live[f"{tree}_heads"]
        for kind in ("pv", "cv"):
            personal = live[f"own_{kind}"] + live[f"customer_{kind}"]
            assert row[f"personal_{kind}"] == f"{personal // 100}.{personal % 100:02}"
            group = live[f"{tree}_{kind}"]
            assert row[f"group_{kind}"] == f"{group // 100}.{group % 100:02}"
    other = await rows_of(exports, Asked("D0", tree, 1, MARCH + 1, "monthly", "ndjson"))
    assert {row["group_pv"] for row in other} == {"0.00"}, "of a period that no tally has anything of"


async def test_the_formats_say_the_same(ugly: Ugly) -> None:
    exports = DownlineExports(DownlineRepository(ugly.graph), page=90)
    whole: dict[str, bytes] = {}
    for file_format in FORMATS:
        async with exports.open(asked("D0", "binary", file_format)) as export:
            whole[file_format] = b"".join([part async for part in export.parts])
    table = pq.read_table(io.BytesIO(whole["parquet"]))
    assert table.schema.metadata[b"tree"] == b"binary"
    rows = [
        {key: str(value) if isinstance(value, Decimal) else value for key, value in row.items()}
        | {"enrolled_at": zulu(row["enrolled_at"])}
        for row in table.to_pylist()
    ]
    assert rows == [orjson.loads(line) for line in whole["ndjson"].splitlines()]
    lines = whole["csv"].decode().split("\r\n")
    assert lines[0] == ",".join(rows[0])
    assert [line.split(",") for line in lines[1:-1]] == [[str(value) for value in row.values()] for row in rows]
    assert lines[-1] == ""


async def test_limits_are_told_before_the_first_byte(ugly: Ugly) -> None:
    repository = DownlineRepository(ugly.graph)
    few = DownlineExports(repository, most=50)
    with pytest.raises(DownlineTooLargeError, match="More than 50 people stand below D0"):
        await rows_of(few, asked("D0", "sponsor"))
    assert len(await rows_of(few, asked("L50", "sponsor"))) < 50
    with pytest.raises(UnknownPersonError):
        await rows_of(few, asked("nobody", "sponsor"))
    with pytest.raises((ExportTimeoutError, QueryTimeoutError)):
        await rows_of(DownlineExports(repository, timeout_s=0.001), asked("D0", "sponsor"))
    one = DownlineExports(repository, at_once=1)
    async with one.open(asked("D0", "sponsor")):
        with pytest.raises(TooManyExportsError):
            await rows_of(one, asked("D0", "sponsor"))
    assert await rows_of(one, asked("D0", "sponsor", depth=1)), "the place is free again"


async def test_a_reader_who_stands_still_runs_out_of_time(ugly: Ugly) -> None:
    async def stand_still() -> None:
        exports = DownlineExports(DownlineRepository(ugly.graph), page=50, timeout_s=2.0)
        async with exports.open(asked("D0", "sponsor")) as export:
            await anext(export.parts)
            await asyncio.sleep(60)

    with pytest.raises(ExportTimeoutError):
        await stand_still()
