"""What the company's policy says of a move: each rule that it breaks, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.clock import from_ms
from app.facts.commands import Move, MoveLimits
from app.facts.text import instant_text
from app.facts.world import Person, World

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a move breaks; `rule` is its name in the policy."""

    rule: str
    words: str


def broken_rules(
    world: World, command: Move, person: Person, target: Person, *, at: int, recorded_at: int
) -> list[Broken]:
    """Every rule that a move which takes effect at `at` and is said at `recorded_at` breaks; none without a policy."""
    policy = world.past.policy
    if policy is None:
        return []
    limits = next((limits for limits in policy.limits if limits.tree == command.tree), MoveLimits(command.tree))
    return [
        *_blackout(limits, from_ms(recorded_at).astimezone(ZoneInfo(policy.zone)).day, policy.zone),
        *_time(world, limits, person, at, recorded_at),
        *_size(world, limits, person),
        *_line(world, limits, person, target),
    ]


def _blackout(limits: MoveLimits, today: int, zone: str) -> Iterator[Broken]:
    if today in limits.blackout_days:
        yield Broken("blackout_days", f"nobody is moved on day {today} of a month ({zone})")


def _time(world: World, limits: MoveLimits, person: Person, at: int, recorded_at: int) -> Iterator[Broken]:
    enrolled = person.enrolled_at
    if limits.window_days is not None and recorded_at >= enrolled + limits.window_days * DAY_MS:
        until = instant_text(enrolled + limits.window_days * DAY_MS)
        yield Broken("window_days", f"{person.id} could be moved for {limits.window_days} days, until {until}")
    if limits.backdate_days is not None and at < recorded_at - limits.backdate_days * DAY_MS:
        yield Broken(
            "backdate_days",
            f"a move takes effect at most {limits.backdate_days} days before it is entered, not at {instant_text(at)}",
        )


def _size(world: World, limits: MoveLimits, person: Person) -> Iterator[Broken]:
    if limits.largest_subtree is not None and world.past.subtree > limits.largest_subtree:
        yield Broken(
            "largest_subtree",
            f"more than {limits.largest_subtree} people would go along with {person.id}, {person.id} counted",
        )


def _line(world: World, limits: MoveLimits, person: Person, target: Person) -> Iterator[Broken]:
    if not limits.stay_below:
        return
    stays = world.past.stays.get(person.ix, [])
    top = (
        stays[0].parent if limits.stay_below == "enroller" and limits.tree == "sponsor" and stays else person.sponsor_ix
    )
    if not world.is_at_or_below(limits.tree, target.ix, top):
        above = world.by_ix.get(top)
        name = above.id if above else f"ix {top}"
        yield Broken(
            "stay_below",
            f"{target.id} does not stand at or below {name}, the {limits.stay_below} of {person.id}, in the "
            f"{limits.tree} tree",
        )
