"""A run on its way from a preview to pay, and back, on the real graph."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

import pytest

from app.amounts import from_minor
from app.demo.commit import commit_with_two
from app.errors import BanyanError
from app.facts import errors
from app.facts.commands import Enrol, Order, Receipt, Step
from app.facts.runs import RunState
from app.plans.loader import library, load_plan, parse_plan
from app.plans.models import Plan
from app.runs.errors import NoRunError
from app.runs.models import Run
from app.runs.text import payments_csv, statement_lines
from app.wiring import House
from tests.component.runs.test_runs import DAY, JANUARY_5, WEEKLY, spillover_company

pytestmark = pytest.mark.anyio


@pytest.fixture
def sample() -> Plan:
    return load_plan(library()["sample"])


@pytest.fixture
def generous(sample: Plan) -> Plan:
    """The sample by another version."""
    return parse_plan(sample.canonical().replace(f'"version":"{sample.version}"', '"version":"corrected"'))


@pytest.fixture
def levels() -> Plan:
    """Pays every sponsor a tenth."""
    level = {"type": "unilevel", "name": "Level bonus", "levels_by_rank": {"Member": ["10%"]}}
    return parse_plan(json.dumps(WEEKLY | {"calendar": "monthly", "bonuses": [level]}).encode(), "levels")


@pytest.fixture
async def january(house: House) -> House:
    """A company whose January is closed, with a dozen earners by `levels`, and whose February is open."""
    desk = await spillover_company(house)
    for number in range(1, 8):
        await desk(Enrol(f"Q{number}", f"P{number}", "Q", "", JANUARY_5))
        await desk(Order(f"Q{number}", f"Q{number}", "distributor", JANUARY_5 + DAY, 30_000, 20_000 + number))
    await house.periods.close("2026-01", key="close", actor="test")
    return house


async def step(
    house: House, run: Run, what: Step, actor: str, reason: str = "", people: Sequence[str] = (), key: str = ""
) -> Receipt:
    return await house.runs.step(
        run.id, what, key=key or f"{what} {actor} {reason} {people}", actor=actor, reason=reason, distributors=people
    )


async def state(house: House, run: Run) -> RunState:
    return (await house.runs.get(run.id)).state


async def paid_by(house: House, run: Run) -> dict[str, int | None]:
    rows = await house.graph.adhoc(
        "MATCH (s:Statement {run: $run}) WHERE s.amount <> 0 RETURN s.distributor, s.paid_seq",
        {"run": run.id}, timeout_s=5, max_rows=100, max_bytes=100_000,
    )  # fmt: skip
    return {str(row[0]): row[1] for row in rows.rows}


async def amounts_of(house: House, run: Run) -> dict[str, int]:
    """What a run's statements come to, of those that it pays something."""
    return {one.distributor: one.amount for one in await house.runs.payments(run.id, limit=100)}


async def seq_of(house: House) -> int:
    head = await house.graph.read_one("queries/facts/head")
    assert head is not None
    return int(head["seq"])


