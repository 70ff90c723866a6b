"""Installs `cypher/procedures/*.cypher` as `CALL custom.genealogy.<name>(…)` through APOC Extended.

APOC stores a body without looking at it, answers null for misnamed columns, and breaks a procedure whose signature
changes in place. So each file is explained first, a changed signature is dropped and gone before it is installed anew,
and nothing counts as installed until the server itself plans a call of it with the declared columns.
"""

import asyncio
import hashlib
import os
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import structlog

from app.errors import BanyanError
from app.graph.database import GraphDatabase
from app.graph.statements import Parameter, Statement

FOLDER: Final = "procedures/"
NAMESPACE: Final = "genealogy."
_PREFIX: Final = f"custom.{NAMESPACE}"
_INSTALLER: Final = "apoc.custom.installProcedure"
_MARK: Final = re.compile(r"\[banyan ([0-9a-f]{12})\.([0-9a-f]{12})\]$")
_POLL_S: Final = 0.25
_REINSTALL_EVERY_S: Final = 8.0
_APOC_TYPES: Final = {"ZONED DATETIME": "DATETIME", "LOCAL DATETIME": "LOCALDATETIME"}
_DUMMIES: Final[dict[str, Any]] = {
    "STRING": "x",
    "INTEGER": 1,
    "INT": 1,
    "LONG": 1,
    "FLOAT": 1.0,
    "DOUBLE": 1.0,
    "NUMBER": 1,
    "BOOLEAN": True,
    "MAP": {},
}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InstallReport:
    """What became of each procedure, by file name; `faults` maps a name to what is wrong with it."""

    unchanged: tuple[str, ...] = ()
    installed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()
    plugin: bool = True
    """False when APOC Extended is missing; the API works without, from the same files."""

    @property
    def ok(self) -> bool:
        """Every procedure file is callable by its installed name."""
        return self.plugin and not self.faults


@dataclass(frozen=True, slots=True)
class _Procedure:
    name: str
    statement: Statement
    signature: str
    mark: tuple[str, str]
    """Hashes of the signature and of mode and body; both stand in the description, which the server lists."""

    @property
    def description(self) -> str:
        return f"{self.statement.description} [banyan {self.mark[0]}.{self.mark[1]}]"


