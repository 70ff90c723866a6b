"""Sixty-four writers in eight processes, all under one sponsor: a slot is taken once, nobody hears of the others."""

import asyncio
import dataclasses
import itertools
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from typing import Any

import pytest

from app.doctor.service import Doctor
from app.facts.commands import BelowSponsor, Enrol, KeepMatrix
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.runtime import Endpoints
from tests.component.places.placing_process import ENROLMENTS, SPONSOR, STRATEGIES, WRITERS, commands_of
from tests.component.volumes.company import MARCH, Company, enrol, open_period

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
PROCESSES = 8
PEOPLE = PROCESSES * WRITERS * ENROLMENTS
WIDTH = 3


async def start(endpoints: Endpoints, process: int) -> Process:
    config = json.dumps({"endpoints": dataclasses.asdict(endpoints), "process": process})
    module = "tests.component.places.placing_process"
    return await asyncio.create_subprocess_exec(sys.executable, "-m", module, config, stdin=PIPE, stdout=PIPE)


async def told_by(processes: list[Process]) -> list[list[dict[str, Any]]]:
    """The answers that each process was given; they begin once all are ready."""
    for process in processes:
        assert process.stdout is not None
        while (line := await process.stdout.readline()) != b"ready\n":
            assert line, "a process ended before it was ready"
    said = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0] * PROCESSES
    return [json.loads(out.splitlines()[-1]) for out, _ in said]  # the service's own log comes before


async def test_sixty_four_writers_in_eight_processes_under_one_sponsor(
    graph: GraphDatabase, endpoints: Endpoints
) -> None:
    commands = [commands_of(process, writer) for process in range(PROCESSES) for writer in range(WRITERS)]
    placements = [one.placement for of in commands for one in of if isinstance(one, Enrol)]
    used = Counter(one.strategy for one in placements if isinstance(one, BelowSponsor))
    assert set(used) == set(STRATEGIES)
    company = Company(graph)
    await company.write(open_period(MARCH), enrol(SPONSOR, None), KeepMatrix(WIDTH, 9))
    told = await told_by([await start(endpoints, process) for process in range(PROCESSES)])

    answers = [answer for of in told for answer in of]
    assert [answer["error"] for answer in answers if "error" in answer] == []
    assert len({answer["seq"] for answer in answers}) == len(answers) == PEOPLE + PROCESSES * WRITERS
    by_whom = sorted((answer["seq"], process) for process, of in enumerate(told) for answer in of)
    turns = sum(one[1] != next_one[1] for one, next_one in itertools.pairwise(by_whom))
    assert turns > 2 * PROCESSES, "the processes must have written in turns"
    await _stand_where_they_were_told(graph, answers)

    await company.catch_up()
    figures = await company.figures(SPONSOR)
    heads = {tree: figures[f"{tree}_heads"] for tree in ("sponsor", "binary", "matrix")}
    assert heads == {"sponsor": PEOPLE + 1, "binary": PEOPLE + 1, "matrix": PROCESSES * WRITERS + 1}
    await company.check()
    assert (await verify_chain(graph)).intact
    diagnosis = await Doctor(graph).examine(lambda line: None)
    assert [problem for checkup in diagnosis.checkups for problem in checkup.problems] == []


async def _stand_where_they_were_told(graph: GraphDatabase, answers: list[dict[str, Any]]) -> None:
    """Each slot once, and the trees are those slots."""
    for tree, kind in (("binary", "Enrol"), ("matrix", "Place")):
        row = await graph.read_one(f"procedures/downline_{tree}", {"id": SPONSOR, "depth": 200, "page": 1_000})
        assert row is not None
        slots = Counter((answer["parent_id"], answer["slot"]) for answer in answers if answer["kind"] == kind)
        assert set(slots.values()) == {1}, tree
        assert Counter(zip(row["parent_ids"], row["slots"], strict=True)) == slots, tree
        told = {answer["ix"]: (answer["parent_id"], answer["slot"]) for answer in answers if answer["kind"] == kind}
        places = zip(row["parent_ids"], row["slots"], strict=True)
        assert dict(zip(row["ixs"], places, strict=True)) == told, tree
        if tree == "matrix":  # breadth first leaves no gap: a level is full before somebody stands on the next
            assert Counter(row["levels"]) == {1: 3, 2: 9, 3: 27, 4: PROCESSES * WRITERS - 39}
