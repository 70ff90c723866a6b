"""The one writer of tallies. Exactly once: the cursor's lock, epoch and seq stand in the transaction that counts.

Volume follows the tree as it is just before the period's end, as known at the batch's last fact; heads follow the tree
as it is now. So a move takes what is below the mover from the old way up to the new one, for every open period that
ends after it took effect.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import numpy as np

from app.clock import Clock, to_ms
from app.graph import GraphDatabase, GraphTransaction, Seen
from app.graph.errors import QueryTimeoutError
from app.volumes import repository
from app.volumes.climb import ALWAYS, Climber, Ints
from app.volumes.errors import StaleLeaderError, UnknownVolumePeriodError
from app.volumes.models import NOBODY, Batch, CursorState, OpenPeriod, RolledUp, Structure, Tree, VolumeFact
from app.volumes.ways import load as load_kernels

MAX_FACTS: Final = 5_000
MAX_TALLIES: Final = 200_000
"""How often a step changes a tally at most, unless its first fact alone does so more often: all wait in the server's
memory for the commit, and five thousand newcomers below lines of ten thousand would change fifty million."""
LEASE_MS: Final = 5_000
LEAST_LIMIT_S: Final = 4.0
"""How long the server lets a step live: a leader that stands still in the midst of one keeps everybody else out until
then. One that needs longer is told so, and begins again with more time."""
_MOST_LIMIT_S: Final = 120.0
_SLACK: Final = 4.0
"""So many times as long as the last step took the next one may take, and the next try of one that was cut off; after
that the limit falls by half from step to step."""


@dataclass(slots=True)
class _Amounts:
    """Where amounts begin their way up."""

    starts: list[int] = field(default_factory=list)
    amounts: list[tuple[int, ...]] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)

    def add(self, start: int, amounts: tuple[int, ...], seq: int = 0) -> None:
        if start != NOBODY:
            self.starts.append(start)
            self.amounts.append(amounts)
            self.seqs.append(seq)

    async def climb(self, climber: Climber, tree: Tree, before: int) -> tuple[Ints, Ints, Ints]:
        """As Climber.climb."""
        return await climber.climb(
            tree,
            before,
            np.array(self.starts, np.int64),
            np.array(self.amounts, np.int64),
            np.array(self.seqs, np.int64),
        )


@dataclass(slots=True)
class _Levels:
    """Where volumes begin their way up a few levels, and on which level of whom."""

    starts: list[int] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    amounts: list[tuple[int, int]] = field(default_factory=list)

    def add(self, start: int, level: int, pv: int, cv: int) -> None:
        self.starts.append(start)
        self.levels.append(level)
        self.amounts.append((pv, cv))

    def add_below(self, parent: int, volumes: Ints) -> None:
        """The levels 0, 1, … (depth, 2) of a child of `parent`."""
        if parent != NOBODY:
            for level, (pv, cv) in enumerate(volumes.tolist(), start=1):
                self.add(parent, level, pv, cv)


@dataclass(slots=True)
class _Done:
    """What a step changed so far."""

    touched: list[Ints] = field(default_factory=list)
    versions: dict[str, dict[int, int]] = field(default_factory=dict)


class RollUp:
    """Adds facts to tallies while it reigns. One instance is used by one task at a time."""

    def __init__(
        self,
        db: GraphDatabase,
        holder: str,
        clock: Clock,
        *,
        lease_ms: int = LEASE_MS,
        max_tallies: int = MAX_TALLIES,
    ) -> None:
        self._db = db
        self._holder = holder
        self._clock = clock
        self._lease_ms = lease_ms
        self._max_tallies = max_tallies
        self._epoch = NOBODY
        self._limit_s = LEAST_LIMIT_S
        self._climber = Climber(_no_graph)
        self._depths: Mapping[Tree, int] = {}

    async def claim(self) -> bool:
        """Begin to reign if nobody else does (their lease ran out); False when somebody does."""
        await asyncio.to_thread(load_kernels)  # before anything waits for a step
        return await self._db.write(self._claim, name="rollup_claim")

    async def step(self, max_facts: int = MAX_FACTS) -> RolledUp:
        """Count the next facts, or find none. Raises StaleLeaderError when somebody else reigns by now.

        Whoever reads after it sees whole what it has counted, and what was counted: the cache says so to its readers.
        """
        step, seen = partial(self._step, max_facts=max_facts), Seen()
        while True:
            began = time.monotonic()
            try:
                rolled = await self._db.write(step, name="rollup", timeout_s=self._limit_s, seen=seen)
            except QueryTimeoutError:
                if self._limit_s >= _MOST_LIMIT_S:
                    raise
                self._limit_s = min(_SLACK * self._limit_s, _MOST_LIMIT_S)
            else:
                if not rolled.idle:
                    # A commit shows bit by bit; this waits until every one so far is through.
                    await self._db.read("queries/volumes/lag", seen=seen)
                    took = time.monotonic() - began
                    self._limit_s = min(max(LEAST_LIMIT_S, _SLACK * took, self._limit_s / 2), _MOST_LIMIT_S)
                return rolled

    async def catch_up(self) -> bool:
        """Count every fact so far; False when somebody else reigns, who counts them."""
        if not await self.claim():
            return False
        while not (await self.step()).idle:
            pass
        return True

    async def hold(self, tx: GraphTransaction, seq: int) -> None:
        """Keep the cursor where it is until the transaction ends, and the lease going: for repairs as of `seq`."""
        cursor = await repository.lock_cursor(tx, self._holder)
        self._check_reign(cursor)
        if cursor.seq != seq:
            raise StaleLeaderError(f"The roll-up stands at fact {cursor.seq}, the repair was worked out at {seq}.")
        await repository.move_cursor(tx, seq, to_ms(self._clock.now()) + self._lease_ms)

    async def _claim(self, tx: GraphTransaction) -> bool:
        cursor = await repository.lock_cursor(tx, self._holder)
        now = to_ms(self._clock.now())
        if cursor.holder != self._holder and cursor.lease_until > now:
            return False
        self._epoch = await repository.claim_cursor(tx, self._holder, now + self._lease_ms)
        return True

    async def _step(self, tx: GraphTransaction, max_facts: int) -> RolledUp:
        cursor = await repository.lock_cursor(tx, self._holder)
        self._check_reign(cursor)
        self._depths = cursor.levels
        batch = await self._bounded(tx, await repository.read_batch(tx, cursor.seq, max_facts))
        rolled = await self._count(tx, batch)
        recorded_at = await repository.move_cursor(tx, batch.to, to_ms(self._clock.now()) + self._lease_ms)
        return replace(rolled, recorded_at=recorded_at)

    def _check_reign(self, cursor: CursorState) -> None:
        if cursor.epoch != self._epoch:
            raise StaleLeaderError(
                f"{self._holder} rolled up in epoch {self._epoch}, {cursor.holder} has reigned since epoch "
                f"{cursor.epoch}; stop, or claim again."
            )

    async def _bounded(self, tx: GraphTransaction, batch: Batch) -> Batch:
        """The batch, or its first facts, which change tallies at most `max_tallies` times."""
        self._climber.use(partial(repository.parents, tx))
        self._climber.begin(batch.after)
        # Orders alone climb the trees of their periods: to count them in the present ones as well would ask about every
        # buyer twice. The latest period's are near enough for a bound.
        before = ALWAYS if batch.structure else max((period.ends_at for period in batch.periods), default=ALWAYS)
        first_seqs = [np.empty(0, np.int64)]
        for tree in self._depths:
            ways = _ways(batch, tree)
            if ways.starts:
                # The climb keeps the highest number that passed somebody: here that of the first fact.
                _, _, backwards = await ways.climb(self._climber, tree, before)
                first_seqs.append(batch.to - backwards)
        passed = np.sort(np.concatenate(first_seqs))
        most = self._max_tallies // (1 + len(batch.periods))
        return batch if passed.size <= most else batch.until(int(passed[most]) - 1)

    async def _count(self, tx: GraphTransaction, batch: Batch) -> RolledUp:
        if batch.to == batch.after:
            return RolledUp(batch.after, batch.after)
        done = _Done()
        for period in batch.reopened:
            await self._reopen(tx, batch.after, period, done)
        self._climber.begin(batch.after)
        self._climber.keep(period.ends_at for period in batch.periods)
        shifts = [fact for fact in batch.structure if fact.kind != "Enrol"]
        before = await self._parents(batch, shifts)
        self._climber.advance(batch.to, batch.structure)
        after = await self._parents(batch, shifts)
        newcomers = [fact for fact in batch.structure if fact.kind == "Enrol"]
        await repository.create_tallies(tx, [f.ix for f in newcomers], [f.seq for f in newcomers])
        await self._count_heads(tx, batch, before, after, done)
        await self._count_volumes(tx, batch, before, after, done)
        newcomer_ixs = np.array([fact.ix for fact in newcomers], np.int64)
        touched = np.unique(np.concatenate([newcomer_ixs, *done.touched]))
        return RolledUp(batch.after, batch.to, tuple(touched.tolist()), done.versions)

    async def _reopen(self, tx: GraphTransaction, until: int, period: OpenPeriod, done: _Done) -> None:
        """A period that opens again follows the moves that were told while it was closed, one after the other."""
        closed = period.closed_at(until)
        for fact in [] if closed is None else await repository.shifts_while_closed(tx, period, closed, until):
            alone = Batch(fact.seq - 1, fact.seq, (fact,), (), (), (period,))
            self._climber.begin(alone.after)
            before = await self._parents(alone, [fact])
            self._climber.advance(alone.to, alone.structure)
            after = await self._parents(alone, [fact])
            await self._count_volumes(tx, alone, before, after, done)

    async def _parents(self, batch: Batch, shifts: Sequence[Structure]) -> dict[int, dict[int, int]]:
        """By fact the parent of each placed or moved person: now (under ALWAYS), and just before the end of each open
        period."""
        instants = [ALWAYS, *(period.ends_at for period in batch.periods)]
        found: dict[int, dict[int, int]] = {fact.seq: {} for fact in shifts}
        for tree in self._depths:
            shifted = [fact for fact in shifts if fact.tree == tree]
            for before in instants if shifted else ():
                parents = await self._climber.parents_of(tree, before, [fact.ix for fact in shifted])
                for fact, parent in zip(shifted, parents, strict=True):
                    found[fact.seq][before] = parent
        return found

    async def _count_heads(
        self,
        tx: GraphTransaction,
        batch: Batch,
        before: dict[int, dict[int, int]],
        after: dict[int, dict[int, int]],
        done: _Done,
    ) -> None:
        for tree in self._depths:
            heads = _Amounts()
            shifted = [
                fact for fact in batch.structure if fact.kind in ("Place", "Move", "Vacate") and fact.tree == tree
            ]
            below = await repository.counts_of(tx, tree, [fact.ix for fact in shifted]) if shifted else {}
            for fact in batch.structure:
                if fact.kind == "Enrol":
                    heads.add(fact.parent_in(tree), (1,), fact.seq)
                    if tree == "matrix" and fact.parent_in(tree) != NOBODY:
                        heads.add(fact.ix, (0,), fact.seq)  # a tally has no figures of the matrix before
                elif fact.kind == "PastMove":
                    continue  # who is where now stays as it is
                elif fact.tree == tree:
                    heads.add(before[fact.seq][ALWAYS], (-below[fact.ix],), fact.seq)
                    heads.add(after[fact.seq][ALWAYS], (below[fact.ix],), fact.seq)
                    heads.add(fact.ix, (0,), fact.seq)
                elif fact.tree == "sponsor":
                    # Pages of every tree name each person's sponsor.
                    heads.add(fact.ix, (0,), fact.seq)
            for seq, ix in batch.statuses:  # pages of both trees name each person's status
                heads.add(ix, (0,), seq)
            if heads.starts:
                ixs, sums, seqs = await heads.climb(self._climber, tree, ALWAYS)
                await repository.add_counts(tx, tree, ixs, sums[:, 0], seqs)
                done.touched.append(ixs)
                done.versions[tree] = dict(zip(ixs.tolist(), seqs.tolist(), strict=True))

    async def _count_volumes(
        self,
        tx: GraphTransaction,
        batch: Batch,
        before: dict[int, dict[int, int]],
        after: dict[int, dict[int, int]],
        done: _Done,
    ) -> None:
        for period, orders in _by_period(batch):
            by_level = {tree: await self._levels_below(tx, batch, period, tree) for tree in self._depths}
            for tree in self._depths:
                volume = _Amounts()
                for order in orders:
                    volume.add(order.seller_ix, (order.pv, order.cv))
                shifted = _shifted(batch, tree)
                below = await repository.volumes_of(tx, tree, period, [f.ix for f in shifted]) if shifted else {}
                for fact in shifted:
                    old, new = before[fact.seq][period.ends_at], after[fact.seq][period.ends_at]
                    if old != new and fact.ix in below:
                        pv, cv = below[fact.ix]
                        volume.add(old, (-pv, -cv))
                        volume.add(new, (pv, cv))
                if volume.starts:
                    ixs, sums, _ = await volume.climb(self._climber, tree, period.ends_at)
                    await repository.add_volumes(tx, tree, period, ixs, sums, trees=self._depths)
                    done.touched.append(ixs)
                if self._depths[tree]:
                    carried = _levels_of_orders(orders)
                    for fact in _shifted(batch, tree):
                        old, new = before[fact.seq][period.ends_at], after[fact.seq][period.ends_at]
                        if old != new and fact.ix in by_level[tree]:
                            carried.add_below(old, -by_level[tree][fact.ix])
                            carried.add_below(new, by_level[tree][fact.ix])
                    await self._count_levels(tx, period, tree, carried)
            # After the trees: what a tally does not hold of the matrix yet was a person's own before this batch.
            for kind, bought in _own_and_customer(orders):
                ixs, volumes = _sum_by_seller(bought)
                await repository.add_volumes(tx, kind, period, ixs, volumes, trees=self._depths)

    async def _levels_below(
        self, tx: GraphTransaction, batch: Batch, period: OpenPeriod, tree: Tree
    ) -> dict[int, Ints]:
        """What is on the levels below each placed or moved person, before this batch counts anything."""
        shifted = [fact.ix for fact in _shifted(batch, tree)] if self._depths[tree] else []
        return await repository.levels_of(tx, tree, period, shifted, self._depths[tree]) if shifted else {}

    async def _count_levels(self, tx: GraphTransaction, period: OpenPeriod, tree: Tree, carried: _Levels) -> None:
        if carried.starts:
            ixs, volumes = await self._climber.climb_levels(
                tree,
                period.ends_at,
                starts=np.array(carried.starts, np.int64),
                levels=np.array(carried.levels, np.int64),
                amounts=np.array(carried.amounts, np.int64),
                depth=self._depths[tree],
            )
            await repository.add_levels(tx, tree, period, ixs, volumes)


def _shifted(batch: Batch, tree: Tree) -> list[Structure]:
    """The facts that change somebody's parent in a tree."""
    return [fact for fact in batch.structure if fact.kind != "Enrol" and fact.tree == tree]


