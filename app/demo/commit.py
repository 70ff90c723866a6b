"""The way of a run to pay, as two people go it together."""

from typing import Final

from app.facts.commands import Receipt
from app.runs.service import RunService

FIRST: Final = "ann"
SECOND: Final = "bob"


async def commit_with_two(runs: RunService, run_id: str, *, first: str = FIRST, second: str = SECOND) -> Receipt:
    """One sends a run to review and locks it, another approves and commits it. The receipt of the commit."""
    await runs.step(run_id, "review", key=f"review-{run_id}", actor=first)
    await runs.step(run_id, "lock", key=f"lock-{run_id}", actor=first)
    await runs.step(run_id, "approve", key=f"approve-{run_id}", actor=second)
    return await runs.commit(run_id, key=f"commit-{run_id}", actor=second)
