"""Works out what a move or a termination would change, and terminates with everything that goes along."""

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
from app.facts.commands import (
    PLACEMENT_TREES,
    TREES,
    Command,
    Move,
    Receipt,
    Reinstate,
    SetMovePolicy,
    Submission,
    Terminate,
    Tree,
)
from app.facts.errors import BatchRefusedError, InvalidCommandError, PolicyError, UnknownDistributorError
from app.facts.rules.places import NAMED
from app.facts.writer import FactWriter, Rehearsal
from app.moves.changes import Shift, changes_of
from app.moves.models import Change, Consequences, Figures, Frontline, MoveHistory, RankChange, Ranks
from app.moves.promotions import into_the_place, to_the_sponsor
from app.moves.repository import NOBODY, MoveRepository, Tally
from app.periods.models import Period
from app.periods.months import MONTHLY
from app.periods.service import PeriodService
from app.places.spots import PlacementTree
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
        shift = Shift(move.tree, {decided["ix"]: decided["parent_ix"]})
        people, volumes, tallies, figures_seq = await self._changes(shift, at, said.seq)
        subtree = tallies[decided["ix"]].figures(None) if decided["ix"] in tallies else Figures()

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
        """Whose rank a termination would change, whose legs and volumes where it promotes, and whether it is allowed.

        Raises NotFoundError, and InvalidCommandError where nobody can be promoted.
        """
        said, refusal = await self._rehearse(terminate, terminate)
        if said.fact is None:
            return _refused(said, refusal)
        decided, at = said.fact.decided, said.fact.valid_at
        try:
            shifts = await self._promoted(terminate)
        except BatchRefusedError as error:
            return _refused(said, error)

        def left(snapshot: Snapshot) -> Snapshot:
            active, passed_over = snapshot.people.active.copy(), snapshot.people.passed_over.copy()
            active[decided["ix"]] = False
            passed_over[decided["ix"]] = terminate.consequence == "compress_for_pay"
            sponsor = snapshot.people.sponsor.copy()
            for shift in shifts:
                if shift.tree == "sponsor":
                    sponsor[list(shift.parents)] = list(shift.parents.values())
            people = replace(snapshot.people, active=active, passed_over=passed_over, sponsor=sponsor)
            return Snapshot(people, snapshot.orders, snapshot.titles)

        tallies, figures_seq = await self._repository.tallies("sponsor", [decided["ix"]])
        below = tallies[decided["ix"]].figures(None) if tallies else None
        people: list[Change] = []
        volumes: dict[str, list[Change]] = {}
        for shift in shifts:
            changed, by_month, _, figures_seq = await self._changes(shift, at, said.seq)
            people += changed
            for month, changes in by_month:
                volumes.setdefault(month, []).extend(changes)
        ranks = await self._ranks(at, said, left)
        in_months = tuple((month, tuple(changes)) for month, changes in volumes.items())
        return Consequences(
            refusal, at, decided["closed_period"], below, tuple(people), in_months, ranks, said.seq, figures_seq
        )

    async def terminate(self, terminate: Terminate, *, key: str, actor: str, reason: str) -> Receipt:
        """Somebody leaves. To promote is one commit with the moves of those below, or nothing happens.

        Raises the refusal of any of them, InvalidCommandError where nobody stands above or too many below.
        """
        said = Submission(key, actor, reason, terminate)
        if terminate.consequence != "promote" or await self._done(said):
            return await self._writer.submit(said)
        follow = [*await self._to_the_sponsor(terminate), *await self._into_places(terminate)]
        [receipt, *_] = await self._writer.submit_all([said, *_together(said, follow)])
        return receipt

    async def reinstate(
        self, reinstate: Reinstate, *, key: str, actor: str, reason: str
    ) -> tuple[Receipt, tuple[PlacementTree, ...]]:
        """Somebody is back; in which trees they gave up their place, of which nothing is taken back."""
        receipt = await self._writer.submit(Submission(key, actor, reason, reinstate))
        return receipt, await self._repository.vacated(reinstate.id)

    async def _done(self, said: Submission) -> bool:
        """Whether this very command was accepted before, with everything that went along. Raises its refusal."""
        known = await self._writer.rehearse(said)
        if known.refusal is not None:
            raise known.refusal
        return known.fact is None

    async def _promoted(self, terminate: Terminate) -> list[Shift]:
        """Who would come to stand under whom, tree by tree; nobody where nobody is promoted."""
        if terminate.consequence != "promote":
            return []
        shifts = []
        if "sponsor" in _trees(terminate):
            frontline = await self._frontline(terminate)
            shifts.append(Shift("sponsor", dict.fromkeys(frontline.ixs, frontline.sponsor_ix)))
        follow = await self._into_places(terminate)
        said = Submission(f"{REASON} {uuid4()}", REASON, REASON, terminate)
        receipts = await self._writer.rehearse_all([said, *_together(said, follow)]) if follow else []
        for tree in PLACEMENT_TREES:
            decided = [receipt.data for receipt in receipts[1:] if receipt.data["tree"] == tree]
            if decided:
                shifts.append(Shift(tree, {one["ix"]: one.get("parent_ix", NOBODY) for one in decided}))
        return shifts

    async def _to_the_sponsor(self, terminate: Terminate) -> list[Command]:
        if "sponsor" not in _trees(terminate):
            return []
        return to_the_sponsor(terminate, await self._frontline(terminate))

    async def _into_places(self, terminate: Terminate) -> list[Command]:
        """Those by whom the places in the trees with slots are taken."""
        follow: list[Command] = []
        for tree in PLACEMENT_TREES:
            if tree in _trees(terminate):
                around = await self._repository.surroundings(tree, terminate.id)
                if not around.sponsored:
                    raise _tops(terminate)
                follow += into_the_place(terminate, around)
        return follow

    async def _frontline(self, terminate: Terminate) -> Frontline:
        found = await self._repository.frontline(terminate.id, PROMOTED_AT_MOST + 1)
        if found.sponsor_ix < 0:
            raise _tops(terminate)
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
        self, shift: Shift, at: int, seq: int
    ) -> tuple[tuple[Change, ...], tuple[tuple[str, tuple[Change, ...]], ...], dict[int, Tally], int]:
        """Whose legs change by how many people, and by which volume of each open month; the figures of everybody asked
        about, and the last fact that they count."""
        ends = {period: to_ms(period.ends_at) for period in await self._open(at)}
        parents = {
            before: await self._repository.parents(shift.tree, shift.named, before=before, known=seq)
            for before in {ALWAYS, *ends.values()}
        }
        met = {ix for of in parents.values() for pair in of.items() for ix in pair}
        tallies, figures_seq = await self._repository.tallies(shift.tree, met | shift.named)
        people = changes_of(shift, parents[ALWAYS], tallies, None)
        volumes = tuple(
            (period.name, changes_of(shift, parents[end], tallies, period.number)) for period, end in ends.items()
        )
        return people, volumes, tallies, figures_seq

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


def _trees(terminate: Terminate) -> tuple[Tree, ...]:
    return terminate.trees or TREES


def _together(said: Submission, follow: Sequence[Command]) -> list[Submission]:
    """What goes along, under keys of its own."""
    spoken = sha256_hex(said.key)
    return [Submission(f"{spoken}:promote:{number}", said.actor, said.reason, one) for number, one in enumerate(follow)]


def _tops(terminate: Terminate) -> InvalidCommandError:
    return InvalidCommandError(f"{terminate.id} tops the company, so there is nobody to promote anybody to.")


def _refused(said: Rehearsal, refusal: BanyanError | None) -> Consequences:
    return Consequences(refusal, None, None, None, (), (), None, said.seq, said.seq)


def _rank_changes(before: Snapshot, after: Snapshot, plan: Plan, ids: Sequence[str]) -> tuple[RankChange, ...]:
    was, would_be = rank_people(before, plan).paid_as, rank_people(after, plan).paid_as
    names = (*plan.rank_names, None)  # -1 is the last: no rank
    return tuple(
        RankChange(ids[ix], names[was[ix]], names[would_be[ix]]) for ix in np.flatnonzero(was != would_be).tolist()
    )
