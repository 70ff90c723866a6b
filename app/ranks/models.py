"""What was decided of somebody's rank."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SaidOfRank:
    """By the fact `seq`: a person is paid as at least `rank` from one day until another, both included; or, where it is
    empty, no such decision any more from that day on. recorded_at: epoch milliseconds."""

    rank: str
    since: str
    until: str
    author: str
    reason: str
    seq: int
    recorded_at: int
