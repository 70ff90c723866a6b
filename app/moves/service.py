"""Works out what a move or a termination would change, and terminates with everything that goes along."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import uuid4

import numpy as np

from app.blobs.store import BlobStore
from app.clock import to_ms
from app.engine.errors import PlanMismatchError
from app.engine.models import People, Snapshot
from app.engine.ranking import rank_people
from app.errors import BanyanError, NotFoundError
from app.facts.canonical import sha256_hex
from app.facts.commands import (
    TREES,
    Command,
    Move,
    Receipt,
    SetMovePolicy,
    Submission,
    Terminate,
    Tree,
)
from app.facts.decide import NewFact
from app.facts.errors import InvalidCommandError, PolicyError, UnknownDistributorError
from app.facts.rules.places import NAMED
from app.facts.writer import Along, FactWriter, Rehearsal
from app.graph import GraphTransaction
from app.moves.changes import Shift, changes_of
from app.moves.models import Change, Consequences, Figures, Frontline, Goal, MoveHistory, Other, RankChange, Ranks
from app.moves.promotions import into_the_former_place, into_the_place, to_the_former_sponsor, to_the_sponsor
from app.moves.repository import NOBODY, MoveRepository, Tally, read_former, read_frontline, read_surroundings
from app.periods.models import Period
from app.periods.service import PeriodService
from app.plans.models import Plan
from app.runs.before import PeriodsBefore
from app.runs.calculation import stored_plan
from app.runs.models import Run
from app.runs.repository import RunRepository
from app.runs.snapshots import SnapshotRepository
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
        before: PeriodsBefore,
        runs: RunRepository,
        blobs: BlobStore,
    ) -> None:
        self._repository = repository
        self._writer = writer
        self._periods = periods
        self._snapshots = snapshots
        self._before = before
        self._runs = runs
        self._blobs = blobs

    async def preview_move(self, move: Move) -> Consequences:
        """Whose figures and ranks a move would change, by how much, and whether it is allowed.

        Raises NotFoundError where the people are not there.
        """
        said, refusal = await self._rehearse_move(move)
        if said.fact is None:
            return _refused(said, refusal)
        decided, at = said.fact.decided, said.fact.valid_at
        periods = await self._open(at)
        [shift] = _shifts([said.fact, *said.following])
        people, volumes, tallies, figures_seq = await self._changes(shift, periods, said.seq)
        subtree = tallies[decided["ix"]].figures(None) if decided["ix"] in tallies else Figures()
        if move.alone:
            subtree = Figures(people=1)

        if move.tree != "sponsor":
            said_why = f"Ranks follow the sponsor tree, so a move in {NAMED[move.tree]} changes none."
            ranks: tuple[Ranks, ...] = (Ranks(None, None, (), said_why),)
        else:
            ranks = await self._ranks(periods, said, lambda period, people: _stood(people, shift, period))
        return Consequences(
            refusal=refusal,
            goal=Goal(decided["parent_id"], decided["slot"], decided["why"]),
            others=_others(said.following),
            effective_at=at,
            unchanged_through=decided["closed_period"],
            subtree=subtree,
            people=people,
            volumes=volumes,
            ranks=ranks,
            seq=said.seq,
            figures_seq=figures_seq,
        )

    async def preview_termination(self, terminate: Terminate) -> Consequences:
        """Whose rank a termination would change, whose legs and volumes where it promotes, and whether it is allowed.

        Raises NotFoundError where there is no such person.
        """
        said = await self._rehearse_with_all(terminate)
        if said.fact is None or said.refusal is not None:
            return _refused(said, said.refusal)
        decided, at, shifts = said.fact.decided, said.fact.valid_at, _shifts(said.following)

        def left(period: Period, people: People) -> People:
            active, passed_over = people.active.copy(), people.passed_over.copy()
            active[decided["ix"]] = False
            passed_over[decided["ix"]] = terminate.consequence == "compress_for_pay"
            people = replace(people, active=active, passed_over=passed_over)
            for shift in shifts:
                if shift.tree == "sponsor":
                    people = _stood(people, shift, period)
            return people

        periods = await self._open(at)
        tallies, figures_seq = await self._repository.tallies("sponsor", [decided["ix"]])
        below = tallies[decided["ix"]].figures(None) if tallies else None
        people: list[Change] = []
        volumes: dict[str, list[Change]] = {}
        for shift in shifts:
            changed, by_period, _, figures_seq = await self._changes(shift, periods, said.seq)
            people += changed
            for period, changes in by_period:
                volumes.setdefault(period, []).extend(changes)
        ranks = await self._ranks(periods, said, left)
        told = tuple((period, tuple(changes)) for period, changes in volumes.items())
        return Consequences(
            None,
            None,
            _others(said.following),
            at,
            decided["closed_period"],
            below,
            tuple(people),
            told,
            ranks,
            said.seq,
            figures_seq,
        )

    async def terminate(self, terminate: Terminate, *, key: str, actor: str, reason: str) -> Receipt:
        """Somebody leaves. To promote is one commit with the moves of those below, which are worked out under Head, or
        nothing happens.

        Raises the refusal of any of them, InvalidCommandError where nobody stands above or too many below.
        """
        said = Submission(key, actor, reason, terminate)
        if terminate.consequence != "promote":
            return await self._writer.submit(said)
        return await self._writer.submit_with(said, partial(_promotions, said, terminate))

    async def move(self, move: Move, *, key: str, actor: str, reason: str, along: Along | None = None) -> Receipt:
        """Somebody goes elsewhere with everybody below; alone in one commit with those who stay, which are worked out
        under Head, or nothing happens. `along` is in that commit.

        Raises the refusal of any of them, InvalidCommandError where too many stand below.
        """
        said = Submission(key, actor, reason, move)
        if along is None and not move.alone:
            return await self._writer.submit(said)

        async def follow(tx: GraphTransaction, fact: NewFact) -> Sequence[Submission]:
            if along is not None:
                await along(tx, fact)
            return await _left_behind(said, move, tx, fact) if move.alone else ()

        return await self._writer.submit_with(said, follow)

    async def _rehearse_move(self, move: Move) -> tuple[Rehearsal, BanyanError | None]:
        """What would become of it, as if the policy were overridden, and why it would be refused as it is."""
        said = await self._rehearse(move)
        if not isinstance(said.refusal, PolicyError):
            return (replace(said, fact=None) if said.refusal else said), said.refusal
        overridden = await self._rehearse(replace(move, override=True))
        return (replace(overridden, fact=None) if overridden.refusal else overridden), said.refusal

    async def _rehearse(self, move: Move) -> Rehearsal:
        """With whatever comes with it. Raises NotFoundError where the people are not there."""
        said = _rehearsed(move)
        if move.alone:
            told = await self._writer.rehearse_with(said, partial(_left_behind, said, move))
        else:
            told = await self._writer.rehearse(said)
        if isinstance(told.refusal, NotFoundError):
            raise told.refusal
        return told

    async def _rehearse_with_all(self, terminate: Terminate) -> Rehearsal:
        """What would become of a termination and of the very moves that come with it."""
        said = _rehearsed(terminate)
        if terminate.consequence == "promote":
            told = await self._writer.rehearse_with(said, partial(_promotions, said, terminate))
        else:
            told = await self._writer.rehearse(said)
        if isinstance(told.refusal, NotFoundError):
            raise told.refusal
        return told

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

    async def _changes(
        self, shift: Shift, periods: Sequence[Period], seq: int
    ) -> tuple[tuple[Change, ...], tuple[tuple[str, tuple[Change, ...]], ...], dict[int, Tally], int]:
        """Whose legs change by how many people, and by which volume of each of some periods; the figures of everybody
        asked about, and the last fact that they count."""
        ends = {period: to_ms(period.ends_at) for period in periods}
        parents = {
            before: await self._repository.parents(shift.tree, shift.named, before=before, known=seq)
            for before in {ALWAYS, *ends.values()}
        }
        met = {ix for of in parents.values() for pair in of.items() for ix in pair}
        calendars = {period.calendar for period in periods}
        tallies, figures_seq = await self._repository.tallies(shift.tree, met | shift.named, calendars)
        people = changes_of(shift, parents[ALWAYS], tallies, None)
        volumes = tuple(
            (period.name, changes_of(shift.before(end), parents[end], tallies, period)) for period, end in ends.items()
        )
        return people, volumes, tallies, figures_seq

    async def _open(self, at: int) -> list[Period]:
        """The open periods of every calendar that end after an instant."""
        every = await self._periods.every_calendar()
        return [period for period in every if period.open and to_ms(period.ends_at) > at]

    async def _ranks(
        self, periods: Sequence[Period], said: Rehearsal, change: Callable[[Period, People], People]
    ) -> tuple[Ranks, ...]:
        """Who would be paid as another rank in each of the open periods that it changes."""
        newest = {calendar: await self._runs.all(calendar) for calendar in {period.calendar for period in periods}}
        if not periods:
            note = "No period is open that it would change."
        elif not any(newest.values()):
            note = "No plan has run yet."
        elif said.people > RANKED_AT_MOST:
            note = f"Ranks need the whole company, which has more than {RANKED_AT_MOST:,} people: run a plan."
        else:
            return tuple([await self._ranks_in(period, newest[period.calendar], said, change) for period in periods])
        return (Ranks(None, None, (), note),)

    async def _ranks_in(
        self, period: Period, runs: Sequence[Run], said: Rehearsal, change: Callable[[Period, People], People]
    ) -> Ranks:
        """Who would be paid as another rank in a period, by the plan of its calendar's newest run."""
        if not runs:
            return Ranks(None, period.name, (), f"No plan of the calendar {period.calendar} has run yet.")
        plan = stored_plan(runs[0], self._blobs)
        carry = await self._before.ranks_into(period, said.seq, plan.looks_back)
        taken = await self._snapshots.take(period, said.seq, carry)
        then = replace(taken.snapshot, people=change(period, taken.snapshot.people))
        try:
            changes = await asyncio.to_thread(_rank_changes, taken.snapshot, then, plan, taken.ids)
        except PlanMismatchError as error:
            return Ranks(None, period.name, (), f"The plan of the newest run does not fit: {error.message}.")
        return Ranks(f"{plan.name} {plan.version}", period.name, changes, None)


