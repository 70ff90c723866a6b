"""Which way a run may go: every state with every step, and what else each step asks."""

from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BanyanError
from app.facts import errors
from app.facts.calendars import StoredPeriod
from app.facts.canonical import GENESIS_HASH
from app.facts.commands import STEPS, ClosePeriod, CommitRun, RegisterPlan, ReopenPeriod, Step, StepRun, Submission
from app.facts.decide import Chain, Decision, decide
from app.facts.limits import MAX_PAID_AT_ONCE
from app.facts.plans import RegisteredPlan
from app.facts.rows import calls_of
from app.facts.runs import COMMITTED, NEXT, RUN_STATES, WAYS, Due, RunStanding, RunState, received_by, to_pay
from app.facts.world import Person, World

NOW = 10_000
LEADS: dict[RunState, dict[str, RunState]] = {
    "calculating": {},
    "preview": {"review": "in_review"},
    "in_review": {"send_back": "preview", "lock": "locked"},
    "locked": {"unlock": "in_review", "approve": "approved"},
    "approved": {"unlock": "in_review", "commit": "committed"},
    "committed": {"pay": "paid", "void": "voided"},
    "partly_paid": {"pay": "paid", "void": "voided"},
    "paid": {"void": "voided"},
    "voided": {},
}
"""The whole of it, written down once more: from each state by each step that is possible."""
STANDING = RunStanding(
    calendar="monthly",
    period=202601,
    state="preview",
    hash="h",
    seq=90,
    carries_from=None,
    payees=3,
    amount=600,
    plan_name="Plan 1",
    plan_hash="p" * 64,
    sent_by="ann",
    locked_by="ann",
    stepped_by="ann",
    stepped_seq=95,
)


PLAN = RegisteredPlan("Plan", "1", "p" * 64, "monthly", date(2026, 1, 1), 80, "board", "", 0)


def world_with(standing: RunStanding = STANDING, **more: Any) -> World:
    """January is closed and its run R stands so; February is closed after it."""
    world = World(0, plans=[PLAN], **more)
    for number, name, starts in ((202601, "2026-01", 0), (202602, "2026-02", 100)):
        world.periods["monthly", number] = StoredPeriod("monthly", number, name, starts, starts + 100, False, 90)
    world.runs["R"] = standing
    if standing.state in COMMITTED:
        world.committed["monthly", 202601] = "R"
    for ix, id in enumerate("ABCD"):
        world.add(Person(ix, id, -1, -1, 0, 0))
    world.due = {("R", 0): Due(100, None), ("R", 1): Due(200, None), ("R", 2): Due(300, None), ("R", 3): Due(0, None)}
    return world


def command_of(step: str, *people: str, **other: Any) -> StepRun | CommitRun:
    said: dict[str, Any] = {"run_id": "R", "calendar": "monthly", "period": 202601, "run_hash": "h"} | other
    return CommitRun(**said) if step == "commit" else StepRun(**said | {"step": step}, distributors=people)


def take(world: World, step: str, *people: str, actor: str = "bob", reason: str = "so", **other: Any) -> Decision:
    submission = Submission(f"{step}{people[:5]}{actor}{reason}", actor, reason, command_of(step, *people, **other))
    return decide(Chain(99, GENESIS_HASH, 0), world, [submission], NOW)


def refusal(decision: Decision) -> BanyanError:
    [answer] = decision.answers
    assert isinstance(answer, BanyanError), answer
    assert decision.facts == []
    return answer


@pytest.mark.parametrize("step", WAYS)
@pytest.mark.parametrize("state", RUN_STATES)
def test_every_state_with_every_step(state: RunState, step: str) -> None:
    world = world_with(replace(STANDING, state=state))
    decision = take(world, step)
    if step in LEADS[state]:
        [fact] = decision.facts
        assert world.runs["R"].state == LEADS[state][step]
        assert fact.decided.get("state", "committed") == LEADS[state][step]
        assert (world.runs["R"].stepped_by, world.runs["R"].stepped_seq) == ("bob", 100)
    else:
        refused = refusal(decision)
        assert isinstance(refused, errors.RunConflictError)
        assert f"Run R is {state}" in refused.message or "committed run already, R" in refused.message
        assert NEXT[state] in refused.message or state in COMMITTED
        assert world.runs["R"].state == state


def test_the_machine_names_each_step_and_each_state_once() -> None:
    assert set(STEPS) | {"commit"} == set(WAYS)
    assert get_args(Step) == STEPS
    assert set(LEADS) == set(RUN_STATES) == set(NEXT)
    assert {way.to for way in WAYS.values()} | {"calculating", "partly_paid"} == set(RUN_STATES)


