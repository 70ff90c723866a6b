"""What the policy of moves refuses, what an override leaves behind, and what a preview foretells."""

from pathlib import Path

import pytest

from app.engine.ranking import rank_people
from app.facts import errors
from app.facts.commands import Command, Move, MoveLimits, SetMovePolicy, Submission, Terminate
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.moves.models import Figures
from app.periods import calendars
from app.plans.loader import library, load_plan, parse_plan
from app.plans.models import Plan
from app.runs.snapshots import NO_CARRY, SnapshotRepository
from app.settings import Settings
from app.wiring import House, build_house
from tests.component.volumes.company import APRIL, MARCH, Company, enrol, ms, open_period, order

pytestmark = pytest.mark.anyio
ZONE = "Pacific/Auckland"


@pytest.fixture
async def company(graph: GraphDatabase) -> Company:
    company = Company(graph)
    company.clock.set(2026, 3, 1)
    await company.write(
        open_period(MARCH),
        enrol("A", None),
        enrol("B", "A", "A", 1),
        enrol("C", "A", "A", 2),
        enrol("D", "B", "B", 1, at=ms(2026, 2, 20)),
        enrol("E", "D", "D", 1, at=ms(2026, 2, 20)),
        enrol("F", "B", "D", 2, at=ms(2026, 2, 20)),
    )
    company.clock.set(2026, 3, 10)
    return company


@pytest.fixture
def house(company: Company, test_settings: Settings, tmp_path: Path) -> House:
    return build_house(test_settings.model_copy(update={"data_dir": tmp_path}), company.graph, company.clock)


async def broken(company: Company, command: Command) -> list[str]:
    said = await company.writer.rehearse(Submission("rehearsal", "test", "test", command))
    if said.refusal is None:
        return []
    assert isinstance(said.refusal, errors.PolicyError), said.refusal
    return list(said.refusal.details["rules"])


async def test_each_rule_is_kept_to_and_named(company: Company) -> None:
    move = Move("D", "sponsor", "C")
    assert await broken(company, move) == []
    sponsor = MoveLimits("sponsor", 18, 1, "enroller", (11,), 3)
    await company.write(SetMovePolicy(ZONE, (sponsor, MoveLimits("binary", stay_below="sponsor"))))
    # In Auckland the 11th has begun; D enrolled on the 20th of February, 18 days ago.
    company.clock.set(2026, 3, 10, 11)
    back = Move("D", "sponsor", "C", effective_at=ms(2026, 3, 6))
    assert await broken(company, back) == [
        "blackout_days",
        "window_days",
        "backdate_days",
        "largest_subtree",
        "stay_below",
    ]
    assert await broken(company, Move("D", "binary", "C", 1)) == ["stay_below"], "B stands elsewhere"
    assert await broken(company, Move("F", "binary", "B", 2)) == []
    # Only the newest policy counts.
    await company.write(SetMovePolicy("UTC", (MoveLimits("sponsor", largest_subtree=2, blackout_days=(11,)),)))
    assert await broken(company, move) == []
    assert await broken(company, Move("B", "sponsor", "C")) == ["largest_subtree"]


async def test_an_override_needs_a_reason_and_is_in_the_fact(company: Company) -> None:
    await company.write(SetMovePolicy("UTC", (MoveLimits("sponsor", window_days=0),)))
    with pytest.raises(errors.InvalidCommandError, match="reason"):
        await company.writer.submit(Submission("o1", "test", " ", Move("D", "sponsor", "C", override=True)))
    receipt = await company.writer.submit(
        Submission("o2", "test", "board decision 7", Move("D", "sponsor", "C", override=True))
    )
    assert receipt.data["overridden"] == "window_days"
    assert (await verify_chain(company.graph)).problems == ()