def _ways(batch: Batch, tree: Tree) -> _Amounts:
    """Where the batch's facts begin their way up from people who were there before it, numbered from its last fact
    backwards."""
    ways = _Amounts()
    above: dict[int, int] = {}
    for fact in batch.structure:
        if fact.kind == "Enrol":
            parent = fact.parent_in(tree)
            above[fact.ix] = above.get(parent, parent)
            ways.add(above[fact.ix], (), batch.to - fact.seq)
        elif fact.tree == tree:
            ways.add(above.get(fact.parent_ix, fact.parent_ix), (), batch.to - fact.seq)
    for order in batch.orders:
        ways.add(above.get(order.seller_ix, order.seller_ix), (), batch.to - order.seq)
    return ways


def _levels_of_orders(orders: Sequence[VolumeFact]) -> _Levels:
    """Each order on level 0 of its seller."""
    levels = _Levels()
    for order in orders:
        levels.add(order.seller_ix, 0, order.pv, order.cv)
    return levels


def _by_period(batch: Batch) -> Iterable[tuple[OpenPeriod, list[VolumeFact]]]:
    """Every open period with its orders; all open ones, since a move shifts volume without any order."""
    orders: dict[tuple[str, int], list[VolumeFact]] = {(p.calendar, p.number): [] for p in batch.periods}
    for order in batch.orders:
        for calendar, number in order.counts_in.items():
            if number is None:
                continue
            if (calendar, number) not in orders:
                raise UnknownVolumePeriodError(
                    f"Fact {order.seq} counts in {calendar} period {number}, which is not open then (open: "
                    f"{sorted(orders)})."
                )
            orders[calendar, number].append(order)
    return [(period, orders[period.calendar, period.number]) for period in batch.periods]


def _own_and_customer(orders: Sequence[VolumeFact]) -> Iterable[tuple[str, list[VolumeFact]]]:
    own = [order for order in orders if order.buyer_ix != NOBODY]
    customer = [order for order in orders if order.buyer_ix == NOBODY]
    return [(kind, bought) for kind, bought in (("own", own), ("customer", customer)) if bought]


def _sum_by_seller(orders: Sequence[VolumeFact]) -> tuple[Ints, Ints]:
    ixs, group = np.unique(np.array([order.seller_ix for order in orders], np.int64), return_inverse=True)
    volumes = np.zeros((ixs.size, 2), np.int64)
    np.add.at(volumes, group, np.array([(order.pv, order.cv) for order in orders], np.int64))
    return ixs, volumes


async def _no_graph(tree: Tree, ixs: Sequence[int], known: int, before: int) -> tuple[Sequence[int], Sequence[int]]:
    raise AssertionError("the climber is asked outside a step")