@given(st.lists(st.tuples(st.sampled_from([*WAYS]), st.sampled_from(["ann", "bob", "Ann "]), st.sampled_from("ABCD"))))
def test_no_way_leads_to_pay_past_a_second_person(walk: list[tuple[str, str, str]]) -> None:
    """However people step: what was committed was sent to review and locked by others than who approved it, nobody is
    paid twice, and what is paid is never more than the run."""
    world, chain = world_with(replace(STANDING, sent_by=None, locked_by=None)), Chain(99, GENESIS_HASH, 0)
    sent = locked = approved = ""
    paid: list[str] = []
    for number, (step, actor, person) in enumerate(walk):
        people = (person,) if step == "pay" and actor == "ann" else ()
        decision = decide(chain, world, [Submission(f"{number}", actor, "so", command_of(step, *people))], NOW)
        chain = decision.chain
        if not decision.facts:
            continue
        sent, locked, approved = (
            actor if step == taken else before
            for taken, before in (("review", sent), ("lock", locked), ("approve", approved))
        )
        paid += people
        if step == "commit":
            assert approved.strip().casefold() not in {sent.strip().casefold(), locked.strip().casefold()}
    standing = world.runs["R"]
    assert len(set(paid)) == len(paid)
    assert standing.paid_people <= standing.payees
    assert standing.paid_amount <= standing.amount
    if standing.state == "paid":
        assert (standing.paid_people, standing.paid_amount) == (3, 600)


@pytest.mark.parametrize("actor", ["ann", "ANN", " Ann"])
@pytest.mark.parametrize("own", [{"sent_by": "ann", "locked_by": "cid"}, {"sent_by": "cid", "locked_by": "ann"}])
def test_who_sent_it_to_review_or_locked_it_cannot_approve_it(actor: str, own: dict[str, Any]) -> None:
    refused = refusal(take(world_with(replace(STANDING, state="locked", **own)), "approve", actor=actor))
    assert isinstance(refused, errors.SecondPersonError)
    assert "ann" in refused.message
    assert "Somebody else" in refused.message


def test_approving_what_is_approved_is_answered_in_words() -> None:
    standing = replace(STANDING, state="approved", stepped_by="bob")
    assert refusal(take(world_with(standing), "approve")).message == (
        "Run R is approved already since fact 95, by bob. It can be committed, or unlocked with a reason."
    )


@pytest.mark.parametrize("step", [step for step, way in WAYS.items() if way.why])
def test_going_back_needs_a_reason(step: str) -> None:
    world = world_with(replace(STANDING, state=WAYS[step].of[0]))
    assert "needs a reason" in refusal(take(world, step, reason="  ")).message


@pytest.mark.parametrize("step", ["review", "lock", "approve", "commit"])
def test_towards_pay_goes_only_a_run_that_knows_all_of_a_closed_period(step: str) -> None:
    standing = replace(STANDING, state=WAYS[step].of[0])
    assert "is an estimate" in refusal(take(world_with(replace(standing, seq=89)), step)).message
    world = world_with(standing)
    world.periods["monthly", 202601].open = True
    assert "2026-01 is not closed" in refusal(take(world, step)).message


@pytest.mark.parametrize("step", ["review", "lock", "approve", "commit"])
@pytest.mark.parametrize("committed", ["voided since", "another", None])
def test_towards_pay_goes_only_a_run_that_begins_with_what_is_carried_on_today(
    step: str, committed: str | None
) -> None:
    february = replace(STANDING, state=WAYS[step].of[0], period=202602, carries_from="X")
    world = world_with()
    world.runs["F"] = february
    if committed is not None:
        world.committed["monthly", 202601] = committed
    said: dict[str, Any] = {"run_id": "F", "period": 202602}
    refused = refusal(take(world, step, **said))
    assert f"the committed run of 2026-01 is {committed or 'none by now'}" in refused.message
    world.committed["monthly", 202601] = "X"
    assert take(world, step, **said).facts


OTHERS: dict[str, tuple[list[RegisteredPlan], str]] = {
    "none": ([], "no plan is registered to pay it"),
    "later": ([replace(PLAN, effective_from=date(2026, 1, 2))], "no plan is registered to pay it"),
    "weekly": ([replace(PLAN, calendar="weekly")], "no plan is registered to pay it"),
    "content": ([replace(PLAN, hash="q" * 64)], "and Plan 1 pays it (hash qqqqqqqqqqqq, from 2026-01-01, fact 80)"),
    "corrected": ([PLAN, replace(PLAN, version="2", hash="q" * 64, seq=81)], "and Plan 2 pays it"),
    "since": ([PLAN, replace(PLAN, version="2", hash="q" * 64, seq=79)], ""),
    "next": ([PLAN, replace(PLAN, version="2", hash="q" * 64, effective_from=date(2026, 2, 1))], ""),
}