async def test_the_whole_way_to_pay_and_back_with_who_when_and_why(january: House, sample: Plan) -> None:
    house, run = january, await january.runs.calculate("2026-01", sample)
    await house.plans.register(sample, date(2026, 1, 1), key="plan", actor="board")
    assert (run.state, run.final) == ("preview", True)
    assert await house.runs.steps(run.id) == []
    await step(house, run, "review", "ann", "January looks right")
    await step(house, run, "send_back", "bob", "who is P3?")
    assert (await house.runs.calculate("2026-01", sample)).id == run.id
    assert await state(house, run) == "preview"
    await step(house, run, "review", "cid")
    await step(house, run, "lock", "ann")
    await step(house, run, "unlock", "ann", "too early")
    await step(house, run, "lock", "bob")
    assert (await house.runs.calculate("2026-01", sample)).state == "locked", "calculated again it stays where it is"
    with pytest.raises(NoRunError):
        await house.statements.statement("P1", "2026-01")
    for actor in ("cid", "bob", "Bob"):
        with pytest.raises(errors.SecondPersonError):
            await step(house, run, "approve", actor)
    await step(house, run, "approve", "ann", "second pair of eyes")
    approved = await step(house, run, "approve", "ann", "second pair of eyes")
    assert approved.replayed, "the same key is answered as before"
    with pytest.raises(errors.RunConflictError, match=r"approved already since fact \d+, by ann"):
        await step(house, run, "approve", "ann", key="another key")
    await house.runs.commit(run.id, key="commit", actor="dora")
    assert (await house.statements.statement("P1", "2026-01")).run.committed
    before = await seq_of(house)
    await step(house, run, "pay", "eve", "bank file 7")
    told = [(one.step, one.state, one.actor, one.reason) for one in await house.runs.steps(run.id)]
    assert told == [
        ("review", "in_review", "ann", "January looks right"),
        ("send_back", "preview", "bob", "who is P3?"),
        ("review", "in_review", "cid", ""),
        ("lock", "locked", "ann", ""),
        ("unlock", "in_review", "ann", "too early"),
        ("lock", "locked", "bob", ""),
        ("approve", "approved", "ann", "second pair of eyes"),
        ("commit", "committed", "dora", ""),
        ("pay", "paid", "eve", "bank file 7"),
    ]
    last = (await house.runs.steps(run.id))[-1]
    assert (last.seq, last.paid_people, last.paid_amount) == (before + 1, run.payees, run.amount)
    assert (await house.audit.verify()).problems == ()
    assert [one.id for one in await house.runs.all(state="paid")] == [run.id]
    assert await house.runs.all(state="committed") == []


