"""`python -m loadtests.postgres`: the same questions about the same trees, asked to PostgreSQL in recursive SQL.

    with running_postgres() as database:
        database.load(sponsor, parent, slot, seller, pv)
        for name, ask in database.questions():
            rows = ask()

The schema and the questions are in `sql/`; `compare` times them, each after its answer was found right.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import errors, sql

from app.engine.columns import Int64s
from app.runtime.errors import RuntimeStartError
from loadtests.comparing import HEADING, LeftOutError, Measured, line_of, measured, must_equal
from loadtests.postgres_server import find_postgres, running_server
from loadtests.questions import Question, Rows, answer_of, questions_about
from loadtests.trees import SHAPES, Trees

LIMIT_S: Final = 120
SQL: Final = Path(__file__).with_name("sql")
_COLUMN_OF: Final = {"sponsor": "sponsor", "binary": "parent"}


class Database:
    """A loaded PostgreSQL, asked over one connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._trees: Trees | None = None

    @property
    def version(self) -> str:
        """Such as 15.6."""
        return self._connection.info.parameter_status("server_version") or "unknown"

    @property
    def address(self) -> str:
        """How another program connects while this one runs, as a libpq string."""
        return self._connection.info.dsn

    @property
    def trees(self) -> Trees:
        """What was loaded."""
        if self._trees is None:
            raise RuntimeError("load() comes first")
        return self._trees

    def load(self, sponsor: Int64s, parent: Int64s, slot: Int64s, seller: Int64s, pv: Int64s) -> None:
        """Fill the empty database; -1 is nobody. CV is not asked about, so it is the PV."""
        self._trees = Trees(sponsor, parent, slot, seller, pv)
        people = zip(range(len(sponsor)), _ids(sponsor), _ids(parent), slot.tolist(), strict=True)
        orders = zip(seller.tolist(), pv.tolist(), pv.tolist(), strict=True)
        self._run("schema")
        self._copy("COPY distributors (id, sponsor, parent, slot) FROM STDIN", people)
        self._copy("COPY orders (seller, pv, cv) FROM STDIN", orders)
        self._run("indexes")
        self._run("by_level")
        self._connection.execute("VACUUM ANALYZE")

    def questions(self) -> list[tuple[str, Callable[[], Rows]]]:
        """What to ask about the loaded trees, by name; `questions_about` has them in the same order."""
        return [(question.name, partial(self.ask, question)) for question in questions_about(self.trees)]

    def ask(self, question: Question, limit_s: float = LIMIT_S) -> Rows:
        """All rows, fetched, in no order. LeftOutError where it takes too long or too much of the disk."""
        statement = sql.SQL(_text(question.kind)).format(up=sql.Identifier(_COLUMN_OF[question.tree]))
        parameters = {"person": question.person} if question.person >= 0 else None
        self._connection.execute(sql.SQL("SET statement_timeout = {}").format(int(limit_s * 1000)))
        try:
            with self._connection.cursor(binary=True) as cursor:
                return cursor.execute(statement, parameters, prepare=True).fetchall()
        except errors.QueryCanceled:
            raise LeftOutError(f"over {limit_s:g} s") from None
        except errors.ConfigurationLimitExceeded as error:
            raise LeftOutError(str(error)) from None

    def _run(self, name: str) -> None:
        self._connection.execute(_text(name))

    def _copy(self, statement: str, rows: Iterable[tuple[int | None, ...]]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def _ids(column: Int64s) -> list[int | None]:
    return [None if each < 0 else each for each in column.tolist()]


def _text(name: str) -> Any:
    # psycopg's types want statements as literals in the code; these are files of ours.
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


@contextmanager
def running_postgres(folder: Path | None = None) -> Iterator[Database]:
    """A new, empty database, gone at the end; RuntimeStartError where `find_postgres` has a sentence instead."""
    programs = find_postgres()
    if isinstance(programs, str):
        raise RuntimeStartError(programs)
    with running_server(programs, folder) as address, psycopg.connect(address, autocommit=True) as connection:
        yield Database(connection)


def compare(database: Database, limit_s: float = LIMIT_S) -> Iterator[Measured]:
    """Every question about the loaded trees, timed; DifferentAnswerError where an answer is not NumPy's."""
    for question in questions_about(database.trees):
        expected = answer_of(database.trees, question)

        def check(rows: Rows, question: Question = question, expected: Rows = expected) -> None:
            must_equal(question.name, expected, sorted(rows))

        yield measured(question.name, partial(database.ask, question, limit_s), check)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="heavy-tailed")
    parser.add_argument("--limit", type=float, default=LIMIT_S, metavar="SECONDS", help="per question")
    chosen = parser.parse_args()
    programs = find_postgres()
    if isinstance(programs, str):
        print(programs)
        return
    trees = SHAPES[chosen.shape](chosen.people)
    with running_postgres() as database:
        print(f"PostgreSQL {database.version}, {chosen.people:,} people, {chosen.shape}\n{HEADING}")
        database.load(trees.sponsor, trees.parent, trees.slot, trees.seller, trees.pv)
        for row in compare(database, chosen.limit):
            print(line_of(row), flush=True)


if __name__ == "__main__":
    main()
