"""Numbered Cypher files, each applied once: `migrations/V001__name.cypher`.

A file holds statements that end with `;`, each run in its own transaction (schema and data cannot share one). A runner
that dies inside a file runs that file again from its start, so every statement is repeatable (IF NOT EXISTS, MERGE).
Applied files are recorded, with the SHA-256 of their text, as a chain of (:Migration) nodes (docs/adr/0003).
"""

import asyncio
import hashlib
import os
import re
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Literal

import structlog

from app.graph.database import GraphDatabase, GraphTransaction
from app.graph.errors import LockLostError, LockNotFreeError, MigrationError, MigrationLockedError

MIGRATIONS_ROOT: Final = Path(__file__).resolve().parents[2] / "migrations"
_FILE: Final = re.compile(r"^V(\d{3,})__([a-z0-9_]+)\.cypher$")
_TOKEN: Final = re.compile(
    r"""(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<end>;)""", re.DOTALL
)
_SUBJECT: Final = re.compile(r"CREATE\s[^(]*?\sFOR\s*\([^:)]*(?::(\w+)\)|\)-\[\w*:(\w+)\])", re.ASCII)
_LANES: Final = 2
_PATIENCE_S: Final = 600.0
"""For locks of schema statements beside it, each of which a large company keeps for many seconds."""
_HOLD_S: Final = 3600.0
_STATEMENT_S: Final = 1800.0
_INDEXES_S: Final = 600
_log = structlog.get_logger(__name__)

