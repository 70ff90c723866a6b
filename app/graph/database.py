"""The one class that touches the Neo4j driver.

Every statement is a file of cypher/, called by name; each call is timed under that name, shows it in SHOW TRANSACTIONS,
and is logged when slow. Results leave as plain Python values, fully read.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import orjson
import structlog
from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncManagedTransaction,
    AsyncResult,
    AsyncSession,
    Bookmarks,
    Query,
    unit_of_work,
)
from neo4j.exceptions import AuthError, DriverError, Neo4jError, ServiceUnavailable, SessionExpired

from app.graph import faults
from app.graph.errors import GraphUnavailableError, LockNotFreeError, QueryTooLargeError, StatementError
from app.graph.line import Line
from app.graph.metrics import ERRORS, QUERY_SECONDS, RETRIES
from app.graph.plans import Explanation, explanation_of
from app.graph.statements import CYPHER_ROOT, Mode, Statement, StatementLibrary
from app.graph.streams import rows_ahead
from app.graph.values import plain, plain_row
from app.settings import Neo4jSettings

Result = TypeVar("Result")
Row = dict[str, Any]
DEFAULT_TIMEOUT_S: Final = 30.0
_LOST: Final = (ServiceUnavailable, SessionExpired)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class QueryEvent:
    """One statement sent; what an observer sees."""

    name: str
    mode: Mode
    seconds: float
    rows: int


Observer = Callable[[QueryEvent], None]


@dataclass(frozen=True, slots=True)
class AdhocResult:
    """Answer to a statement that is no file. `truncated` says that a limit cut it off."""

    columns: tuple[str, ...]
    rows: list[list[Any]]
    truncated: bool


class GraphTransaction:
    """Runs named statements inside one write transaction; made by `GraphDatabase.write`."""

    def __init__(self, transaction: AsyncManagedTransaction, database: "GraphDatabase") -> None:
        self._transaction = transaction
        self._database = database

    async def run(self, name: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Rows of the statement `name`, READ or WRITE. Raises StatementError on a wrong name, mode or parameters."""
        statement = self._database.statement(name, "READ", "WRITE")
        bound = statement.bind(params)
        started = time.perf_counter()
        result = await self._transaction.run(statement.text, bound)
        rows = await _rows(result)
        self._database.observe(statement, bound, time.perf_counter() - started, len(rows))
        return rows

    async def run_one(self, name: str, params: Mapping[str, Any] | None = None) -> Row | None:
        """The only row, or None when there is none. More than one row is a StatementError."""
        return _only(name, await self.run(name, params))

    async def run_in_turn(self, calls: Iterable[tuple[str, Mapping[str, Any]]]) -> list[list[Row]]:
        """Rows of each statement in its turn; see InTurn."""
        turn = InTurn(self)
        answers = [await turn.send(*call) for call in calls]
        return [rows for rows in (*answers, await turn.end()) if rows is not None]

    async def begin(self, name: str, params: Mapping[str, Any]) -> Callable[[], Awaitable[list[Row]]]:
        """Send a statement and wait until the server begins with it; what reads its rows."""
        statement = self._database.statement(name, "READ", "WRITE")
        bound = statement.bind(params)
        # Answered when the server begins with it, and so when the one before is done.
        result = await self._transaction.run(statement.text, bound)
        return partial(self._finish, statement, bound, result, time.perf_counter())

    async def _finish(
        self, statement: Statement, bound: Mapping[str, Any], result: AsyncResult, started: float
    ) -> list[Row]:
        rows = await _rows(result)
        self._database.observe(statement, bound, time.perf_counter() - started, len(rows))
        return rows


class InTurn:
    """Statements that follow one another in a transaction; each is packed and sent while the server works on the one
    before. What one costs is counted from when the server begins with it."""

    def __init__(self, transaction: GraphTransaction) -> None:
        self._transaction = transaction
        self._finish: Callable[[], Awaitable[list[Row]]] | None = None

    async def send(self, name: str, params: Mapping[str, Any]) -> list[Row] | None:
        """Rows of the statement before, once the server begins with this one; None when it is the first."""
        finish, self._finish = self._finish, await self._transaction.begin(name, params)
        return None if finish is None else await finish()

    async def end(self) -> list[Row] | None:
        """Rows of the last statement; None when there was none."""
        finish, self._finish = self._finish, None
        return None if finish is None else await finish()


