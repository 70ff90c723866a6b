"""Ranks that somebody decides, instead of what people did."""

from datetime import date

from app.facts import errors
from app.facts.commands import OverrideRank
from app.facts.limits import MAX_TEXT
from app.facts.rules.checks import Ruling, check_text, person_named
from app.facts.world import World


def override_rank(world: World, command: OverrideRank, recorded_at: int) -> Ruling:
    """A rank with its first and its last day, or the end of what was decided before. Whether a plan has the rank its
    runs see: plans change while it lasts."""
    person = person_named(world, command.id)
    if command.author:
        check_text("author", command.author, MAX_TEXT)
    check_day("from_day", command.from_day)
    if command.rank:
        check_text("rank", command.rank, MAX_TEXT)
        check_day("until_day", command.until_day)
        if command.until_day < command.from_day:
            raise errors.InvalidCommandError(
                f"{command.id} cannot be {command.rank} from {command.from_day} until {command.until_day}: that day "
                "comes before; turn the two round."
            )
    else:
        _check_something_ends(world.ranks_decided.get(person.ix, ""), command)
    world.ranks_decided[person.ix] = command.until_day
    return recorded_at, {
        "author": command.author,
        "from_day": command.from_day,
        "ix": person.ix,
        "rank": command.rank,
        "until_day": command.until_day,
    }


def check_day(what: str, text: str) -> None:
    """Refuse what is no day of the calendar, or is written in another way."""
    try:
        spelled = date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise errors.InvalidCommandError(f"{what} {text[:40]!r} is no day such as 2026-12-31.") from error
    if spelled != text:
        raise errors.InvalidCommandError(f"{what} {text[:40]!r} must be written {spelled}.")


def _check_something_ends(until: str, command: OverrideRank) -> None:
    if command.until_day:
        raise errors.InvalidCommandError("What ends a decision has no last day of its own; leave until_day out.")
    if until < command.from_day:
        lasted = f"the last decision lasted until {until}" if until else "nothing is decided"
        raise errors.NoRankOverrideError(
            f"No rank of {command.id} is decided for {command.from_day} or later ({lasted}): there is nothing to end."
        )