State = Literal["applied", "pending"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `checksum` is the SHA-256 of its text with Unix line ends, in hex."""

    version: int
    name: str
    checksum: str
    statements: tuple[str, ...]

    @property
    def file(self) -> str:
        """The file's name."""
        return f"V{self.version:03d}__{self.name}.cypher"


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """Where one migration stands in this graph."""

    file: str
    state: State
    applied_at: datetime | None


def read_migrations(folder: Path = MIGRATIONS_ROOT) -> tuple[Migration, ...]:
    """All migrations of a folder, by version. A wrong name, a version twice or an empty file is a MigrationError."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.cypher")):
        match = _FILE.match(path.name)
        if match is None:
            raise MigrationError(f"{path}: the name is not of the form V001__lower_case.cypher")
        version = int(match.group(1))
        if version in found:
            raise MigrationError(f"{path}: version {version} is taken by {found[version].file}")
        text = path.read_text(encoding="utf-8")
        statements = split_statements(text)
        if not statements:
            raise MigrationError(f"{path}: there is no statement in it")
        found[version] = Migration(version, match.group(2), hashlib.sha256(text.encode()).hexdigest(), statements)
    if not found:
        raise MigrationError(f"{folder}: there is no migration in it")
    return tuple(found[version] for version in sorted(found))


def split_statements(text: str) -> tuple[str, ...]:
    """The statements of a script without its comments; a `;` inside a string does not end one."""
    pieces: list[str] = [""]
    position = 0
    for token in _TOKEN.finditer(text):
        pieces[-1] += text[position : token.start()]
        position = token.end()
        if token.lastgroup == "text":
            pieces[-1] += token.group()
        elif token.lastgroup == "end":
            pieces.append("")
    pieces[-1] += text[position:]
    return tuple(stripped for piece in pieces if (stripped := piece.strip()))


def side_by_side(statements: Sequence[str]) -> list[tuple[str, ...]]:
    """Statements that may run beside each other: a file of schema alone, by the label or type it is about.

    Filling an index takes one core; two of one label would wait for each other's locks.
    """
    subjects = [_SUBJECT.match(statement) for statement in statements]
    if not all(subjects):
        return [tuple(statements)]
    groups: dict[str, list[str]] = {}
    for statement, subject in zip(statements, subjects, strict=True):
        groups.setdefault(subject[subject.lastindex or 0] if subject else "", []).append(statement)
    return [tuple(group) for group in groups.values()]


class Migrator:
    """Brings one graph to the newest migration. Two runners at once are safe: the second waits for the first."""

    def __init__(self, graph: GraphDatabase, folder: Path = MIGRATIONS_ROOT, *, wait_s: float = 120.0) -> None:
        self._graph = graph
        self._folder = folder
        self._wait_s = wait_s
        self._holder = f"{socket.gethostname()}:{os.getpid()}"

    async def status(self) -> list[MigrationStatus]:
        """Every migration with its state. Raises MigrationError when the files do not fit the chain in the graph."""
        migrations = read_migrations(self._folder)
        applied = await self._applied(migrations)
        return [
            MigrationStatus(m.file, "applied" if m.version in applied else "pending", applied.get(m.version))
            for m in migrations
        ]

    async def migrate(self, *, dry_run: bool = False, fill: bool = True) -> list[str]:
        """Apply what is pending; the names of the files applied (or, dry, to be applied).

        Constraints are there when it returns, and all indexes are filled, or with `fill` false are being filled.

        Raises MigrationError for a file that was altered or is missing, MigrationLockedError when another runner holds
        the lock for too long.
        """
        migrations = read_migrations(self._folder)
        pending = _pending(migrations, await self._applied(migrations))
        if dry_run or not pending:
            return [m.file for m in pending]
        await self._guard()
        try:
            async with self._graph.holding(
                "queries/graph/take_lock",
                {"name": "migrations", "holder": self._holder},
                wait_s=self._wait_s,
                hold_s=_HOLD_S,
            ):
                # What another runner applied while we waited is seen only now.
                pending = _pending(migrations, await self._applied(migrations))
                for migration in pending:
                    await self._apply(migration, migrations)
        except LockNotFreeError as error:
            raise MigrationLockedError(f"another runner migrates this graph: {error.message}") from error
        if fill:
            await self.await_indexes()
        return [m.file for m in pending]

    async def await_indexes(self) -> None:
        """Return once every index is filled."""
        await self._graph.run_admin("queries/graph/await_indexes", {"seconds": _INDEXES_S}, timeout_s=_INDEXES_S)

    async def _applied(self, migrations: tuple[Migration, ...]) -> dict[int, datetime]:
        rows = await self._graph.read("queries/graph/migrations_applied")
        by_version = {m.version: m for m in migrations}
        for row in rows:
            migration = by_version.get(row["version"])
            if migration is None:
                raise MigrationError(
                    f"{self._folder}: V{row['version']:03d}__{row['name']}.cypher was applied on {row['applied_at']} "
                    "and is missing here; this checkout is older than the graph, or the file was renamed or deleted"
                )
            if migration.checksum != row["checksum"]:
                raise MigrationError(
                    f"{self._folder / migration.file} was altered after it was applied on {row['applied_at']} "
                    f"(SHA-256 {row['checksum'][:12]}… then, {migration.checksum[:12]}… now); "
                    "restore it and write a new migration"
                )
        applied = {row["version"]: row["applied_at"] for row in rows}
        for migration in migrations:
            if applied and migration.version not in applied and migration.version < max(applied):
                raise MigrationError(
                    f"{self._folder / migration.file} is not applied but a later one is; give it the next free number"
                )
        return applied

    async def _guard(self) -> None:
        """Constraints that make the lock and the chain sound; two runners may create them at the same time."""
        for name in ("migration_chain_guard", "lock_guard"):
            await self._repeatedly(partial(self._graph.run_admin, f"queries/graph/{name}"))

    @staticmethod
    async def _repeatedly(work: Callable[[], Awaitable[object]]) -> None:
        """Schema statements beside each other wait for each other's locks and may deadlock; what the server gives up is
        run again, however often."""
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                await work()
                return
            except LockLostError:
                if time.monotonic() > end:
                    raise

    async def _apply(self, migration: Migration, migrations: tuple[Migration, ...]) -> None:
        started = time.monotonic()
        lanes = asyncio.Semaphore(_LANES)

        async def run(statements: Sequence[str]) -> None:
            async with lanes:
                await self._repeatedly(
                    partial(self._graph.run_script, migration.file, statements, timeout_s=_STATEMENT_S)
                )

        await asyncio.gather(*map(run, side_by_side(migration.statements)))
        milliseconds = round((time.monotonic() - started) * 1000)
        previous = max((m.version for m in migrations if m.version < migration.version), default=0)

        async def record(tx: GraphTransaction) -> None:
            await tx.run(
                "queries/graph/migration_record",
                {
                    "version": migration.version,
                    "name": migration.name,
                    "checksum": migration.checksum,
                    "previous": previous,
                    "holder": self._holder,
                    "ms": milliseconds,
                },
            )

        await self._graph.write(record, name="migration_record")
        _log.info("migration applied", file=migration.file, ms=milliseconds)


def _pending(migrations: tuple[Migration, ...], applied: dict[int, datetime]) -> list[Migration]:
    return [m for m in migrations if m.version not in applied]