async def test_a_policy_that_says_nothing_sensible_is_refused(company: Company) -> None:
    limits = MoveLimits("sponsor")
    for policy in (
        SetMovePolicy("Mars", ()),
        SetMovePolicy("UTC", (limits, limits)),
        SetMovePolicy("UTC", (MoveLimits("sponsor", window_days=-1),)),
        SetMovePolicy("UTC", (MoveLimits("sponsor", blackout_days=(32,)),)),
        SetMovePolicy("UTC", (MoveLimits("binary", stay_below="enroller"),)),
    ):
        with pytest.raises(errors.InvalidCommandError):
            await company.writer.submit(Submission("p", "test", "", policy))


async def test_a_preview_foretells_what_the_move_does_then(company: Company, house: House) -> None:
    """Figures of everybody before and after, in both trees, an open month in grace and the present one."""
    await company.write(open_period(APRIL), order("o1", "E", 1000), order("o2", "F", 70), order("o3", "C", 9))
    company.clock.set(2026, 4, 4)
    await company.write(order("o4", "E", 30, at=ms(2026, 4, 2)))
    await company.catch_up()
    for move in (
        Move("D", "binary", "C", 1),
        Move("D", "sponsor", "C", effective_at=ms(2026, 3, 20)),
        Move("F", "sponsor", "E"),
    ):
        found = await house.moves.preview_move(move)
        assert found.refusal is None
        asked = [(None, found.people)] + [(int(name.replace("-", "")), changes) for name, changes in found.volumes]
        expected = {period: {change.id: change for change in changes} for period, changes in asked}
        assert (MARCH in expected) == (move.effective_at is not None), "a month that ended before does not change"
        before = {period: await figures(company, move.tree, period) for period in expected}
        await company.write(move)
        await company.catch_up()
        for period, changes in expected.items():
            after = await figures(company, move.tree, period)
            changed = {id for id in after if after[id] != before[period][id]}
            if period is None or before[period][move.id] != Figures():
                assert changed == {id for id, change in changes.items() if change.before != change.after}
            for id, change in changes.items():
                assert (change.before, change.after) == (before[period][id], after[id]), (period, id)
            meeting = [change for change in changes.values() if change.before == change.after and len(change.legs) == 2]
            for change in meeting:
                lost, gained = change.legs
                assert lost.before.people - lost.after.people == gained.after.people - gained.before.people


async def test_every_open_period_of_every_calendar_is_foretold(company: Company, house: House) -> None:
    """A week that has ended but is open still, the present one, a day and the month: what is told is what happens."""
    sample = library()["sample"].read_text()
    plans = {name: parse_plan(sample.replace("monthly", name)) for name in ("monthly", "weekly")}
    await company.write(
        *(calendars.period(name, "UTC") for name in ("2026-W10", "2026-W11", "2026-03-10")),
        order("o1", "C", 30_000, at=ms(2026, 3, 3)),
        order("o2", "D", 30_000, at=ms(2026, 3, 4)),
        order("o3", "D", 12_000, at=ms(2026, 3, 9, 12)),
        order("o4", "E", 40_000, at=ms(2026, 3, 9, 12)),
        order("o5", "E", 700, at=ms(2026, 3, 10)),
    )
    await house.runs.calculate("2026-03", plans["monthly"])
    await house.runs.calculate("2026-W10", plans["weekly"])
    await company.catch_up()
    names = ["2026-03-10", "2026-03", "2026-W10", "2026-W11"]
    today = await house.moves.preview_move(Move("D", "sponsor", "C"))
    ends_after = [name for name in names if name != "2026-W10"]
    assert [name for name, _ in today.volumes] == [one.period for one in today.ranks] == ends_after
    move = Move("D", "sponsor", "C", effective_at=ms(2026, 3, 5))
    found = await house.moves.preview_move(move)
    assert [name for name, _ in found.volumes] == [one.period for one in found.ranks] == names
    weighed = {name: await volumes_in(company, house, "sponsor", name) for name in names}
    ranked = {name: await paid_as(company, house, plans, name) for name in names[1:]}
    await company.write(move)
    await company.catch_up()
    for name, changes in found.volumes:
        after = await volumes_in(company, house, "sponsor", name)
        assert {change.id: (change.before, change.after) for change in changes} == {
            id: (weighed[name][id], after[id]) for id in "ABC"
        }
        assert {id for id in after if after[id] != weighed[name][id]} == {"B", "C"}
    assert "daily" in str(found.ranks[0].note)
    for ranks in found.ranks[1:]:
        assert ranks.period is not None
        then = await paid_as(company, house, plans, ranks.period)
        assert {change.id: (change.before, change.after) for change in ranks.changes} == {
            id: (was, then[id]) for id, was in ranked[ranks.period].items() if was != then[id]
        }
    assert [one.period for one in found.ranks if one.changes] == ["2026-03", "2026-W10"]


