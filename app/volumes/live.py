"""Live figures of one person, and the period they are of."""

from dataclasses import dataclass

from app.clock import Clock
from app.errors import ConflictError
from app.facts.calendars import MONTHLY
from app.graph import GraphDatabase
from app.periods.calendars import Calendar, InvalidPeriodError, calendar_of
from app.periods.models import Period
from app.periods.service import PeriodService
from app.volumes.models import Tree

NO_PERIOD = 0
"""Asked for where no period is open: no tally has volume of it."""


def _calendar_of(name: str, calendar: Calendar | None) -> str:
    """Of a period; InvalidPeriodError where another one is asked about."""
    own = calendar_of(name)
    if calendar is not None and own != calendar:
        raise InvalidPeriodError(f"{name} is a period of the calendar {own}, not of {calendar}.")
    return own


def of_period(period: Period | None) -> tuple[int, str]:
    """The number and the calendar that figures are asked by."""
    return (period.number, period.calendar) if period else (NO_PERIOD, MONTHLY)


KEPT = 2
"""Of so many newest periods of a calendar the tallies hold the volumes, closed or not."""


class PeriodNotOpenError(ConflictError):
    """Live figures are kept for the newest periods only; an earlier one has statements."""

    title = "Period not open"


@dataclass(frozen=True, slots=True)
class Live:
    """A person's figures as rolled up to `as_of_seq`; volumes in minor units, heads include the person."""

    sponsor_heads: int
    binary_heads: int
    matrix_heads: int
    own_pv: int
    own_cv: int
    customer_pv: int
    customer_cv: int
    sponsor_pv: int
    sponsor_cv: int
    binary_pv: int
    binary_cv: int
    matrix_pv: int
    matrix_cv: int
    sponsor_within_pv: int | None
    """Within the levels asked for, the person's own and their customers' among them; None where fewer are kept."""
    sponsor_within_cv: int | None
    binary_within_pv: int | None
    binary_within_cv: int | None
    matrix_within_pv: int | None
    matrix_within_cv: int | None
    sponsor_levels: int
    """To how many levels volumes are kept."""
    binary_levels: int
    matrix_levels: int | None
    """None when the company keeps no matrix."""
    as_of_seq: int

    def in_tree(self, tree: Tree) -> "InTree":
        """What is of one tree."""
        names = ("heads", "pv", "cv", "within_pv", "within_cv", "levels")
        return InTree(*(getattr(self, f"{tree}_{name}") for name in names))


@dataclass(frozen=True, slots=True)
class InTree:
    """The figures of a person in one tree, as `Live` says them."""

    heads: int
    pv: int
    cv: int
    within_pv: int | None
    within_cv: int | None
    levels: int | None


class LiveFigures:
    """Which period is live, and what a person has in it."""

    def __init__(self, graph: GraphDatabase, periods: PeriodService, clock: Clock) -> None:
        self._graph = graph
        self._periods = periods
        self._clock = clock

    async def period(self, name: str | None, calendar: Calendar | None = None) -> Period | None:
        """The period called `name`, whose volumes the tallies hold, closed or not; without a name the open one of a
        calendar (the months') that contains the present, else the last open one.

        None when no period is open. Raises UnknownPeriodError, PeriodNotOpenError, InvalidPeriodError.
        """
        if name is not None:
            every = await self._periods.shown(_calendar_of(name, calendar))
            period = next((one for one in every if one.name == name), None)
            if period is None:
                period = await self._periods.get(name)  # which says what is wrong with it
            if not period.open and period not in every[-KEPT:]:
                raise PeriodNotOpenError(
                    f"Period {name} is closed and others came after it, so only its committed run knows its volumes."
                )
            return period
        now = self._clock.now()
        opened = [period for period in await self._periods.shown(calendar or MONTHLY) if period.open]
        present = [period for period in opened if period.starts_at <= now < period.ends_at]
        return present[0] if present else opened[-1] if opened else None

    async def _named(self, name: str, calendar: Calendar | None) -> Period:
        _calendar_of(name, calendar)
        return await self._periods.get(name)

    async def final(self, name: str | None, calendar: Calendar | None = None) -> Period | None:
        """The period called `name` if its run is committed, so that its figures are final; None for any other, which
        has live figures or none. Raises UnknownPeriodError, InvalidPeriodError."""
        period = None if name is None else await self._named(name, calendar)
        return period if period is not None and period.run is not None else None

    async def of(self, distributor_id: str, period: Period | None, levels: int = 0) -> Live | None:
        """A person's figures in a period (heads only without one); None when there is no such person."""
        number, calendar = of_period(period)
        params = {"id": distributor_id, "period": number, "calendar": calendar, "levels": levels}
        row = await self._graph.read_one("procedures/tally", params)
        return None if row is None else Live(**row)
