"""Registered plans against the facts that registered them."""

from collections.abc import Iterable, Iterator

from app.blobs.store import BlobStore
from app.errors import BanyanError
from app.facts.plans import RegisteredPlan, paying
from app.periods.models import Period
from app.plans.loader import parse_plan
from app.runs.models import Run


def plan_problems(plans: Iterable[RegisteredPlan], store: BlobStore) -> list[str]:
    """Each plan's file must be there, hold the bytes of its name, and be the plan that the fact says."""
    return [problem for plan in plans for problem in _problems(plan, store)]


def unregistered(run: Run, period: Period, committed_seq: int, plans: Iterable[RegisteredPlan]) -> Iterator[str]:
    """Where a run was committed that another plan made than the one that paid its period by then."""
    pays = paying((plan for plan in plans if plan.seq < committed_seq), period.calendar, period.first_day)
    if pays is None or pays.hash != run.plan_hash:
        yield (
            f"Run {run.id} was calculated by {run.plan_name} (hash {run.plan_hash}); when fact {committed_seq} "
            f"committed it, {'no plan' if pays is None else f'{pays.name} {pays.version}'} was registered to pay "
            f"{period.name}."
        )


def _problems(registered: RegisteredPlan, store: BlobStore) -> Iterator[str]:
    name = f"Plan {registered.name} {registered.version}, which fact {registered.seq} registered"
    try:
        plan = parse_plan(store.get(registered.hash), "its file")
    except (BanyanError, OSError) as error:
        yield f"{name}: {error.message if isinstance(error, BanyanError) else error}"
        return
    said, is_so = ((each.name, each.version, each.calendar, each.hash) for each in (registered, plan))
    if said != is_so:
        yield f"{name}: its file is {plan.name} {plan.version} of the calendar {plan.calendar!r}, hash {plan.hash}."
