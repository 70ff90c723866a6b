"""The one writer: group commit under Head.

Commands that arrive while a commit is under way wait and go together in the next one, so one lock and one commit serve
many. Several processes may write; Head lets one commit at a time.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import groupby, islice

import structlog
from prometheus_client import Counter, Histogram

from app.clock import Clock, to_ms
from app.errors import BanyanError, ConflictError, InvalidInputError, NotFoundError, UnavailableError
from app.facts import repository
from app.facts.commands import (
    BelowSponsor,
    ClosePeriod,
    Command,
    CommitRun,
    Move,
    OpenPeriod,
    Receipt,
    ReopenPeriod,
    SetGraceDays,
    StepRun,
    Submission,
    Vacate,
    placements_of,
)
from app.facts.decide import Chain, Decision, NewFact, decide
from app.facts.errors import BatchRefusedError, OutcomeUnknownError, OverloadedError, PeriodConflictError
from app.facts.rows import Call, calls_of
from app.facts.world import World
from app.graph import GraphDatabase, GraphTransaction
from app.graph.errors import QueryTooLargeError

COMMITS = Histogram("banyan_commit_facts", "Facts in one commit", buckets=(1, 2, 5, 10, 50, 100, 500, 1000, 60_000))
REFUSED = Counter("banyan_commands_refused", "Commands refused, by error", ["error"])
MAX_GROUP = 1_000
"""Commands in one commit: together they cost far less than one by one; more would keep the others waiting. Those that
came as one list stay together."""
MAX_WAITING = 5_000
TRIES_AFTER_LOSS = 3
IMPORT_TIMEOUT_S = 300.0
PART = 5_000
"""Commands that are decided together while the server writes those before them."""
REFUSALS_SHOWN = 100

Answer = Receipt | BanyanError
Follow = Callable[[GraphTransaction, NewFact], Awaitable[Sequence[Submission]]]
"""Reads what follows from the fact of a command, under Head and once that is written: nothing changes in between."""
Along = Callable[[GraphTransaction, NewFact], Awaitable[None]]
"""Writes something of its own in the transaction of a fact that is new, or raises, and nothing is written."""
log = structlog.get_logger(__name__)
_TURNS = (OpenPeriod, ClosePeriod, ReopenPeriod, SetGraceDays, StepRun, CommitRun)


@dataclass(frozen=True, slots=True)
class _Waiting:
    submissions: Sequence[Submission]
    facts: int
    """How many they can become."""
    answers: asyncio.Future[list[Answer]]


class _UndoneError(Exception):
    """Ends a transaction without a commit, once everything is decided."""

    def __init__(self, rehearsal: "Rehearsal") -> None:
        super().__init__()
        self.rehearsal = rehearsal


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would become of a command: the fact, or the refusal. `seq` and `people` are what was known."""

    fact: NewFact | None
    refusal: BanyanError | None
    seq: int
    people: int
    following: tuple[NewFact, ...] = ()
    """What is written with it."""


