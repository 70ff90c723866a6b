"""Works out what a move or a termination would change. Nothing is written."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import uuid4

import numpy as np

from app.blobs.store import BlobStore
from app.clock import to_ms
from app.engine.errors import PlanMismatchError
from app.engine.models import Snapshot
from app.engine.ranking import rank_people
from app.errors import BanyanError, NotFoundError
from app.facts.canonical import sha256_hex
from app.facts.commands import Command, Move, Receipt, SetMovePolicy, Submission, Terminate, Tree
from app.facts.decide import NewFact
from app.facts.errors import InvalidCommandError, PolicyError, UnknownDistributorError
from app.facts.rules.places import NAMED
from app.facts.writer import FactWriter, Rehearsal
from app.moves.models import Change, Consequences, Figures, Frontline, LegChange, MoveHistory, RankChange, Ranks
from app.moves.repository import MoveRepository, Tally
from app.periods.models import Period
from app.periods.months import MONTHLY
from app.periods.service import PeriodService
from app.plans.models import Plan
from app.runs.calculation import stored_plan
from app.runs.repository import RunRepository
from app.runs.snapshots import NO_CARRY, SnapshotRepository
from app.volumes.climb import ALWAYS

RANKED_AT_MOST: Final = 100_000
"""Ranks need the whole company: beyond so many people a preview leaves them out."""
PROMOTED_AT_MOST: Final = 200
"""Each is a move under the one lock."""
REASON: Final = "preview"


class MoveService:
    def __init__(
        self,
        repository: MoveRepository,
        *,
        writer: FactWriter,
        periods: PeriodService,
        snapshots: SnapshotRepository,
        runs: RunRepository,
        blobs: BlobStore,
    ) -> None:
        self._repository = repository
        self._writer = writer
        self._periods = periods
        self._snapshots = snapshots
        self._runs = runs
        self._blobs = blobs

    async def preview_move(self, move: Move) -> Consequences:
        """Whose figures and ranks a move would change, by how much, and whether it is allowed.

        Raises NotFoundError where the people are not there.
        """
        said, refusal = await self._rehearse(move, replace(move, override=True))
        if said.fact is None:
            return _refused(said, refusal)
        decided, at = said.fact.decided, said.fact.valid_at
        people, volumes, figures_seq, subtree = await self._changes(move, said.fact, said.seq)

        def moved(snapshot: Snapshot) -> Snapshot:
            sponsor = snapshot.people.sponsor.copy()
            sponsor[decided["ix"]] = decided["parent_ix"]
            return Snapshot(replace(snapshot.people, sponsor=sponsor), snapshot.orders, snapshot.titles)

        if move.tree != "sponsor":
            said_why = f"Ranks follow the sponsor tree, so a move in {NAMED[move.tree]} changes none."
            ranks = Ranks(None, None, (), said_why)
        else:
            ranks = await self._ranks(at, said, moved)
        return Consequences(
            refusal, at, decided["closed_period"], subtree, people, volumes, ranks, said.seq, figures_seq
        )

    async def preview_termination(self, terminate: Terminate) -> Consequences:
        """Whose rank a termination would change, and whether it is allowed; no volume moves. Raises NotFoundError."""
        said, refusal = await self._rehearse(terminate, terminate)
        if said.fact is None:
            return _refused(said, refusal)
        decided, at = said.fact.decided, said.fact.valid_at
        promoted = await self._frontline(terminate) if terminate.consequence == "promote" else None

        def left(snapshot: Snapshot) -> Snapshot:
            active, passed_over = snapshot.people.active.copy(), snapshot.people.passed_over.copy()
            active[decided["ix"]] = False
            passed_over[decided["ix"]] = terminate.consequence == "compress_for_pay"
            sponsor = snapshot.people.sponsor.copy()
            if promoted is not None:
                sponsor[list(promoted.ixs)] = promoted.sponsor_ix
            people = replace(snapshot.people, active=active, passed_over=passed_over, sponsor=sponsor)
            return Snapshot(people, snapshot.orders, snapshot.titles)

        tallies, figures_seq = await self._repository.tallies("sponsor", [decided["ix"]])
        below = tallies[decided["ix"]].figures(None) if tallies else None
        ranks = await self._ranks(at, said, left)
        return Consequences(refusal, at, decided["closed_period"], below, (), (), ranks, said.seq, figures_seq)

    async def terminate(self, terminate: Terminate, *, key: str, actor: str, reason: str) -> Receipt:
        """Somebody leaves. To promote is one commit with the moves of whom they sponsored, or nothing happens.

        Raises the refusal of any of them, InvalidCommandError where nobody stands above or too many below.
        """
        said = Submission(key, actor, reason, terminate)
        if terminate.consequence != "promote":
            return await self._writer.submit(said)
        moves = _promotions(terminate, await self._frontline(terminate))
        spoken = sha256_hex(key)
        follow = [Submission(f"{spoken}:promote:{move.id}", actor, reason, move) for move in moves]
        [receipt, *_] = await self._writer.submit_all([said, *follow])
        return receipt

    async def _frontline(self, terminate: Terminate) -> Frontline:
        found = await self._repository.frontline(terminate.id, PROMOTED_AT_MOST + 1)
        if found.sponsor_ix < 0:
            raise InvalidCommandError(f"{terminate.id} tops the company, so there is nobody to promote anybody to.")
        if len(found.ids) > PROMOTED_AT_MOST:
            raise InvalidCommandError(
                f"{terminate.id} sponsors more than {PROMOTED_AT_MOST} people, which are too many for one commit; "
                "choose compress_for_pay, or move them first."
            )
        return found

    async def history(self, tree: Tree, id: str, *, offset: int, limit: int) -> MoveHistory:
        """Every place somebody had in a tree, what was corrected later among them, the one that began first first.

        Raises UnknownDistributorError.
        """
        found = await self._repository.history(tree, id, offset=offset, page=limit)
        if found is None:
            raise UnknownDistributorError(f"Distributor {id} is not enrolled.", distributor=id)
        return found

    async def policy(self) -> tuple[SetMovePolicy | None, int]:
        """The policy in force and the fact that set it; None and 0 without any."""
        return await self._repository.policy()

    async def _rehearse(self, command: Command, against_policy: Command) -> tuple[Rehearsal, BanyanError | None]:
        """What would become of it, as if the policy were overridden, and why it would be refused as it is."""
        said = await self._writer.rehearse(Submission(f"{REASON} {uuid4()}", REASON, REASON, command))
        if isinstance(said.refusal, NotFoundError):
            raise said.refusal
        if not isinstance(said.refusal, PolicyError):
            return said, said.refusal
        overridden = await self._writer.rehearse(Submission(f"{REASON} {uuid4()}", REASON, REASON, against_policy))
        return overridden, said.refusal

    async def _changes(
        self, move: Move, fact: NewFact, seq: int
    ) -> tuple[tuple[Change, ...], tuple[tuple[str, tuple[Change, ...]], ...], int, Figures]:
        mover, target = fact.decided["ix"], fact.decided["parent_ix"]
        ends = {period: to_ms(period.ends_at) for period in await self._open(fact.valid_at)}
        ways = {}
        for before in {ALWAYS, *ends.values()}:
            old = await self._repository.way_up(move.tree, mover, before=before, known=seq)
            new = [target, *await self._repository.way_up(move.tree, target, before=before, known=seq)]
            ways[before] = _parted(old, new)
        asked = {mover} | {ix for old, new, top in ways.values() for ix in (*old, *new, *top)}
        tallies, figures_seq = await self._repository.tallies(move.tree, asked)
        people = _both_ways(mover, ways[ALWAYS], tallies, None)
        volumes = tuple(
            (period.name, _both_ways(mover, ways[end], tallies, period.number)) for period, end in ends.items()
        )
        return people, volumes, figures_seq, tallies[mover].figures(None) if mover in tallies else Figures()

    async def _open(self, at: int) -> list[Period]:
        """The open months that end after an instant."""
        return [period for period in await self._periods.all() if period.open and to_ms(period.ends_at) > at]

    async def _ranks(self, at: int, said: Rehearsal, change: Callable[[Snapshot], Snapshot]) -> Ranks:
        """Who would be paid as another rank in the first open month that it changes, by the plan of the newest run."""
        months, runs = await self._open(at), await self._runs.all(MONTHLY)
        if not months or not runs:
            return Ranks(None, None, (), "No month is open that it would change." if runs else "No plan has run yet.")
        if said.people > RANKED_AT_MOST:
            return Ranks(
                None,
                None,
                (),
                f"Ranks need the whole company, which has more than {RANKED_AT_MOST:,} people: run a plan.",
            )
        period, plan = months[0], stored_plan(runs[0], self._blobs)
        taken = await self._snapshots.take(period, said.seq, NO_CARRY)
        try:
            changes = await asyncio.to_thread(_rank_changes, taken.snapshot, change(taken.snapshot), plan, taken.ids)
        except PlanMismatchError as error:
            return Ranks(None, None, (), f"The plan of the newest run does not fit: {error.message}.")
        return Ranks(f"{plan.name} {plan.version}", period.name, changes, None)


def _promotions(terminate: Terminate, frontline: Frontline) -> list[Move]:
    """Everybody in the frontline goes to the sponsor when the one above leaves, or right after they came if later."""
    return [
        Move(
            id,
            "sponsor",
            frontline.sponsor_id,
            effective_at=None if terminate.effective_at is None else max(terminate.effective_at, since + 1),
            override=True,
        )
        for id, since in zip(frontline.ids, frontline.since, strict=True)
    ]


def _refused(said: Rehearsal, refusal: BanyanError | None) -> Consequences:
    return Consequences(refusal, None, None, None, (), (), None, said.seq, said.seq)


def _parted(old: Sequence[int], new: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
    """Who stands above the old place only, above the new one only, and where both ways meet: nobody or one."""
    above_new = set(new)
    top = next((ix for ix in old if ix in above_new), None)
    if top is None:
        return list(old), list(new), []
    return list(old[: old.index(top)]), list(new[: new.index(top)]), [top]


def _both_ways(
    mover: int, way: tuple[list[int], list[int], list[int]], tallies: dict[int, Tally], period: int | None
) -> tuple[Change, ...]:
    old, new, top = way
    moved = tallies[mover].figures(period)

    def leg(way: list[int], at: int, sign: int) -> LegChange:
        head = tallies[mover if at == 0 else way[at - 1]]
        if at == 0:
            gone, there = (moved, Figures()) if sign < 0 else (Figures(), moved)
            return LegChange(head.id, gone, there)
        before = head.figures(period)
        return LegChange(head.id, before, before.plus(moved, sign))

    changes = []
    for side, sign in ((old, -1), (new, 1)):
        for at, ix in enumerate(side):
            before = tallies[ix].figures(period)
            after = before.plus(moved, sign)
            changes.append(Change(tallies[ix].id, tallies[ix].name, before, after, (leg(side, at, sign),)))
    for ix in top:
        same = tallies[ix].figures(period)
        legs = (leg(old, len(old), -1), leg(new, len(new), 1))
        changes.append(Change(tallies[ix].id, tallies[ix].name, same, same, legs))
    return tuple(changes)


def _rank_changes(before: Snapshot, after: Snapshot, plan: Plan, ids: Sequence[str]) -> tuple[RankChange, ...]:
    was, would_be = rank_people(before, plan).paid_as, rank_people(after, plan).paid_as
    names = (*plan.rank_names, None)  # -1 is the last: no rank
    return tuple(
        RankChange(ids[ix], names[was[ix]], names[would_be[ix]]) for ix in np.flatnonzero(was != would_be).tolist()
    )
