"""What one bench measures: which companies, which parts of each, and what was promised of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from app.places.strategies import OF_EVERY_COMPANY as PREFERABLE
from loadtests import dashboards, engine_alone, filling, joining, matrix, operations, placing, statements, what_ifs
from loadtests.rows import Promise
from loadtests.sheet import Promises
from loadtests.trees import HEAVY_TAILED, SHAPES

Part = Literal[
    "joining",
    "procedures",
    "postgres",
    "pay",
    "export",
    "moves",
    "matrix",
    "writes",
    "places",
    "over bolt",
    "run",
    "dashboards",
    "leavers",
    "doctor",
    "windows",
    "engine",
]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
"""In their order: what compares with the files comes before what writes more, and a branch moves there and back before
newcomers take its slots; what makes every tally larger comes last."""
ONE_SHAPE_ONLY: Final[frozenset[Part]] = frozenset(
    {"joining", "writes", "over bolt", "run", "dashboards", "leavers", "export", "doctor", "windows"}
)
"""What a company does costs the same in each shape, or nearly; measured on the most usual one."""

OF_LARGE_ONES: Final[frozenset[Part]] = frozenset({"joining", "dashboards", "leavers", "export", "windows"})
"""What starting costs more than asking in a small company, where nobody waits for it."""
PLACING: Final[frozenset[Part]] = frozenset({"matrix", "places"})

MILLION: Final = 1_000_000
MOST_LIVE: Final = 10_000
"""People whom one live import takes with their orders."""
LARGEST_JOINED: Final = 100_000
"""A larger company is imported whole, since that is what was promised of it."""
MIB_A_GIB: Final = 1024

PROMISES: Final[Promises] = {
    (filling.GENERATED, MILLION, HEAVY_TAILED): Promise(seconds=60),
    (filling.OFFLINE, MILLION, HEAVY_TAILED): Promise(seconds=90, peak_mib=1.5 * MIB_A_GIB),
    (joining.JOINING, LARGEST_JOINED, HEAVY_TAILED): Promise(per_second=5_000),
    (joining.READING, LARGEST_JOINED, HEAVY_TAILED): Promise(p95_ms=100),
    **{
        (placing.one_at_a_time(way), MILLION, shape): Promise(p95_ms=20)
        for shape in SHAPES
        for way in (*PREFERABLE, *placing.OTHER_WAYS)
    },
    **{(matrix.ONE, MILLION, shape): Promise(p95_ms=20) for shape in SHAPES if shape != HEAVY_TAILED},
    (operations.DOCTOR, MILLION, HEAVY_TAILED): Promise(seconds=60),
    (operations.TO_COMMITTED, MILLION, HEAVY_TAILED): Promise(seconds=60),
    (operations.ONE_CORE, MILLION, HEAVY_TAILED): Promise(seconds=1.5),
    (operations.SNAPSHOT, MILLION, HEAVY_TAILED): Promise(seconds=15),
    (operations.SNAPSHOT_BESIDE, MILLION, HEAVY_TAILED): Promise(seconds=15),
    (statements.ONE, MILLION, HEAVY_TAILED): Promise(p95_ms=50),
    (dashboards.COLD, MILLION, HEAVY_TAILED): Promise(p95_ms=200),
    (dashboards.CACHED, MILLION, HEAVY_TAILED): Promise(p95_ms=50),
    (statements.WRITTEN, MILLION, HEAVY_TAILED): Promise(seconds=30),
    **{(statements.report_of(name), MILLION, HEAVY_TAILED): Promise(seconds=10) for name in statements.REPORTS},
    **{(what, MILLION, HEAVY_TAILED): Promise(seconds=10) for what in (what_ifs.OTHER_PLAN, what_ifs.A_MOVE)},
    (engine_alone.row_of(engine_alone.HYBRID), MILLION, HEAVY_TAILED): Promise(seconds=1.5, peak_mib=1.5 * MIB_A_GIB),
    (engine_alone.row_of(engine_alone.HYBRID), 10 * MILLION, HEAVY_TAILED): Promise(
        seconds=20, peak_mib=10 * MIB_A_GIB
    ),
}
FEW_CALLS: Final = 10
MORE_CALLS: Final = 40
CALLS_OF_A_PROMISE: Final = 60
"""The second slowest of forty calls is one pause of the server; the third slowest of sixty is not."""
WARM_UP: Final = 1_000
"""Untimed calls before the first that is timed: until the server has compiled what they run."""


@dataclass(frozen=True, slots=True)
class Case:
    """One company."""

    shape: str
    people: int
    parts: frozenset[Part]

    @property
    def asked(self) -> list[Part]:
        """What is measured once the whole company is there, in its order."""
        return [part for part in PARTS if part in self.parts - {"joining", "engine"}]

    @property
    def joined(self) -> int:
        """How many of its people join later: some tenths, the last while somebody reads."""
        return joining.PARTS * min(self.people // 10, MOST_LIVE) if "joining" in self.parts else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Companies as people and shapes, smallest first; then the engine alone on `engine_sizes`."""

    companies: tuple[tuple[int, tuple[str, ...]], ...]
    parts: frozenset[Part]
    calls: int
    """Of what is asked about anybody in a million of the most usual shape."""
    engine_sizes: tuple[int, ...]
    most_live: int = MOST_LIVE
    least_whole: int = 0
    """Smaller companies are there for the growth of a search for a place, and asked for nothing else."""
    least_large: int = 0
    """Smaller companies are not asked for OF_LARGE_ONES."""

    def calls_of(self, case: Case) -> int:
        """How often is asked what is asked about anybody: elsewhere as a promise or the growth needs, or seldom."""
        if case.shape == HEAVY_TAILED and case.people >= MILLION:
            return self.calls
        if case.people >= MILLION:
            return min(self.calls, CALLS_OF_A_PROMISE)
        return min(self.calls, MORE_CALLS if case.shape == HEAVY_TAILED else FEW_CALLS)

    def at_once_in(self, case: Case) -> bool:
        """Whether newcomers come together as well: in the largest company of each shape."""
        return case.people == self._largest(case.shape)

    def warm_up_of(self, case: Case, *, newly_started: bool) -> int:
        """How many calls of what writes come before the first that is timed: the promise is about a service that runs,
        of a million people; the smallest companies begin on a server that has served nobody."""
        if newly_started and case.people >= MILLION:
            return WARM_UP
        return self.calls if newly_started or case.people == self.companies[0][0] else 0

    def _largest(self, shape: str) -> int:
        """How many people the largest company of a shape has."""
        return max(people for people, shapes in self.companies if shape in shapes)

    def cases(self) -> Iterator[Case]:
        for people, shapes in self.companies:
            for shape in shapes:
                parts = self.parts if shape == HEAVY_TAILED else self.parts - ONE_SHAPE_ONLY
                if people > LARGEST_JOINED:
                    parts -= {"joining", "windows"}  # what is kept within levels costs by the order, not by the company
                if people < self.least_large:
                    parts -= OF_LARGE_ONES
                if people != self._largest(shape):
                    parts -= {"over bolt"}  # what it waits for is a worker's next look
                if people < self.least_whole:
                    parts &= PLACING
                if people > self.most_live and shape == HEAVY_TAILED:
                    parts -= {"matrix"}  # its files bring none
                yield Case(shape, people, parts)


ALL: Final = SHAPES
WHOLE: Final = Plan(
    ((1_000, ALL), (10_000, ALL), (100_000, ALL), (MILLION, ALL)),
    frozenset(PARTS),
    calls=100,
    engine_sizes=(10_000, 100_000, MILLION, 10 * MILLION),
    least_whole=10_000,
    least_large=100_000,
)
QUICK: Final = Plan(
    ((1_000, (HEAVY_TAILED,)), (5_000, (HEAVY_TAILED,))),
    frozenset(PARTS),
    calls=10,
    engine_sizes=(1_000, 10_000),
    least_large=5_000,
)


def narrowed(
    plan: Plan, sizes: tuple[int, ...] | None, shapes: tuple[str, ...] | None, parts: tuple[Part, ...] | None
) -> Plan:
    """Other sizes, in all shapes; only some shapes; only some parts."""
    companies = plan.companies if sizes is None else tuple((people, ALL) for people in sorted(sizes))
    wanted = ALL if shapes is None else shapes
    return replace(
        plan,
        companies=tuple((people, tuple(shape for shape in of if shape in wanted)) for people, of in companies),
        parts=plan.parts if parts is None else frozenset(parts),
    )