async def test_any_number_of_previews_side_by_side_and_one_of_them_is_committed(
    january: House, sample: Plan, generous: Plan
) -> None:
    house = january
    one, two = [await house.runs.calculate("2026-01", plan) for plan in (sample, generous)]
    assert one.id != two.id

    async def locked(run: Run, plan: Plan) -> None:
        await house.plans.register(plan, date(2026, 1, 1), key=f"plan of {run.id}", actor="board")
        await step(house, run, "review", "ann", key=f"review {run.id}")
        await step(house, run, "lock", "ann", key=f"lock {run.id}")

    await locked(one, sample)
    answers = await asyncio.gather(
        *(house.runs.step(one.id, "approve", key=f"approve by {who}", actor=who) for who in ("bob", "cid", "dora")),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Receipt", "RunConflictError", "RunConflictError"]
    await locked(two, generous)
    await step(house, two, "approve", "bob", key="approve two")
    answers = await asyncio.gather(
        *(house.runs.commit(run.id, key=f"commit {run.id} by {who}", actor=who) for run in (one, two) for who in "xy"),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1
    expected = errors.RunConflictError | errors.UnregisteredPlanError
    assert all(isinstance(answer, expected) for answer in answers if isinstance(answer, BanyanError)), answers
    assert [await state(house, run) for run in (one, two)] == ["approved", "committed"], "by the plan that pays by then"
    assert (await house.periods.get("2026-01")).run == two.id
    assert (await house.audit.verify()).problems == ()


async def test_partly_paid_by_name_then_the_rest(january: House, levels: Plan) -> None:
    house, run = january, await january.runs.calculate("2026-01", levels)
    with pytest.raises(errors.RunConflictError, match="is preview; to pay it, it must be committed or partly_paid"):
        await step(house, run, "pay", "eve")
    await commit_with_two(house, run.id)
    owed = await paid_by(house, run)
    first, second, *rest = sorted(owed)
    nobody = next(id for id in (f"Q{n}" for n in range(1, 8)) if id not in owed)
    receipt = await step(house, run, "pay", "eve", people=[first, second])
    amounts = [(await house.statements.statement(id, "2026-01")).amount for id in (first, second)]
    assert (receipt.data["paid_people"], receipt.data["paid_amount"]) == (2, sum(amounts))
    assert await state(house, run) == "partly_paid"
    assert await paid_by(house, run) == owed | {first: receipt.seq, second: receipt.seq}
    before = await seq_of(house)
    for people, words in (
        ([second, rest[0]], f"paid {second} already"),
        ([nobody, rest[0]], f"pays nothing to {nobody}"),
        (["stranger"], "stranger is not enrolled"),
        ([rest[0], rest[0]], "Named twice"),
    ):
        with pytest.raises(BanyanError, match=words):
            await step(house, run, "pay", "eve", people=people)
    assert await seq_of(house) == before, "a refusal leaves nothing behind"
    racing = await asyncio.gather(
        *(step(house, run, "pay", who, people=[rest[0]]) for who in ("eve", "finn")), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in racing) == ["Receipt", "RunConflictError"]
    own = {id: (await house.runs.own(id))[0] for id in (first, rest[0], rest[1], nobody)}
    assert own[first].paid_seq == receipt.seq
    assert own[rest[0]].paid_seq is not None
    assert (own[rest[1]].paid_seq, own[rest[1]].state) == (None, "partly_paid")
    assert (own[nobody].amount, own[nobody].paid_seq) == (0, None)
    whole = await step(house, run, "pay", "eve")
    assert whole.data["paid_people"] == run.payees - 3
    told = await house.runs.get(run.id)
    assert (told.state, told.paid_people, told.paid_amount) == ("paid", run.payees, run.amount)
    assert (await house.runs.own(rest[1]))[0].paid_seq == whole.seq
    assert (await house.audit.verify()).problems == ()


async def test_a_voided_run_is_superseded_and_what_it_paid_stays_told(
    january: House, sample: Plan, generous: Plan
) -> None:
    house = january
    old = await house.runs.calculate("2026-01", sample)
    await commit_with_two(house, old.id)
    paid = min(await paid_by(house, old))
    receipt = await step(house, old, "pay", "eve", people=[paid])
    new = await house.runs.calculate("2026-01", generous)
    with pytest.raises(errors.RunConflictError, match=f"committed run already, {old.id}; void that one first"):
        await commit_with_two(house, new.id)
    assert await state(house, new) == "locked"
    with pytest.raises(errors.InvalidCommandError, match="needs a reason"):
        await step(house, old, "void", "dora")
    await step(house, old, "void", "dora", "the plan was read wrongly")
    assert (await house.periods.get("2026-01")).run is None
    with pytest.raises(NoRunError):
        await house.statements.statement(paid, "2026-01")
    with pytest.raises(errors.RunConflictError, match="is voided already"):
        await step(house, old, "void", "dora", "again")
    assert (await house.audit.verify()).problems == ()
    await house.runs.step(new.id, "approve", key="approve new", actor="bob")
    await house.runs.commit(new.id, key="commit new", actor="bob")
    was, is_now = await house.runs.get(old.id), await house.runs.get(new.id)
    assert (was.state, was.superseded_by, was.supersedes) == ("voided", new.id, None)
    assert (is_now.state, is_now.supersedes, is_now.superseded_by) == ("committed", old.id, None)
    assert (was.paid_people, was.paid_amount) == (1, receipt.data["paid_amount"])
    own = {run.id: run for run in await house.runs.own(paid)}
    assert (own[old.id].state, own[old.id].paid_seq) == ("voided", receipt.seq)
    assert (own[new.id].state, own[new.id].paid_seq) == ("committed", None)
    other = next(id for id in await paid_by(house, old) if id != paid)
    assert [run.id for run in await house.runs.own(other)] == [new.id], "a voided run that paid them nothing"
    assert (await house.statements.statement(paid, "2026-01")).run.id == new.id
    assert (await house.runs.calculate("2026-01", sample)).state == "voided"
    report = await house.audit.verify()
    assert (report.runs, report.problems) == (2, ())


def levels_at(rate: int) -> Plan:
    level = {"type": "unilevel", "name": "Level bonus", "levels_by_rank": {"Member": [f"{rate}%"]}}
    said = {"name": f"Levels at {rate} %", "calendar": "monthly", "bonuses": [level]}
    return parse_plan(json.dumps(WEEKLY | said).encode(), "levels")


async def test_what_a_voided_run_paid_is_set_off_against_the_next_one(january: House) -> None:
    """Two are paid at 10 %, everybody at 12 % what is missing, and at 8 % nothing is left to pay and all have too much;
    each sum is made here from the statements of each run alone."""
    house = january
    ten, twelve, eight = [await house.runs.calculate("2026-01", levels_at(rate)) for rate in (10, 12, 8)]
    owed = {run.id: await amounts_of(house, run) for run in (ten, twelve, eight)}
    everybody = sorted(owed[ten.id])
    first, second, third, *_ = everybody
    await commit_with_two(house, ten.id)
    await step(house, ten, "pay", "eve", people=[first, second])
    await step(house, ten, "void", "dora", "12 was meant")

    await commit_with_two(house, twelve.id)
    before = {id: owed[ten.id][id] if id in (first, second) else 0 for id in everybody}
    run = await house.runs.get(twelve.id)
    assert (run.set_off_people, run.set_off_amount, run.overpaid_amount) == (0, sum(before.values()), 0)
    assert sum(before.values()) > 0
    found = {one.distributor: one for one in await house.runs.payments(twelve.id, limit=100)}
    assert {id: (one.amount, one.received, one.to_pay, one.overpaid) for id, one in found.items()} == {
        id: (owed[twelve.id][id], before[id], owed[twelve.id][id] - before[id], 0) for id in everybody
    }
    statement = await house.statements.statement(first, "2026-01")
    left = owed[twelve.id][first] - before[first]
    assert (statement.amount, statement.received, statement.to_pay) == (owed[twelve.id][first], before[first], left)
    assert any(f"was paid before, by a run that was voided: {from_minor(left)} is to pay" in line
               for line in statement_lines(statement))  # fmt: skip
    receipt = await step(house, twelve, "pay", "eve", people=[first, third])
    assert receipt.data["paid_amount"] == left + owed[twelve.id][third]
    await step(house, twelve, "pay", "eve", "the rest")
    paid = await house.runs.get(twelve.id)
    assert (paid.state, paid.paid_people) == ("paid", len(everybody))
    assert paid.paid_amount == sum(owed[twelve.id].values()) - sum(before.values())
    assert (await house.audit.verify()).problems == ()

    await step(house, twelve, "void", "dora", "8 was meant")
    await commit_with_two(house, eight.id)
    again = await house.runs.commit(eight.id, key=f"commit-{eight.id}", actor="bob")
    assert again.replayed
    run = await house.runs.get(eight.id)
    assert [*run.before] == [ten.id, twelve.id]
    beyond = sum(owed[twelve.id].values()) - sum(owed[eight.id].values())
    assert (run.set_off_people, run.set_off_amount, run.overpaid_amount) == (len(everybody), run.amount, beyond)
    with pytest.raises(errors.RunConflictError, match=f"pays nothing to {first} beyond what runs of the period"):
        await step(house, eight, "pay", "eve", people=[first])
    own = {one.id: one for one in await house.runs.own(first)}
    assert (own[eight.id].amount, own[eight.id].to_pay) == (owed[eight.id][first], 0)
    assert own[eight.id].received == owed[twelve.id][first]
    receipt = await step(house, eight, "pay", "eve", "nothing is left")
    assert (receipt.data["state"], receipt.data["paid_people"], receipt.data["paid_amount"]) == ("paid", 0, 0)
    assert (await house.audit.verify()).problems == ()
    sheet = payments_csv(await house.runs.payments(eight.id, limit=1)).splitlines()
    assert sheet[0] == "distributor,amount,paid_before,to_pay,overpaid,paid_by_fact"
    assert len(sheet) == 2
    await house.graph.run_script("damage", [f"MATCH (r:Run {{id: '{eight.id}'}}) SET r.set_off_amount = 1"])
    [named] = (await house.audit.verify()).problems
    assert "says set_off_amount 1" in named


async def test_what_a_later_run_reads_is_not_taken_away_from_it(january: House, sample: Plan, generous: Plan) -> None:
    """February carries on from January: no January is voided below a committed February, and a February that was
    calculated from a January which is voided since goes no step further."""
    house = january
    old = await house.runs.calculate("2026-01", sample)
    await commit_with_two(house, old.id)
    await house.periods.close("2026-02", key="close 2", actor="test")
    february = await house.runs.calculate("2026-02", sample)
    assert february.carries_from == old.id
    await step(house, february, "review", "ann", key="review february")
    await step(house, february, "lock", "ann", key="lock february")
    await step(house, old, "void", "dora", "wrong")
    with pytest.raises(errors.RunConflictError, match="the committed run of 2026-01 is none by now"):
        await step(house, february, "approve", "bob")
    new = await house.runs.calculate("2026-01", generous)
    await commit_with_two(house, new.id)
    with pytest.raises(errors.RunConflictError, match=f"the committed run of 2026-01 is {new.id}"):
        await step(house, february, "approve", "bob")
    again = await house.runs.calculate("2026-02", generous)
    assert again.carries_from == new.id
    await commit_with_two(house, again.id)
    with pytest.raises(errors.RunConflictError, match=f"Period 2026-02 has the committed run {again.id}"):
        await step(house, new, "void", "dora", "wrong again")
    await step(house, again, "void", "dora", "wrong too")
    await step(house, new, "void", "dora", "wrong again")
    assert (await house.audit.verify()).problems == ()


async def test_a_run_by_another_plan_than_the_registered_one_stays_a_preview(
    january: House, sample: Plan, generous: Plan
) -> None:
    """A file that nobody registered, and one that was corrected meanwhile: refused at each step from the lock on."""
    house, day = january, date(2026, 1, 1)
    run = await house.runs.calculate("2026-01", generous)
    await step(house, run, "review", "ann")
    with pytest.raises(errors.UnregisteredPlanError, match="no plan is registered to pay it: it stays a preview"):
        await step(house, run, "lock", "ann")
    await house.plans.register(sample, day, key="sample", actor="board")
    with pytest.raises(errors.UnregisteredPlanError, match=r"and Sample hybrid 2026\.1 pays it"):
        await step(house, run, "lock", "ann")
    await house.plans.register(generous, day, key="corrected", actor="board")
    await step(house, run, "lock", "ann")
    await house.plans.register(sample, day, key="sample again", actor="board")
    with pytest.raises(errors.UnregisteredPlanError):
        await step(house, run, "approve", "bob")
    await house.plans.register(generous, day, key="corrected again", actor="board")
    await step(house, run, "approve", "bob")
    await house.plans.register(sample, date(2026, 2, 1), key="from the next month on", actor="board")
    await house.runs.commit(run.id, key="commit", actor="bob")
    assert (await house.audit.verify()).problems == ()
    await house.plans.register(sample, day, key="too late", actor="board")
    assert (await house.audit.verify()).problems == (), "as of the commit"
    await house.graph.run_script("damage", ["MATCH (f:RegisterPlan) WHERE f.key STARTS WITH 'corrected' DELETE f"])
    problems = (await house.audit.verify()).problems
    assert any("Sample hybrid 2026.1 was registered to pay 2026-01" in problem for problem in problems), problems


async def test_an_estimate_goes_no_step_even_once_the_period_is_closed(house: House, sample: Plan) -> None:
    """It was calculated before the last orders came."""
    await spillover_company(house)
    estimate = await house.runs.calculate("2026-01", sample)
    with pytest.raises(errors.RunConflictError, match="2026-01 is not closed"):
        await step(house, estimate, "review", "ann")
    await house.periods.close("2026-01", key="close", actor="test")
    with pytest.raises(errors.RunConflictError, match=r"it is an estimate, .* Calculate 2026-01 again"):
        await step(house, estimate, "review", "ann")


DAMAGES: dict[str, tuple[str, str]] = {
    "state": ("MATCH (r:Run {id: $run}) SET r.state = 'preview'", "says state 'preview'; by the facts"),
    "second person": ("MATCH (r:Run {id: $run}) SET r.locked_by = 'bob'", "says locked_by 'bob'"),
    "paid": ("MATCH (r:Run {id: $run}) SET r.paid_amount = 1", "says paid_amount 1"),
    "statement": (
        "MATCH (s:Statement {run: $run}) WHERE s.paid_seq IS NULL AND s.amount > 0 WITH s LIMIT 1 SET s.paid_seq = 5",
        "says paid_seq 5; by the run's files it is None",
    ),
    "carry": ("MATCH (r:Run {id: $run}) SET r.carries_from = 'x'", "says carries_from 'x'"),
    "period": ("MATCH (p:Period {number: 202601}) REMOVE p.run", "Period 202601 of 'monthly' says the run none"),
    "fact": ("MATCH (f:StepRun {run_id: $run, step: 'lock'}) SET f.actor = 'bob'", "says locked_by 'ann'"),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_the_audit_names_a_step_that_no_fact_tells(january: House, sample: Plan, damage: str) -> None:
    house, run = january, await january.runs.calculate("2026-01", sample)
    await commit_with_two(house, run.id, first="ann", second="bob")
    await step(house, run, "pay", "eve", people=[min(await paid_by(house, run))])
    assert (await house.audit.verify()).intact
    statement, words = DAMAGES[damage]
    await house.graph.run_script("damage", [statement.replace("$run", f"'{run.id}'")])
    report: Any = await house.audit.verify()
    assert any(words in problem for problem in report.problems), report.problems
    assert report.chain.intact == (damage != "fact")


async def test_every_step_that_is_asked_for_again_happens_once(january: House, levels: Plan) -> None:
    """Twice at once and once more afterwards, as by somebody whose connection broke: one fact, answered alike."""
    house, run = january, await january.runs.calculate("2026-01", levels)
    await house.plans.register(levels, date(2026, 1, 1), key="plan", actor="board")

    async def thrice(ask: Callable[[], Awaitable[Receipt]]) -> Receipt:
        before = await seq_of(house)
        first, second = await asyncio.gather(ask(), ask())
        stood = await house.runs.get(run.id)
        third = await ask()
        assert await seq_of(house) == before + 1
        assert (first.seq, first.data) == (second.seq, second.data) == (third.seq, third.data)
        assert sorted([first.replayed, second.replayed]) == [False, True]
        assert third.replayed
        assert await house.runs.get(run.id) == stood
        return third

    somebody = min(await paid_by(house, run))
    walk: list[tuple[Step, str, str, Sequence[str]]] = [
        ("review", "ann", "", ()),
        ("send_back", "bob", "who is P3?", ()),
        ("review", "ann", "again", ()),
        ("lock", "ann", "", ()),
        ("unlock", "ann", "too early", ()),
        ("lock", "ann", "now", ()),
        ("approve", "bob", "", ()),
    ]
    for what, actor, reason, people in walk:
        await thrice(partial(step, house, run, what, actor, reason, people))
    await thrice(partial(house.runs.commit, run.id, key="commit", actor="dora"))
    paid = await thrice(partial(step, house, run, "pay", "eve", people=[somebody]))
    rest = await thrice(partial(step, house, run, "pay", "eve", "the rest"))
    assert (paid.data["paid_people"], rest.data["paid_people"]) == (1, run.payees - 1)
    stands = await house.runs.get(run.id)
    assert paid.data["paid_amount"] + rest.data["paid_amount"] == stands.paid_amount == run.amount
    await thrice(partial(step, house, run, "void", "dora", "wrong"))
    told = await house.runs.steps(run.id)
    assert [one.step for one in told] == [*(what for what, *_ in walk), "commit", "pay", "pay", "void"]
    assert all(one.recorded_at > 0 and one.seq > 0 and one.actor for one in told)
    assert [one.recorded_at for one in told] == sorted(one.recorded_at for one in told)
    assert (await house.audit.verify()).problems == ()
