"""Lines results up with a run, person by person and bonus by bonus: pure, whole columns at a time."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from app.comparing.models import Amounts, BonusNames, Ints, LineUp, PeopleCounts, Results, ResultsError
from app.engine.forest import scatter_sums
from app.imports import columns as col
from app.imports.models import BadLine, Reason

pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take


def check_names(names: BonusNames, planned: tuple[str, ...]) -> None:
    """Raises ResultsError for a name of ours that the plan does not have."""
    unknown = tuple(
        BadLine(names.file, names.lines[theirs], "ours", Reason.UNKNOWN_BONUS, ours, f"the plan has {_list(planned)}")
        for theirs, ours in names.ours.items()
        if ours not in planned
    )
    if unknown:
        raise ResultsError(unknown, len(unknown))


def line_up(results: Results, names: BonusNames, planned: tuple[str, ...], ids: list[str], by_person: Ints) -> LineUp:
    """`by_person`: what the run pays, a row for each of the `planned` bonuses and a column for each of `ids`."""
    bonuses, their_bonus, unused = _bonuses(results.bonus, names, planned)
    strangers, their_person = _people(results.distributor, ids)
    their_pair = their_person * len(bonuses) + their_bonus
    our_bonus, our_person = np.nonzero(by_person)
    our_pair = our_person * len(bonuses) + our_bonus
    pairs = np.union1d(their_pair, our_pair)
    at = np.searchsorted(pairs, their_pair)
    ours = np.zeros(len(pairs), dtype=np.int64)
    ours[np.searchsorted(pairs, our_pair)] = by_person[our_bonus, our_person]
    return LineUp(
        person=pairs // len(bonuses),
        bonus=pairs % len(bonuses),
        theirs=scatter_sums(at, results.amount, len(pairs)),
        ours=ours,
        pair_of=at,
        strangers=strangers,
        bonuses=bonuses,
        unused=unused,
        planned=len(planned),
    )


def totals_by_bonus(lined: LineUp) -> list[Amounts]:
    """Both sides' sums for each bonus, over every pair."""
    theirs = scatter_sums(lined.bonus, lined.theirs, len(lined.bonuses))
    ours = scatter_sums(lined.bonus, lined.ours, len(lined.bonuses))
    return [Amounts(*each) for each in zip(lined.bonuses, theirs.tolist(), ours.tolist(), strict=True)]


def count_people(lined: LineUp, differs: Any) -> PeopleCounts:
    """`differs`: which pairs do."""
    _, person = np.unique(lined.person, return_inverse=True)
    count = int(person.max(initial=-1)) + 1

    def some(pairs: Any) -> Any:
        marked = np.zeros(count, dtype=bool)
        marked[person[pairs]] = True
        return marked

    theirs, ours, differing = some(lined.theirs != 0), some(lined.ours != 0), some(differs)
    return PeopleCounts(
        equal=int(np.sum((theirs | ours) & ~differing)),
        differing=int(np.sum(differing & (theirs == ours))),
        only_theirs=int(np.sum(differing & theirs & ~ours)),
        only_ours=int(np.sum(differing & ours & ~theirs)),
    )


def notes_of(lined: LineUp, results: Results, rows: Ints) -> dict[int, str]:
    """What the file notes of each of the rows of `lined`: several of their bonuses may be one of ours."""
    noted = np.flatnonzero(pc.not_equal(results.note, "").to_numpy(zero_copy_only=False))
    noted = noted[np.isin(lined.pair_of[noted], rows)]
    notes: dict[int, list[str]] = {}
    for pair, note in zip(lined.pair_of[noted].tolist(), results.note.take(pa.array(noted)).to_pylist(), strict=True):
        notes.setdefault(pair, []).append(note)
    return {pair: "; ".join(each) for pair, each in notes.items()}


def _bonuses(cells: Any, names: BonusNames, planned: tuple[str, ...]) -> tuple[list[str], Ints, list[str]]:
    """The bonuses of both sides, the plan's first, the number of each cell's, and the names that no cell has."""
    theirs, (number,) = col.encode(cells)
    called = [names.ours.get(name, name) for name in theirs]
    bonuses = list(dict.fromkeys([*planned, *sorted(set(called))]))
    place = {name: index for index, name in enumerate(bonuses)}
    there = set(theirs)
    unused = [name for name in names.ours if name not in there]
    return bonuses, np.array([place[name] for name in called], dtype=np.int64)[number], unused


def _people(cells: Any, ids: list[str]) -> tuple[list[str], Ints]:
    """Those whom the run does not know, and each cell's person: ix, or a number after the last ix."""
    ix = pc.fill_null(pc.index_in(cells, value_set=pa.array(ids, pa.string())), -1).to_numpy().astype(np.int64)
    unknown = np.flatnonzero(ix < 0)
    strangers, (number,) = col.encode(cells.take(pa.array(unknown)))
    ix[unknown] = len(ids) + number
    return strangers, ix


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names))