@pytest.mark.parametrize("registered", OTHERS)
@pytest.mark.parametrize("step", ["lock", "approve", "commit"])
def test_a_period_is_paid_by_the_plan_that_is_registered_for_it(step: str, registered: str) -> None:
    world = world_with(replace(STANDING, state=WAYS[step].of[0]))
    world.plans, words = OTHERS[registered]
    if not words:
        assert take(world, step).facts
        return
    refused = refusal(take(world, step))
    assert isinstance(refused, errors.UnregisteredPlanError)
    assert words in refused.message
    assert "Run R of 2026-01 was calculated by Plan 1 (hash pppppppppppp)" in refused.message
    assert "it stays a preview. Register its plan from 2026-01-01 or earlier on" in refused.message


@pytest.mark.parametrize("step", ["review", "send_back", "unlock", "pay", "void"])
def test_other_steps_ask_for_no_plan(step: str) -> None:
    world = world_with(replace(STANDING, state=WAYS[step].of[0]))
    world.plans = []
    assert take(world, step).facts


def test_a_plan_that_is_registered_in_the_same_batch_pays() -> None:
    world = world_with(replace(STANDING, state="in_review", plan_hash="a" * 64))
    world.plans = []
    register = RegisterPlan("Plan", "1", "a" * 64, "monthly", "2026-01-01")
    batch = [Submission("p", "board", "", register), Submission("l", "bob", "", command_of("lock"))]
    assert len(decide(Chain(99, GENESIS_HASH, 0), world, batch, NOW).facts) == 2


@pytest.mark.parametrize("step", ["approve", "commit"])
def test_a_period_has_one_run_until_it_is_voided(step: str) -> None:
    world = world_with(replace(STANDING, state="committed"))
    world.runs["S"] = replace(STANDING, state=WAYS[step].of[0])
    assert "committed run already, R; void that one" in refusal(take(world, step, run_id="S")).message
    assert take(world, "void").facts
    seen = {"supersedes": "R"} if step == "commit" else {}
    assert take(world, step, run_id="S", **seen).facts


def test_what_takes_the_place_of_a_voided_run_says_so() -> None:
    world = world_with(replace(STANDING, state="paid"))
    world.runs["S"] = replace(STANDING, state="approved")
    void = take(world, "void")
    commit = take(world, "commit", run_id="S", supersedes="R")
    [fact] = commit.facts
    assert fact.decided["supersedes"] == "R"
    rows = {name: params["rows"] for name, params in calls_of(commit)[1:]}
    assert [row["marks"] for row in rows["queries/facts/step_runs"] if row["run_id"] == "R"] == [{"superseded_by": "S"}]
    assert rows["queries/facts/set_period_runs"][0] == {
        "calendar": "monthly",
        "number": 202601,
        "run": "S",
        "voided": None,
    }
    [row] = dict(calls_of(void)[1:])["queries/facts/set_period_runs"]["rows"]
    assert (row["run"], row["voided"]) == (None, "R")


def test_what_voided_runs_paid_is_set_off_against_the_next_one() -> None:
    """Q was voided before R. Of the three whom S owes 600, one has 250 or more, and one 50 of 100."""
    world = world_with(replace(STANDING, state="paid", before=("Q",)))
    world.runs["S"] = replace(STANDING, state="approved")
    take(world, "void")
    sums: dict[str, Any] = {"set_off_people": 1, "set_off_amount": 300, "overpaid_amount": 20}
    for seen in ("Q", None):
        assert (
            "was voided last is R. Commit again."
            in refusal(take(world, "commit", run_id="S", supersedes=seen, **sums)).message
        )
    commit = take(world, "commit", run_id="S", supersedes="R", **sums)
    [fact] = commit.facts
    assert (fact.decided["supersedes"], fact.decided["before"]) == ("R", "Q,R")
    rows = {name: params["rows"] for name, params in calls_of(commit)[1:]}
    [marks] = [row["marks"] for row in rows["queries/facts/step_runs"] if row["run_id"] == "S"]
    assert marks | {"supersedes": "R", "before": ["Q", "R"], **sums} == marks
    world.due = {("S", 0): Due(50, None, 50), ("S", 1): Due(0, None, 270), ("S", 2): Due(250, None)}
    assert (
        "S pays nothing to B beyond what runs of the period that were voided paid"
        in refusal(take(world, "pay", "B", run_id="S")).message
    )
    [named] = take(world, "pay", "A", run_id="S").facts
    assert (named.decided["state"], named.decided["paid_amount"]) == ("partly_paid", 50)
    [rest] = take(world, "pay", run_id="S").facts
    assert (rest.decided["state"], rest.decided["paid_people"], rest.decided["paid_amount"]) == ("paid", 1, 250)


