"""Whose figures change when branches go elsewhere in a tree. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.facts.commands import Tree
from app.moves.models import Change, Figures, LegChange
from app.moves.repository import NOBODY, Tally
from app.periods.models import Period


@dataclass(frozen=True, slots=True)
class Shift:
    """Who comes to stand under whom in a tree; under NOBODY whoever leaves it."""

    tree: Tree
    parents: Mapping[int, int]
    since: Mapping[int, int]
    """Since when each does, epoch ms."""

    @property
    def named(self) -> set[int]:
        """Whose ways up are touched."""
        return {*self.parents, *self.parents.values()} - {NOBODY}

    def before(self, end: int) -> "Shift":
        """What of it holds just before an instant."""
        return replace(self, parents={ix: above for ix, above in self.parents.items() if self.since[ix] < end})


@dataclass(slots=True)
class _Leg:
    """What comes to a leg, and of how many branches; below zero what goes."""

    figures: Figures = field(default_factory=Figures)
    branches: int = 0


def changes_of(
    shift: Shift, before: Mapping[int, int], tallies: Mapping[int, Tally], period: Period | None
) -> tuple[Change, ...]:
    """Everybody whose legs change, with people now or the volume of a period; those where ways meet come last.

    `before` is who stood under whom on the ways up of everybody whom the shift names.
    """
    after = {**before, **shift.parents}
    legs: dict[int, dict[int, _Leg]] = defaultdict(lambda: defaultdict(_Leg))
    for head, figures in _branches(shift, before, tallies, period).items():
        for parents, sign in ((before, -1), (after, 1)):
            at = head
            while (above := parents.get(at, NOBODY)) != NOBODY:
                leg = legs[above][at]
                leg.figures, leg.branches, at = leg.figures.plus(figures, sign), leg.branches + sign, above
    gains: dict[int, Figures] = defaultdict(Figures)
    for ix, of in legs.items():
        for leg in of.values():
            gains[ix] = gains[ix].plus(leg.figures, 1)

    def figures_in(parents: Mapping[int, int], above: int, head: int) -> Figures:
        if parents.get(head, NOBODY) != above:
            return Figures()
        was = tallies[head].figures(period)
        return was if parents is before else was.plus(gains[head], 1)

    changes = []
    for ix, of in legs.items():
        changed = [head for head, leg in of.items() if leg.branches or leg.figures != Figures()]
        if changed:
            was, name = tallies[ix].figures(period), tallies[ix].name
            told = [
                LegChange(tallies[head].id, figures_in(before, ix, head), figures_in(after, ix, head))
                for head in changed
            ]
            change = Change(shift.tree, tallies[ix].id, name, was, was.plus(gains[ix], 1), tuple(told))
            changes.append((sum(leg.branches for leg in of.values()) == 0, change))
    return tuple(change for _, change in sorted(changes, key=lambda one: one[0]))


def _branches(
    shift: Shift, before: Mapping[int, int], tallies: Mapping[int, Tally], period: Period | None
) -> dict[int, Figures]:
    """What goes elsewhere by who heads it; of whoever leaves above others who go, what remains to them."""
    branches = {ix: tallies[ix].figures(period) for ix in shift.parents}
    for ix in shift.parents:
        above = before.get(ix, NOBODY)
        if above in branches:
            branches[above] = branches[above].plus(tallies[ix].figures(period), -1)
    return branches
