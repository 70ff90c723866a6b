"""Moves to where a strategy finds an open slot: against the plain search, foretold, and decided again when written."""

import random

import pytest

from app.doctor.service import Doctor
from app.facts.commands import (
    Explicit,
    KeepMatrix,
    Move,
    MoveLimits,
    Place,
    Prefer,
    SetMovePolicy,
    Submission,
    TakenOver,
)
from app.facts.errors import BatchRefusedError
from app.facts.writer import Rehearsal
from app.graph import GraphDatabase
from app.places.spots import PlacementTree
from app.places.strategies import MATRIX_STRATEGIES, PREFERABLE, STRATEGIES, Strategy
from tests.component.places.model import PlainPlaces
from tests.component.volumes.company import MARCH, Company, chain, enrol, ms, open_period, order, spillover

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
SEARCHING: tuple[Strategy, ...] = ("first_open", "left_leg", "right_leg", "lighter_by_people", "preference")
"""What may go on past a branch: it has more than one slot to look at."""


async def foretold(company: Company, move: Move) -> Rehearsal:
    return await company.writer.rehearse(Submission("foretold", "test", "because", move))


async def refused(company: Company, move: Move) -> tuple[str, str]:
    """Code and words, which a preview has too."""
    with pytest.raises(BatchRefusedError) as refusal:
        await company.write(move)
    [said] = refusal.value.details["refusals"]
    told = (await foretold(company, move)).refusal
    assert told is not None
    assert (told.code(), told.message) == (said["error"], said["detail"])
    return said["error"], said["detail"]


async def healthy(company: Company) -> None:
    await company.catch_up()
    diagnosis = await Doctor(company.graph).examine(lambda _: None)
    assert [problem for checkup in diagnosis.checkups for problem in checkup.problems] == []


async def grown(graph: GraphDatabase) -> tuple[Company, dict[PlacementTree, PlainPlaces]]:
    """Fifty people with other sponsors than places; some of them in the matrix too, three wide."""
    company = Company(graph)
    company.clock.set(2026, 3, 20)
    commands = spillover(50, seed=3, unplaced=0.1)
    await company.write(open_period(MARCH), KeepMatrix(3, 9), *commands)
    trees: dict[PlacementTree, PlainPlaces] = {"binary": PlainPlaces(), "matrix": PlainPlaces((1, 2, 3))}
    rng, seats = random.Random(3), [("D0", slot) for slot in (1, 2, 3)]
    for command in commands:
        place = command.placement  # type: ignore[union-attr]
        if isinstance(place, Explicit):
            trees["binary"].put(command.id, place.parent_id, place.slot)  # type: ignore[union-attr]
    for number in rng.sample(range(1, 50), 25):
        id, seat = f"D{number}", rng.choice(seats)
        await company.write(Place(id, TakenOver(*seat), ms(2026, 3, 1), "matrix"))
        trees["matrix"].put(id, *seat)
        seats.remove(seat)
        seats += [(id, slot) for slot in (1, 2, 3)]
    return company, trees


async def test_a_branch_goes_where_a_plain_search_finds_a_slot_outside_it(graph: GraphDatabase) -> None:
    company, trees = await grown(graph)
    rng, done = random.Random(13), set[str]()
    for number in range(60):
        tree: PlacementTree = rng.choice(("binary", "binary", "matrix"))
        plain, strategies = trees[tree], STRATEGIES if tree == "binary" else MATRIX_STRATEGIES
        strategy, mover = rng.choice(strategies), rng.choice([*plain.parent])
        top = rng.choice(plain.below("D0"))
        if number % 2:
            strategy = rng.choice(SEARCHING if tree == "binary" else MATRIX_STRATEGIES)
            top = rng.choice([one for one in plain.below("D0") if len(plain.below(one)) > 5])
            mover = rng.choice(plain.between(plain.find(strategy, top)[0], top) or [mover])
        if number % 5 == 0:
            preference = rng.choice([one for one in PREFERABLE if "volume_" not in one])
            plain.preference[top] = preference
            buyer, cv = rng.choice(plain.below("D0")), rng.randrange(100, 900)
            await company.write(Prefer(top, preference), order(f"O{number}", buyer, cv=cv))
            trees["binary"].cv["monthly", buyer] = trees["binary"].cv.get(("monthly", buyer), 0) + cv
        move = Move(mover, tree, top, strategy=strategy)
        await company.catch_up()
        if "volume_" in strategy:
            assert (await refused(company, move))[0] in {"no-open-period", "cycle"}
            continue
        branch = plain.below(mover)
        if top in branch:
            assert (await refused(company, move))[0] == "cycle"
            continue
        passed = plain.find(strategy, top)[0] in branch
        place = plain.find(strategy, top, mover)
        told = await foretold(company, move)
        if place == plain.parent[mover]:
            code, words = await refused(company, move)
            assert (passed, code) == (True, "same-place")
            assert words.endswith(f"; that slot is in the branch of {mover}, and there is no other.")
            done.add(f"{tree} nowhere else")
            continue
        [receipt] = await company.write(move)
        assert (receipt.data["parent_id"], receipt.data["slot"]) == place, (strategy, top)
        assert top in receipt.data["why"]
        assert receipt.data["why"].endswith(f"branch of {mover}, so the first one outside") == passed
        assert told.fact is not None
        assert told.fact.decided == receipt.data
        plain.move(mover, *place)
        done |= {f"{tree} {strategy}", f"{tree} {strategy} past the branch"} if passed else {f"{tree} {strategy}"}
    expected = {f"binary {one}" for one in STRATEGIES if "volume_" not in one} | {"matrix first_open"}
    expected |= {"binary nowhere else", "matrix first_open past the branch"}
    expected |= {f"binary {one} past the branch" for one in SEARCHING if one != "right_leg"}
    assert done >= expected, expected - done
    for tree, plain in trees.items():
        asked = {"id": "D0", "at": ms(2026, 3, 21), "seq": 10**9, "depth": 99, "page": 99}
        row = await graph.read_one(f"procedures/downline_as_of_{tree}", asked)
        assert row is not None
        stand = zip(row["ids"], row["parent_ids"], row["slots"], strict=True)
        assert {id: (parent, slot) for id, parent, slot in stand} == plain.parent
    await healthy(company)