async def test_a_promotion_is_foretold_in_every_period_as_far_as_each_of_its_moves_holds_there(
    company: Company, house: House
) -> None:
    """B leaves in the first week. Under B came in the second: G by sponsor, who stood below C before, and H by place;
    so in the first week G stays where they were, and nobody moves in the binary tree."""
    sample = library()["sample"].read_text()
    plans = {name: parse_plan(sample.replace("monthly", name)) for name in ("monthly", "weekly")}
    noon = ms(2026, 3, 9, 12)
    await company.write(
        *(calendars.period(name, "UTC") for name in ("2026-W10", "2026-W11")),
        enrol("G", "C", at=ms(2026, 2, 20)),
        Move("G", "sponsor", "B", effective_at=noon),
        enrol("H", "A", "B", 2, at=noon),
        *(order(f"{id}1", id, 30_000, at=ms(2026, 3, 3)) for id in "BCDEFG"),
        *(order(f"{id}2", id, 20_000, at=ms(2026, 3, 9, 13)) for id in "CDEFGH"),
    )
    await house.runs.calculate("2026-03", plans["monthly"])
    await house.runs.calculate("2026-W10", plans["weekly"])
    await company.catch_up()
    names, trees, everybody = ["2026-03", "2026-W10", "2026-W11"], ("sponsor", "binary"), "ABCDEFGH"
    leaving = Terminate("B", "promote", ms(2026, 3, 5))
    found = await house.moves.preview_termination(leaving)
    assert found.refusal is None
    assert [name for name, _ in found.volumes] == [one.period for one in found.ranks] == names
    places = [(name, tree) for name in names for tree in trees]
    weighed = {place: await volumes_in(company, house, place[1], place[0], everybody) for place in places}
    ranked = {name: await paid_as(company, house, plans, name) for name in names}
    await house.moves.terminate(leaving, key="leaving", actor="test", reason="left")
    await company.catch_up()
    volumes = dict(found.volumes)
    for name, tree in places:
        told = {change.id: change for change in volumes[name] if change.tree == tree}
        before, after = weighed[name, tree], await volumes_in(company, house, tree, name, everybody)
        assert {id: (change.before, change.after) for id, change in told.items()} == {
            id: (before[id], after[id]) for id in told
        }, (name, tree)
        changed = {id for id in everybody if before[id] != after[id]}
        assert changed == {id for id, change in told.items() if change.before != change.after}, (name, tree)
    first = {(change.tree, change.id): {leg.id for leg in change.legs} for change in volumes["2026-W10"]}
    assert first == {("sponsor", "A"): {"D", "F", "B"}, ("sponsor", "B"): {"D", "F"}}
    for ranks in found.ranks:
        assert ranks.period is not None
        then = await paid_as(company, house, plans, ranks.period)
        assert {change.id: (change.before, change.after) for change in ranks.changes} == {
            id: (was, then[id]) for id, was in ranked[ranks.period].items() if was != then[id]
        }
    assert [one.period for one in found.ranks if one.changes] == ["2026-03", "2026-W10"]


