"""Pay in SQL, by the plan of the plain loop, beside the engine."""

from dataclasses import replace
from typing import Final

import numpy as np

from app.engine.calculate import calculate
from app.engine.models import Result, Snapshot
from loadtests.postgres import Database
from loadtests.python_loop import PLAN
from loadtests.questions import Table, table_of
from loadtests.rows import Row
from loadtests.timing import LeftOutError, must_equal, timed

IN_SQL: Final = "pay, beside SQL"
LIMIT_S: Final = 60.0
"""Longer than other questions may take: a million people are to have a figure."""


def in_sql(row: Row, snapshot: Snapshot, database: Database | str, limit_s: float = LIMIT_S) -> Row:
    """The row of the engine beside SQL that pays by that plan; DifferentAnswerError where it pays differently."""
    row = replace(row, what=IN_SQL, beside="", beside_ms=None, beside_words="")
    if isinstance(database, str):
        return replace(row, beside_words="not installed")
    expected = _paid(calculate(snapshot, PLAN))
    database.hold_sales(snapshot)
    try:
        theirs = timed(
            lambda: database.pay(limit_s), lambda rows: must_equal(f"{IN_SQL}, by SQL", expected, table_of(rows))
        )
    except LeftOutError as error:
        return replace(row, beside="PostgreSQL", beside_words=error.message)
    return replace(row, beside="PostgreSQL", beside_ms=theirs.p50_ms)


def _paid(result: Result) -> Table:
    """Person, levels and teams of everybody who gets something, by person."""
    levels, teams = result.totals.by_person
    people = np.flatnonzero((levels != 0) | (teams != 0))
    return table_of(np.stack([people, levels[people], teams[people]], axis=1).tolist())
