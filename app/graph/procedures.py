"""Installs `cypher/procedures/*.cypher` as `CALL custom.genealogy.<name>(…)` through APOC Extended.

APOC stores a body without looking at it, answers null for misnamed columns, and breaks a procedure whose signature
changes in place (it registers the new one, then a stub of the old over it). A dropped one stays listed as a stub. So
each file is explained first, a changed signature is dropped and out of reach before it is installed anew, and nothing
counts as installed until the server plans a call of it with the declared columns and the call reaches a body.
"""

import asyncio
import hashlib
import os
import re
import socket
import time
from collections.abc import Container, Iterable
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
_STUB: Final = "There is no procedure with the name"
_PROBE_S: Final = 10.0
_POLL_S: Final = 0.25
_REINSTALL_EVERY_S: Final = 3.0
_PLANNED_AT_ONCE: Final = 2
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


@dataclass(frozen=True, slots=True)
class _Stored:
    name: str
    mark: tuple[str, str]
    arity: int


class ProcedureInstaller:
    """Makes the server's `custom.genealogy.*` equal to the files. Quick when nothing changed: two statements."""

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
        if _is_current(wanted, await self._stored(), listed):
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
        stored, listed = await self._stored(), await self._listed()
        unchanged = [n for n, p in wanted.items() if n in stored and stored[n].mark == p.mark == _mark(listed, n)]
        changed = [p for name, p in sorted(wanted.items()) if name not in unchanged]
        # The time goes into the server's planner: all at once would wait for each other until their time limit.
        planning = asyncio.Semaphore(_PLANNED_AT_ONCE)

        async def fault_of(procedure: _Procedure) -> str | None:
            async with planning:
                return await self._fault_of(procedure)

        found = await asyncio.gather(*map(fault_of, changed))
        faults = {p.name: fault for p, fault in zip(changed, found, strict=True) if fault is not None}
        changed = [p for p in changed if p.name not in faults]
        orphans = sorted(stored.keys() - wanted.keys())
        resigned = [stored[p.name] for p in changed if p.name in stored and stored[p.name].mark[0] != p.mark[0]]
        for name in [*orphans, *(s.name for s in resigned)]:
            await self._graph.run_admin(
                "queries/graph/procedure_drop", {"name": NAMESPACE + name, "database": self._graph.database}
            )
        await self._wait_gone(resigned)
        faults |= await self._install_all(changed, known=stored.keys())
        return InstallReport(
            unchanged=tuple(sorted(unchanged)),
            installed=tuple(p.name for p in changed if p.name not in faults),
            dropped=tuple(orphans),
            faults=tuple(sorted(faults.items())),
        )

    async def _wait_gone(self, dropped: list[_Stored]) -> None:
        """Wait until calls of the dropped fail: installing another signature before that leaves a broken procedure."""
        deadline = time.monotonic() + self._wait_s
        for procedure in dropped:
            while time.monotonic() < deadline:
                if not await self._answers(procedure.name, procedure.arity):
                    break
                await asyncio.sleep(_POLL_S)

    async def _answers(self, name: str, arity: int) -> bool:
        """Whether a call reaches a body. Arguments are null, so the body finds nothing; whatever it does is undone."""
        nulls = ", ".join(["null"] * arity)
        try:
            await self._graph.rehearse(f"CALL {_PREFIX}{name}({nulls})", name=FOLDER + name, timeout_s=_PROBE_S)
        except BanyanError as error:
            return _STUB not in error.message
        return True

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

    async def _install_all(self, procedures: list[_Procedure], known: Container[str]) -> dict[str, str]:
        """Install, then wait until each can be called; what stays away is stored again, which heals.

        Only a name that was `known` before can be left without a body; a call of each would plan all bodies again.
        """
        refused = {p.name: refusal for p in procedures if (refusal := await self._store(p)) is not None}
        waiting = {p.name: p for p in procedures if p.name not in refused}
        reasons = dict.fromkeys(waiting, f"not listed {self._wait_s:g} s after it was installed")
        start = stored = time.monotonic()
        while waiting and time.monotonic() - start < self._wait_s:
            await asyncio.sleep(_POLL_S)
            listed = await self._listed()
            there = [p for p in waiting.values() if _mark(listed, p.name) == p.mark]
            answers = await asyncio.gather(*(self._uncallable(p, probe=p.name in known) for p in there))
            for procedure, uncallable in zip(there, answers, strict=True):
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

    async def _uncallable(self, procedure: _Procedure, *, probe: bool) -> str | None:
        """Why the server does not plan a call of the installed procedure or, probed, finds no body; else None."""
        parameters = procedure.statement.parameters
        try:
            explained = await self._graph.explain(
                call_text(procedure.statement),
                dummy_parameters(parameters),
                name=procedure.statement.name,
            )
        except BanyanError as error:
            return error.message
        declared = tuple(f.name for f in procedure.statement.outputs)
        if explained.columns != declared:
            return f"a call returns columns {list(explained.columns)}, expected {list(declared)}"
        if probe and not await self._answers(procedure.name, len(parameters)):
            return "the server lists it but a call finds no body"
        return None

    async def _listed(self) -> dict[str, str]:
        rows = await self._graph.read("queries/graph/procedures_listed", {"prefix": _PREFIX})
        return {row["name"]: row["description"] or "" for row in rows}

    async def _stored(self) -> dict[str, _Stored]:
        rows = await self._graph.run_admin("queries/graph/procedures_stored", {"database": self._graph.database})
        ours = [r for r in rows if r["type"] == "procedure" and r["name"].startswith(NAMESPACE)]
        found = [
            _Stored(r["name"].removeprefix(NAMESPACE), _mark_in(r["description"] or ""), len(r["inputs"])) for r in ours
        ]
        return {s.name: s for s in found}


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


def _is_current(wanted: dict[str, _Procedure], stored: dict[str, _Stored], listed: dict[str, str]) -> bool:
    return {n: p.mark for n, p in wanted.items()} == {n: s.mark for n, s in stored.items()} and all(
        _mark(listed, name) == p.mark for name, p in wanted.items()
    )


def _mark(listed: dict[str, str], name: str) -> tuple[str, str]:
    return _mark_in(listed.get(_PREFIX + name, ""))


def _mark_in(description: str) -> tuple[str, str]:
    """Hashes of signature and body; empty for a procedure that is not ours."""
    match = _MARK.search(description)
    return (match.group(1), match.group(2)) if match else ("", "")
