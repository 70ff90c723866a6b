"""What comes along from a former system: its last figures, and the statements that it made."""

from app.facts import errors
from app.facts.calendars import CALENDARS, days_of, is_over
from app.facts.commands import Opening, PastStatement
from app.facts.limits import MAX_AMOUNT, MAX_ID, MAX_PAST_LINES, MAX_TEXT
from app.facts.rules.checks import Ruling, check_text, person_named
from app.facts.text import is_printable
from app.facts.world import World


def opening(world: World, command: Opening, recorded_at: int) -> Ruling:
    """Figures within bounds, all of one period of each calendar, before any that is kept or paid here."""
    person = person_named(world, command.id)
    if max(map(abs, (command.carry_left, command.carry_right, command.balance))) > MAX_AMOUNT:
        raise errors.InvalidCommandError(f"The opening figures of {command.id} are beyond {MAX_AMOUNT / 100:.2f}.")
    if command.highest_rank:
        check_text("highest rank", command.highest_rank, MAX_TEXT)
    _check_opens(world, command)
    world.opens[command.calendar] = command.period
    names = ("balance", "calendar", "carry_left", "carry_right", "highest_rank", "period")
    return recorded_at, {"ix": person.ix, **{name: getattr(command, name) for name in names}}


def _check_opens(world: World, command: Opening) -> None:
    """A run here can pay the period, and no period that is run here comes before it."""
    _check_calendar(command.calendar)
    committed = [number for number in world.paid(command.calendar) if number < command.period]
    if committed:
        raise errors.PeriodConflictError(
            f"Period {max(committed)} has a committed run, so what it carries on is known; figures of the former "
            f"system cannot open {command.period}."
        )
    own = world.periods_of(command.calendar)
    shut = [period.name for period in own if period.number == command.period and not period.open]
    if shut:
        raise errors.PeriodConflictError(f"Period {shut[0]} is closed; opening figures come before that.")
    earlier = [period.name for period in own if period.number < command.period]
    if earlier:
        raise errors.PeriodConflictError(
            f"Period {max(earlier)} is kept here, so its run says what {command.period} begins with; opening figures "
            "come before any period that is earlier than theirs."
        )
    opens = world.opens.get(command.calendar, command.period)
    if opens != command.period:
        raise errors.PeriodConflictError(
            f"The opening figures of the calendar {command.calendar!r} so far are of {opens}; {command.id} needs the "
            f"same period, not {command.period}."
        )


def past_statement(world: World, command: PastStatement, recorded_at: int) -> Ruling:
    """A period of any calendar that is over and that no run here pays."""
    person = person_named(world, command.id)
    _check_calendar(command.calendar)
    if not 1 <= len(command.lines) <= MAX_PAST_LINES:
        raise errors.InvalidCommandError(f"A statement has 1 to {MAX_PAST_LINES:,} lines, not {len(command.lines)}.")
    check_text("currency", command.currency, MAX_ID)
    for line in command.lines:
        check_text("bonus", line.bonus, MAX_TEXT)
        if abs(line.amount) > MAX_AMOUNT or (line.note and (len(line.note) > MAX_TEXT or not is_printable(line.note))):
            raise errors.InvalidCommandError(
                f"The line {line.bonus} of {command.id} has an amount or note out of bounds."
            )
    first, after = days_of(command.calendar, command.period)
    # Four weeks of a former system may begin with another week than those here: days are compared, not numbers.
    paid = [begins for begins, _ in (days_of(command.calendar, number) for number in world.paid(command.calendar))]
    if paid and after > min(paid):
        raise errors.PeriodConflictError(
            f"The period of the calendar {command.calendar!r} from {min(paid)} on has a committed run, so the "
            f"statements from there on, that of {first} too, are made by runs."
        )
    period = world.periods.get((command.calendar, command.period))
    over = is_over(command.calendar, command.period, recorded_at) if period is None else period.ends_at <= recorded_at
    if not over:
        raise errors.PeriodConflictError(
            f"The period of the calendar {command.calendar!r} from {first} on is not over, so it has no final "
            "statement yet."
        )
    return recorded_at, {"calendar": command.calendar, "ix": person.ix, "period": command.period}


def _check_calendar(calendar: str) -> None:
    if calendar not in CALENDARS:
        raise errors.InvalidCommandError(f"There is no calendar {calendar!r}; choose {', '.join(CALENDARS)}.")
