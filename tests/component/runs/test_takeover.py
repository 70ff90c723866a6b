"""What comes from a former system: the first run pays with its carry, and its statements and ranks are shown."""

from pathlib import Path

import pytest

from app.demo.commit import commit_with_two
from app.errors import NotFoundError
from app.facts import errors
from app.facts.commands import CommitRun, Opening, PastLine, PastStatement
from app.imports.models import Kind
from app.imports.progress import Stages
from app.periods.calendars import calendar_of, number_of
from app.plans.loader import parse_plan
from app.plans.models import Plan
from app.runs.errors import NoRunError, PaidElsewhereError, PreviousRunMissingError
from app.runs.takeover import highest_of
from app.wiring import House
from tests.component.runs.test_runs import Desk
from tests.unit.imports.directories import write

pytestmark = pytest.mark.anyio
FILES: dict[Kind, list[str]] = {
    "distributors": [
        "Top,Top,,2025-01-01T00:00:00Z,,,,",
        "Amy,Amy,Top,2025-02-01T00:00:00Z,,,,",
        "Bob,Bob,Top,2025-03-01T00:00:00Z,,,,",
    ],
    "placements": ["Amy,Top,left", "Bob,Top,right"],
    "periods": [f"monthly,{name},UTC,{state},," for name, state in (("2025-12", "closed"), ("2026-01", "open"))],
    "orders": [
        f"O{who},{who},distributor,order,,2026-01-1{day}T00:00:00Z,{cv},{cv},"
        for day, (who, cv) in enumerate((("Top", 100), ("Amy", 100), ("Bob", 300)))
    ],
    "openings": ["Top,2026-01,200.00,0,-12.50,Diamond", "Amy,2026-01,,,,"],
    "past_statements": [
        "Top,2025-12,Team bonus,12.00,EUR,",
        "Top,2025-12,Level bonus,3.00,EUR,as printed",
        "Top,2025-11,Team bonus,-1.00,EUR,",
    ],
}


@pytest.fixture
def plan() -> Plan:
    return parse_plan(
        'name: P\nversion: "1"\ncurrency: EUR\nactivity: {personal_pv: 50}\nranks:\n  - name: Member\n'
        "bonuses:\n  - {type: binary, name: Team, rate: 10%}\n",
        "plan",
    )


async def imported(house: House, folder: Path, **other: list[str]) -> list[str]:
    report = await house.imports.run(write(folder, FILES | other), Stages.untold())  # type: ignore[arg-type]
    return [str(line) for line in report.bad_lines]


async def test_the_first_run_pays_with_the_opening_carry(house: House, plan: Plan, tmp_path: Path) -> None:
    assert await imported(house, tmp_path / "in") == []
    run = await house.runs.calculate("2026-01", plan)
    statement = await house.statements.statement("Top", "2026-01", include_uncommitted=True)
    left, right = statement.carry
    assert (left.brought_in, left.new, left.matched, left.carried_out) == (20_000, 10_000, 30_000, 0)
    assert (right.brought_in, right.new, right.matched, right.carried_out) == (0, 30_000, 30_000, 0)
    assert statement.amount == run.amount == 3_000, "10 % of 300 matched, of which 200 were brought along"
    assert await house.takeover.balance("Top", "2026-01") == -1_250
    assert await house.takeover.highest_rank("Top") == "Diamond"
    assert statement.rank == "Member", "what was highest pays nothing"
    assert await house.takeover.highest_rank("Bob") is None

    await house.periods.close("2026-01", key="close", actor="test")
    final = await house.runs.calculate("2026-01", plan)
    assert final.amount == 3_000
    await commit_with_two(house, final.id)
    assert await house.takeover.highest_rank("Bob") == "Member"
    desk = Desk(house)
    with pytest.raises(errors.PeriodConflictError, match="has a committed run, so what it carries on is known"):
        await desk(Opening("Top", 202602, 0, 0, 0, ""))
    with pytest.raises(errors.PeriodConflictError, match="2026-01 is closed"):
        await desk(Opening("Bob", 202601, 0, 0, 0, ""))
    with pytest.raises(errors.PeriodConflictError, match="the statements from there on"):
        await desk(PastStatement("Top", 202602, "EUR", (PastLine(1, "x", ""),)))
    assert await imported(house, tmp_path / "late", openings=["Top,2026-02,1,1,,"], past_statements=[]) == [
        "periods.csv:3 state: stored with other values: 'open' (stored: closed)",
        "openings.csv:2 period: another period than the other openings: '2026-02' (2026-01 is theirs)",
    ]