class ProcedureInstaller:
    """Makes the server's `custom.genealogy.*` equal to the files. Quick when nothing changed: one statement."""

    def __init__(self, graph: GraphDatabase, *, wait_s: float = 60.0) -> None:
        self._graph = graph
        self._wait_s = wait_s

    async def install(self) -> InstallReport:
        """Install what is new or changed, drop what has no file. Faults are reported by name, never raised."""
        wanted = {p.name: p for p in map(_procedure, _files(self._graph))}
        listed = await self._listed()
        if _INSTALLER not in listed:
            _log.warning("procedures not installed", reason=f"{_INSTALLER} is missing", procedures=sorted(wanted))
            missing = tuple((name, f"{_INSTALLER} is missing on the server") for name in sorted(wanted))
            return InstallReport(plugin=False, faults=missing)
        if _marks(listed) == {name: p.mark for name, p in wanted.items()}:
            return InstallReport(unchanged=tuple(sorted(wanted)))
        holder = f"{socket.gethostname()}:{os.getpid()}"
        await self._graph.run_admin("queries/graph/lock_guard")
        async with self._graph.holding(
            "queries/graph/take_lock",
            {"name": "procedures", "holder": holder},
            wait_s=self._wait_s,
            hold_s=10 * self._wait_s,
        ):
            report = await self._bring_to(wanted)
        for name, fault in report.faults:
            _log.error("procedure not installed", procedure=name, reason=fault)
        return report

    async def _bring_to(self, wanted: dict[str, _Procedure]) -> InstallReport:
        present = _marks(await self._listed())
        changed = [p for name, p in sorted(wanted.items()) if present.get(name) != p.mark]
        faults = {p.name: fault for p in changed if (fault := await self._fault_of(p)) is not None}
        changed = [p for p in changed if p.name not in faults]
        orphans = sorted(present.keys() - wanted.keys())
        resigned = [p.name for p in changed if p.name in present and present[p.name][0] != p.mark[0]]
        await self._drop([*orphans, *resigned])
        faults |= await self._install_all(changed)
        return InstallReport(
            unchanged=tuple(sorted(name for name, p in wanted.items() if present.get(name) == p.mark)),
            installed=tuple(p.name for p in changed if p.name not in faults),
            dropped=tuple(orphans),
            faults=tuple(sorted(faults.items())),
        )

    async def _fault_of(self, procedure: _Procedure) -> str | None:
        """What APOC would not tell: wrong syntax, columns other than declared, a mode that is not the statement's."""
        statement = procedure.statement
        try:
            explained = await self._graph.explain(
                statement.text, dummy_parameters(statement.parameters), name=statement.name
            )
        except BanyanError as error:
            return error.message
        declared = tuple(f.name for f in statement.outputs)
        if explained.columns != declared:
            return f"{statement.name} returns columns {list(explained.columns)}, its header declares {list(declared)}"
        writes = "w" in explained.query_type
        if writes != (statement.mode == "WRITE"):
            does = "writes" if writes else "only reads"
            return f"{statement.name} declares mode {statement.mode}, its statement {does}"
        return None

    async def _drop(self, names: list[str]) -> None:
        for name in names:
            await self._graph.run_admin(
                "queries/graph/procedure_drop", {"name": NAMESPACE + name, "database": self._graph.database}
            )
        deadline = time.monotonic() + self._wait_s
        while names and time.monotonic() < deadline:
            present = _marks(await self._listed())
            if not present.keys() & set(names):
                return
            await asyncio.sleep(_POLL_S)

    async def _install_all(self, procedures: list[_Procedure]) -> dict[str, str]:
        """Install, then wait until each can be called; what stays away is stored again, which heals."""
        refused = {p.name: refusal for p in procedures if (refusal := await self._store(p)) is not None}
        waiting = {p.name: p for p in procedures if p.name not in refused}
        reasons = dict.fromkeys(waiting, f"not listed {self._wait_s:g} s after it was installed")
        start = stored = time.monotonic()
        while waiting and time.monotonic() - start < self._wait_s:
            await asyncio.sleep(_POLL_S)
            present = _marks(await self._listed())
            for procedure in [p for p in waiting.values() if present.get(p.name) == p.mark]:
                uncallable = await self._uncallable(procedure)
                if uncallable is None:
                    del waiting[procedure.name]
                else:
                    reasons[procedure.name] = uncallable
            if waiting and time.monotonic() - stored > _REINSTALL_EVERY_S:
                stored = time.monotonic()
                for procedure in waiting.values():
                    await self._store(procedure)
        return refused | {name: reasons[name] for name in waiting}

    async def _store(self, procedure: _Procedure) -> str | None:
        try:
            await self._graph.run_admin(
                "queries/graph/procedure_install",
                {
                    "signature": procedure.signature,
                    "body": procedure.statement.text,
                    "database": self._graph.database,
                    "mode": procedure.statement.mode,
                    "description": procedure.description,
                },
            )
        except BanyanError as error:
            return error.message
        return None

    async def _uncallable(self, procedure: _Procedure) -> str | None:
        """Why the server does not plan a call of the installed procedure, or None when it does."""
        parameters = procedure.statement.parameters
        try:
            explained = await self._graph.explain(
                call_text(procedure.statement), dummy_parameters(parameters), name=procedure.statement.name
            )
        except BanyanError as error:
            return error.message
        declared = tuple(f.name for f in procedure.statement.outputs)
        if explained.columns != declared:
            return f"a call returns columns {list(explained.columns)}, expected {list(declared)}"
        return None

    async def _listed(self) -> dict[str, str]:
        rows = await self._graph.read("queries/graph/procedures_listed", {"prefix": _PREFIX})
        return {row["name"]: row["description"] or "" for row in rows}


def call_text(statement: Statement) -> str:
    """The call of a procedure file by its installed name, with a parameter for each argument."""
    arguments = ", ".join(f"${p.name}" for p in statement.parameters)
    return f"CALL {_PREFIX}{_short_name(statement)}({arguments})"


def dummy_parameters(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """A value of the declared type for each parameter, enough to explain a statement."""
    return {p.name: [] if p.type.startswith("LIST OF") else _DUMMIES.get(p.type) for p in parameters}


def signature_of(statement: Statement) -> str:
    """APOC's notation: `genealogy.legs(root_ix :: INTEGER, depth = 5 :: INTEGER) :: (ids :: LIST OF STRING)`."""
    inputs = ", ".join(
        f"{p.name}{'' if p.required else f' = {p.default_text}'} :: {_apoc_type(p.type)}" for p in statement.parameters
    )
    outputs = ", ".join(f"{f.name} :: {_apoc_type(f.type)}" for f in statement.outputs)
    return f"{NAMESPACE}{_short_name(statement)}({inputs}) :: ({outputs})"


def _files(graph: GraphDatabase) -> list[Statement]:
    return [s for name, s in graph.library.items() if name.startswith(FOLDER)]


def _procedure(statement: Statement) -> _Procedure:
    signature = signature_of(statement)
    body = f"{statement.mode}\n{statement.description}\n{statement.text}"
    return _Procedure(_short_name(statement), statement, signature, (_hash(signature), _hash(body)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _short_name(statement: Statement) -> str:
    return statement.name.removeprefix(FOLDER).replace("/", ".")


def _apoc_type(cypher_type: str) -> str:
    scalar = cypher_type.rsplit("LIST OF ", 1)[-1]
    return cypher_type.removesuffix(scalar) + _APOC_TYPES.get(scalar, scalar)


def _marks(listed: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Hashes by short name of what the server lists; ('', '') for one that is not ours."""
    marks: dict[str, tuple[str, str]] = {}
    for name, description in listed.items():
        if name.startswith(_PREFIX):
            match = _MARK.search(description)
            marks[name.removeprefix(_PREFIX)] = (match.group(1), match.group(2)) if match else ("", "")
    return marks