async def _promotions(said: Submission, terminate: Terminate, tx: GraphTransaction, _fact: NewFact) -> list[Submission]:
    """What is written with a termination that promotes, by the trees as they are under Head, with keys of its own.

    Raises InvalidCommandError where nobody stands above or too many below.
    """
    follow: list[Command] = []
    for tree in TREES:
        if terminate.trees and tree not in terminate.trees:
            continue
        if tree == "sponsor":
            frontline = await _frontline(tx, terminate.id, "choose compress_for_pay, or move them first")
            if not frontline.sponsor_id:
                raise _tops(terminate)
            follow += to_the_sponsor(terminate, frontline)
        else:
            around = await read_surroundings(tx, tree, terminate.id)
            if not around.sponsored:
                raise _tops(terminate)
            follow += into_the_place(terminate, around)
    return _with_keys(said, "promote", follow)


async def _left_behind(said: Submission, move: Move, tx: GraphTransaction, fact: NewFact) -> list[Submission]:
    """What is written with a move of somebody alone, who stands at the new place with those below by then.

    Raises InvalidCommandError where too many stand below.
    """
    former = await read_former(tx, move.tree, move.id, fact.valid_at)
    if move.tree == "sponsor":
        frontline = await _frontline(tx, move.id, "move them first")
        return _with_keys(said, "left", to_the_former_sponsor(move, former, frontline))
    around = await read_surroundings(tx, move.tree, move.id)
    return _with_keys(said, "left", into_the_former_place(move, former, around))


