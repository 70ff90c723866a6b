"""The roll-up against a recomputation, on ugly trees, with rivals and crashes."""

import asyncio
import random

import numpy as np
import pytest

from app.errors import BanyanError
from app.facts.commands import BelowSponsor, Explicit, Move, Place, Register, Return
from app.graph import GraphDatabase, GraphTransaction
from app.volumes import NewerPeriodError, RollUp, StaleLeaderError, TallyCheck, repository
from app.volumes.climb import Ints
from app.volumes.models import TREES, Batch, OpenPeriod, Tree
from app.volumes.rollup import LEAST_LIMIT_S
from tests.component.volumes.company import (
    APRIL,
    MARCH,
    MAY,
    Company,
    chain,
    close_period,
    customer_order,
    enrol,
    ms,
    open_period,
    order,
    spillover,
    wide,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def company(graph: GraphDatabase) -> Company:
    return Company(graph)


async def family(company: Company) -> None:
    """A sponsors B and C; C was placed below B, so sponsor and placement differ. D is sponsored by C, left of C."""
    await company.write(
        open_period(MARCH),
        enrol("A", None),
        enrol("B", "A", "A", 1),
        enrol("C", "A", "B", 1),
        enrol("D", "C", "C", 1),
        enrol("U", "B"),
    )


async def test_an_order_climbs_both_trees(company: Company) -> None:
    await family(company)
    await company.write(
        Register("K", "Kim", "D", ms(2026, 2, 1)), order("o1", "D", 1000), customer_order("o2", "K", 300)
    )
    await company.catch_up()
    expected_pv = {  # own, customer, sponsor tree, binary tree
        "A": (0, 0, 1300, 1300),
        "B": (0, 0, 0, 1300),
        "C": (0, 0, 1300, 1300),
        "D": (1000, 300, 1300, 1300),
        "U": (0, 0, 0, 0),
    }
    for id, expected in expected_pv.items():
        row = await company.figures(id)
        assert (row["own_pv"], row["customer_pv"], row["sponsor_pv"], row["binary_pv"]) == expected, id
    assert [(await company.figures(id))["sponsor_heads"] for id in "ABCDU"] == [5, 2, 2, 1, 1]
    assert [(await company.figures(id))["binary_heads"] for id in "ABCDU"] == [4, 3, 2, 1, 1]
    assert (await company.figures("A"))["sponsor_cv"] == 650
    await company.check()


async def test_an_unplaced_persons_volume_arrives_with_the_place(company: Company) -> None:
    await family(company)
    await company.write(order("o1", "U", 700))
    await company.catch_up()
    assert (await company.figures("U"))["binary_pv"] == 700
    assert (await company.figures("A"))["binary_pv"] == 0
    assert (await company.figures("A"))["sponsor_pv"] == 700
    # The order of the same batch must climb once: by the new place, not by the volume that comes with it.
    await company.write(Place("U", Explicit("C", 2), ms(2026, 3, 12)), order("o2", "U", 50))
    await company.catch_up()
    assert [(await company.figures(id))["binary_pv"] for id in "ABC"] == [750, 750, 750]
    assert (await company.figures("A"))["binary_heads"] == 5
    await company.check()


async def test_a_place_taken_after_the_periods_end_leaves_that_period_alone(company: Company) -> None:
    await family(company)
    await company.write(open_period(APRIL), order("o1", "U", 700))
    await company.catch_up()
    company.clock.set(2026, 4, 3)
    await company.write(
        Place("U", Explicit("C", 2), ms(2026, 4, 2)),
        order("o2", "U", 10, at=ms(2026, 3, 20)),  # late, in grace: climbs the tree of March
        order("o3", "U", 5, at=ms(2026, 4, 2, 12)),
    )
    await company.catch_up()
    assert (await company.figures("A", MARCH))["binary_pv"] == 0
    assert (await company.figures("U", MARCH))["binary_pv"] == 710
    assert (await company.figures("A", APRIL))["binary_pv"] == 5
    await company.check()


async def test_a_move_takes_volume_along_in_periods_that_go_on(company: Company) -> None:
    await family(company)
    await company.write(open_period(APRIL), order("o1", "D", 1000), order("o2", "C", 10))
    company.clock.set(2026, 4, 5)
    await company.write(order("o3", "D", 40, at=ms(2026, 4, 2)))
    await company.write(Move("D", "binary", "A", 2), Move("C", "sponsor", "B"))
    await company.write(order("o4", "D", 3, at=ms(2026, 3, 31)), order("o5", "D", 2, at=ms(2026, 4, 4)))
    await company.catch_up()
    march = {id: await company.figures(id, MARCH) for id in "ABCD"}
    april = {id: await company.figures(id, APRIL) for id in "ABCD"}
    assert [march[id]["binary_pv"] for id in "ABCD"] == [1013, 1013, 1013, 1003], "March ended before the move"
    assert [april[id]["binary_pv"] for id in "ABCD"] == [42, 0, 0, 42]
    assert [march[id]["sponsor_pv"] for id in "ABCD"] == [1013, 0, 1013, 1003]
    assert [april[id]["sponsor_pv"] for id in "ABCD"] == [42, 42, 42, 42]
    assert [march[id]["binary_heads"] for id in "ABCD"] == [4, 2, 1, 1]
    assert [march[id]["sponsor_heads"] for id in "ABCD"] == [5, 4, 2, 1]
    await company.check()


async def test_a_move_after_the_cursor_does_not_bend_the_way_of_orders_before_it(company: Company) -> None:
    await family(company)
    await company.write(order("o1", "D", 1000))
    await company.write(Move("D", "binary", "A", 2))
    worker = company.roll_up()
    assert await worker.claim()
    first = await worker.step()
    assert (await company.figures("C"))["binary_pv"] == 1000, "the move is a later fact than this batch"
    second = await worker.step()
    assert second.seq_from == first.seq_to
    assert (await company.figures("C"))["binary_pv"] == 0
    assert (await worker.step()).idle
    await company.check()


async def test_a_return_takes_back_what_the_order_gave(company: Company) -> None:
    await family(company)
    await company.write(order("o1", "D", 1000), order("o2", "D", 1))
    await company.write(Return("r1", "o1", ms(2026, 3, 14)))
    await company.catch_up()
    assert (await company.figures("A"))["binary_pv"] == 1
    await company.check()


async def test_a_late_return_counts_in_the_open_period(company: Company) -> None:
    await family(company)
    await company.write(open_period(APRIL), order("o1", "D", 1000))
    company.clock.set(2026, 4, 10)
    await company.write(close_period(MARCH), Return("r1", "o1", ms(2026, 4, 9)))
    await company.catch_up()
    assert (await company.figures("A", MARCH))["binary_pv"] == 1000
    assert (await company.figures("A", APRIL))["binary_pv"] == -1000
    await company.check()


async def test_a_closed_period_does_not_change_and_its_slot_is_used_again(company: Company) -> None:
    await family(company)
    await company.write(open_period(APRIL), order("o1", "D", 1000))
    company.clock.set(2026, 4, 10)
    await company.write(close_period(MARCH), open_period(MAY))
    await company.write(Move("D", "sponsor", "B"))
    await company.catch_up()
    assert (await company.figures("C", MARCH))["sponsor_pv"] == 1000
    company.clock.set(2026, 5, 10)
    await company.write(order("o2", "C", 7, at=ms(2026, 5, 2)))
    await company.catch_up()
    assert (await company.figures("C", MAY))["sponsor_pv"] == 7
    assert (await company.figures("C", MARCH))["sponsor_pv"] == 0, "the slot holds May now"
    assert (await company.figures("D", MARCH))["sponsor_pv"] == 1000
    await company.check()


async def test_december_and_january_share_no_slot(company: Company) -> None:
    company.clock.set(2026, 12, 15)
    await company.write(open_period(202612), open_period(202701), enrol("A", None), enrol("B", "A", "A", 1))
    await company.write(order("o1", "B", 10, at=ms(2026, 12, 2)))
    company.clock.set(2027, 1, 2)
    await company.write(order("o2", "B", 3, at=ms(2027, 1, 1)), order("o3", "B", 5, at=ms(2026, 12, 31)))
    await company.catch_up()
    assert (await company.figures("A", 202612))["binary_pv"] == 15
    assert (await company.figures("A", 202701))["binary_pv"] == 3
    await company.check()


async def test_a_slot_of_a_later_period_is_an_error_and_counts_nothing(company: Company) -> None:
    await family(company)
    await company.write(order("o1", "D", 1000))

    async def a_later_period_took_the_slot(tx: GraphTransaction) -> None:
        period = OpenPeriod("monthly", MAY, 0, (1,))
        await repository.add_volumes(tx, "binary", period, *_pair(0, 5), trees=("sponsor", "binary"))

    worker = company.roll_up()
    assert await worker.claim()
    await worker.step(max_facts=6)
    await company.graph.write(a_later_period_took_the_slot)
    with pytest.raises(NewerPeriodError, match=f"{MARCH}.*{MAY}"):
        await worker.step()
    assert (await company.figures("D"))["own_pv"] == 0


def _pair(ix: int, pv: int) -> tuple[Ints, Ints]:
    return np.array([ix]), np.array([[pv, pv]])


# --- rivals and crashes -----------------------------------------------------------------------------------------------


async def test_two_workers_at_once_count_nothing_twice(company: Company) -> None:
    await company.write(open_period(MARCH), *spillover(120, seed=1))
    await company.write(*[order(f"o{n}", f"D{n % 120}", 100 + n) for n in range(600)])
    # No lease: both claim whenever they like, and only the cursor's lock and epoch stand between them.
    workers = [company.roll_up(f"worker-{n}", lease_ms=0) for n in range(2)]
    stale = 0

    async def run(worker: RollUp) -> None:
        nonlocal stale
        company.clock.pass_ms(1)
        await worker.claim()
        for _ in range(200):
            try:
                if (await worker.step(40)).idle:
                    return
            except StaleLeaderError:
                stale += 1
                company.clock.pass_ms(1)
                await worker.claim()
            await asyncio.sleep(0)

    await asyncio.gather(*(run(worker) for worker in workers))
    assert stale > 0, "the workers never met: the test proves nothing"
    await company.check()


async def test_two_steps_of_one_reign_at_once_count_nothing_twice(company: Company) -> None:
    """Two tasks that both believe they reign: the lock on the cursor alone keeps them apart."""
    await company.write(open_period(MARCH), *spillover(60, seed=2))
    await company.write(*[order(f"o{n}", f"D{n % 60}", 100 + n) for n in range(400)])
    first, second = company.roll_up("worker"), company.roll_up("worker")
    assert await first.claim()
    second._epoch = first._epoch
    await asyncio.gather(
        *(worker.step(25) for _ in range(20) for worker in (first,)), *(second.step(25) for _ in range(1))
    )
    await company.catch_up()
    await company.check()


async def test_a_leader_that_wakes_after_its_lease_steps_down(company: Company) -> None:
    await family(company)
    await company.write(order("o1", "D", 1000), order("o2", "C", 10))
    old, new = company.roll_up("old"), company.roll_up("new")
    assert await old.claim()
    await old.step(max_facts=6)
    assert not await new.claim(), "the lease runs"
    company.clock.pass_ms(6_000)
    assert await new.claim()
    rolled = await new.step(max_facts=1)
    with pytest.raises(StaleLeaderError, match="new"):
        await old.step()
    assert (await new.step()).seq_from == rolled.seq_to
    assert (await company.figures("A"))["sponsor_pv"] == 1010
    await company.check()


async def test_a_leader_that_stands_still_in_the_midst_of_a_step_keeps_nobody_out_for_long(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the cursor's lock: the server ends its transaction. Steps that take long are given more time."""
    await family(company)
    await company.write(order("o1", "D", 1000))
    old, new = company.roll_up("old"), company.roll_up("new")
    assert await old.claim()
    standing, going_on = asyncio.Event(), asyncio.Event()
    read_batch = repository.read_batch

    async def stand_still(tx: GraphTransaction, after: int, most: int) -> Batch:
        standing.set()
        await going_on.wait()
        return await read_batch(tx, after, most)

    monkeypatch.setattr(repository, "read_batch", stand_still)
    stopped = asyncio.create_task(old.step())
    await standing.wait()
    monkeypatch.setattr(repository, "read_batch", read_batch)
    company.clock.pass_ms(6_000)
    async with asyncio.timeout(60):  # half of what a step may live at most
        assert await new.claim()
    await new.step()
    going_on.set()
    with pytest.raises(StaleLeaderError, match="new"):
        await stopped
    assert (await company.figures("A"))["sponsor_pv"] == 1000
    await company.check()


async def test_a_step_that_was_cut_off_is_tried_again_with_more_time(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    await family(company)
    await company.write(order("o1", "D", 1000))
    worker, tries, read_batch = company.roll_up("slow"), 0, repository.read_batch
    assert await worker.claim()

    async def slow_at_first(tx: GraphTransaction, after: int, most: int) -> Batch:
        nonlocal tries
        tries += 1
        if tries <= 2:  # the second time there is enough time for that
            await asyncio.sleep(LEAST_LIMIT_S + 4)
        return await read_batch(tx, after, most)

    monkeypatch.setattr(repository, "read_batch", slow_at_first)
    rolled = await worker.step()

    assert tries == 2
    assert not rolled.idle
    assert worker._limit_s >= 4 * LEAST_LIMIT_S, "the next one begins with as much"
    await company.check()


async def test_a_step_that_waits_long_for_the_cursor_is_tried_again(company: Company) -> None:
    """Whoever is ended while it waits for a lock is told another error than one that works too long."""
    await family(company)
    await company.write(order("o1", "D", 1000))
    worker, held, let_go = company.roll_up("waits"), asyncio.Event(), asyncio.Event()
    assert await worker.claim()

    async def hold(tx: GraphTransaction) -> None:
        await repository.lock_cursor(tx, "repair")
        held.set()
        await let_go.wait()

    holding = asyncio.create_task(company.graph.write(hold, name="hold", timeout_s=60))
    await held.wait()
    waiting = asyncio.create_task(worker.step())
    await asyncio.sleep(LEAST_LIMIT_S + 4)
    let_go.set()
    await holding
    assert not (await waiting).idle
    assert worker._limit_s > LEAST_LIMIT_S, "it was cut off once"
    await company.check()


async def test_a_crash_before_the_commit_leaves_nothing_behind(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    await family(company)
    await company.write(
        Place("U", BelowSponsor("outside_left"), ms(2026, 3, 12)), order("o1", "D", 1000), order("o2", "U", 10)
    )
    worker = company.roll_up()
    assert await worker.claim()
    with monkeypatch.context() as patch:

        async def die(*_: object) -> None:
            raise BanyanError("killed between counting and the cursor")

        patch.setattr(repository, "move_cursor", die)
        with pytest.raises(BanyanError, match="killed"):
            await worker.step()
    stored = await TallyCheck(company.graph).stored(5)
    assert stored["ix"].tolist() == [-1] * 5, "a part of the batch was kept"
    await worker.step()
    await company.check()


async def test_a_batch_that_failed_leaves_no_wrong_way_up_behind(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try reads as far as the move; the next one stops before it and must not climb the moved tree."""
    await family(company)
    worker = company.roll_up()
    assert await worker.claim()
    await worker.step()
    await company.write(order("o1", "D", 1000))
    await worker.step()
    await company.write(Move("D", "binary", "A", 2))
    with monkeypatch.context() as patch:

        async def die(*_: object) -> None:
            raise BanyanError("killed")

        patch.setattr(repository, "move_cursor", die)
        with pytest.raises(BanyanError, match="killed"):
            await worker.step()
    await worker.step()
    await company.write(order("o2", "D", 10))
    await worker.step()
    assert (await company.figures("C"))["binary_pv"] == 0
    await company.check()


# --- shapes -----------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(600)
async def test_long_and_wide_trees_with_moves(company: Company) -> None:
    company.clock.set(2026, 3, 15)
    await company.write(open_period(MARCH), open_period(APRIL), *spillover(200, seed=3))
    await company.write(*chain("L", 2_000, "D0"))
    await company.write(*wide("W", 2_000, "D0"))
    rng = random.Random(4)
    sellers = (
        [f"D{n}" for n in range(200)] + [f"L{n}" for n in range(0, 2_000, 7)] + [f"W{n}" for n in range(0, 2_000, 50)]
    )
    await company.write(*[order(f"a{n}", rng.choice(sellers), rng.randrange(1, 500)) for n in range(400)])
    await company.write(Move("L5", "sponsor", "D50"), Move("L1000", "sponsor", "D1"))
    await company.write(Place("W5", Explicit("L1999", 2), ms(2026, 3, 2)), Move("L1500", "binary", "L3", 2))
    await company.catch_up(max_facts=1_500)
    await company.check()
    company.clock.set(2026, 4, 4)
    await company.write(
        *[order(f"b{n}", rng.choice(sellers), rng.randrange(1, 500), at=ms(2026, 3, 25)) for n in range(200)],
        *[order(f"c{n}", rng.choice(sellers), rng.randrange(1, 500), at=ms(2026, 4, 2)) for n in range(200)],
        Move("L1200", "binary", "L4", 2),
        Move("D150", "sponsor", "D2"),
        *[order(f"d{n}", rng.choice(sellers), rng.randrange(1, 500), at=ms(2026, 3, 26)) for n in range(200)],
    )
    await company.catch_up(max_facts=1_500)
    await company.check()


async def test_a_step_changes_no_more_tallies_than_a_transaction_holds(company: Company) -> None:
    """An order at the end of one of two lines of fifty changes 51 tallies, in two trees and one period; where the line
    was passed already in the step, none."""
    await company.write(open_period(MARCH), enrol("D0", None))
    await company.write(enrol("A0", "D0", "D0", 1), enrol("B0", "D0", "D0", 2))
    await company.write(*chain("A1-", 49, "A0"), *chain("B1-", 49, "B0"))
    await company.catch_up()

    async def steps(max_tallies: int, name: str) -> list[int]:
        await company.write(*(order(f"{name}-{n}", f"{line}1-48") for n, line in enumerate("AABB")))
        worker, taken = company.roll_up(name, max_tallies=max_tallies), []
        company.clock.pass_ms(60_000)
        assert await worker.claim()
        while not (step := await worker.step()).idle:
            taken.append(step.seq_to - step.seq_from)
        await company.check()
        return taken

    assert await steps(2 * 2 * 101, "both lines") == [4]
    assert await steps(2 * 2 * 100, "one line") == [2, 2]
    assert await steps(100, "no line but the fact that begins") == [1, 1, 1, 1]


async def test_random_histories_equal_the_recomputation(company: Company) -> None:
    rng = random.Random(11)
    await company.write(open_period(MARCH), open_period(APRIL), *spillover(80, seed=5, unplaced=0.3))
    worker = company.roll_up(lease_ms=10**9, max_tallies=150)
    assert await worker.claim()
    orders = 0
    for turn in range(30):
        if turn == 15:
            company.clock.set(2026, 4, 3)
        commands = []
        for _ in range(rng.randrange(1, 6)):
            orders += 1
            late = rng.random() < 0.5 or turn < 15
            at = ms(2026, 3, 20 if turn >= 15 else 10) if late else ms(2026, 4, 2)
            commands.append(order(f"o{orders}", f"D{rng.randrange(80)}", rng.randrange(1, 1000), at=at))
        await company.write(*commands)
        tree: Tree = TREES[rng.randrange(2)]
        who, where = f"D{rng.randrange(1, 80)}", f"D{rng.randrange(80)}"
        try:
            if rng.random() < 0.3:
                await company.write(Place(who, Explicit(where, rng.choice([1, 2])), ms(2026, 3, rng.randrange(1, 15))))
            else:
                await company.write(Move(who, tree, where, rng.choice([1, 2]) if tree == "binary" else 0))
        except BanyanError:
            pass  # refused: a cycle, a slot taken, no place; the history goes on without it
        if rng.random() < 0.6:
            await worker.step(max_facts=rng.choice([1, 3, 1000]))
    while not (await worker.step()).idle:
        pass
    await company.check()


async def test_the_recomputation_sees_a_wrong_figure(company: Company) -> None:
    await family(company)
    await company.write(order("o1", "D", 1000))
    await company.catch_up()

    async def spoil(tx: GraphTransaction) -> None:
        await repository.add_volumes(
            tx, "sponsor", OpenPeriod("monthly", MARCH, 0, (1,)), *_pair(2, 5), trees=("sponsor",)
        )

    await company.graph.write(spoil)
    found = await TallyCheck(company.graph).differences()
    assert [(d.ix, d.figure, d.stored, d.computed) for d in found] == [
        (2, f"sponsor_cv of {MARCH}", 505, 500),
        (2, f"sponsor_pv of {MARCH}", 1005, 1000),
    ]


async def test_a_structural_fact_gives_new_versions_to_everybody_above_and_to_nobody_else(company: Company) -> None:
    await family(company)
    worker = company.roll_up()
    assert await worker.claim()
    await worker.step()
    (move,) = await company.write(Move("C", "sponsor", "B"))
    rolled = await worker.step()
    assert rolled.versions["sponsor"] == dict.fromkeys([0, 1, 2], move.seq)
    assert rolled.versions["binary"] == dict.fromkeys([0, 1, 2], move.seq), "binary pages name C's sponsor"
    (sold,) = await company.write(order("o1", "D", 1000))
    rolled = await worker.step()
    assert rolled.versions == {}
    assert rolled.touched == (0, 1, 2, 3)
    row = await company.graph.read_one("queries/trees/versions", {"id": "D"})
    assert row is not None
    assert row["sponsor"] < move.seq
    assert row["as_of_seq"] == sold.seq