@dataclass(slots=True)
class Seen:
    """What reads that follow one another have seen of commits: each sees whole whatever the ones before saw a part of.

    A commit shows bit by bit, so a number may be seen before the edges of the same commit. Reads of one `Seen` wait for
    those commits to be through, which takes milliseconds, and for no transaction that is still at work.
    """

    bookmarks: Bookmarks | None = None


class GraphDatabase:
    """Named reads, writes and schema statements on one database. Made by `open_graph`; safe for concurrent use."""

    def __init__(
        self,
        driver: AsyncDriver,
        library: StatementLibrary,
        *,
        database: str,
        slow_query_ms: float,
        line: Line,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        self._driver = driver
        self._line = line
        self._database = database
        self._slow_query_ms = slow_query_ms
        self._timeout_s = timeout_s
        self._constraints: dict[faults.ConstraintKey, str] | None = None
        self._writes: set[asyncio.Task[Any]] = set()
        self.library = library
        self.observer: Observer | None = None

    @property
    def database(self) -> str:
        """Name of the database the statements run in."""
        return self._database

    async def read(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
        seen: Seen | None = None,
    ) -> list[Row]:
        """All rows of a READ statement, auto-commit; tried once more when the connection is lost."""
        statement = self.statement(name, "READ")
        bound = statement.bind(params)
        try:
            return await self._auto_commit(statement, bound, READ_ACCESS, timeout_s, seen)
        except _LOST as error:
            RETRIES.labels(name, faults.code_of(error)).inc()
        except Neo4jError as error:
            raise await self._fault(error, name) from error
        except DriverError as error:
            raise self._counted(error, name) from error
        try:
            return await self._auto_commit(statement, bound, READ_ACCESS, timeout_s, seen)
        except (Neo4jError, DriverError) as error:
            raise self._counted(error, name) from error

    async def read_one(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
        seen: Seen | None = None,
    ) -> Row | None:
        """The only row, or None when there is none. More than one row is a StatementError."""
        return _only(name, await self.read(name, params, timeout_s=timeout_s, seen=seen))

    @contextlib.asynccontextmanager
    async def stream(
        self, name: str, params: Mapping[str, Any] | None = None, *, timeout_s: float
    ) -> AsyncIterator[AsyncIterator[Row]]:
        """The rows of a READ statement one at a time, as they are asked for, in at most `timeout_s` seconds altogether.

        The server waits with the next row until it is wanted. It stops when the block ends, early or not. No retry.
        """
        statement = self.statement(name, "READ")
        bound = statement.bind(params)
        started = time.perf_counter()
        try:
            async with self._session(name, READ_ACCESS, fetch_size=1) as session:
                result = await session.run(self._query(statement.text, name, timeout_s), bound)
                async with rows_ahead(session, result) as rows:
                    yield rows
        except (Neo4jError, DriverError) as error:
            raise self._counted(error, name) from error
        finally:
            # Its reader's pauses are in it, so it is nothing that could be called slow.
            QUERY_SECONDS.labels(name, "READ").observe(time.perf_counter() - started)

    async def write(
        self,
        work: Callable[[GraphTransaction], Awaitable[Result]],
        *,
        name: str | None = None,
        timeout_s: float | None = None,
        seen: Seen | None = None,
    ) -> Result:
        """Run `work` in one write transaction; tried again on transient errors, so `work` must be idempotent.

        Once begun the write runs to its end even when the caller is cancelled, since a commit cut off has an unknown
        outcome. `name` stands for the transaction in SHOW TRANSACTIONS. `seen`: what reads after it see whole.
        """
        task = asyncio.create_task(self._write(work, name or work.__qualname__, timeout_s, seen))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_log_abandoned)
            raise

    async def run_admin(
        self, name: str, params: Mapping[str, Any] | None = None, *, timeout_s: float | None = None
    ) -> list[Row]:
        """Rows of a SCHEMA statement (schema, SHOW, installers), auto-commit, in the database its header names."""
        statement = self.statement(name, "SCHEMA")
        try:
            return await self._auto_commit(statement, statement.bind(params), WRITE_ACCESS, timeout_s)
        except (Neo4jError, DriverError) as error:
            raise self._counted(error, name) from error

    @contextlib.asynccontextmanager
    async def holding(
        self, name: str, params: Mapping[str, Any] | None = None, *, wait_s: float, hold_s: float
    ) -> AsyncIterator[None]:
        """Run the WRITE statement `name` and keep its locks until the block ends, for at most `hold_s` seconds.

        The server drops the locks when this process dies. Raises LockNotFreeError when the locks are not free
        within `wait_s` seconds.
        """
        statement = self.statement(name, "WRITE")
        bound = statement.bind(params)
        deadline = time.monotonic() + wait_s
        async with self._session(name, WRITE_ACCESS) as session:
            while True:
                transaction = await session.begin_transaction(metadata=_transaction_metadata(name), timeout=hold_s)
                try:
                    async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic()):
                        await (await transaction.run(statement.text, bound)).consume()
                    break
                except (Neo4jError, DriverError, TimeoutError) as error:
                    await transaction.close()
                    again = isinstance(error, Neo4jError) and error.is_retryable()
                    if isinstance(error, DriverError) or (isinstance(error, Neo4jError) and not again):
                        raise self._counted(error, name) from error
                    if time.monotonic() >= deadline:
                        raise LockNotFreeError(f"{name}: the lock was not free within {wait_s:g} s") from error
            try:
                yield
                await transaction.commit()
            except (Neo4jError, DriverError) as error:
                raise self._counted(error, name) from error
            finally:
                await transaction.close()

    async def run_script(self, name: str, statements: Iterable[str], *, timeout_s: float | None = None) -> None:
        """Run the statements of a migration file one by one, each in its own transaction; `name` is the file's."""
        for text in statements:
            try:
                async with self._session(name, WRITE_ACCESS) as session:
                    result = await session.run(self._query(text, name, timeout_s))
                    await result.consume()
            except (Neo4jError, DriverError) as error:
                raise self._counted(error, name) from error

    async def adhoc(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_s: float,
        max_rows: int,
        max_bytes: int,
        name: str = "adhoc",
    ) -> AdhocResult:
        """A statement that is no file (the support gateway's): READ access, no retry, cut off at rows and bytes.

        The caller judges the text first (see `explain`): READ access alone still lets LOAD CSV through.
        """
        started = time.perf_counter()
        rows: list[list[Any]] = []
        size, truncated = 0, False
        try:
            async with self._session(name, READ_ACCESS, fetch_size=min(max_rows + 1, 1000)) as session:
                result = await session.run(self._query(text, name, timeout_s), dict(params or {}))
                columns = result.keys()
                async for record in result:
                    row = [plain(value) for value in record.values()]
                    size += len(orjson.dumps(row, default=str, option=orjson.OPT_NON_STR_KEYS))
                    if len(rows) >= max_rows or size > max_bytes:
                        truncated = True
                        break
                    rows.append(row)
        except (Neo4jError, DriverError) as error:
            raise self._counted(error, name) from error
        except (TypeError, orjson.JSONEncodeError) as error:
            raise QueryTooLargeError(f"{name}: a value cannot be shown as JSON: {error}", query=name) from error
        QUERY_SECONDS.labels(name, "READ").observe(time.perf_counter() - started)
        return AdhocResult(tuple(columns), rows, truncated)

    async def explain(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        name: str = "explain",
    ) -> Explanation:
        """How the server would run `text`: its query type, columns and operators. Nothing is run."""
        try:
            async with self._session(name, READ_ACCESS) as session:
                result = await session.run(self._query(f"EXPLAIN {text}", name, timeout_s), dict(params or {}))
                columns = result.keys()
                summary = await result.consume()
        except (Neo4jError, DriverError) as error:
            raise self._counted(error, name) from error
        return explanation_of(summary.query_type, tuple(columns), summary.plan)

    async def rehearse(
        self, text: str, params: Mapping[str, Any] | None = None, *, timeout_s: float = 5.0, name: str = "rehearse"
    ) -> None:
        """Run `text` in a write transaction and roll it back; raises what the server has against it."""
        try:
            async with self._session(name, WRITE_ACCESS) as session:
                transaction = await session.begin_transaction(metadata=_transaction_metadata(name), timeout=timeout_s)
                try:
                    await (await transaction.run(text, dict(params or {}))).consume()
                finally:
                    await transaction.close()
        except (Neo4jError, DriverError) as error:
            raise faults.translate(error, name) from error

    async def close(self) -> None:
        """Wait for the writes under way, then close every connection."""
        if self._writes:
            await asyncio.wait(self._writes)
        await self._driver.close()

    def statement(self, name: str, *modes: Mode) -> Statement:
        """The statement called `name`; a StatementError when it is unknown or of another mode."""
        statement = self.library[name]
        if statement.mode not in modes:
            raise StatementError(
                f"{name} has mode {statement.mode}, it was called where only {' or '.join(modes)} runs"
            )
        return statement

    def observe(self, statement: Statement, bound: Mapping[str, Any], seconds: float, rows: int) -> None:
        """Count one statement: histogram, observer, and the log when slow (sizes of parameters, never values)."""
        QUERY_SECONDS.labels(statement.name, statement.mode).observe(seconds)
        if self.observer is not None:
            self.observer(QueryEvent(statement.name, statement.mode, seconds, rows))
        milliseconds = seconds * 1000
        if milliseconds >= self._slow_query_ms:
            _log.warning(
                "slow query",
                query=statement.name,
                ms=round(milliseconds, 1),
                budget_ms=statement.budget_ms,
                rows=rows,
                params={key: len(value) if isinstance(value, (list, str, dict)) else 1 for key, value in bound.items()},
            )

    @contextlib.asynccontextmanager
    async def _session(
        self,
        name: str,
        access: str,
        *,
        fetch_size: int = -1,
        database: str | None = None,
        bookmarks: Bookmarks | None = None,
    ) -> AsyncIterator[AsyncSession]:
        """For the statement or transaction of that name."""
        async with (
            self._line.turn(name),
            self._driver.session(
                database=database or self._database,
                default_access_mode=access,
                fetch_size=fetch_size,
                bookmarks=bookmarks,
            ) as session,
        ):
            yield session

    def _query(self, text: str, name: str, timeout_s: float | None) -> Query:
        return Query(
            text,
            timeout=self._timeout_s if timeout_s is None else timeout_s,
            metadata=_transaction_metadata(name),
        )

    async def _auto_commit(
        self,
        statement: Statement,
        bound: dict[str, Any],
        access: str,
        timeout_s: float | None,
        seen: Seen | None = None,
    ) -> list[Row]:
        bookmarks = seen.bookmarks if seen else None
        async with self._session(statement.name, access, database=statement.database, bookmarks=bookmarks) as session:
            started = time.perf_counter()
            result = await session.run(self._query(statement.text, statement.name, timeout_s), bound)
            rows = await _rows(result)
            if seen is not None:
                seen.bookmarks = await session.last_bookmarks()
        self.observe(statement, bound, time.perf_counter() - started, len(rows))
        return rows

    async def _write(
        self,
        work: Callable[[GraphTransaction], Awaitable[Result]],
        name: str,
        timeout_s: float | None,
        seen: Seen | None,
    ) -> Result:
        last: list[Neo4jError | DriverError] = []

        @unit_of_work(metadata=_transaction_metadata(name), timeout=self._timeout_s if timeout_s is None else timeout_s)
        async def attempt(transaction: AsyncManagedTransaction) -> Result:
            if last:
                RETRIES.labels(name, faults.code_of(last[-1])).inc()
            try:
                return await work(GraphTransaction(transaction, self))
            except Neo4jError as error:
                last.append(error)
                if faults.is_memory_limit(error):
                    raise self._counted(error, name) from error
                raise
            except DriverError as error:
                last.append(error)
                raise

        try:
            async with self._session(name, WRITE_ACCESS) as session:
                # The transaction begins in the same trip as its first statement, as in the driver's own execute_query.
                with session._pipelined_begin:  # noqa: SLF001 - of the locked driver; nothing public does it for work
                    result = await session.execute_write(attempt)
                if seen is not None:
                    seen.bookmarks = await session.last_bookmarks()
                return result
        except Neo4jError as error:
            raise await self._fault(error, name) from error
        except DriverError as error:
            raise self._counted(error, name) from error

    def _counted(self, error: Neo4jError | DriverError, name: str, constraint: str = "") -> Exception:
        ERRORS.labels(name, faults.code_of(error)).inc()
        return faults.translate(error, name, constraint)

    async def _fault(self, error: Neo4jError, name: str) -> Exception:
        return self._counted(error, name, await self._constraint_name(error))

    async def _constraint_name(self, error: Neo4jError) -> str:
        """The name of the violated constraint, looked up once: the server tells only its label and properties."""
        key = faults.violated_constraint(error)
        if key is None:
            return ""
        if self._constraints is None or key not in self._constraints:
            rows = await self.run_admin("queries/graph/constraints")
            self._constraints = {
                faults.ConstraintKey(row["labels_or_types"][0], frozenset(row["properties"])): row["name"]
                for row in rows
            }
        return self._constraints.get(key, "")


