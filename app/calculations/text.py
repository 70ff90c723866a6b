"""A calculation as text, for the terminal."""

from collections.abc import Iterator

from app.calculations.models import Calculation
from app.clock import from_ms, zulu

_DID = {"RequestRun": "asked for", "QueueRun": "queued", "CancelRun": "cancelled"}


def calculation_lines(calculation: Calculation) -> Iterator[str]:
    """What was asked for, how far it is, and how it ended."""
    plan = f"{calculation.plan_name} {calculation.plan_version}"
    yield f"Calculation {calculation.id} of {calculation.period_name} by plan {plan}: {calculation.state}"
    for step in calculation.steps:
        why = f": {step.reason}" if step.reason else ""
        yield f"  {_DID[step.kind]} by {step.actor} at {zulu(from_ms(step.recorded_at))} (fact {step.seq:,}){why}"
    if calculation.state == "calculating":
        yield f"  {calculation.stage}, {calculation.done:,} of {calculation.of:,}; attempt {calculation.attempt}"
    if calculation.failure:
        yield f"  {calculation.failure}"
    if calculation.run:
        yield f"  run {calculation.run}, as of fact {calculation.as_of:,}"
