"""The same questions about the same trees, asked to PostgreSQL in recursive SQL.

    with running_postgres() as database:
        database.load(trees)
        rows = database.ask(question)

The schema and the questions are in `sql/`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv
from psycopg import errors, sql

from app.engine.columns import Int64s
from app.engine.models import Snapshot
from app.runtime.errors import RuntimeStartError
from loadtests.postgres_server import find_postgres, running_server
from loadtests.questions import Question
from loadtests.timing import LeftOutError
from loadtests.trees import Trees

LIMIT_S: Final = 10.0
ROWS_A_WRITE: Final = 100_000
SQL: Final = Path(__file__).with_name("sql")
Rows = list[tuple[int, ...]]
_COLUMN_OF: Final = {"sponsor": "sponsor", "binary": "parent"}


class Database:
    """A loaded PostgreSQL, asked over one connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @property
    def version(self) -> str:
        """Such as 15.6."""
        return self._connection.info.parameter_status("server_version") or "unknown"

    @property
    def address(self) -> str:
        """How another program connects while this one runs, as a libpq string."""
        return self._connection.info.dsn

    def load(self, trees: Trees) -> None:
        """Fill the empty database; -1 is nobody."""
        people = (np.arange(trees.people), _ids(trees.sponsor), _ids(trees.parent), trees.slot)
        self._run("schema")
        self._copy("COPY distributors (id, sponsor, parent, slot) FROM STDIN (FORMAT csv)", people)
        self._copy("COPY orders (seller, pv) FROM STDIN (FORMAT csv)", (trees.seller, trees.pv))
        self._run("indexes")
        self._run("by_level")
        self._run("nearest_open")
        self._connection.execute("VACUUM ANALYZE")

    def ask(self, question: Question, limit_s: float = LIMIT_S) -> Rows:
        """All rows, fetched, in no order. LeftOutError where it takes too long or too much of the disk."""
        statement = sql.SQL(_text(question.kind)).format(up=sql.Identifier(_COLUMN_OF[question.tree]))
        parameters = {"person": question.person, "other": question.other} if question.person >= 0 else None
        return self._fetched(statement, parameters, limit_s)

    def _fetched(self, statement: sql.Composed | sql.SQL, parameters: dict[str, int] | None, limit_s: float) -> Rows:
        self._connection.execute(sql.SQL("SET statement_timeout = {}").format(int(limit_s * 1000)))
        try:
            with self._connection.cursor(binary=True) as cursor:
                return cursor.execute(statement, parameters, prepare=True).fetchall()
        except errors.QueryCanceled:
            raise LeftOutError(f"over {limit_s:g} s") from None
        except errors.ConfigurationLimitExceeded as error:
            raise LeftOutError(str(error)) from None

    def hold_sales(self, snapshot: Snapshot) -> None:
        """Fill what pay looks at beside the trees."""
        orders = snapshot.orders
        self._copy(
            "COPY sales (seller, own, cv) FROM STDIN (FORMAT csv)", (orders.seller, orders.buyer >= 0, orders.cv)
        )
        self._copy("COPY active (id) FROM STDIN (FORMAT csv)", (np.flatnonzero(snapshot.people.active),))
        self._run("sales_index")

    def pay(self, limit_s: float) -> Rows:
        """Person, levels and teams of everybody who gets something. LeftOutError as `ask` raises it."""
        return self._fetched(sql.SQL(_text("pay")), None, limit_s)

    def prepare(self, name: str, table: str) -> None:
        """Fill a further table out of the people."""
        self._connection.execute("SET statement_timeout = '120s'")
        self._run(name)
        self._connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))

    def change(self, names: Sequence[str], parameters: dict[str, int]) -> None:
        """Run statements that write, in one transaction."""
        with self._connection.transaction():
            for name in names:
                self._connection.execute(_text(name), parameters)

    def below(self, name: str, person: int) -> int:
        """How many stand at or below a person by one of the further tables."""
        row = self._connection.execute(_text(f"{name}_below"), {"person": person}).fetchone()
        return int(row[0]) if row else 0

    def _run(self, name: str) -> None:
        self._connection.execute(_text(name))

    def _copy(self, statement: str, columns: Sequence[Any]) -> None:
        table = pa.table(list(columns), [f"column {number}" for number in range(len(columns))])
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for batch in table.to_batches(ROWS_A_WRITE):
                text = pa.BufferOutputStream()
                pyarrow.csv.write_csv(batch, text, pyarrow.csv.WriteOptions(include_header=False))
                copy.write(text.getvalue().to_pybytes())


@contextmanager
def holding(trees: Trees) -> Iterator[Database | str]:
    """A PostgreSQL that holds the same company, or why there is none."""
    missing = find_postgres()
    if isinstance(missing, str):
        yield missing
        return
    with running_postgres() as database:
        database.load(trees)
        yield database


def _ids(column: Int64s) -> Any:
    return pa.array(column, mask=column < 0)


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