@contextlib.asynccontextmanager
async def open_graph(
    url: str,
    user: str,
    password: str,
    settings: Neo4jSettings,
    *,
    library: StatementLibrary | None = None,
    wait_s: float = 15.0,
) -> AsyncIterator[GraphDatabase]:
    """A GraphDatabase whose server has answered within `wait_s` seconds; closed at the end, after its last write.

    Raises GraphUnavailableError when nothing answers or the password is refused.
    """
    statements = library or StatementLibrary.load(CYPHER_ROOT)
    driver = AsyncGraphDatabase.driver(
        url,
        auth=(user, password),
        max_connection_pool_size=settings.pool_size,
        connection_acquisition_timeout=settings.acquire_timeout_s,
        connection_timeout=settings.acquire_timeout_s,
        max_transaction_retry_time=settings.retry_time_s,
        liveness_check_timeout=30.0,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
        user_agent="banyan",
    )
    graph = GraphDatabase(
        driver,
        statements,
        database=settings.database,
        slow_query_ms=settings.slow_query_ms,
        line=Line(settings.pool_size, settings.acquire_timeout_s),
    )
    try:
        await _verify(driver, url, wait_s)
        yield graph
    finally:
        await graph.close()


async def _verify(driver: AsyncDriver, url: str, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            await driver.verify_connectivity()
            return
        except AuthError as error:
            raise GraphUnavailableError(f"the graph at {url} refused the user or password") from error
        except (Neo4jError, DriverError) as error:
            if time.monotonic() >= deadline:
                raise GraphUnavailableError(
                    f"the graph at {url} did not answer within {wait_s:g} s ({faults.code_of(error)}); is it started?"
                ) from error
        await asyncio.sleep(0.2)


def _transaction_metadata(name: str) -> dict[str, str]:
    request = structlog.contextvars.get_contextvars().get("request_id", "")
    return {"query": name, "request": str(request)}


async def _rows(result: AsyncResult) -> list[Row]:
    return [plain_row(dict(record)) async for record in result]


def _only(name: str, rows: list[Row]) -> Row | None:
    if len(rows) > 1:
        raise StatementError(f"{name} answered {len(rows)} rows where at most one was expected")
    return rows[0] if rows else None


def _log_abandoned(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a write failed after its caller had gone", error=str(error))
