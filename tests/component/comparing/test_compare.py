"""A run of a generated company beside results that differ from it in known ways."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from app.amounts import from_minor
from app.blobs.store import DirectoryBlobs
from app.clock import SystemClock
from app.comparing import service as comparing
from app.comparing.models import BonusNames, Cause, Comparison, Difference, NothingToCompareError, Results
from app.comparing.names import NO_NAMES
from app.comparing.text import HEADER, comparison_lines, write_differences
from app.demo.commit import commit_with_two
from app.engine.models import Reason, Result
from app.errors import InvalidInputError
from app.generator import CompanySpec, generate, write_company
from app.graph import GraphDatabase
from app.imports.progress import Stages
from app.plans.loader import library, load_plan
from app.runs.calculation import stored_plan, stored_result, stored_snapshot
from app.runs.models import Run, Taken
from app.settings import Settings
from app.wiring import House, build_house

pytestmark = pytest.mark.anyio
MONTH = "2026-01"
LEVEL, TEAM = 0, 1


class Company:
    """A paid company, and results as another system would give them: at first, exactly ours."""

    def __init__(self, house: House, run: Run) -> None:
        blobs = DirectoryBlobs(house.settings.data_dir / "blobs")
        plan = stored_plan(run, blobs)
        self.house = house
        self.run = run
        self.taken: Taken = stored_snapshot(run, blobs)
        self.result: Result = stored_result(run, self.taken, plan, blobs)
        self.bonuses = [bonus.name for bonus in plan.bonuses]
        by_person = self.result.totals.by_person
        self.theirs = {
            (self.taken.ids[ix], self.bonuses[bonus]): int(by_person[bonus, ix])
            for bonus, ix in zip(*(each.tolist() for each in np.nonzero(by_person)), strict=True)
        }

    async def compare(self, names: BonusNames = NO_NAMES, tolerance: int = 0) -> Comparison:
        people, bonuses = (pa.array([pair[place] for pair in self.theirs], pa.string()) for place in (0, 1))
        notes = pa.array([f"note {number}" for number in range(len(self.theirs))])
        amounts = np.array([*self.theirs.values()], dtype=np.int64)
        results = Results("old.csv", people, bonuses, amounts, notes)
        return await self.house.comparing.compare(MONTH, results, names, run_id=self.run.id, tolerance=tolerance)

    def paid(self, bonus: int) -> Iterator[str]:
        """Whom a bonus pays, the best paid first."""
        amounts = self.result.totals.by_person[bonus]
        return (self.taken.ids[ix] for ix in np.argsort(-amounts, kind="stable") if amounts[ix])

    def missed(self, reason: Reason, bonus: int, but: set[str]) -> int:
        """The row of the largest miss for a reason, of somebody else than those in `but`."""
        misses = self.result.misses
        rows = np.flatnonzero((misses.reason == reason) & (misses.bonus == bonus))
        others = [int(row) for row in rows if self.taken.ids[misses.person[row]] not in but]
        return max(others, key=lambda row: int(misses.forgone[row]))


@pytest.fixture
async def company(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> Company:
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, SystemClock())
    await house.periods.open(MONTH, "UTC", key="open", actor="test")
    write_company(generate(CompanySpec(300, 7, (MONTH,))), tmp_path / "company")
    assert (await house.imports.run(tmp_path / "company", Stages.untold())).imported
    return Company(house, await house.runs.calculate(MONTH, load_plan(library()["sample"])))


async def test_equal_results_are_equal_to_the_cent(company: Company) -> None:
    found = await company.compare()
    assert found.equal
    assert (found.total.theirs, found.total.ours) == (company.run.amount, company.run.amount)
    assert (found.people.equal, found.people.differing) == (company.run.earners, 0)
    assert list(comparison_lines(found))[-1] == "Equal: every bonus of every person."


async def test_each_difference_has_our_reason_beside_it(company: Company, tmp_path: Path) -> None:
    theirs, bonuses, ids, misses = company.theirs, company.bonuses, company.taken.ids, company.result.misses
    level, team = company.paid(LEVEL), company.paid(TEAM)
    more, less, absent = next(level), next(level), next(team)
    theirs[more, bonuses[LEVEL]] += 1
    theirs[less, bonuses[LEVEL]] -= 12_345
    only_ours = theirs.pop((absent, bonuses[TEAM]))
    expected = {
        (more, bonuses[LEVEL]): (-1, Cause.ROUNDING),
        (less, bonuses[LEVEL]): (12_345, Cause.MORE),
        (absent, bonuses[TEAM]): (only_ours, Cause.ONLY_OURS),
        ("Zed", bonuses[TEAM]): (-100, Cause.UNKNOWN_PERSON),
        (more, "Car"): (-50_000, Cause.UNKNOWN_BONUS),
    }
    theirs["Zed", bonuses[TEAM]] = 100
    theirs[more, "Car"] = 50_000
    told = {}
    for reason, bonus in ((Reason.INACTIVE_VOLUME, LEVEL), (Reason.WEAK_LEG_EMPTY, TEAM), (Reason.RANK_DEPTH, LEVEL)):
        row = company.missed(reason, bonus, {person for person, _ in expected})
        pair, forgone = (ids[misses.person[row]], bonuses[bonus]), int(misses.forgone[row])
        theirs[pair] = theirs.get(pair, 0) + forgone
        expected[pair] = (-forgone, Cause[reason.name])
        needed, actual = (from_minor(int(column[row])) for column in (misses.needed, misses.actual))
        told[pair] = f"you had {actual} of {needed} personal PV" if reason is Reason.INACTIVE_VOLUME else "CV waits"
        if reason is Reason.RANK_DEPTH:
            told[pair] = "; short of Silver: personal PV"

    found = await company.compare()
    assert {(d.distributor, d.bonus): (d.difference, d.cause) for d in found.differences} == expected
    assert [d.distributor for d in found.differences] == sorted(d.distributor for d in found.differences)
    assert sum(each.difference for each in found.causes) == found.total.difference
    assert (found.total.theirs, found.total.ours) == (sum(theirs.values()), company.run.amount)
    people = found.people
    assert people.differing + people.only_theirs + people.only_ours == len({person for person, _ in expected})
    of = {(d.distributor, d.bonus): d for d in found.differences}
    for pair, words in told.items():
        assert words in of[pair].reason, pair
    assert " % of " in of[less, bonuses[LEVEL]].reason
    assert "matched between your legs" in of[absent, bonuses[TEAM]].reason
    assert len(of[less, bonuses[LEVEL]].name.split()) > 1, "a name, not an id"
    assert of[absent, bonuses[TEAM]].note == ""
    assert of[more, "Car"].note.startswith("note ")
    check_file(found, tmp_path / "differences.csv")
    said = list(comparison_lines(found))
    assert f"  {more} {of[more, 'Car'].name}, Car: theirs 500.00, ours 0.00, difference -500.00" in said
    assert "our plan has no bonus called 'Car'; --bonus-names says what they are called with us" in said


def check_file(found: Comparison, path: Path) -> None:
    path.write_text("an old file")
    write_differences(found, path)
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(HEADER)
    assert [row[:6] for row in rows] == [cells(each) for each in found.differences]
    assert all(row[7] for row in rows)
    assert [each.name for each in path.parent.iterdir() if each.name.endswith(".new")] == []
    with pytest.raises(InvalidInputError, match="cannot be written"):
        write_differences(found, path / "below")


def cells(each: Difference) -> list[str]:
    amounts = (each.theirs, each.ours, each.difference)
    return [each.distributor, each.name, each.bonus, *(str(from_minor(amount)) for amount in amounts)]


async def test_their_names_and_a_tolerance(company: Company) -> None:
    """One bonus of ours may be several of theirs; what they add up to is compared."""
    [level, team] = company.bonuses
    theirs = dict(company.theirs)
    company.theirs = {}
    for (person, bonus), amount in theirs.items():
        if bonus == level:
            company.theirs[person, "L1"], company.theirs[person, "L2"] = amount - 7, 8  # a cent more
        else:
            company.theirs[person, "Binary"] = amount
    names = BonusNames("names.yaml", {"L1": level, "L2": level, "Binary": team}, {"L1": 1, "L2": 2, "Binary": 3})
    found = await company.compare(names)
    cents = sum(bonus == level for _, bonus in theirs)
    assert (len(found.differences), found.unknown_bonuses, found.total.difference) == (cents, [], -cents)
    assert {d.note.count("note ") for d in found.differences} == {2}, "the notes of both"
    tolerant = await company.compare(names, tolerance=1)
    assert (tolerant.equal, tolerant.tolerated, tolerant.total.difference) == (True, cents, -cents)
    with pytest.raises(InvalidInputError, match="the tolerance is"):
        await company.compare(names, tolerance=-1)


async def test_beyond_the_largest_only_the_cause_is_told(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "EXPLAINED", 1)
    first, second = next(company.paid(LEVEL)), next(company.paid(TEAM))
    company.theirs.pop((first, company.bonuses[LEVEL]))
    company.theirs[second, company.bonuses[TEAM]] = 1
    company.theirs["Zed", company.bonuses[LEVEL]] = company.theirs[second, "Car"] = 1
    reasons = {(d.distributor, d.bonus): d.reason for d in (await company.compare()).differences}
    assert reasons.pop(("Zed", company.bonuses[LEVEL])) == "The run knows no such distributor."
    assert reasons.pop((second, "Car")) == "Our plan has no bonus of that name."
    assert sorted("; the statement says more." in reason for reason in reasons.values()) == [False, True]


async def test_which_run(company: Company) -> None:
    house, run = company.house, company.run
    nothing = Results(
        "old.csv", pa.array([], pa.string()), pa.array([], pa.string()), np.zeros(0, np.int64), pa.array([])
    )
    with pytest.raises(NothingToCompareError, match=f"no committed run; name another by --run: {run.id}"):
        await house.comparing.compare(MONTH, nothing, NO_NAMES)
    with pytest.raises(NothingToCompareError, match=f"no run 2026-01-0; there are {run.id}"):
        await house.comparing.compare(MONTH, nothing, NO_NAMES, run_id="2026-01-0")
    other = await house.runs.calculate(MONTH, load_plan(library()["g7-unilevel"]))
    await house.periods.close(MONTH, key="close", actor="test")
    final = await house.runs.calculate(MONTH, load_plan(library()["sample"]))
    await commit_with_two(house, final.id)
    assert (await house.comparing.compare(MONTH, nothing, NO_NAMES)).run == replace(final, state="committed")
    found = await house.comparing.compare(MONTH, nothing, NO_NAMES, run_id=other.id)
    assert (found.run.id, found.total.ours, found.people.only_ours) == (other.id, other.amount, other.earners)
