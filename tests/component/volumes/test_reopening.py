"""Periods that are opened again: live counters against a recomputation and a plain model, however late they count."""

import random
from datetime import timedelta

import pytest

from app.clock import from_ms
from app.facts.commands import ClosePeriod, Move, Register, ReopenPeriod, Return
from app.graph import GraphDatabase
from app.periods.calendars import period
from tests.component.volumes.company import enrol, ms, order, wide
from tests.component.volumes.test_calendars import DEPTHS, Both, family, grow, line, sell, shuffle

pytestmark = pytest.mark.anyio
ZONE = "Europe/Berlin"
MARCH, APRIL = period("2026-03", ZONE), period("2026-04", ZONE)
WEEK_10 = period("2026-W10", ZONE)
CLOSE_10, REOPEN_10 = ClosePeriod("weekly", WEEK_10.number), ReopenPeriod("weekly", WEEK_10.number)


@pytest.fixture
async def both(graph: GraphDatabase) -> Both:
    return Both(graph)


@pytest.mark.parametrize("counted", ["at once", "in the end", "fact by fact"])
async def test_it_follows_what_was_told_of_its_time_while_it_was_closed(both: Both, counted: str) -> None:
    await family(both)
    await both.keep(DEPTHS)

    async def count() -> None:
        if counted == "at once":
            await both.company.catch_up()

    both.company.clock.set(2026, 3, 20)
    await both.write(order("o1", "E", 100, at=ms(2026, 3, 6)), order("o2", "C", 7, at=ms(2026, 3, 6)))
    await both.write(CLOSE_10)
    await count()
    # A and D stand as they do in week 10 since its beginning, as is told when it is closed.
    await both.write(Move("D", "binary", "A", 2, effective_at=ms(2026, 3, 4)))
    await both.write(order("o3", "E", 5, at=ms(2026, 3, 6)), Move("D", "sponsor", "B", effective_at=ms(2026, 3, 5)))
    await both.write(Move("E", "binary", "D", 2))
    await count()
    if counted == "at once":
        assert (await both.figures("C", WEEK_10))["binary_pv"] == 107, "a closed week stays as it was"
    await both.write(REOPEN_10)
    await count()
    await both.write(order("o4", "D", 30, at=ms(2026, 3, 6)), Return("r1", "o1", ms(2026, 3, 20)))
    await both.company.catch_up(max_facts=1 if counted == "fact by fact" else 5_000)
    assert [(await both.figures(id, WEEK_10))["binary_pv"] for id in "ABCDE"] == [37, 7, 7, 30, 0]
    assert [(await both.figures(id, WEEK_10))["sponsor_pv"] for id in "ABCDE"] == [37, 30, 7, 30, 0]
    await both.assert_equal()
    await both.write(CLOSE_10, order("o5", "D", 1, at=ms(2026, 3, 6)))
    await both.company.catch_up()
    assert (await both.figures("D", WEEK_10))["binary_pv"] == 30, "closed again"
    await both.assert_equal()


async def test_a_recomputation_in_the_time_when_it_was_closed_is_right(both: Both) -> None:
    """The recomputation as of a fact while the week was closed, though the graph says by now that it is open."""
    await family(both)
    await both.keep(DEPTHS)
    both.company.clock.set(2026, 3, 20)
    *_, closing = await both.write(order("o1", "E", 100, at=ms(2026, 3, 6)), CLOSE_10)
    move, reopening, _ = await both.write(
        Move("D", "binary", "A", 2, effective_at=ms(2026, 3, 4)), REOPEN_10, order("o2", "E", 1, at=ms(2026, 3, 6))
    )
    worker = both.company.roll_up()
    assert await worker.claim()
    stops = []
    while not (rolled := await worker.step(5_000)).idle:
        stops.append(rolled.seq_to)
        await both.company.check()
    assert {closing.seq, move.seq, reopening.seq} <= set(stops)
    await both.assert_equal()


async def test_a_spring_of_weeks_and_months_closed_and_opened_again(both: Both) -> None:
    rng = random.Random(23)
    both.company.clock.set(2026, 3, 6)
    weeks = [period(f"2026-W{n:02}", ZONE) for n in range(9, 18)]
    await both.write(MARCH, *weeks[:2], enrol("A", None))
    await both.keep(DEPTHS)
    await both.write(*line("L", 9, "A"), *wide("W", 12, "L4"), Register("K", "Kim", "W3", ms(2026, 2, 1)))
    await grow(both, rng, 25)

    async def happens() -> None:
        await sell(both, rng, 12)
        await shuffle(both, rng)
        if rng.random() < 0.7:
            await move_of_before(both, rng)
        if rng.random() < 0.4:
            await both.company.catch_up(max_facts=rng.choice((1, 5, 5_000)))
            await both.assert_equal(rng.sample(both.plain.people, 3))

    for number in range(2, 9):
        await happens()
        both.company.clock.at = from_ms(weeks[number].starts_at) - timedelta(days=1)
        last = weeks[number - 2].number
        await both.write(ClosePeriod("weekly", last))
        for _ in range(rng.choice((0, 1, 2))):
            await happens()
            await both.write(ReopenPeriod("weekly", last))
            await happens()
            await both.write(ClosePeriod("weekly", last))
        both.company.clock.at = from_ms(weeks[number].starts_at) + timedelta(days=3)
        await both.write(weeks[number])
        if number == 5:
            await both.write(APRIL)
        if number == 6:
            await both.write(ClosePeriod("monthly", MARCH.number))
        if number == 8:
            await both.write(ReopenPeriod("monthly", MARCH.number))
    await both.company.catch_up()
    assert [of.name for of in both.plain.open_periods()] == ["2026-03", "2026-04", "2026-W16", "2026-W17"]
    await both.assert_equal()


async def move_of_before(both: Both, rng: random.Random) -> None:
    """Somebody moves as of some days ago, where that was possible all the time since."""
    plain, ago = both.plain, rng.randrange(1, 12) * 86_400_000
    at = int(both.company.clock.now().timestamp() * 1000) - ago
    mover, target = rng.choice(plain.people[1:]), rng.choice(plain.people)
    since = max(at, plain.enrolled_at(mover) + 1, plain.enrolled_at(target) + 1)
    stays = plain.places["sponsor"][mover]
    known = {stay for stays in plain.places["sponsor"].values() for stay, _ in stays if stay >= since} | {since}
    ways = [plain.way_up_at("sponsor", target, instant) for instant in known]
    if since <= stays[0][0] or any(mover in way for way in ways) or stays[-1] == (stays[-1][0], target):
        return
    await both.write(Move(mover, "sponsor", target, effective_at=since))