async def volumes_in(
    company: Company, house: House, tree: str, name: str, everybody: str = "ABCDEF"
) -> dict[str, Figures]:
    """What everybody has in a tree in a period."""
    of = await house.periods.get(name)
    rows = {}
    for id in everybody:
        asked = {"id": id, "period": of.number, "calendar": of.calendar}
        rows[id] = await company.graph.read_one("procedures/tally", asked) or {}
    return {id: Figures(0, row[f"{tree}_pv"], row[f"{tree}_cv"]) for id, row in rows.items()}


async def paid_as(company: Company, house: House, plans: dict[str, Plan], name: str) -> dict[str, str | None]:
    """By which rank everybody would be paid if a period were calculated now."""
    of, snapshots = await house.periods.get(name), SnapshotRepository(company.graph)
    taken, plan = await snapshots.take(of, await snapshots.last_seq(), NO_CARRY), plans[of.calendar]
    ranks = (*plan.rank_names, None)
    return {id: ranks[rank] for id, rank in zip(taken.ids, rank_people(taken.snapshot, plan).paid_as, strict=True)}


async def figures(company: Company, tree: str, period: int | None) -> dict[str, Figures]:
    rows = {id: await company.figures(id, period or APRIL) for id in "ABCDEF"}
    if period is None:
        return {id: Figures(people=row[f"{tree}_heads"]) for id, row in rows.items()}
    return {id: Figures(0, row[f"{tree}_pv"], row[f"{tree}_cv"]) for id, row in rows.items()}


async def test_to_promote_moves_the_frontline_in_the_same_commit(company: Company, house: House) -> None:
    await company.write(order("o1", "E", 1000), enrol("G", "B", at=ms(2026, 3, 9)))
    leaving = Terminate("B", "promote", ms(2026, 3, 5))
    receipt, again = [await house.moves.terminate(leaving, key="t1", actor="test", reason="left") for _ in range(2)]
    assert (receipt.seq, receipt.replayed) == (again.seq, not again.replayed)
    await company.catch_up()
    await company.check()
    assert (await company.figures("B"))["sponsor_heads"] == 1
    assert (await company.figures("A"))["sponsor_heads"] == 7
    found = await SnapshotRepository(company.graph).take(await house.periods.get("2026-03"), receipt.seq + 9, NO_CARRY)
    ids, sponsor = found.ids, found.snapshot.people.sponsor
    assert {id: ids[sponsor[ix]] for ix, id in enumerate(ids) if id in "DFG"} == dict.fromkeys("DFG", "A")
    assert not found.snapshot.people.active[ids.index("B")]
    with pytest.raises(errors.InvalidCommandError, match="tops the company"):
        await house.moves.terminate(Terminate("A", "promote"), key="t2", actor="test", reason="left")
    with pytest.raises(errors.UnknownDistributorError):
        await house.moves.terminate(Terminate("X", "promote"), key="t3", actor="test", reason="left")


async def test_ranks_and_refusals_are_foretold(company: Company, house: House) -> None:
    plan = load_plan(library()["sample"])
    await company.catch_up()
    [none] = (await house.moves.preview_move(Move("D", "sponsor", "C"))).ranks
    assert none.note == "No plan has run yet."
    volumes = [order(f"o{id}", id, 30_000) for id in "BCDEF"]
    await company.write(*volumes)
    await house.runs.calculate("2026-03", plan)
    found = await house.moves.preview_termination(Terminate("B"))
    [ranks] = found.ranks
    assert ranks.plan == f"{plan.name} {plan.version}"
    assert "B" in {change.id for change in ranks.changes}
    cycle = await house.moves.preview_move(Move("B", "sponsor", "E"))
    assert isinstance(cycle.refusal, errors.CycleError)
    await company.write(SetMovePolicy("UTC", (MoveLimits("sponsor", window_days=0),)))
    kept = await house.moves.preview_move(Move("D", "sponsor", "C"))
    assert isinstance(kept.refusal, errors.PolicyError)
    assert {change.id for change in kept.people} == {"A", "B", "C"}
    with pytest.raises(errors.UnknownDistributorError):
        await house.moves.preview_move(Move("X", "sponsor", "C"))
