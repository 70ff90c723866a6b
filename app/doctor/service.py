"""All checks in one go: edges are read once, and looked at from every side."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from app.doctor.models import MOST_SHOWN, Checkup, Diagnosis, Finding
from app.doctor.repository import DoctorRepository, Totals
from app.doctor.trees import check_tree
from app.engine.errors import BrokenTreeError
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.volumes.check import TallyCheck
from app.volumes.edges import Edges, read_edges
from app.volumes.models import TREES, Tree

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
        chain, others = await asyncio.gather(self._chain(totals), self._trees_and_tallies(totals, progress))
        last, counted = before
        return Diagnosis((chain, *others), last - counted, await self._repository.standing() != before)

    async def _trees_and_tallies(self, totals: Totals, progress: Progress) -> list[Checkup]:
        edges = {tree: await read_edges(self._graph, tree, totals.people) for tree in TREES}
        trees = await self._trees(totals, edges)
        progress(f"recomputing {totals.tallies:,} tallies")
        return [*trees, await self._tallies(totals, edges)]

    async def _chain(self, totals: Totals) -> Checkup:
        report = await verify_chain(self._graph)
        problems = list(report.problems)
        if totals.facts > totals.seq:
            problems.append(f"There are {totals.facts:,} facts, {totals.facts - totals.seq:,} more than Head counts.")
        return _checkup("facts in an unbroken chain", report.facts, len(problems), problems)

    async def _trees(self, totals: Totals, edges: dict[Tree, Edges]) -> list[Checkup]:
        mirrors, found = await self._repository.mirrors(totals.people)
        people: list[str] = []
        if not found == totals.distributors == totals.people:
            people.append(
                f"Head counts {totals.people:,} people, {totals.distributors:,} are stored, and {found:,} of them have "
                f"one of the numbers from 0 to {totals.people - 1:,}."
            )
        checkups = [_checkup("people, numbered without a gap", totals.distributors, len(people), people)]
        for tree in TREES:
            findings = list(check_tree(tree, edges[tree], mirrors, totals.matrix_width))
            stored = sum(getattr(totals, name) for name in _TOTALS[tree])
            if tree == "matrix" and not stored and not totals.matrix_width:
                continue
            if stored != len(edges[tree].child):
                outside = stored - len(edges[tree].child)
                findings.append(Finding(abs(outside), (f"{outside:,} {tree} edges name no person as their child",)))
            findings += _moved(tree, edges[tree], getattr(totals, f"{tree}_moved"))
            problems = [sentence for finding in findings for sentence in finding.sentences]
            count = sum(finding.count for finding in findings)
            checkups.append(_checkup(f"{tree} edges, live and ended: a forest", stored, count, problems))
        return checkups

    async def _tallies(self, totals: Totals, edges: dict[Tree, Edges]) -> Checkup:
        try:
            report = await TallyCheck(self._graph).report(edges)
        except BrokenTreeError as error:
            return _checkup("tallies", totals.tallies, 1, [f"They cannot be recomputed: {error.message}."])
        problems = [str(difference) for difference in report.differences]
        extra = totals.tallies - report.tallies
        if extra > 0:
            problems.append(f"There are {extra:,} tallies that belong to nobody.")
        count = report.count + max(0, extra)
        return _checkup("tallies, equal to their recomputation", totals.tallies, count, problems)


def _moved(tree: Tree, edges: Edges, told: int) -> list[Finding]:
    """Head must tell of the last move, else a page as of an earlier fact looks for no ended edges."""
    moved = edges.seq_to[~edges.live & (edges.seq_to > edges.seq_from)]
    last = int(moved.max(initial=0))
    if told == last:
        return []
    return [
        Finding(1, (f"Head says that fact {told:,} was the last move in the {tree} tree, by the edges it is {last:,}",))
    ]


def _checkup(what: str, rows: int, count: int, problems: Iterable[str]) -> Checkup:
    sentences = (f"{problem[0].upper()}{problem[1:]}" for problem in problems)
    return Checkup(what, rows, count, tuple(sentences)[:MOST_SHOWN])