async def test_what_was_foretold_is_found_again_when_it_is_written(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(open_period(MARCH), enrol("D0", None), *chain("L", 3, "D0"), enrol("R", "D0", "D0", 2))
    move = Move("L2", "binary", "R", strategy="first_open")
    told = (await foretold(company, move)).fact
    assert told is not None
    assert (told.decided["parent_id"], told.decided["slot"]) == ("R", 1)
    await company.write(enrol("first", "D0", "R", 1))
    said = Submission("move", "test", "", move)
    receipt = await company.writer.submit(said)
    assert (receipt.data["parent_id"], receipt.data["slot"]) == ("R", 2)
    assert receipt.data["why"] == "the first open slot below R"
    again = await company.writer.submit(said)
    assert (again.data, again.replayed) == (receipt.data, True), "though R has no open slot by now"
    await healthy(company)


async def test_what_is_refused(graph: GraphDatabase) -> None:
    company = Company(graph)
    company.clock.set(2026, 3, 10)
    await company.write(enrol("D0", None), *chain("L", 3, "D0"), enrol("R", "D0", "D0", 2), enrol("waits", "D0"))
    assert await refused(company, Move("L1", "binary", "L2", strategy="first_open")) == (
        "cycle",
        "L2 is L1 or stands below L1 in the binary tree; move to somebody outside that downline.",
    )
    code, words = await refused(company, Move("L1", "binary", "L0", strategy="outside_left"))
    assert (code, words.partition(": ")[0]) == ("same-place", "L1 already stands in slot 1 of L0")
    assert words.endswith(
        ": the outside of the left leg of L0; that slot is in the branch of L1, and there is no other."
    )
    nobody = await refused(company, Move("L1", "binary", "waits", strategy="first_open"))
    assert nobody == ("not-placed", "waits has no place in the binary tree yet; place them first.")
    assert (await refused(company, Move("waits", "binary", "R", strategy="first_open")))[0] == "not-placed"
    assert (await refused(company, Move("L1", "sponsor", "R", strategy="first_open")))[0] == "invalid-command"
    assert (await refused(company, Move("L1", "matrix", "R", strategy="first_open")))[0] == "no-matrix"
    weighed = await refused(company, Move("L1", "binary", "R", strategy="lighter_by_volume"))
    assert weighed[0] == "no-open-period"
    assert "Open one, or choose another strategy" in weighed[1]
    assert (await refused(company, Move("L1", "binary", "none", strategy="first_open")))[0] == "unknown-distributor"
    await company.write(KeepMatrix(2, 9), Place("L0", Explicit("D0", 1), ms(2026, 3, 1), "matrix"))
    wrong = await refused(company, Move("L0", "matrix", "D0", strategy="outside_left"))
    assert wrong == ("invalid-command", "The strategy 'outside_left' is not one of first_open.")


async def test_dates_and_policy_are_of_the_place_that_is_found(graph: GraphDatabase) -> None:
    company = Company(graph)
    company.clock.set(2026, 3, 5)
    await company.write(enrol("D0", None), *chain("L", 3, "D0"), enrol("R", "D0", "D0", 2), enrol("S", "D0", "R", 1))
    company.clock.set(2026, 3, 10)
    await company.write(Move("S", "binary", "L2", 1))
    code, words = await refused(company, Move("L2", "binary", "R", effective_at=ms(2026, 3, 8), strategy="first_open"))
    assert code == "slot-taken"
    assert "was S's" in words
    await company.write(SetMovePolicy("UTC", (MoveLimits("binary", stay_below="sponsor"),)))
    assert (await refused(company, Move("L2", "binary", "R", strategy="outside_right")))[0] == "policy"
    since = ms(2026, 3, 10, 1)
    company.clock.set(2026, 3, 11)
    await company.write(SetMovePolicy("UTC", ()))
    [receipt] = await company.write(Move("L2", "binary", "R", effective_at=since, strategy="first_open"))
    assert (receipt.data["parent_id"], receipt.data["slot"]) == ("R", 1)
    await healthy(company)