def _with_keys(said: Submission, why: str, follow: Sequence[Command]) -> list[Submission]:
    spoken = sha256_hex(said.key)
    return [Submission(f"{spoken}:{why}:{number}", said.actor, said.reason, one) for number, one in enumerate(follow)]


async def _frontline(tx: GraphTransaction, id: str, advice: str) -> Frontline:
    found = await read_frontline(tx, id, PROMOTED_AT_MOST + 1)
    if len(found.ids) > PROMOTED_AT_MOST:
        raise InvalidCommandError(
            f"{id} sponsors more than {PROMOTED_AT_MOST} people, which are too many for one commit; {advice}."
        )
    return found


def _others(following: Sequence[NewFact]) -> tuple[Other, ...]:
    moved = [(fact.command, fact) for fact in following if isinstance(fact.command, Move)]
    return tuple(
        Other(move.id, move.tree, fact.decided["parent_id"], fact.decided["slot"], fact.valid_at)
        for move, fact in moved
    )


def _shifts(following: Sequence[NewFact]) -> list[Shift]:
    """Who would come to stand under whom and since when, tree by tree."""
    shifts = []
    for tree in TREES:
        facts = {fact.decided["ix"]: fact for fact in following if fact.decided["tree"] == tree}
        if facts:
            parents = {ix: fact.decided.get("parent_ix", NOBODY) for ix, fact in facts.items()}
            shifts.append(Shift(tree, parents, {ix: fact.valid_at for ix, fact in facts.items()}))
    return shifts


def _rehearsed(command: Command) -> Submission:
    return Submission(f"{REASON} {uuid4()}", REASON, REASON, command)


def _tops(terminate: Terminate) -> InvalidCommandError:
    return InvalidCommandError(f"{terminate.id} tops the company, so there is nobody to promote anybody to.")


def _refused(said: Rehearsal, refusal: BanyanError | None) -> Consequences:
    return Consequences(refusal, None, (), None, None, None, (), (), (), said.seq, said.seq)


def _stood(people: People, shift: Shift, period: Period) -> People:
    """Everybody as they would stand in the sponsor tree at the end of a period."""
    parents, sponsor = shift.before(to_ms(period.ends_at)).parents, people.sponsor.copy()
    sponsor[list(parents)] = list(parents.values())
    return replace(people, sponsor=sponsor)


def _rank_changes(before: Snapshot, after: Snapshot, plan: Plan, ids: Sequence[str]) -> tuple[RankChange, ...]:
    was, would_be = rank_people(before, plan).paid_as, rank_people(after, plan).paid_as
    names = (*plan.rank_names, None)  # -1 is the last: no rank
    return tuple(
        RankChange(ids[ix], names[was[ix]], names[would_be[ix]]) for ix in np.flatnonzero(was != would_be).tolist()
    )
