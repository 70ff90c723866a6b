"""Moves that take effect in the past: what they refuse, and what stays known as it was known before."""

import pytest

from app.facts.commands import Explicit, Move, Place
from app.facts.errors import BatchRefusedError
from app.graph import GraphDatabase
from app.volumes.edges import NEVER, read_edges
from tests.component.volumes.company import (
    APRIL,
    MARCH,
    Company,
    close_period,
    enrol,
    ms,
    open_period,
    order,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def company(graph: GraphDatabase) -> Company:
    company = Company(graph)
    company.clock.set(2026, 3, 1)
    await company.write(
        open_period(MARCH),
        enrol("A", None),
        enrol("B", "A", "A", 1),
        enrol("C", "A", "A", 2),
        enrol("D", "B", "B", 1),
        enrol("E", "D", "D", 1),
    )
    return company


async def parents(company: Company, tree: str, at: int, seq: int) -> dict[int, int]:
    edges = await read_edges(company.graph, tree, 6)  # type: ignore[arg-type]
    rows = edges.holding(at, seq)
    assert len(set(edges.child[rows].tolist())) == rows.sum(), "two places of one person at once"
    return dict(zip(edges.child[rows].tolist(), edges.parent[rows].tolist(), strict=True))


async def refused(company: Company, move: Move) -> str:
    with pytest.raises(BatchRefusedError) as refusal:
        await company.write(move)
    return str(refusal.value.details["refusals"][0]["detail"])


async def test_the_stay_that_holds_the_instant_is_cut_and_later_ones_never_were(company: Company) -> None:
    b, c, d, a = 1, 2, 3, 0
    company.clock.set(2026, 3, 12)
    (first,) = await company.write(Move("D", "sponsor", "C"))
    company.clock.set(2026, 3, 14)
    (second,) = await company.write(Move("D", "sponsor", "A"))
    company.clock.set(2026, 3, 20)
    (third,) = await company.write(Move("D", "sponsor", "C", effective_at=ms(2026, 3, 5)))
    (fourth,) = await company.write(Move("D", "sponsor", "A", effective_at=ms(2026, 3, 3)))
    instants = [ms(2026, 3, day) for day in (2, 4, 6, 13, 15, 21)]
    known = {
        first.seq - 1: [b, b, b, b, b, b],
        first.seq: [b, b, b, c, c, c],
        second.seq: [b, b, b, c, a, a],
        third.seq: [b, b, c, c, c, c],
        fourth.seq: [b, a, a, a, a, a],
    }
    for seq, expected in known.items():
        assert [(await parents(company, "sponsor", at, seq))[d] for at in instants] == expected, seq
    edges = await read_edges(company.graph, "sponsor", 6)
    assert (edges.void_seq[edges.live] == NEVER).all()


async def test_volume_follows_in_open_months_that_end_after_it_and_in_no_closed_one(company: Company) -> None:
    await company.write(open_period(APRIL))
    company.clock.set(2026, 3, 15)
    await company.write(order("o1", "E", 1000))
    company.clock.set(2026, 4, 6)
    await company.write(order("o2", "E", 30, at=ms(2026, 4, 2)))
    (grace,) = await company.write(Move("D", "binary", "C", 1, effective_at=ms(2026, 3, 20)))
    assert grace.data["closed_period"] is None
    await company.catch_up()
    assert [(await company.figures(id, MARCH))["binary_pv"] for id in "ABCD"] == [1000, 0, 1000, 1000]
    assert [(await company.figures(id, APRIL))["binary_pv"] for id in "ABCD"] == [30, 0, 30, 30]
    await company.write(close_period(MARCH))
    (late,) = await company.write(Move("D", "binary", "B", 2, effective_at=ms(2026, 3, 21)))
    assert late.data["closed_period"] == "2026-03", "the answer says that March stays as it was"
    await company.catch_up()
    assert [(await company.figures(id, MARCH))["binary_pv"] for id in "ABCD"] == [1000, 0, 1000, 1000]
    assert [(await company.figures(id, APRIL))["binary_pv"] for id in "ABCD"] == [30, 30, 0, 30]
    await company.check()


async def test_what_was_not_possible_at_some_time_since_is_refused_in_words(company: Company) -> None:
    company.clock.set(2026, 3, 12)
    await company.write(enrol("late", "A", at=ms(2026, 3, 10)), Move("E", "sponsor", "B"), Move("E", "binary", "C", 1))
    company.clock.set(2026, 3, 14)
    await company.write(Move("E", "binary", "C", 2), Place("late", Explicit("B", 2), ms(2026, 3, 13)))
    assert "future" in await refused(company, Move("D", "sponsor", "C", effective_at=ms(2026, 3, 15)))
    assert "only since 2026-01-01" in await refused(company, Move("D", "sponsor", "C", effective_at=ms(2026, 1, 1)))
    # E stood below D until the 12th, so D cannot have stood below E before that.
    assert "E stood below D" in await refused(company, Move("D", "sponsor", "E", effective_at=ms(2026, 3, 1)))
    assert "late was enrolled at 2026-03-10" in await refused(
        company, Move("D", "sponsor", "late", effective_at=ms(2026, 3, 9))
    )
    assert "late was placed in the binary tree at 2026-03-13" in await refused(
        company, Move("D", "binary", "late", 1, effective_at=ms(2026, 3, 12))
    )
    taken = await refused(company, Move("D", "binary", "C", 1, effective_at=ms(2026, 3, 13)))
    assert "was E's from 2026-03-12T00:00:00Z until 2026-03-14T00:00:00Z" in taken
    await company.write(
        Move("D", "sponsor", "E", effective_at=ms(2026, 3, 12)),
        Move("D", "binary", "C", 1, effective_at=ms(2026, 3, 14)),
    )


async def test_a_move_whose_date_was_wrong_is_said_again_with_the_right_one(company: Company) -> None:
    company.clock.set(2026, 3, 14)
    (wrong,) = await company.write(Move("D", "binary", "C", 1))
    (right,) = await company.write(Move("D", "binary", "C", 1, effective_at=ms(2026, 3, 2)))
    at = ms(2026, 3, 8)
    assert (await parents(company, "binary", at, wrong.seq))[3] == 1
    assert (await parents(company, "binary", at, right.seq))[3] == 2
    await company.catch_up()
    await company.check()
    with pytest.raises(BatchRefusedError):
        await company.write(Move("D", "binary", "C", 1, effective_at=ms(2026, 3, 3)))


async def test_somebody_who_left_the_way_up_meanwhile_is_found(company: Company) -> None:
    """C stood below E's D for a day, some levels up and long gone by now: so D was never free to go below C then."""
    company.clock.set(2026, 3, 10)
    await company.write(Move("C", "sponsor", "E"))
    company.clock.set(2026, 3, 11)
    await company.write(Move("C", "sponsor", "A"))
    company.clock.set(2026, 3, 14)
    assert "C stood below D" in await refused(company, Move("D", "sponsor", "C", effective_at=ms(2026, 3, 10, 12)))
    await company.write(Move("D", "sponsor", "C", effective_at=ms(2026, 3, 11)))
