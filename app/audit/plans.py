"""Registered plans against the facts that registered them."""

from collections.abc import Iterable, Iterator

from app.blobs.store import BlobStore
from app.errors import BanyanError
from app.plans.loader import parse_plan
from app.plans.registered import RegisteredPlan


def plan_problems(plans: Iterable[RegisteredPlan], store: BlobStore) -> list[str]:
    """Each plan's file must be there, hold the bytes of its name, and be the plan that the fact says."""
    return [problem for plan in plans for problem in _problems(plan, store)]


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
