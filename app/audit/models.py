"""What the audit found."""

from dataclasses import dataclass

from app.facts.verify import ChainReport


@dataclass(frozen=True, slots=True)
class Commitment:
    """A fact that committed a run, beside what the period and the run say of it now."""

    seq: int
    run_id: str
    calendar: str
    period: int
    run_hash: str
    period_run: str
    """The run that the period names, empty for none."""
    state: str
    """The run's, empty when it is not stored."""
    committed_seq: int
    """By which fact the run says it was committed, -1 for none."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The chain of facts, and the committed runs with sentences about what is not as it was committed."""

    chain: ChainReport
    runs: int
    problems: tuple[str, ...]

    @property
    def intact(self) -> bool:
        return self.chain.intact and not self.problems