async def test_without_openings_the_period_before_needs_its_run(house: House, plan: Plan, tmp_path: Path) -> None:
    assert await imported(house, tmp_path / "in", openings=[]) == []
    with pytest.raises(PreviousRunMissingError, match="calculate it first"):
        await house.runs.calculate("2026-01", plan)


async def test_openings_come_before_any_month_that_is_kept_here(house: House, plan: Plan, tmp_path: Path) -> None:
    """Else one row, even an empty one, would be everybody's carry-over in place of what the month before leaves."""
    assert await imported(house, tmp_path / "in") == []
    await house.periods.open("2026-02", "UTC", key="open", actor="test")
    await house.periods.close("2026-01", key="close", actor="test")
    with pytest.raises(errors.PeriodConflictError, match="2026-01 is kept here"):
        await Desk(house)(Opening("Bob", 202602, 0, 0, -1_500, ""))
    with pytest.raises(PreviousRunMissingError):
        await house.runs.calculate("2026-02", plan)


async def test_a_month_before_the_openings_is_never_paid_again(house: House, plan: Plan, tmp_path: Path) -> None:
    """As in an export that is brought back: its January was paid where it came from."""
    files = {
        "periods": [f"monthly,{name},UTC,{state},," for name, state in (("2026-01", "closed"), ("2026-02", "open"))],
        "openings": ["Top,2026-02,200.00,0,,"],
    }
    assert await imported(house, tmp_path / "in", **files) == []
    with pytest.raises(PaidElsewhereError, match="the openings of 2026-02 carry on from it"):
        await house.runs.calculate("2026-01", plan)
    with pytest.raises(errors.RunConflictError, match="was paid before the company came here"):
        await Desk(house)(CommitRun("r", "monthly", 202601, "h"))
    run = await house.runs.calculate("2026-02", plan)
    assert run.period == 202602
    statement = await house.statements.statement("Top", "2026-02", include_uncommitted=True)
    assert statement.carry[0].brought_in == 20_000


@pytest.mark.parametrize(
    ("before", "opens", "late"),
    [
        ("2025-12", "2026-01", "2062-01"),
        ("2025-W50-W01", "2026-W02-W05", "2062-W02-W05"),
        ("2026-W01", "2026-W02", "2062-W02"),
        ("2026-01-09", "2026-01-10", "2062-01-10"),
    ],
)
async def test_each_calendar_goes_on_from_its_openings(
    house: House, plan: Plan, tmp_path: Path, before: str, opens: str, late: str
) -> None:
    calendar, day = calendar_of(opens), "2026-01-10T00:00:00Z"
    files = {
        "periods": [f"{calendar},{before},UTC,closed,,", f"{calendar},{opens},UTC,open,,"],
        "orders": [f"O{who},{who},distributor,order,,{day},{cv},{cv}," for who, cv in (("Top", 100), ("Bob", 300))],
        "openings": [f"Top,{opens},200.00,0,-12.50,Diamond"],
        "past_statements": [f"Top,{before},Team,12.00,EUR,"],
    }
    assert await imported(house, tmp_path / "in", **files) == []
    of_calendar = plan.model_copy(update={"calendar": calendar})
    with pytest.raises(PaidElsewhereError, match=f"the openings of {opens} carry on from it"):
        await house.runs.calculate(before, of_calendar)
    with pytest.raises(errors.RunConflictError, match="was paid before the company came here"):
        await Desk(house)(CommitRun("r", calendar, number_of(before), "h"))
    run = await house.runs.calculate(opens, of_calendar)
    statement = await house.statements.statement("Top", opens, include_uncommitted=True)
    assert (statement.carry[0].brought_in, statement.carry[1].new, run.amount) == (20_000, 30_000, 2_000)
    assert await house.takeover.balance("Top", opens) == -1_250
    assert await house.takeover.balance("Top", before) is None
    past = await house.takeover.past_statement("Top", before)
    assert past is not None
    assert (past.period, past.amount) == (before, 1_200)
    assert await house.takeover.past_statement("Top", opens) is None
    with pytest.raises(errors.PeriodConflictError, match="is not over"):
        await Desk(house)(PastStatement("Bob", number_of(late), "EUR", (PastLine(1, "x", ""),), calendar))
    assert await house.takeover.highest_rank("Top") == ("Diamond" if calendar == "monthly" else None)
    with pytest.raises(
        errors.PeriodConflictError, match=f"Period {before} is closed; opening figures come before that"
    ):
        await Desk(house)(Opening("Bob", number_of(before), 0, 0, 0, "", calendar))
    with pytest.raises(errors.InvalidCommandError, match="There is no calendar 'yearly'"):
        await Desk(house)(Opening("Bob", 2026, 0, 0, 0, "", "yearly"))
    assert await imported(house, tmp_path / "in", **files) == []
    other = {
        **files,
        "openings": [f"Top,{opens},1,0,-12.50,Diamond", f"Bob,{before},1,,,"],
        "past_statements": [f"Top,{before},Team,12.01,EUR,"],
    }
    assert await imported(house, tmp_path / "other", **other) == [
        "openings.csv:2 carry_left: stored with other values: '1' (stored: 200.00)",
        f"openings.csv:3 period: another period than the other openings: '{before}' ({opens} is theirs)",
        "past_statements.csv:2 amount: stored with other values: '12.01' (that statement has no such further line)",
    ]


