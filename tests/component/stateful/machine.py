"""Random interleavings of everything that can happen to a company, each step told to the graph and to the model."""

import asyncio
import random
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, cast
from unittest.mock import patch

from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.doctor.service import Doctor
from app.doctor.text import diagnosis_lines
from app.errors import BanyanError
from app.facts.commands import (
    PLACEMENT_TREES,
    BelowSponsor,
    ClosePeriod,
    Command,
    Enrol,
    Explicit,
    KeepMatrix,
    Move,
    OpenPeriod,
    Order,
    Place,
    Prefer,
    Receipt,
    Register,
    Return,
    Submission,
    Terminate,
    Tree,
    Vacate,
)
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.moves.repository import MoveRepository
from app.moves.service import MoveService
from app.periods.calendars import name_of, period
from app.places.repository import PlaceRepository
from app.volumes import StaleLeaderError, repository
from app.volumes.rebuild import TallyRebuild
from app.volumes.rollup import LEASE_MS
from app.workers.holding_tank import HoldingTankWorker
from tests.component.stateful.choices import DAY, HOUR, Choices, Data, draw
from tests.component.stateful.graph_state import Expected, Reign, assert_holds, assert_was
from tests.component.stateful.model import TREES, Model, Stay
from tests.component.stateful.refusals import refusals, refusals_of_all
from tests.component.volumes.company import APRIL, MARCH, Company, ms

WEEK_10: Final = 2931
"""The week of 2026 that begins on the 2nd of March."""
WORKERS: Final = ("worker-1", "worker-2")
DEATHS: Final = ("create_tallies", "add_counts", "add_volumes", "add_levels", "move_cursor")
"""Statements of the roll-up after which a worker may die; the last one stands right before the commit."""
MANY: Final = st.sampled_from((1, 2, 4))
"""Commands that go together in one commit."""
_WIPE: Final = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lock DETACH DELETE n"
Result = TypeVar("Result")


class KilledError(Exception):
    """A worker dies."""


@dataclass(frozen=True, slots=True)
class Live:
    """The graph, and the one loop that its connections belong to."""

    runner: asyncio.Runner
    graph: GraphDatabase

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    def empty(self) -> None:
        """Leave what a freshly migrated graph holds."""
        [head] = [migration for migration in read_migrations() if migration.name == "head"]
        self.run(self.graph.run_script("wipe", [_WIPE, *head.statements], timeout_s=60))


@contextmanager
def dying_after(statement: str) -> Iterator[None]:
    """The roll-up dies once this statement has run, so nothing is committed."""
    real = getattr(repository, statement)

    async def die(*arguments: Any, **named: Any) -> None:
        await real(*arguments, **named)
        raise KilledError

    with patch.object(repository, statement, die):
        yield


