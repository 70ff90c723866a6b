"""Which periods take orders."""

from app.facts import errors
from app.facts.calendars import CALENDARS, COMMISSION_DATES, StoredPeriod
from app.facts.commands import ClosePeriod, OpenPeriod, ReopenPeriod, SetGraceDays
from app.facts.limits import OPEN_AT_ONCE
from app.facts.rules.checks import Ruling
from app.facts.text import instant_text
from app.facts.world import World


def open_period(world: World, command: OpenPeriod, recorded_at: int) -> Ruling:
    """It follows the last one of its calendar without gap, and two are open at most."""
    if command.calendar not in CALENDARS:
        raise errors.InvalidCommandError(f"There is no calendar {command.calendar!r}; choose {', '.join(CALENDARS)}.")
    if command.starts_at >= command.ends_at:
        raise errors.InvalidCommandError(f"Period {command.name} ends before it starts.")
    if command.grace_ends_at is not None:
        _check_grace(command.name, command.ends_at, command.grace_ends_at)
    if command.commission_date not in COMMISSION_DATES:
        raise errors.InvalidCommandError(
            f"An order has no date {command.commission_date!r}; choose {', '.join(COMMISSION_DATES)}."
        )
    own = world.periods_of(command.calendar)
    if any(p.number == command.number for p in own):
        raise errors.PeriodConflictError(f"Period {command.name} of {command.calendar!r} exists already.")
    if own:
        last = max(own, key=lambda p: p.ends_at)
        if command.starts_at != last.ends_at:
            raise errors.PeriodConflictError(
                f"Period {command.name} must start where {last.name} ends ({instant_text(last.ends_at)}), without gap."
            )
        if command.number % 2 == last.number % 2:
            raise errors.PeriodConflictError(
                f"Numbers {last.number} and {command.number} share a volume slot; neighbours must differ in parity."
            )
        if command.commission_date != last.commission_date:
            raise errors.PeriodConflictError(
                f"The calendar {command.calendar!r} counts orders by the date on which they are "
                f"{last.commission_date}, since its first period; {command.name} cannot count them by another, or some "
                "would count twice and some never."
            )
    opened = [p.name for p in own if p.open]
    if len(opened) >= OPEN_AT_ONCE:
        raise errors.PeriodConflictError(f"{' and '.join(opened)} are still open; close one before opening another.")
    world.periods[command.calendar, command.number] = StoredPeriod(
        command.calendar,
        command.number,
        command.name,
        command.starts_at,
        command.ends_at,
        True,
        grace_ends_at=command.grace_ends_at,
        commission_date=command.commission_date,
    )
    world.periods_changed()
    return recorded_at, {"calendar": command.calendar, "period": command.number}


def close_period(world: World, command: ClosePeriod, recorded_at: int) -> Ruling:
    """It is over with its grace days, and no earlier one is open."""
    period = _period(world, command)
    if not period.open:
        raise errors.PeriodConflictError(f"Period {period.name} is closed already.")
    if period.ends_at > recorded_at:
        raise errors.PeriodConflictError(
            f"Period {period.name} runs until {instant_text(period.ends_at)}; close it after that."
        )
    if period.grace_ends_at is not None and recorded_at < period.grace_ends_at and not command.override:
        raise errors.PeriodConflictError(
            f"Period {period.name} takes what comes late until {instant_text(period.grace_ends_at)}; close it after "
            "that, or override its grace days."
        )
    earlier = [p.name for p in world.periods_of(command.calendar) if p.open and p.starts_at < period.starts_at]
    if earlier:
        raise errors.PeriodConflictError(f"Close {earlier[0]} before {period.name}: periods close in order.")
    period.open, period.closed_seq = False, world.envelope.seq
    world.periods_changed()
    return recorded_at, {"calendar": command.calendar, "period": command.number}


def reopen_period(world: World, command: ReopenPeriod, recorded_at: int) -> Ruling:
    """It is the last closed one, paid by nobody, and takes its volume slot again: two are open at most."""
    period = _period(world, command)
    if period.open:
        raise errors.PeriodConflictError(f"Period {period.name} is open.")
    _check_unpaid(world, period)
    later = [p for p in world.periods_of(command.calendar) if p.starts_at > period.starts_at]
    later.sort(key=lambda p: p.starts_at)
    closed = [p.name for p in later if not p.open]
    if closed:
        raise errors.PeriodConflictError(
            f"{closed[0]} is closed too, and later than {period.name}; open {closed[-1]} again first: periods open "
            "again in the order opposite to their closing."
        )
    if len(later) >= OPEN_AT_ONCE:
        raise errors.PeriodConflictError(
            f"{' and '.join(p.name for p in later)} are open, and {later[-1].name} counts its volume where "
            f"{period.name} did; correct it by returns and orders in an open period."
        )
    period.open, period.closed_seq, period.grace_ends_at = True, None, None
    world.periods_changed()
    return recorded_at, {"calendar": command.calendar, "period": command.number}


def set_grace_days(world: World, command: SetGraceDays, recorded_at: int) -> Ruling:
    """It is open, and nothing was said of its grace days."""
    period = _period(world, command)
    if not period.open or period.grace_ends_at is not None:
        said = "is closed" if not period.open else f"has grace days until {instant_text(period.grace_ends_at or 0)}"
        raise errors.PeriodConflictError(f"Period {period.name} {said}.")
    _check_grace(period.name, period.ends_at, command.grace_ends_at)
    period.grace_ends_at = command.grace_ends_at
    world.periods_changed()
    return recorded_at, {"calendar": command.calendar, "period": command.number}


def _check_grace(name: str, ends_at: int, grace_ends_at: int) -> None:
    if grace_ends_at < ends_at:
        raise errors.InvalidCommandError(f"The grace days of period {name} end before it does.")


def _period(world: World, command: ClosePeriod | ReopenPeriod | SetGraceDays) -> StoredPeriod:
    period = world.periods.get((command.calendar, command.number))
    if period is None:
        raise errors.UnknownPeriodError(f"The calendar {command.calendar!r} has no period {command.number}.")
    return period


def _check_unpaid(world: World, period: StoredPeriod) -> None:
    if (period.calendar, period.number) in world.committed:
        raise errors.PeriodConflictError(
            f"Period {period.name} has a committed run, so it never changes; correct it by returns and orders in an "
            "open period."
        )
    opens = world.opens.get(period.calendar)
    if opens is not None and period.number < opens:
        raise errors.PeriodConflictError(
            f"Period {period.name} was paid before the company came here: the opening figures of {opens} carry on "
            "from it, so it never changes."
        )
