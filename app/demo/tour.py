"""The tour: every step is the real one, on the real servers, through the same services as the API and the CLI."""

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from app.amounts import from_minor
from app.demo.commit import commit_with_two
from app.demo.examples import EXAMPLES, Example
from app.errors import BanyanError
from app.generator import CompanySpec, generate, write_company
from app.graph.migrations import read_migrations
from app.imports.progress import Stages
from app.imports.report import lines_of
from app.plans.loader import library, load_plan
from app.runs.models import Run
from app.runs.text import run_lines, statement_lines
from app.wiring import House

Say = Callable[[str], None]
DISTRIBUTORS: Final = 10_000
SEED: Final = 7
MATRIX: Final = (3, 9)
"""Width and depth of the one that the company keeps."""
PLAN: Final = "sample"
ACTOR: Final = "tour"
APPROVER: Final = "tour-approver"
FINISHED: Final = "tour_finished"


class ExampleDiffersError(BanyanError):
    """What we calculated is not what the source of an example publishes."""

    title = "Published example not reproduced"


async def take_tour(house: House, say: Say) -> None:
    """Run the published examples on an empty graph, then make, import and pay a company; later, show it again."""
    head = await house.graph.read_one("queries/facts/head")
    facts, people = (head["seq"], head["people"]) if head is not None else (0, 0)
    # Outside the graph, since the facts of an example that was cut off look like those of any company.
    finished = house.settings.data_dir / FINISHED
    if facts and finished.exists():
        say(f"The company is there already ({people:,} people, {facts:,} facts).")
    else:
        if facts or head is None:  # without Head it was cut off while it emptied the graph
            say("The last tour was cut off; it begins again.")
            await _empty(house)
        for example in EXAMPLES:
            await run_example(house, example, say)
            await _empty(house)
        await _make_company(house, say)
        finished.touch()
    await _show_company(house, say)


async def run_example(house: House, example: Example, say: Say) -> None:
    """Import, close, calculate, commit, and compare every published amount."""
    say(f"\nPublished example {example.title}")
    for month in example.expected:
        await house.periods.open(month, "UTC", key=f"open-{month}", actor=ACTOR)
    await import_folder(house, example.folder, lambda line: None, Stages.untold())
    for month, expected in example.expected.items():
        run = await _pay(house, month, example.plan)
        for distributor, published in expected.items():
            statement = await house.statements.statement(distributor, month)
            paid = f"{from_minor(statement.amount):.2f}"
            if paid != published:
                raise ExampleDiffersError(
                    f"{example.title}: {distributor} gets {paid} in {month} by run {run.id}, published is {published}."
                )
            for line in statement_lines(statement):
                say(f"  {line}")
    say("  every published amount is reproduced to the cent")


async def import_folder(house: House, folder: Path, say: Say, stages: Stages) -> None:
    """Import a folder; bad lines stop the tour."""
    report = await house.imports.run(folder, stages)
    for line in lines_of(report):
        say(line)
    if not report.imported:
        raise ExampleDiffersError(f"{folder} could not be imported; the bad lines stand above.")


async def _pay(house: House, month: str, plan: str) -> Run:
    """Close a month, calculate it, and have the run locked by one, approved and committed by another."""
    await house.periods.close(month, key=f"close-{month}", actor=ACTOR)
    run = await house.runs.calculate(month, load_plan(library()[plan]))
    await commit_with_two(house, run.id, first=ACTOR, second=APPROVER)
    return await house.runs.get(run.id)


async def _empty(house: House) -> None:
    await house.graph.run_admin("queries/graph/empty_the_graph", timeout_s=60)
    [first_nodes] = [migration for migration in read_migrations() if migration.name == "head"]
    await house.graph.run_script(first_nodes.file, first_nodes.statements)


async def _make_company(house: House, say: Say) -> None:
    before_last, last, this = months_until(house.clock.now())
    company = generate(CompanySpec(DISTRIBUTORS, SEED, (before_last, last), matrix=MATRIX))
    say(f"\nA generated company: {DISTRIBUTORS:,} people, seed {SEED}, orders of {before_last} and {last}")
    say(f"  {company.spillover_share:.0%} of the people stand in the binary tree under another than their sponsor")
    say(f"  it keeps a matrix too, {MATRIX[0]} wide and {MATRIX[1]} deep")
    for month in (before_last, last):
        await house.periods.open(month, "UTC", key=f"open-{month}", actor=ACTOR)
    with tempfile.TemporaryDirectory(prefix="banyan-tour-") as folder:
        write_company(company, Path(folder))
        await import_folder(house, Path(folder), lambda line: say(f"  {line}"), Stages())
    say(f"\nClosing {before_last}, calculating it by the plan {PLAN!r}")
    say(f"  {ACTOR} registers the plan and locks the run, {APPROVER} approves and commits it: a second person has to")
    await _pay(house, before_last, PLAN)
    await house.periods.open(this, "UTC", key=f"open-{this}", actor=ACTOR)
    say(f"{last} stays open for late orders while {this} is open for new ones")


async def _show_company(house: House, say: Say) -> None:
    committed = [run for run in await house.runs.all() if run.committed]
    if not committed:
        return
    run = committed[0]
    for line in run_lines(run):
        say(line)
    month = next(period.name for period in await house.periods.all() if period.number == run.period)
    for distributor in await house.statements.examples(run):
        say("")
        for line in statement_lines(await house.statements.statement(distributor, month), shown=4):
            say(line)


def months_until(now: datetime) -> list[str]:
    """The month before last, the last one, and this one."""
    ordinal = now.year * 12 + now.month - 1
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(ordinal - 2, ordinal + 1)]