def test_a_run_that_supersedes_nothing_is_not_told_otherwise() -> None:
    world = world_with(replace(STANDING, state="approved"))
    assert "was voided last is none" in refusal(take(world, "commit", supersedes="Q")).message


@given(st.lists(st.tuples(st.integers(-500, 500), st.booleans()), max_size=5), st.integers(-500, 500))
def test_nobody_receives_more_than_the_highest_statement_that_was_paid(
    before: list[tuple[int, bool]], amount: int
) -> None:
    """However often a period is paid anew: what somebody received is what the dearest paid statement said, and what the
    next one pays makes it up to its own amount, or nothing. As long as no statement was negative."""
    before = [(abs(was), paid) for was, paid in before]
    received = received_by(before)
    assert received == max((was for was, paid in before if paid), default=0)
    assert received + to_pay(abs(amount), received) == max(received, abs(amount))
    assert to_pay(amount, 0) == amount, "who received nothing is paid what the statement says, even below zero"


def test_nothing_is_voided_that_a_later_period_begins_with() -> None:
    world = world_with(replace(STANDING, state="paid"))
    world.committed["monthly", 202602] = "F"
    world.periods["weekly", 5] = StoredPeriod("weekly", 5, "2026-W05", 500, 600, False)
    world.committed["weekly", 5] = "another calendar's"
    message = refusal(take(world, "void")).message
    assert message.startswith("Period 2026-02 has the committed run F, which goes back to what run R carries on.")
    del world.committed["monthly", 202602]
    assert take(world, "void").facts


def test_pay_is_by_name_or_all_the_rest() -> None:
    world = world_with(replace(STANDING, state="committed"))
    [first] = take(world, "pay", "A", "C").facts
    assert (first.decided["state"], first.decided["paid_people"], first.decided["paid_amount"]) == (
        "partly_paid",
        2,
        400,
    )
    assert "paid C already" in refusal(take(world, "pay", "B", "C")).message
    assert "pays nothing to D" in refusal(take(world, "pay", "B", "D")).message
    assert isinstance(refusal(take(world, "pay", "nobody")), errors.UnknownDistributorError)
    assert "Named twice: B" in refusal(take(world, "pay", "B", "B")).message
    [rest] = take(world, "pay").facts
    assert (rest.decided["state"], rest.decided["paid_people"], rest.decided["paid_amount"]) == ("paid", 1, 200)
    assert "is paid already" in refusal(take(world, "pay", "B")).message


def test_the_last_one_by_name_makes_it_paid() -> None:
    world = world_with(replace(STANDING, state="partly_paid", paid_people=2, paid_amount=300))
    [fact] = take(world, "pay", "C").facts
    assert fact.decided["state"] == "paid"
    assert world.runs["R"].paid_amount == 600


@pytest.mark.parametrize(
    ("step", "people", "words"),
    [
        ("lock", ("A",), "only pay names people"),
        ("pay", tuple(f"P{number}" for number in range(MAX_PAID_AT_ONCE + 1)), "1,001 people are named"),
        ("publish", (), "no step of a run"),
    ],
)
def test_what_is_no_step_is_refused(step: str, people: tuple[str, ...], words: str) -> None:
    refused = refusal(take(world_with(), step, *people))
    assert isinstance(refused, errors.InvalidCommandError)
    assert words in refused.message


@pytest.mark.parametrize("other", [{"run_hash": "x"}, {"calendar": "weekly"}, {"period": 202602}])
@pytest.mark.parametrize("step", ["review", "commit"])
def test_a_step_is_of_the_run_that_was_looked_at(step: str, other: dict[str, Any]) -> None:
    assert isinstance(
        refusal(take(world_with(replace(STANDING, state=WAYS[step].of[0])), step, **other)), errors.RunConflictError
    )


def test_an_unknown_run_is_refused() -> None:
    assert isinstance(refusal(take(world_with(), "review", run_id="nosuch")), errors.UnknownRunError)


def test_a_run_of_an_earlier_closing_is_not_committed_even_in_the_batch_that_closes_again() -> None:
    world = world_with(replace(STANDING, state="approved"))
    world.periods["monthly", 202602].open = True
    commands = ReopenPeriod("monthly", 202601), ClosePeriod("monthly", 202601), command_of("commit")
    batch = [Submission(f"k{number}", "bob", "late orders", command) for number, command in enumerate(commands)]
    decision = decide(Chain(99, GENESIS_HASH, 0), world, batch, NOW)
    assert [fact.kind for fact in decision.facts] == ["ReopenPeriod", "ClosePeriod"]
    assert isinstance(decision.answers[-1], errors.RunConflictError)
    assert "closed at fact 101" in decision.answers[-1].message
