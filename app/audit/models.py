"""What the audit found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.facts.verify import ChainReport


@dataclass(frozen=True, slots=True)
class SteppedRun:
    """What the facts of its steps say of a run. `marks` are the properties that they left on its node; `paid` by
    distributor the fact that paid them by name, `paid_by` by fact whom and how much, minor units."""

    run_id: str
    calendar: str
    period: int
    run_hash: str
    committed_seq: int | None
    marks: Mapping[str, Any]
    paid: Mapping[str, int]
    paid_by: Mapping[int, tuple[tuple[str, ...], int]]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The chain of facts, how many runs were ever committed, and sentences about what of runs is not so."""

    chain: ChainReport
    runs: int
    problems: tuple[str, ...]

    @property
    def intact(self) -> bool:
        return self.chain.intact and not self.problems
