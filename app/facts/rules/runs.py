"""Which way a run may go; the states and steps themselves stand in app/facts/runs.py."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.facts import errors
from app.facts.calendars import NUMBERS, StoredPeriod
from app.facts.commands import STEPS, CommitRun, StepRun
from app.facts.limits import MAX_PAID_AT_ONCE
from app.facts.plans import paying
from app.facts.rules.checks import Ruling, person_named
from app.facts.runs import NEXT, WAYS, Due, RunStanding, RunState, SetOff, Stepped, after
from app.facts.world import World

_NAMED: Final = 10
"""People whom a refusal names."""
_TOWARDS_PAY: Final = frozenset({"review", "lock", "approve", "commit"})
_BY_THE_PLAN: Final = frozenset({"lock", "approve"})
"""Steps that, like committing, no run takes which another plan made than the one that pays its period."""


def step_run(world: World, command: StepRun, recorded_at: int) -> Ruling:
    """From a state that the step leads away from, by whoever may, with a reason where one is asked."""
    _check_named(command)
    run = _standing_of(world, command)
    _check_state(world, command.run_id, command.step, run)
    if command.step in _TOWARDS_PAY:
        _check_worth_it(world, command.run_id, command.step, run)
    if command.step in _BY_THE_PLAN:
        _check_plan(world, command.run_id, run)
    match command.step:
        case "approve":
            _check_unpaid(world, run)
            _check_second_person(world, command.run_id, run)
        case "void":
            _check_nothing_later(world, command.run_id, run)
            world.voided[run.calendar, run.period] = (*run.before, command.run_id)
            del world.committed[run.calendar, run.period]
    stepped = _paid(world, command, run) if command.step == "pay" else _stepped(world, command.step)
    world.runs[command.run_id] = after(run, stepped)
    return recorded_at, {
        "calendar": run.calendar,
        "paid_amount": stepped.paid_amount,
        "paid_people": stepped.paid_people,
        "period": run.period,
        "run_id": command.run_id,
        "state": stepped.state,
        "step": command.step,
    }


def commit_run(world: World, command: CommitRun, recorded_at: int) -> Ruling:
    """An approved run of a closed period that has none, with the hash that was reviewed."""
    _closed_period(world, command.calendar, command.period, "committing")
    of = command.calendar, command.period
    opens = world.opens.get(command.calendar)
    if opens is not None and command.period < opens:
        raise errors.RunConflictError(
            f"Period {world.periods[of].name} was paid before the company came here: the opening figures of "
            f"{opens} carry on from it."
        )
    run = _standing_of(world, command)
    if world.committed.get(of) != command.run_id:
        _check_unpaid(world, run)
    _check_state(world, command.run_id, "commit", run)
    _check_worth_it(world, command.run_id, "commit", run)
    _check_plan(world, command.run_id, run)
    set_off = _set_off(world, command)
    world.voided.pop(of, None)
    world.runs[command.run_id] = after(run, replace(_stepped(world, "commit"), set_off=set_off))
    world.committed[of] = command.run_id
    return recorded_at, {
        "calendar": command.calendar,
        "period": command.period,
        "run_id": command.run_id,
        "before": ",".join(() if set_off is None else set_off.before) or None,
        "supersedes": None if set_off is None else command.supersedes,
    }


def _set_off(world: World, command: CommitRun) -> SetOff | None:
    """What was paid before, of the run that was voided last as of now: nothing changes any more of what that paid."""
    before = world.voided.get((command.calendar, command.period), ())
    voided = before[-1] if before else None
    if command.supersedes != voided:
        raise errors.RunConflictError(
            f"What run {command.supersedes or 'none'} paid was to be set off against run {command.run_id}, and the run "
            f"of the period that was voided last is {voided or 'none'}. Commit again."
        )
    if not before:
        return None
    return SetOff(before, command.set_off_people, command.set_off_amount, command.overpaid_amount)


def _check_named(command: StepRun) -> None:
    if command.step not in STEPS:
        raise errors.InvalidCommandError(f"{command.step!r} is no step of a run.")
    if command.distributors and command.step != "pay":
        raise errors.InvalidCommandError(f"The step {command.step!r} is of the whole run; only pay names people.")
    if len(command.distributors) > MAX_PAID_AT_ONCE:
        raise errors.InvalidCommandError(
            f"{len(command.distributors):,} people are named; one step pays {MAX_PAID_AT_ONCE:,} at most, or all the "
            "rest when it names nobody."
        )
    if len(set(command.distributors)) < len(command.distributors):
        twice = sorted({id for id in command.distributors if command.distributors.count(id) > 1})
        raise errors.InvalidCommandError(f"Named twice: {_some(twice)}. Name everybody once.")


def _standing_of(world: World, command: StepRun | CommitRun) -> RunStanding:
    run = world.runs.get(command.run_id)
    if run is None:
        raise errors.UnknownRunError(f"Run {command.run_id} is not stored.")
    said = (command.calendar, command.period, command.run_hash)
    if said != (run.calendar, run.period, run.hash):
        raise errors.RunConflictError(
            f"Run {command.run_id} is of {run.calendar} {run.period} with hash {run.hash[:12]}; what was looked at is "
            f"of {command.calendar} {command.period} with hash {command.run_hash[:12]}. Look at the run again."
        )
    return run


def _check_state(world: World, run_id: str, step: str, run: RunStanding) -> None:
    way, since = WAYS[step], ""
    if run.stepped_seq is not None:
        since = f" since fact {run.stepped_seq}, by {run.stepped_by}"
    if run.state not in way.of:
        said = f"Run {run_id} is {run.state}{' already' if run.state == way.to else ''}{since}"
        asked = "" if run.state == way.to else f"; to {_words(step)} it, it must be {' or '.join(way.of)}"
        raise errors.RunConflictError(f"{said}{asked}. {NEXT[run.state]}", state=run.state)
    if way.why and not world.envelope.reason.strip():
        raise errors.InvalidCommandError(f"To {_words(step)} run {run_id} needs a reason; say why.")


def _check_worth_it(world: World, run_id: str, step: str, run: RunStanding) -> None:
    """It knows all of a closed period, and begins with what the run before carries on today."""
    period = _closed_period(world, run.calendar, run.period, f"the step {_words(step)!r} of")
    if run.seq != period.closed_seq:
        raise errors.RunConflictError(
            f"Run {run_id} knows the facts up to {run.seq}, and period {period.name} was closed at fact "
            f"{period.closed_seq}: it is an estimate, or of an earlier closing. Calculate {period.name} again."
        )
    if world.opens.get(run.calendar) == run.period:
        return
    before = [p for p in world.periods.values() if p.calendar == run.calendar and p.ends_at == period.starts_at]
    carries = world.committed.get((run.calendar, before[0].number)) if before else None
    if carries != run.carries_from:
        raise errors.RunConflictError(
            f"Run {run_id} begins with the carry-over of {run.carries_from or 'no run'}, and the committed run of "
            f"{before[0].name if before else 'the period before'} is {carries or 'none by now'}. Calculate "
            f"{period.name} again once that is committed."
        )


def _check_plan(world: World, run_id: str, run: RunStanding) -> None:
    """It was made by the plan that is registered to pay its period."""
    period, first_day = world.periods[run.calendar, run.period], NUMBERS[run.calendar].first_day(run.period)
    plan = paying(world.plans, run.calendar, first_day)
    if plan is not None and plan.hash == run.plan_hash:
        return
    pays = "no plan is registered to pay it"
    if plan is not None:
        pays = (
            f"{plan.name} {plan.version} pays it (hash {plan.hash[:12]}, from {plan.effective_from}, fact {plan.seq})"
        )
    instead = "" if plan is None else f", or calculate {period.name} by {plan.name} {plan.version}"
    raise errors.UnregisteredPlanError(
        f"Run {run_id} of {period.name} was calculated by {run.plan_name} (hash {run.plan_hash[:12]}), and {pays}: it "
        f"stays a preview. Register its plan from {first_day} or earlier on{instead}.",
        plan_hash=run.plan_hash,
        registered_hash=None if plan is None else plan.hash,
    )


def _closed_period(world: World, calendar: str, number: int, what: str) -> StoredPeriod:
    period = world.periods.get((calendar, number))
    if period is None or period.open:
        name = number if period is None else period.name
        raise errors.RunConflictError(f"Period {name} is not closed; close it before {what} its run.")
    return period


def _check_unpaid(world: World, run: RunStanding) -> None:
    committed = world.committed.get((run.calendar, run.period))
    if committed is not None:
        period = world.periods[run.calendar, run.period]
        raise errors.RunConflictError(
            f"Period {period.name} has a committed run already, {committed}; void that one first, with a reason."
        )


def _check_second_person(world: World, run_id: str, run: RunStanding) -> None:
    """Upper and lower case are no difference between two people."""
    actor = world.envelope.actor
    if actor.strip().casefold() in {(name or "").strip().casefold() for name in (run.sent_by, run.locked_by)}:
        raise errors.SecondPersonError(
            f"Run {run_id} was sent to review by {run.sent_by} and locked by {run.locked_by}; {actor} cannot approve "
            "it as well. Somebody else has to."
        )


def _check_nothing_later(world: World, run_id: str, run: RunStanding) -> None:
    """A later run began with what this one carries on."""
    own = world.periods[run.calendar, run.period]
    paid = [(world.periods[of], id) for of, id in world.committed.items() if of[0] == run.calendar]
    later = sorted(((p.starts_at, p.name, id) for p, id in paid if p.starts_at > own.starts_at), reverse=True)
    if later:
        _, name, id = later[0]
        raise errors.RunConflictError(
            f"Period {name} has the committed run {id}, which goes back to what run {run_id} carries on. Void the "
            f"later runs first, the last one before the others: {_some([id for *_, id in later])}."
        )


def _stepped(world: World, step: str) -> Stepped:
    return Stepped(step, WAYS[step].to, world.envelope.actor, world.envelope.seq)


def _paid(world: World, command: StepRun, run: RunStanding) -> Stepped:
    """By name, or all the rest; what is paid the run says."""
    if not command.distributors:
        people = run.payees - run.set_off_people - run.paid_people
        amount = run.amount - run.set_off_amount - run.paid_amount
        return replace(_stepped(world, "pay"), paid_people=people, paid_amount=amount, rest=True)
    named = [person_named(world, id) for id in command.distributors]
    due = [world.due.get((command.run_id, person.ix), Due(0, None)) for person in named]
    nothing = [person.id for person, owed in zip(named, due, strict=True) if not owed.amount]
    if nothing:
        received = any(owed.received for owed in due if not owed.amount)
        more = " beyond what runs of the period that were voided paid" if received else ""
        raise errors.RunConflictError(
            f"Run {command.run_id} pays nothing to {_some(nothing)}{more}; leave them out.", distributors=nothing
        )
    before = [person.id for person, owed in zip(named, due, strict=True) if owed.paid_seq is not None]
    if before:
        raise errors.RunConflictError(
            f"Run {command.run_id} paid {_some(before)} already; leave them out.", distributors=before
        )
    for person, owed in zip(named, due, strict=True):
        world.due[command.run_id, person.ix] = replace(owed, paid_seq=world.envelope.seq)
    everybody = run.payees - run.set_off_people
    state: RunState = "paid" if run.paid_people + len(named) == everybody else "partly_paid"
    amount = sum(owed.amount for owed in due)
    return replace(_stepped(world, "pay"), state=state, paid_people=len(named), paid_amount=amount)


def _words(step: str) -> str:
    return step.replace("_", " ")


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