class CompanyMachine(RuleBasedStateMachine):
    """A rule is one step. What comes of it, the model says before the graph is asked."""

    def __init__(self, live: Live) -> None:
        super().__init__()
        live.empty()
        self.live = live
        self.company = Company(live.graph)
        self.model = Model()
        self.choices = Choices(self.model, self.company.clock)
        self.workers = {name: self.company.roll_up(name) for name in WORKERS}
        self.epochs = dict.fromkeys(WORKERS, -1)
        """In which epoch each worker believes to reign."""
        self.expected = Expected()
        self.said: list[tuple[Submission, Receipt]] = []
        self.sound = True
        """False after a difference, which the doctor need not name again."""

    @property
    def now(self) -> int:
        return self.choices.now

    @contextmanager
    def watched(self) -> Iterator[None]:
        self.sound = False
        yield
        self.sound = True

    # -------------------------------------------------------------------------------------------------- what must agree

    @invariant()
    def graph_and_model_agree(self) -> None:
        """The graph as it is, and a downline at some instant as known at some fact, most often the first top's."""
        with self.watched():
            self.live.run(assert_holds(self.live.graph, self.model, self.expected))
            if self.model.people:
                rng = random.Random(self.model.seq)
                seq = rng.choice((self.model.seq, rng.randint(1, self.model.seq)))
                top = rng.choice((*self.model.people, *self.choices.people[:1] * 9))
                at = rng.choice(self.turns())
                self.live.run(assert_was(self.live.graph, self.model, top=top, at=at, seq=seq))

    def turns(self) -> list[int]:
        """The present, and the instants before and at which somebody came to stand elsewhere."""
        since = {stay.since for tree in TREES for stays in self.model.stays[tree].values() for stay in stays}
        return [self.now, *(instant + by for instant in sorted(since) for by in (-1, 0))]

    def teardown(self) -> None:
        """Once everything is counted, the doctor finds nothing either."""
        if not self.sound:
            return
        self.count_all()
        self.graph_and_model_agree()
        diagnosis = self.live.run(Doctor(self.live.graph).examine(lambda _: None))
        assert diagnosis.healthy, "\n".join(diagnosis_lines(diagnosis))
        assert not diagnosis.waiting

    # ------------------------------------------------------------------------------------------------ what is commanded

    def say(self, *commands: Command) -> None:
        """Commands that arrive together: one commit, each accepted or refused by itself, in their order."""
        with self.watched():
            submissions = [self.submission(command) for command in commands]
            for submission, answer in zip(submissions, self.submit(*submissions), strict=True):
                self.heard(submission, answer)

    def submission(self, command: Command) -> Submission:
        return Submission(f"key {self.choices.number()}", "test", "because", command)

    def submit(self, *submissions: Submission) -> list[Receipt | BaseException]:
        async def together() -> list[Receipt | BaseException]:
            return await asyncio.gather(*map(self.company.writer.submit, submissions), return_exceptions=True)

        self.expected.commits += 1
        return self.live.run(together())

    def heard(self, submission: Submission, answer: Receipt | BaseException) -> None:
        """Refused, it leaves nothing behind; accepted, it is the next fact."""
        command = submission.command
        expected = refusals(self.model, command, self.now)
        self.tell(command, answer)
        if isinstance(answer, BanyanError):
            assert answer.code() in expected, f"{command} is refused ({answer.message}); by the model: {expected}"
        elif isinstance(answer, BaseException):
            raise answer
        else:
            assert not expected, f"{command} is accepted; by the model: {expected}"
            self.model.apply(command, self.now)
            assert answer.seq == self.model.seq
            self.assert_decided(command, answer.data)
            self.said.append((submission, answer))

    def tell(self, command: Command, answer: object) -> None:
        """For whoever reads a failure, or the statistics."""
        outcome = answer.code() if isinstance(answer, BanyanError) else "accepted"
        note(f"{self.company.clock.now():%m-%d %H:%M:%S} {command}: {outcome}")
        event(f"{type(command).__name__}: {outcome}")

    def assert_decided(self, command: Command, decided: dict[str, Any]) -> None:
        """Where the answer says that somebody stands, and that a sale counts."""
        if isinstance(command, Enrol | Place):
            stays = self.model.stays[command.tree if isinstance(command, Place) else "binary"].get(command.id)
            where = (stays[-1].parent, stays[-1].slot) if stays else (None, 0)
            assert (decided["parent_id"], decided["slot"]) == where, f"{command}: {decided['why']}"
        if isinstance(command, Enrol):
            seats = self.model.stays["matrix"].get(command.id)
            there = (seats[-1].parent, seats[-1].slot) if seats else (None, None)
            assert (decided["matrix_parent_id"], decided["matrix_slot"]) == there, f"{command}: {decided['matrix_why']}"
        if isinstance(command, Move):
            stays = self.model.stays[command.tree][command.id]
            assert (decided["parent_id"], decided["slot"]) == (stays[-1].parent, stays[-1].slot), command
        if isinstance(command, Order | Return):
            counts_in = self.model.counted[command.id]
            assert {calendar: decided[calendar] for calendar in counts_in} == counts_in, command

    # ----------------------------------------------------------------------------------------------------------- people

    @initialize(weekly=st.booleans(), levels=st.integers(0, 2), grace=st.booleans(), width=st.sampled_from((2, 3, 0)))
    def found(self, weekly: bool, levels: int, grace: bool, width: int) -> None:
        """Two tops; sponsors and places differ; somebody has no place, and somebody a customer; everybody sells. In the
        matrix, if there is one, some stand elsewhere, and somebody who has no place in the binary tree.

        In the middle of March, or in April with March still open.
        """
        at = ms(2026, 2, 20)
        places = {"B": ("A", 1), "C": ("B", 1), "D": ("A", 2), "E": ("C", 2)}
        sponsors = {"A": None, "Z": None, "B": "A", "C": "A", "D": "A", "E": "B", "F": "B"}
        people = [
            Enrol(id, sponsor, f"Name {id}", id, at, placement=Explicit(*places[id]) if id in places else None)
            for id, sponsor in sponsors.items()
        ]
        seats = {"C": ("A", 2), "B": ("A", 1), "F": ("B", 2), "D": ("C", 1)}
        matrix: list[Command] = [
            KeepMatrix(width, 9),
            *[Place(id, Explicit(parent, slot), at, "matrix") for id, (parent, slot) in seats.items()],
        ]
        self.say(opening("monthly", MARCH), *people, Register("C0", "Name C0", "E", at), *(matrix if width else ()))
        if weekly:
            self.say(opening("weekly", WEEK_10), opening("weekly", WEEK_10 + 1))
        sold_at = ms(2026, 3, 10)
        self.say(
            Order("o-C0", "C0", "customer", sold_at, 1_000, 900),
            *[Order(f"o-{id}", id, "distributor", sold_at, 2**n, 3**n) for n, id in enumerate(sponsors)],
        )
        if grace:
            self.company.clock.set(2026, 4, 3)
            self.say(opening("monthly", APRIL))
        if levels:
            self.keep_levels(levels, 3 - levels, levels)

    @rule(data=st.data(), many=MANY)
    def enrol(self, data: Data, many: int) -> None:
        self.say(*[self.choices.newcomer(data) for _ in range(many)])

    @rule(data=st.data())
    def place(self, data: Data) -> None:
        self.say(self.choices.place(data))

    @rule()
    def place_the_overdue(self) -> None:
        """The holding tank's worker places those whose time ended and for whom there can be a slot."""
        with self.watched():
            overdue, placed = self.model.overdue(self.now), 0
            worker = HoldingTankWorker(PlaceRepository(self.live.graph), self.company.writer, self.company.clock)
            answer = self.live.run(worker.place_overdue())
            self.expected.commits += bool(overdue)
            for id, strategy in overdue:
                command = Place(id, BelowSponsor(cast(Any, strategy)), self.now)
                if self.model.people[id].enrolled_at > self.now:
                    continue  # by a clock that runs ahead: the worker meets them again
                assert not refusals(self.model, command, self.now)
                self.model.apply(command, self.now)
                self.tell(command, None)
                placed += 1
            assert answer == placed

    @rule(data=st.data(), many=MANY)
    def move_in_the_sponsor_tree(self, data: Data, many: int) -> None:
        self.say(*[self.choices.move(data, "sponsor") for _ in range(many)])

    @rule(data=st.data(), many=MANY)
    def move_in_the_binary_tree(self, data: Data, many: int) -> None:
        self.say(*[self.choices.move(data, "binary") for _ in range(many)])

    @rule(data=st.data(), many=MANY)
    def move_in_the_matrix(self, data: Data, many: int) -> None:
        self.say(*[self.choices.move(data, "matrix") for _ in range(many)])

    @precondition(lambda self: self.model.width)
    @rule(data=st.data())
    def keep_another_matrix(self, data: Data) -> None:
        self.say(self.choices.matrix(data))

    @rule(data=st.data())
    def terminate_or_reinstate(self, data: Data) -> None:
        self.say(self.choices.status(data))

    @rule(data=st.data())
    def terminate_and_promote(self, data: Data) -> None:
        """Whom they sponsored goes to their sponsor, and their places to who came first of those below; all in one
        commit or nothing."""
        leaving = self.choices.promotion(data)
        commands: list[Command] = [leaving, *self.promotions(leaving), *self.into_places(leaving)]
        expected = refusals_of_all(self.model, commands, self.now)
        if leaving.id in self.model.people and self.model.people[leaving.id].top:
            expected |= {"invalid-command"}  # nobody stands above to whom anybody could go
        with self.watched():
            refusal = self.terminate(leaving)
            self.tell(leaving, refusal)
            if refusal is None:
                assert not expected, f"{leaving} is accepted; by the model: {expected}"
                self.expected.commits += 1
                for command in commands:
                    self.model.apply(command, self.now)
            else:
                assert refusal.code() in expected, f"{leaving} is refused ({refusal.message}); by the model: {expected}"

    @rule(data=st.data(), tree=st.sampled_from(TREES))
    def move_alone(self, data: Data, tree: Tree) -> None:
        """Those below stay: all in one commit or nothing."""
        move = replace(cast(Move, self.choices.move(data, tree)), alone=True)
        commands: list[Command] = [move]
        if not refusals(self.model, move, self.now):
            moved = deepcopy(self.model)
            moved.apply(move, self.now)
            commands += left_behind(moved, move, self.model.former(move, self.now))
        expected = refusals_of_all(self.model, commands, self.now)
        with self.watched():
            answer = self.move(move)
            self.tell(move, answer)
            if isinstance(answer, BanyanError):
                assert answer.code() in expected, f"{move} is refused ({answer.message}); by the model: {expected}"
                return
            assert not expected, f"{move} is accepted; by the model: {expected}"
            self.expected.commits += 1
            for command in commands:
                self.model.apply(command, self.now)
                if command is move:
                    self.assert_decided(move, answer.data)

    def move(self, move: Move) -> Receipt | BanyanError:
        said = self.submission(move)
        try:
            moved = self.move_service().move(move, key=said.key, actor=said.actor, reason=said.reason)
            return self.live.run(moved)
        except BanyanError as refusal:
            return refusal

    def terminate(self, leaving: Terminate) -> BanyanError | None:
        said, service = self.submission(leaving), self.move_service()
        try:
            self.live.run(service.terminate(leaving, key=said.key, actor=said.actor, reason=said.reason))
        except BanyanError as refusal:
            return refusal
        return None

    def promotions(self, leaving: Terminate) -> list[Move]:
        """Right after they came to the one who leaves, or that one to the sponsor, if one of these was later."""
        sponsor, stays, at = self.model.above("sponsor", leaving.id), self.model.stays["sponsor"], leaving.effective_at
        if leaving.trees and "sponsor" not in leaving.trees:
            return []
        return [
            Move(
                id,
                "sponsor",
                sponsor,
                0,
                None if at is None else max(at, stays[id][-1].since + 1, stays[leaving.id][-1].since + 1),
            )
            for id in self.model.people
            if sponsor and id in stays and stays[id][-1].parent == leaving.id
        ]

    def into_places(self, leaving: Terminate) -> Iterator[Command]:
        """In the trees with slots, not before they and those below came to stand there and others left."""
        for tree in PLACEMENT_TREES:
            place = self.model.place(tree, leaving.id)
            if place is None or (leaving.trees and tree not in leaving.trees):
                continue
            at, slots = leaving.effective_at, self.model.stays[tree]
            came = max(place.since, self.model.unchanged_below(tree, leaving.id))
            since = None if at is None else max(at, came + 1)
            below = self.model.below(tree, leaving.id)
            for slot, id in sorted((slots[one][-1].slot, one) for one in below[1:]):
                yield Move(id, tree, below[0], slot, since, strategy="first_open")
            yield Vacate(leaving.id, tree, below[0] if below else None, since)
            if below:
                yield Move(below[0], tree, place.parent, place.slot, since)

    def move_service(self) -> MoveService:
        unused = cast(Any, None)
        return MoveService(
            MoveRepository(self.live.graph),
            writer=self.company.writer,
            periods=unused,
            snapshots=unused,
            before=unused,
            runs=unused,
            blobs=unused,
        )

    @rule(data=st.data(), many=st.integers(2, 5))
    def say_many_at_once(self, data: Data, many: int) -> None:
        self.say(*[self.choices.anything(data) for _ in range(many)])

    @precondition(lambda self: self.said)
    @rule(data=st.data(), same=st.booleans())
    def say_again(self, data: Data, same: bool) -> None:
        """The same key answers as before, and refuses another command."""
        said, receipt = draw(data, self.said, "said")
        other = Submission(said.key, said.actor, said.reason, Prefer("A", f"not {said.key}"))
        with self.watched():
            [answer] = self.submit(said if same else other)
            if same:
                assert isinstance(answer, Receipt)
                assert (answer.seq, answer.data, answer.replayed) == (receipt.seq, receipt.data, True)
            else:
                assert isinstance(answer, BanyanError)
                assert answer.code() == "idempotency-key-reused"

    # ------------------------------------------------------------------------------------------------ sales and periods

    @rule(data=st.data(), customer=st.booleans())
    def register_or_prefer(self, data: Data, customer: bool) -> None:
        """What touches no tree: a customer, or the strategy that somebody prefers for whom they sponsor."""
        self.say(self.choices.customer(data) if customer else self.choices.preference(data))

    @rule(data=st.data(), many=MANY)
    def trade(self, data: Data, many: int) -> None:
        """Orders, and every third time a return."""
        self.say(*[self.choices.trade(data) for _ in range(many)])

    @precondition(lambda self: any(one.closed for of in self.model.periods.values() for one in of))
    @rule(data=st.data())
    def trade_late(self, data: Data) -> None:
        self.say(self.choices.late_trade(data))

    @rule(by=st.sampled_from((1, LEASE_MS + 1, 5 * HOUR, DAY, 4 * DAY, 13 * DAY)))
    def time_passes(self, by: int) -> None:
        self.company.clock.pass_ms(by)

    @rule(data=st.data())
    def open_or_close_a_period(self, data: Data) -> None:
        """In its turn or not."""
        calendar = self.calendar(data)
        of = self.model.periods[calendar]
        if draw(data, (True, False), "close"):
            still_open = [one.number for one in of if one.closed is None]
            self.say(ClosePeriod(calendar, draw(data, [*still_open, MARCH, WEEK_10, 1], "number")))
        else:
            following = after(calendar, of[-1].number)
            numbers = (following, after(calendar, following), of[-1].number)
            self.say(opening(calendar, draw(data, numbers, "number")))

    @rule(data=st.data(), days=st.integers(0, 9))
    def wait_for_the_next_period(self, data: Data, days: int) -> None:
        """Until some days after the last one's end, and the calendar follows: at most two are open."""
        calendar = self.calendar(data)
        of = self.model.periods[calendar]
        self.company.clock.pass_ms(max(0, of[-1].ends - self.now) + days * DAY)
        while of[-1].ends <= self.now:
            still_open = [one.number for one in of if one.closed is None]
            closing = [ClosePeriod(calendar, still_open[0])] if len(still_open) == 2 else []
            self.say(*closing, opening(calendar, after(calendar, of[-1].number)))

    def calendar(self, data: Data) -> str:
        return draw(data, [calendar for calendar, of in self.model.periods.items() if of], "calendar")

    # ---------------------------------------------------------------------------------------------------------- roll-up

    @rule(name=st.sampled_from(WORKERS), most=st.sampled_from((5_000, 1, 2, 7)), claim=st.booleans())
    def count(self, name: str, most: int, claim: bool) -> None:
        """A step of a worker, who may have been overtaken, or never have reigned, or claims as the lease allows it."""
        if claim:
            self.claim(name)
        self.step(name, most)

    def count_all(self) -> None:
        self.reigning(WORKERS[0])
        while self.model.cursor < self.model.seq:
            assert self.step(WORKERS[0], 5_000)

    @rule(
        name=st.sampled_from(WORKERS),
        most=st.sampled_from((5_000, 1, 3)),
        statement=st.sampled_from(DEATHS),
        restart=st.booleans(),
    )
    def kill_while_counting(self, name: str, most: int, statement: str, restart: bool) -> None:
        """A worker dies before its commit. It comes back without a memory, or only its transaction died."""
        self.reigning(name)
        with dying_after(statement):
            try:
                self.step(name, most)
            except KilledError:
                self.sound = True
                note(f"{name} is killed after {statement}")
                event(f"killed after {statement}")
        if restart:
            self.workers[name], self.epochs[name] = self.company.roll_up(name), -1

    @rule(
        old=st.sampled_from(WORKERS),
        first=st.sampled_from((1, 2, 5_000)),
        then=st.sampled_from((0, 1, 2, 5_000)),
    )
    def overtake(self, old: str, first: int, then: int) -> None:
        """An old leader goes on after its lease, when another one has claimed, who counted something or not yet."""
        [new] = [name for name in WORKERS if name != old]
        self.reigning(old)
        self.step(old, first)
        self.reigning(new)
        if then:
            self.step(new, then)
        assert not self.step(old, 5_000)

    @rule(sponsor=st.integers(0, 3), binary=st.integers(0, 3), matrix=st.integers(0, 3))
    def keep_levels(self, sponsor: int, binary: int, matrix: int) -> None:
        """`banyan levels`: to how many levels volumes are kept, from now on and of what there is."""
        depths: dict[Tree, int] = {"sponsor": sponsor, "binary": binary, "matrix": matrix if self.model.width else 0}
        self.let_the_lease_end()
        with self.watched():
            rebuild = TallyRebuild(self.live.graph, self.company.roll_up("levels"))
            self.live.run(rebuild.run(depths))
            # It claims to rewrite, and again to count what waits.
            self.expected.reign = Reign("levels", self.expected.reign.epoch + 2, self.now + LEASE_MS)
            self.model.cursor, self.expected.depths = self.model.seq, depths

    def reigning(self, name: str) -> None:
        """Claim, after the lease of whoever else reigns."""
        if self.expected.reign.holder != name:
            self.let_the_lease_end()
        assert self.claim(name)

    def let_the_lease_end(self) -> None:
        self.company.clock.pass_ms(max(0, self.expected.reign.lease_until - self.now))

    def claim(self, name: str) -> bool:
        with self.watched():
            possible = self.expected.reign.holder == name or self.expected.reign.lease_until <= self.now
            assert self.live.run(self.workers[name].claim()) == possible
            if possible:
                self.expected.reign = Reign(name, self.expected.reign.epoch + 1, self.now + LEASE_MS)
                self.epochs[name] = self.expected.reign.epoch
        return possible

    def step(self, name: str, most: int) -> bool:
        """Count the next facts; False when somebody else reigns, and nothing happens."""
        reigns = self.epochs[name] == self.expected.reign.epoch
        with self.watched():
            try:
                rolled = self.live.run(self.workers[name].step(most))
            except StaleLeaderError:
                assert not reigns, f"{name} reigns in epoch {self.expected.reign.epoch}"
                event("stale leader")
            else:
                assert reigns, f"{name} counts in epoch {self.epochs[name]}, {self.expected.reign} is another's"
                to = self.model.end_of_batch(most)
                assert (rolled.seq_from, rolled.seq_to) == (self.model.cursor, to)
                note(f"{name} counts facts {self.model.cursor + 1} to {to}")
                self.model.cursor, self.expected.reign.lease_until = to, self.now + LEASE_MS
        return reigns


def left_behind(moved: Model, move: Move, former: Stay) -> Iterator[Move]:
    """Where those go who stood below somebody who moved alone, with whom they moved so far."""
    tree, at, stays = move.tree, move.effective_at, moved.stays[move.tree]
    if tree == "sponsor":
        for id in moved.people:
            if id in stays and stays[id][-1].parent == move.id:
                yield Move(id, tree, former.parent, 0, None if at is None else max(at, stays[id][-1].since + 1))
        return
    below = moved.below(tree, move.id)
    since = None if at is None else max(at, moved.unchanged_below(tree, move.id) + 1)
    for slot, id in sorted((stays[one][-1].slot, one) for one in below[1:]):
        yield Move(id, tree, below[0], slot, since, strategy="first_open")
    if below:
        yield Move(below[0], tree, former.parent, former.slot, since)


def opening(calendar: str, number: int) -> OpenPeriod:
    return period(name_of(calendar, number), "UTC")


def after(calendar: str, number: int) -> int:
    """The period after one, of months or weeks."""
    if calendar == "weekly":
        return number + 1
    year, month = divmod(number, 100)
    return (year + month // 12) * 100 + month % 12 + 1
