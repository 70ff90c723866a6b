"""All checks in one go: edges are read once, and looked at from every side."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from app.doctor.models import MOST_SHOWN, UNKNOWN, Checkup, Diagnosis, Finding, Name, plain
from app.doctor.replay import Replay, check_places
from app.doctor.repository import DoctorRepository, Totals
from app.doctor.trees import check_tree
from app.engine.errors import BrokenTreeError
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.people.ids import ids_of
from app.volumes.check import TallyCheck
from app.volumes.edges import Edges, read_edges
from app.volumes.models import NOBODY, TREES, Difference, Tree

Progress = Callable[[str], None]
_TOTALS: Final[dict[Tree, tuple[str, str]]] = {
    "sponsor": ("sponsored", "was_sponsored"),
    "binary": ("placed", "was_placed"),
    "matrix": ("seated", "was_seated"),
}


class Doctor:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph
        self._repository = DoctorRepository(graph)

    async def examine(self, progress: Progress) -> Diagnosis:
        """Look at everything. Reads only; most certain while nothing is written."""
        totals, before = await self._repository.totals(), await self._repository.standing()
        progress(f"following the chain of {totals.seq:,} facts, and reading the trees of {totals.people:,} people")
        # Side by side: while the server reads for one, the other works.
        replay = Replay(totals.people)
        chain, others = await asyncio.gather(self._chain(replay), self._trees_and_tallies(totals, progress))
        edges, trees, tallies = others
        told = await self._as_told(edges, replay)
        last, counted = before
        asked = await self._calculations()
        return Diagnosis(
            (chain, *trees, *told, tallies, *asked), last - counted, await self._repository.standing() != before
        )

    async def _trees_and_tallies(
        self, totals: Totals, progress: Progress
    ) -> tuple[dict[Tree, Edges], list[Checkup], Checkup]:
        edges = {tree: await read_edges(self._graph, tree, totals.people) for tree in TREES}
        trees = await self._trees(totals, edges)
        progress(f"recomputing {totals.tallies:,} tallies")
        return edges, trees, await self._tallies(totals, edges)

    async def _as_told(self, edges: dict[Tree, Edges], replay: Replay) -> list[Checkup]:
        """Edges against the facts that made them: a place changed in edge, mirror and tally alike is found here."""
        checkups = []
        for tree in TREES:
            findings = list(check_places(tree, edges[tree], replay.places[tree]))
            if findings or tree != "matrix" or len(edges[tree].child):
                what = f"{tree} edges, equal to what the facts say"
                checkups.append(await self._checkup(what, len(edges[tree].child), findings))
        return checkups

    async def _chain(self, replay: Replay) -> Checkup:
        report = await verify_chain(self._graph, replay.read)
        return await self._checkup("facts in an unbroken chain", report.facts, [plain(*report.problems)])

    async def _trees(self, totals: Totals, edges: dict[Tree, Edges]) -> list[Checkup]:
        mirrors, found = await self._repository.mirrors(totals.people)
        people: list[Finding] = []
        if not found == totals.distributors == totals.people:
            counted = (
                f"Head counts {totals.people:,} people, {totals.distributors:,} are stored, and {found:,} of them have "
                f"one of the numbers from 0 to {totals.people - 1:,}."
            )
            people.append(plain(counted))
        checkups = [await self._checkup("people, numbered without a gap", totals.distributors, people)]
        for tree in TREES:
            findings = list(check_tree(tree, edges[tree], mirrors, totals.matrix_width))
            stored = sum(getattr(totals, name) for name in _TOTALS[tree])
            if tree == "matrix" and not stored and not totals.matrix_width:
                continue
            if stored != len(edges[tree].child):
                outside = stored - len(edges[tree].child)
                nameless = f"{outside:,} {tree} edges name no person as their child"
                findings.append(plain(nameless, count=abs(outside)))
            findings += _moved(tree, edges[tree], getattr(totals, f"{tree}_moved"))
            checkups.append(await self._checkup(f"{tree} edges, live and ended: a forest", stored, findings))
        return checkups

    async def _tallies(self, totals: Totals, edges: dict[Tree, Edges]) -> Checkup:
        try:
            report = await TallyCheck(self._graph).report(edges)
        except BrokenTreeError as error:
            broken = plain(f"They cannot be recomputed: {error.message}.")
            return await self._checkup("tallies", totals.tallies, [broken])
        told = [partial(_difference, difference) for difference in report.differences[:MOST_SHOWN]]
        findings = [Finding(report.count, tuple(told))]
        extra = totals.tallies - report.tallies
        if extra > 0:
            findings.append(plain(f"There are {extra:,} tallies that belong to nobody.", count=extra))
        return await self._checkup("tallies, equal to their recomputation", totals.tallies, findings)

    async def _calculations(self) -> list[Checkup]:
        """Whatever was asked for, where anything was."""
        row = await self._repository.calculations(MOST_SHOWN)
        if not row["asked"] and not row["stored"]:
            return []
        findings = [plain(*(f"Calculation {id} is not what its facts say" for id in row["ids"]), count=row["wrong"])]
        if row["asked"] != row["stored"]:
            counted = f"{row['asked']:,} facts ask for a calculation, and {row['stored']:,} are stored"
            findings.append(plain(counted, count=abs(row["asked"] - row["stored"])))
        return [await self._checkup("calculations, as they were asked for", row["stored"], findings)]

    async def _checkup(self, what: str, rows: int, findings: Iterable[Finding]) -> Checkup:
        """Its sentences, with the ids of whom they name: those who are shown are looked up, and nobody else."""
        findings = list(findings)
        sentences = [sentence for finding in findings for sentence in finding.sentences][:MOST_SHOWN]
        named: list[int] = []

        def ask(ix: int) -> str:
            named.append(int(ix))
            return ""

        for sentence in sentences:
            sentence(ask)
        ids = await ids_of(self._graph, named) if named else {}
        problems = tuple(sentence(partial(_name, ids)) for sentence in sentences)
        return Checkup(what, rows, sum(finding.count for finding in findings), problems)


def _name(ids: Mapping[int, str], ix: int) -> str:
    if ix in (NOBODY, UNKNOWN):
        return "nobody" if ix == NOBODY else "nothing"
    return f"{ids[ix]} (number {ix})" if ix in ids else f"somebody who is not stored (number {ix})"


def _difference(difference: Difference, name: Name) -> str:
    return difference.sentence(name(difference.ix))


def _moved(tree: Tree, edges: Edges, told: int) -> list[Finding]:
    """Head must tell of the last move, else a page as of an earlier fact looks for no ended edges."""
    moved = edges.seq_to[~edges.live & (edges.seq_to > edges.seq_from)]
    last = int(moved.max(initial=0))
    if told == last:
        return []
    return [plain(f"Head says that fact {told:,} was the last move in the {tree} tree, by the edges it is {last:,}")]
