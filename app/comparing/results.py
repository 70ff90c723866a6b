"""Reads the other system's results, CSV or Parquet, as strictly as an import: every fault with its line and column."""

from pathlib import Path
from typing import Final

import numpy as np

from app.comparing.models import COLUMNS, MAX_RESULTS, OPTIONAL, NothingToCompareError, Results, ResultsError
from app.errors import InvalidInputError
from app.imports import columns as col
from app.imports.faults import Faults
from app.imports.files import Table, read_file
from app.imports.models import Reason

_KIND: Final = "results"
_SUFFIXES: Final = (".csv", ".parquet")
_LONGEST: Final = {"distributor": 64, "bonus": 200, "note": 200}


def read_results(path: Path) -> Results:
    """The results in `path`. Raises ResultsError naming every bad line, NothingToCompareError when there is no file."""
    if path.suffix not in _SUFFIXES or not path.is_file():
        raise NothingToCompareError(f"{path} is no CSV or Parquet file; give the one with the other system's results.")
    faults = Faults()
    faults.begin(_KIND, path.name, COLUMNS, 0)
    table = read_file(_KIND, path, COLUMNS, faults, OPTIONAL)
    if len(table) > MAX_RESULTS:
        raise InvalidInputError(f"{path} holds {len(table):,} rows; {MAX_RESULTS:,} are compared at once.")
    for column, longest in _LONGEST.items():
        col.check_text(table, column, longest, required=column not in OPTIONAL)
    amount = col.amounts(table, "amount", np.ones(len(table), dtype=bool), signed=True)
    _check_pairs(table)
    if faults:
        raise ResultsError(faults.first(), sum(faults.counts().values()))
    texts = table.texts
    return Results(path.name, texts["distributor"], texts["bonus"], amount, texts["note"])


def _check_pairs(table: Table) -> None:
    """A person's bonus stands once: a row that was exported twice would count twice."""
    _, (person,) = col.encode(table.texts["distributor"])
    bonuses, (bonus,) = col.encode(table.texts["bonus"])
    named = np.flatnonzero((person >= 0) & (bonus >= 0))
    pair = person[named] * len(bonuses) + bonus[named]
    _, first, of_pair = np.unique(pair, return_index=True, return_inverse=True)
    again = first[of_pair] != np.arange(len(pair))
    details = [f"first on line {line}" for line in table.lines[named[first[of_pair[again]]]]]
    table.blame("bonus", Reason.REPEATED_RESULT, named[again], details)