async def test_statements_of_the_former_system(house: House, plan: Plan, tmp_path: Path) -> None:
    assert await imported(house, tmp_path / "in") == []
    with pytest.raises(NoRunError):
        await house.statements.statement("Top", "2025-12")
    past = await house.takeover.past_statement("Top", "2025-12")
    assert past is not None
    assert (past.amount, past.currency) == (1_500, "EUR")
    assert [(line.bonus, line.amount, line.note) for line in past.lines] == [
        ("Level bonus", 300, "as printed"),
        ("Team bonus", 1_200, ""),
    ]
    before = await house.takeover.past_statement("Top", "2025-11")
    assert before is not None, "a month before all periods"
    assert before.amount == -100
    assert await house.takeover.past_statement("Amy", "2025-12") is None
    again = await house.imports.run(tmp_path / "in", Stages.untold())
    assert (again.bad_lines, again.last_seq) == ((), None)
    with pytest.raises(NotFoundError):
        await house.statements.statement("Top", "2025-11")
    other = ["Top,2025-12,Team bonus,12.01,EUR,"]
    assert await imported(house, tmp_path / "other", past_statements=other, openings=["Top,2026-01,1,,,"]) == [
        "openings.csv:2 carry_left: stored with other values: '1' (stored: 200.00)",
        "openings.csv:2 balance: stored with other values: '' (stored: -12.50)",
        "openings.csv:2 highest_rank: stored with other values: '' (stored: 'Diamond')",
        "past_statements.csv:2 amount: stored with other values: '12.01' (that statement has no such further line)",
    ]


async def test_what_is_wrong_with_them(house: House, tmp_path: Path) -> None:
    openings = ["Top,2026-01,x,,,", "Zed,2026-01,1,,,", "Amy,2026-1,1,,,", "Bob,2026-01,1,,,", "Bob,2026-01,2,,,"]
    statements = ["Top,2025-12,,1,EUR,", "Amy,2025-12,A,1,EUR,", "Amy,2025-12,B,1,USD,", "Bob,2025-12,A,x,EUR,"]
    statements.append("Bob,2025-13,A,1,EUR,")
    examples = "write it as 2026-03-05 (daily), 2026-W07-W10 (four_weeks), 2026-03 (monthly), 2026-W10 (weekly)."
    assert await imported(house, tmp_path / "in", openings=openings, past_statements=statements) == [
        "openings.csv:2 carry_left: not an amount with at most two decimals: 'x' (such as 12.34)",
        "openings.csv:3 distributor: unknown distributor: 'Zed'",
        f"openings.csv:4 period: not a period: '2026-1' ('2026-1' is no period of any calendar; {examples})",
        "openings.csv:6 distributor: id stands twice: 'Bob' (first on line 5)",
        "past_statements.csv:2 bonus: empty: ''",
        "past_statements.csv:4 currency: another currency than before: 'USD' (a statement has one)",
        "past_statements.csv:5 amount: not an amount with at most two decimals: 'x' (such as 12.34)",
        f"past_statements.csv:6 period: not a period: '2025-13' ('2025-13' is no period of any calendar; {examples})",
    ]


def test_the_highest_rank() -> None:
    names = ["Member", "Silver", "Gold"]
    assert highest_of("", "", names) == ""
    assert highest_of("Silver", "Gold", names) == "Gold"
    assert highest_of("Gold", "Silver", names) == "Gold"
    assert highest_of("Crown", "Gold", names) == "Crown", "a rank that no plan knows stands"
