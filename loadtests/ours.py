"""Our answers to the questions: out of the graph by its procedures, or by the engine's kernels on columns in memory."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import numpy as np

from app.volumes.check import TallyCheck
from app.volumes.edges import read_edges
from app.wiring import House
from loadtests.company import PERIOD, id_of, ix_of
from loadtests.questions import (
    Kind,
    Question,
    Table,
    leg_volumes,
    legs_table,
    level_volumes,
    of_legs,
    table_of,
)
from loadtests.trees import Trees

DEEPEST: Final = 10_000
"""As far down as a procedure lists."""


async def _downline(house: House, question: Question, _people: int) -> Table:
    """The roll-up has counted it: one read, whatever the size."""
    found = await _one(house, "tally", question, period=PERIOD)
    own = found["own_pv"] + found["customer_pv"]
    return table_of([(found[f"{question.tree}_heads"] - 1, found[f"{question.tree}_pv"] - own)])


async def _downline_list(house: House, question: Question, people: int) -> Table:
    found = await _one(house, f"downline_{question.tree}", question, depth=DEEPEST, page=people)
    return table_of(list(zip(found["levels"], map(ix_of, found["ids"]), strict=True)))


async def _upline(house: House, question: Question, _people: int) -> Table:
    found = await _one(house, f"upline_{question.tree}", question)
    return table_of(list(zip(found["levels_up"], map(ix_of, found["ids"]), strict=True)))


async def _legs(house: House, question: Question, _people: int) -> Table:
    found = await _one(house, f"legs_{question.tree}", question, period=PERIOD)
    return table_of(list(zip(map(ix_of, found["ids"]), found["heads"], found["pvs"], strict=True)))


async def _one(house: House, procedure: str, question: Question, **more: int) -> dict[str, Any]:
    found = await house.graph.read_one(f"procedures/{procedure}", {"id": id_of(question.person), **more})
    return found or {}


async def _leg_volumes(house: House, _question: Question, people: int) -> Table:
    """Every tally and every edge read out."""
    tallies = await TallyCheck(house.graph).stored(people)
    edges = await read_edges(house.graph, "binary", people)
    slot = np.zeros(people, np.int64)
    slot[edges.child] = edges.slot
    volume = np.where(tallies[f"period_{PERIOD % 2}"] == PERIOD, tallies[f"binary_pv_{PERIOD % 2}"], 0)
    return legs_table(*of_legs(edges.parents(people, edges.live), slot, volume))


FROM_THE_GRAPH: Final[dict[Kind, Callable[[House, Question, int], Awaitable[Table]]]] = {
    "downline": _downline,
    "downline_list": _downline_list,
    "upline": _upline,
    "legs": _legs,
    "binary_volumes": _leg_volumes,
}
IN_MEMORY: Final[dict[Kind, Callable[[Trees], object]]] = {
    "unilevel_volumes": level_volumes,
    "binary_volumes_by_level": leg_volumes,
}
"""The answers that others are compared with come from these kernels; tests compare them with walks up the trees."""