class FactWriter:
    """Turns submissions into facts. Safe for concurrent use within one event loop."""

    def __init__(self, graph: GraphDatabase, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        self._facts_waiting = 0
        self._commits: asyncio.Task[None] | None = None
        self.turned = 0
        """Commits of this writer that may have opened or closed a period, or made a run its pay: what this process
        remembers of periods from before is not shown after."""

    async def submit(self, submission: Submission) -> Receipt:
        """Commit one command with whatever else waits; the receipt means durable.

        Raises the command's refusal, OverloadedError when too many wait, OutcomeUnknownError when the database went
        away during the commit (the same key then tells what became of it).
        """
        [answer] = await self.submit_each([submission])
        if isinstance(answer, BanyanError):
            raise answer
        return answer

    async def submit_each(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Commit commands with whatever else waits, each for itself: the receipt of each, which means durable, or what
        `submit` would raise. Raises OverloadedError, and takes none, when too many wait."""
        facts = sum(1 + len(submission.dates) for submission in submissions)
        if self._facts_waiting + facts > MAX_WAITING:
            raise OverloadedError(
                f"{self._facts_waiting:,} commands wait to be written, and {MAX_WAITING:,} may; try again in a second.",
                retry_after_s=1,
            )
        waiting = _Waiting(submissions, facts, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._facts_waiting += facts
        if self._commits is None or self._commits.done():
            self._commits = asyncio.create_task(self._commit_all(), name="group-commit")
        return await waiting.answers

    async def submit_all(
        self, submissions: Sequence[Submission], advance: Callable[[int], None] = lambda _: None
    ) -> list[Receipt]:
        """Commit every command in one transaction, or none: the first refusals are raised as BatchRefusedError.

        `advance` is told of more commands that the transaction holds, and of fewer (below zero) when it begins anew.
        """
        answers = await self._commit(submissions, refuse=_refuse_whole, advance=advance)
        return [answer for answer in answers if isinstance(answer, Receipt)]

    async def submit_with(self, submission: Submission, follow: Follow) -> Receipt:
        """Commit a command and what follows from it in one transaction, or nothing. Said again, it is answered as
        before, and nothing follows.

        Raises the first refusal of any of them.
        """
        answers = await self._commit([submission], refuse=_refuse_first, follow=follow)
        [receipt, *_] = [answer for answer in answers if isinstance(answer, Receipt)]
        return receipt

    async def rehearse(self, submission: Submission) -> Rehearsal:
        """What would become of a command that came now. Nothing is written and nobody waits for it."""

        async def work(tx: GraphTransaction) -> Rehearsal:
            chain, people = await repository.read_head(tx)
            now, decisions = to_ms(self._clock.now()), list[Decision]()
            async with aclosing(_looks(tx, [submission], World(people, now=now))) as looks:
                async for world, segment in looks:
                    async with aclosing(_decided(tx, chain, world, segment, now)) as decided:
                        decisions += [decision async for _, decision, _ in decided]
            facts = [fact for decision in decisions for fact in decision.facts]
            [answer] = [answer for decision in decisions for answer in decision.answers]
            refusal = answer if isinstance(answer, BanyanError) else None
            return Rehearsal(facts[0] if facts else None, refusal, chain.seq, people)

        return await self._graph.write(work, name="rehearse_command")

    async def rehearse_with(self, submission: Submission, follow: Follow) -> Rehearsal:
        """What would become of a command that came now with what follows from it, each decided after those before it.
        Nothing stays written; others wait as for a commit."""
        facts: list[NewFact] = []

        async def work(tx: GraphTransaction) -> None:
            facts.clear()
            chain, people = await repository.take_head(tx)
            refusal = None
            try:
                await self._write(tx, [submission], _refuse_first, lambda decided: facts.extend(decided.facts), follow)
            except (ConflictError, InvalidInputError, NotFoundError) as error:
                refusal = error
            fact = facts[0] if facts else None
            raise _UndoneError(Rehearsal(fact, refusal, chain.seq, people, tuple(facts[1:])))

        try:
            await self._graph.write(work, name="rehearse_commands")
        except _UndoneError as undone:
            return undone.rehearsal
        raise AssertionError("unreachable")

    async def _commit_all(self) -> None:
        while self._waiting:
            group = self._next_group()
            answers = iter(await self._commit_group([one for waiting in group for one in waiting.submissions]))
            for waiting in group:
                own = list(islice(answers, len(waiting.submissions)))
                for answer in own:
                    if isinstance(answer, BanyanError):
                        REFUSED.labels(type(answer).__name__).inc()
                if not waiting.answers.cancelled():
                    waiting.answers.set_result(own)

    def _next_group(self) -> list[_Waiting]:
        """Whoever has waited longest, and those behind them for whom there is room."""
        group = [self._waiting.popleft()]
        facts = group[0].facts
        while self._waiting and facts + self._waiting[0].facts <= MAX_GROUP:
            group.append(self._waiting.popleft())
            facts += group[-1].facts
        self._facts_waiting -= facts
        return group

    async def _commit_group(self, group: list[Submission]) -> list[Answer]:
        """Commit a group; when the database refuses it as a whole, its halves, so that one cannot fail all."""
        try:
            return await self._commit(group)
        except UnavailableError as error:
            return [error] * len(group)
        except Exception as error:
            log.exception("group_commit_failed", commands=len(group))
            if (middle := len(group) // 2) > 0:
                return [*await self._commit_group(group[:middle]), *await self._commit_group(group[middle:])]
            if isinstance(error, BanyanError):
                return [error]
            return [OutcomeUnknownError("The commit failed unexpectedly; repeat the command with the same key.")]

    async def _commit(
        self,
        submissions: Sequence[Submission],
        *,
        refuse: Callable[[list[Answer]], None] | None = None,
        advance: Callable[[int], None] = lambda _: None,
        follow: Follow | None = None,
    ) -> list[Answer]:
        """Write a batch, and count it where what is remembered of periods may be another by then."""
        try:
            return await self._committed(submissions, refuse, advance, follow)
        finally:  # it may have been committed whatever is known of it
            if any(isinstance(submission.command, _TURNS) for submission in submissions):
                self.turned += 1

    async def _committed(
        self,
        submissions: Sequence[Submission],
        refuse: Callable[[list[Answer]], None] | None,
        advance: Callable[[int], None],
        follow: Follow | None,
    ) -> list[Answer]:
        """After a lost connection again, since every command's key shows whether it was committed."""
        held = written = 0

        def hold(decided: Decision) -> None:
            nonlocal held, written
            held, written = held + len(decided.answers), written + len(decided.facts)
            advance(len(decided.answers))

        async def work(tx: GraphTransaction) -> list[Answer]:
            nonlocal held, written
            advance(-held)
            held = written = 0
            return await self._write(tx, submissions, refuse, hold, follow)

        for attempt in range(1, TRIES_AFTER_LOSS + 1):
            try:
                answers = await self._graph.write(work, name="commit_facts", timeout_s=IMPORT_TIMEOUT_S)
                COMMITS.observe(written)
                return answers
            except QueryTooLargeError as error:
                # Rolled back for certain, and it would be again.
                raise QueryTooLargeError(
                    f"{len(submissions):,} commands need more memory than Neo4j has for one transaction; nothing was "
                    "written. Give it more (BANYAN_NEO4J__HEAP_MIB), or write fewer at once."
                ) from error
            except UnavailableError as error:
                log.warning("commit_outcome_unknown", attempt=attempt, commands=len(submissions), error=error.message)
                if attempt == TRIES_AFTER_LOSS:
                    raise OutcomeUnknownError(
                        f"The database did not answer during the commit ({error.message}). Repeat the command with "
                        "the same key: it is then answered as it was decided."
                    ) from error
                await asyncio.sleep(0.2 * attempt)
        raise AssertionError("unreachable")

    async def _write(
        self,
        tx: GraphTransaction,
        submissions: Sequence[Submission],
        refuse: Callable[[list[Answer]], None] | None,
        hold: Callable[[Decision], None],
        follow: Follow | None = None,
    ) -> list[Answer]:
        """Under Head. `refuse` raises where answers are refusals, when all is to be written or nothing; `follow` tells
        what comes after commands that are new."""
        if not submissions:
            return []
        world = World(0, now=to_ms(self._clock.now()))
        chain = await repository.take_head_and_load(tx, next(_stretches(submissions)), world)
        now = to_ms(self._clock.now())  # nothing is recorded as of before the lock: see app/moments.py
        known = True
        answers: list[Answer] = []
        writing = repository.Writing(tx)
        while submissions:
            new: list[NewFact] = []
            async with aclosing(_looks(tx, submissions, world, known=known)) as looks:
                async for world, segment in looks:
                    async with aclosing(_decided(tx, chain, world, segment, now)) as decided:
                        async for part, decision, calls in decided:
                            answers += map(_as_expected, part, decision.answers) if refuse else decision.answers
                            if refuse:
                                refuse(answers)
                            await writing.add(calls)
                            hold(decision)
                            chain = decision.chain
                            new += decision.facts if follow else ()
            await writing.end()
            submissions = [] if follow is None or not new else await follow(tx, new[0])
            world, known, follow = World(world.next_ix, now=now), False, None
        return answers


async def _looks(
    tx: GraphTransaction, submissions: Sequence[Submission], world: World, *, known: bool = False
) -> AsyncGenerator[tuple[World, Sequence[Submission]], None]:
    """What is decided together, each with the world it is decided in, once that before it is written. `known`: the
    world knows what the first stretch names."""
    for number, stretch in enumerate(_stretches(submissions)):
        if number:  # a move takes whole branches along, of which a world knows a few people
            world = World(world.next_ix, now=world.now)
        if number or not known:
            await repository.load_world(tx, stretch, world)
        for segment in _segments(stretch):
            await repository.load_places(tx, segment, world)
            yield world, segment


def _stretches(submissions: Sequence[Submission]) -> Iterator[Sequence[Submission]]:
    """Each move alone, and what stands between moves."""
    return _apart(submissions, lambda command: isinstance(command, Move | Vacate))


def _segments(stretch: Sequence[Submission]) -> Iterator[Sequence[Submission]]:
    """What can be decided from one look at the trees: a strategy looks for an open slot as they are in its turn."""
    return _apart(
        stretch,
        lambda command: any(isinstance(placement, BelowSponsor) for placement in placements_of(command).values()),
    )


def _apart(submissions: Sequence[Submission], alone: Callable[[Command], bool]) -> Iterator[Sequence[Submission]]:
    for apart, some in groupby(submissions, lambda submission: alone(submission.command)):
        if apart:
            yield from ([one] for one in some)
        else:
            yield list(some)


async def _decided(
    tx: GraphTransaction, chain: Chain, world: World, segment: Sequence[Submission], now: int
) -> AsyncGenerator[tuple[Sequence[Submission], Decision, list[Call]], None]:
    """The segment in parts, with decisions and their rows; while the caller writes one, a thread decides the next."""
    start = 0
    decision, calls = _decide(chain, world, segment[:PART], now)
    while True:
        end = start + len(decision.answers)
        part, rest = segment[start:end], segment[end : end + PART]
        if decision.lacking is not None:
            yield part, decision, calls
            await repository.load_spot(tx, world, *decision.lacking)
            decision, calls = _decide(decision.chain, world, rest, now)
        elif not rest:
            yield part, decision, calls
            return
        else:
            ahead = asyncio.create_task(asyncio.to_thread(_decide, decision.chain, world, rest, now))
            try:
                yield part, decision, calls
            finally:
                decision, calls = await ahead
        start = end


def _decide(chain: Chain, world: World, part: Sequence[Submission], now: int) -> tuple[Decision, list[Call]]:
    decision = decide(chain, world, part, now)
    return decision, calls_of(decision)


def _as_expected(submission: Submission, answer: Answer) -> Answer:
    """The answer, or a refusal where an order counts in another period than its batch was checked for."""
    expected = submission.counts_in
    if expected is None or isinstance(answer, BanyanError):
        return answer
    for calendar, number in expected.items():
        if answer.data[calendar] != number:
            return PeriodConflictError(
                f"{submission.key} was to count in {number} of {calendar!r} and would count in "
                f"{answer.data[calendar]}: a period was closed or opened meanwhile. Check and write again."
            )
    return answer


def _refuse_first(answers: list[Answer]) -> None:
    for answer in answers:
        if isinstance(answer, BanyanError):
            raise answer


def _refuse_whole(answers: list[Answer]) -> None:
    refusals = [(row, answer) for row, answer in enumerate(answers) if isinstance(answer, BanyanError)]
    if refusals:
        row, first = refusals[0]
        raise BatchRefusedError(
            f"{len(refusals)} commands were refused, so nothing was written. The first is number {row + 1}: "
            f"{first.message}",
            refusals=[
                {"row": row, "error": error.code(), "detail": error.message} for row, error in refusals[:REFUSALS_SHOWN]
            ],
        )
