"""Which faults come, in which order and when: drawn from a seed, so that a run can be repeated."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal[
    "api",
    "worker",
    "worker_before_refresh",
    "neo4j",
    "redis",
    "old_leader",
    "resting_leader",
    "redis_stalled",
    "redis_flushed",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
KILLS: Final[frozenset[Kind]] = frozenset({"api", "worker", "worker_before_refresh", "neo4j", "redis"})
"""Those that end a process at once, by SIGKILL."""
WORDS: Final[Mapping[Kind, str]] = {
    "api": "an API process killed",
    "worker": "the reigning worker killed",
    "worker_before_refresh": "the reigning worker killed after its commit, before the refresh",
    "neo4j": "Neo4j killed",
    "redis": "Redis killed",
    "old_leader": "the reigning worker stopped at work, and resumed when another reigns",
    "resting_leader": "the reigning worker stopped at rest, and resumed when another reigns",
    "redis_stalled": "Redis stopped for a while",
    "redis_flushed": "Redis flushed",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: so long after the load began to flow again, and in which of several like processes."""

    number: int
    kind: Kind
    after_s: float
    member: int

    @property
    def words(self) -> str:
        return WORDS[self.kind]


def schedule(
    seed: int, counts: Mapping[Kind, int], *, least_s: float, most_s: float, members: int
) -> tuple[Fault, ...]:
    """So many of each kind, shuffled, each after some time between two bounds."""
    draw = random.Random(seed)
    kinds = [kind for kind in KINDS for _ in range(counts.get(kind, 0))]
    draw.shuffle(kinds)
    return tuple(
        Fault(number, kind, round(draw.uniform(least_s, most_s), 3), draw.randrange(members))
        for number, kind in enumerate(kinds, start=1)
    )
