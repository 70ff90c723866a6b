"""Reads an open period from the graph, and what facts say of it after that: by what a snapshot is taken with."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from app.graph import GraphDatabase
from app.graph.database import Seen
from app.live.mirror import Loaded, Mirror
from app.live.models import Told
from app.periods.models import Period
from app.plans.models import Plan
from app.runs.before import PeriodsBefore
from app.runs.errors import PaidElsewhereError, PreviousRunMissingError
from app.runs.people import KnownPeople, first_positions
from app.runs.snapshots import CarryIn, SnapshotRepository

FACTS_A_STEP: Final = 5_000
MOST_BEHIND: Final = 100_000
"""Whoever is further behind reads all of it anew."""
NEAR: Final = 1_000
"""People whose numbers lie so near are read together, and those between them."""
MOST_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True)
class News:
    """What comes after a mirror's fact. `told` None: it must be read anew, or let go. look: something was said of
    periods, plans or runs, so that other mirrors may be wanted. recorded_at: of the oldest fact, epoch ms."""

    told: Told | None
    look: bool
    recorded_at: int


class MirrorReader:
    def __init__(self, graph: GraphDatabase, *, snapshots: SnapshotRepository, before: PeriodsBefore) -> None:
        self._graph = graph
        self._snapshots = snapshots
        self._before = before

    async def load(self, period: Period, plan: Plan) -> Loaded:
        """All of a period as of the last fact. Raises what taking a snapshot does."""
        seen = Seen()
        seq = await self._head(seen)
        # Whatever of a commit the first look showed, reads after the second see whole.
        await self._head(seen)
        carry, carries_from = await self._beginning(period, seq, plan)
        people = await self._snapshots.everybody(period, seq)
        return Loaded(
            period=period,
            plan=plan,
            seq=seq,
            people=people,
            owner=first_positions(people),
            carry=carry,
            carries_from=carries_from,
            decisions=await self._snapshots.decisions(period, seq),
            orders=await self._snapshots.orders(period, seq),
        )

    async def news(self, mirror: Mirror) -> News | None:
        """What the next facts say; None when there is none."""
        seen, after = Seen(), mirror.seq
        head = await self._head(seen)
        if head <= after:
            return None
        if head - after > MOST_BEHIND:
            return News(None, look=False, recorded_at=0)
        asked = {"after": after, "to": min(head, after + FACTS_A_STEP)}
        [row] = await self._graph.read("queries/live/facts_after", asked, seen=seen)
        to = _end_of(after, row["seqs"])
        if to == after:
            return None
        others = [other for other in row["others"] if other[0] <= to]
        if any(_begins_anew(mirror.period, *other[1:]) for other in others):
            return News(None, look=True, recorded_at=row["recorded_at"])
        told = await self._told(mirror, to, row, {kind for _, kind, *_ in others})
        return News(told, look=bool(others), recorded_at=row["recorded_at"])

    async def begins_otherwise(self, mirror: Mirror) -> bool:
        """Whether the period would begin with another run's carry-over by now."""
        try:
            _, run = await self._before.run_before(mirror.period)
        except (PaidElsewhereError, PreviousRunMissingError):
            return mirror.carries_from is not None
        return mirror.carries_from != (None if run is None else run.id)

    async def _head(self, seen: Seen) -> int:
        row = await self._graph.read_one("queries/facts/head", seen=seen)
        return 0 if row is None else int(row["seq"])

    async def _beginning(self, period: Period, seq: int, plan: Plan) -> tuple[CarryIn, str | None]:
        """Where no run is there to begin with yet, nothing is known of before."""
        try:
            return await self._before.into(period, seq, plan.looks_back)
        except (PaidElsewhereError, PreviousRunMissingError):
            return await self._before.ranks_into(period, seq, plan.looks_back), None

    async def _told(self, mirror: Mirror, to: int, row: dict[str, Any], kinds: set[str]) -> Told | None:
        period = mirror.period
        newcomers = [ix for seq, ix in row["enrolled"] if seq <= to]
        count = max([mirror.people, *(ix + 1 for ix in newcomers)])
        changed = {ix for seq, ix in row["changed"] if seq <= to} | {*range(mirror.people, count)}
        slices = [(first, await self._snapshots.people(period, to, first, end)) for first, end in spans(changed)]
        if any(_owned_by_another(mirror, first, some) for first, some in slices):
            return None
        return Told(
            to=to,
            orders=await self._snapshots.orders(period, to, mirror.seq),
            people=slices,
            decisions=await self._snapshots.decisions(period, to) if "OverrideRank" in kinds else None,
        )


def _owned_by_another(mirror: Mirror, first: int, some: KnownPeople) -> bool:
    """Whether a newcomer is somebody's other position, or the one after which others name their owner: whose the first
    is, all positions tell."""
    owned = any(ix >= mirror.people for ix in some.owned.ixs)
    return owned or not mirror.owners.isdisjoint(some.ids[max(0, mirror.people - first) :])


def spans(people: Iterable[int]) -> list[tuple[int, int]]:
    """Ranges [first, to) in which some people are, few and short."""
    found: list[tuple[int, int]] = []
    for ix in sorted(people):
        if found and ix - found[-1][1] < NEAR and ix - found[-1][0] < MOST_AT_ONCE:
            found[-1] = found[-1][0], ix + 1
        else:
            found.append((ix, ix + 1))
    return found


def _end_of(after: int, seqs: list[int]) -> int:
    """Up to the first gap: facts of a commit that is still being applied."""
    to = after
    for seq in seqs:
        if seq != to + 1:
            break
        to = seq
    return to


def _begins_anew(period: Period, kind: str, calendar: str | None, number: int | None) -> bool:
    """Whether a fact changes what is not followed: that a matrix is kept, what people brought along into the
    period, or that it is closed."""
    theirs = (calendar, number) == (period.calendar, period.number)
    return kind == "KeepMatrix" or (kind in ("Opening", "ClosePeriod") and theirs)
