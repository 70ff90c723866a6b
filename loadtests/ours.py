"""Our answers to the questions: out of the graph by its procedures, or by the engine's kernels on columns in memory."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import numpy as np

from app.volumes.check import TallyCheck
from app.volumes.edges import read_edges
from app.wiring import House
from loadtests.company import PERIOD, id_of, ix_of
from loadtests.questions import (
    PAGE,
    SUMMED,
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


async def _levels(house: House, question: Question, _people: int) -> Table:
    found = await _one(house, f"level_summary_{question.tree}", question, period=PERIOD, depth=SUMMED)
    return table_of(list(zip(found["levels"], found["people"], found["pvs"], strict=True)))


async def _frontline(house: House, question: Question, _people: int) -> Table:
    found = await _one(house, f"frontline_{question.tree}", question, page=PAGE)
    return table_of(list(zip(found["ixs"], found["child_counts"], strict=True)))


async def _is_in_downline(house: House, question: Question, _people: int) -> Table:
    found = await _one(house, f"is_in_downline_{question.tree}", question, top_id=id_of(question.other))
    return table_of([(found["distance"],)])


async def _path(house: House, question: Question, _people: int) -> Table:
    found = await _one(house, f"path_{question.tree}", question, other_id=id_of(question.other))
    return table_of([(ix,) for ix in found["ixs"]])


async def _common_upline(house: House, question: Question, _people: int) -> Table:
    found = await _one(house, f"common_upline_{question.tree}", question, other_id=id_of(question.other))
    there = found["ix"] >= 0
    return table_of([(found["ix"], found["distance"], found["other_distance"])] if there else [])


async def _open_slots(house: House, question: Question, _people: int) -> Table:
    found = await _one(house, "open_slots_binary", question, most=PAGE)
    return table_of(list(zip(found["parent_ixs"], found["slots"], strict=True)))


async def _first_open(house: House, question: Question, _people: int) -> Table:
    found = await _one(house, "find_place_binary", question, strategy="first_open")
    return table_of([(found["parent_ix"], found["slot"])])


async def _one(house: House, procedure: str, question: Question, **more: int | str) -> dict[str, Any]:
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
    "levels": _levels,
    "frontline": _frontline,
    "is_in_downline": _is_in_downline,
    "path": _path,
    "common_upline": _common_upline,
    "open_slots": _open_slots,
    "first_open": _first_open,
    "binary_volumes": _leg_volumes,
}
IN_MEMORY: Final[dict[Kind, Callable[[Trees], object]]] = {
    "unilevel_volumes": level_volumes,
    "binary_volumes_by_level": leg_volumes,
}
"""The answers that others are compared with come from these kernels; tests compare them with walks up the trees."""
