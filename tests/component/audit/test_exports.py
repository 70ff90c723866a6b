"""One person's history and one period's, as somebody without this software reads them."""

import csv
import hashlib
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import neo4j
import pytest

from app.amounts import exact_from_minor, from_minor
from app.clock import zulu
from app.demo.commit import commit_with_two
from app.errors import InvalidInputError
from app.facts.commands import Enrol, Exported, Order, Register, Return, Submission
from app.facts.errors import InvalidCommandError, UnknownDistributorError, UnknownPeriodError
from app.facts.verify import verify_chain
from app.plans.loader import library, load_plan
from app.plans.refunds import Refunds
from app.runs.models import EVERY_ROW
from tests.component.audit.conftest import Paid
from tests.component.runs.test_runs import DAY, JANUARY_5

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
CHECK = """
import csv, hashlib, json, pathlib, re, sys

def sha256(data):
    return hashlib.sha256(data).hexdigest()

folder = pathlib.Path(sys.argv[1])
for line in (folder / "SHA256SUMS").read_text().splitlines():
    digest, name = line.split("  ")
    if sha256((folder / name).read_bytes()) != digest:
        print("changed:", name)
[(as_of, head)] = re.findall(r"number (\\d+), with the hash\\s+([0-9a-f]{64})", (folder / "README.txt").read_text())
with open(folder / "facts.csv", encoding="utf-8", newline="") as file:
    rows = [{name: cell[cell.startswith("'"):] for name, cell in row.items()} for row in csv.DictReader(file)]
before = None
for row in rows:
    seq = int(row["seq"])
    said = [row["previous_hash"], seq, *(row[name] for name in ("kind", "key", "actor", "reason"))]
    said += [int(row["valid_at"]), int(row["recorded_at"]), sha256(row["body"].encode()), json.loads(row["decided"])]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if sha256(text.encode()) != row["hash"]:
        print("fact", seq, "does not follow from what it says")
    if before and seq == int(before["seq"]) + 1 and row["previous_hash"] != before["hash"]:
        print("fact", seq, "does not follow the one before it")
    if row["seq"] == as_of and row["hash"] != head:
        print("fact", seq, "is not the last one")
    before = row
print(len(rows), "facts")
"""
"""What the README tells, in the standard library alone."""


def check(folder: Path) -> list[str]:
    """What the script says of a folder; it can import nothing that is installed."""
    asked = [sys.executable, "-I", "-S", "-c", CHECK, str(folder)]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def test_a_person_s_history_is_checked_by_a_script_of_thirty_lines(
    paid: Paid, driver: neo4j.Driver, tmp_path: Path
) -> None:
    house = paid.house
    await house.periods.open("2026-03", "UTC", key="march", actor="a")
    await paid.desk(Enrol("=X", "P4", 'Zoë "Q", =1+1', "", JANUARY_5))
    odd = Order("+O", "P4", "distributor", JANUARY_5, 100, 50)
    await house.writer.submit(Submission("'key", "@desk", '-a reason, "really"', odd))
    await paid.desk(Register("K", "Kim", "P4", JANUARY_5))
    done = await house.audit_exports.person("P4", tmp_path / "out", actor="Lawyer", reason="dispute 7")
    assert check(tmp_path / "out") == [f"{done.rows['facts.csv']} facts"]
    seqs = [int(row["seq"]) for row in table(tmp_path / "out/facts.csv")]
    rows = driver.execute_query(
        "MATCH (d:Distributor {id: 'P4'}) MATCH (f:Fact) WHERE f.seq <= $as_of AND (f:CommitRun OR f:StepRun OR "
        "d.ix IN "
        "[f.ix, f.sponsor_ix, f.parent_ix, f.old_parent_ix, f.seller_ix, f.buyer_ix, f.distributor_ix]) "
        "RETURN f.seq ORDER BY f.seq",
        as_of=done.as_of,
    ).records
    assert seqs == [row[0] for row in rows]
    assert {"Enrol", "Register", "Order", "CommitRun"} <= {row["kind"] for row in table(tmp_path / "out/facts.csv")}

    statements = {row["period"]: row for row in table(tmp_path / "out/statements.csv")}
    for run in paid.runs:
        period = run.id[:7]
        statement = await house.statements.statement("P4", period)
        lines = [row for row in table(tmp_path / "out/lines.csv") if row["run"] == run.id]
        assert sum(Decimal(row["amount"]) for row in lines) == Decimal(statement.amount) / 100
        assert Decimal(statements[period]["amount"]) == Decimal(statement.amount) / 100
        told = statements[period]
        assert (told["paid_before"], told["to_pay"]) == ("0.00", told["amount"])
        assert [row["why"] for row in lines] == [line.words for line in statement.lines]
        misses = [row for row in table(tmp_path / "out/misses.csv") if row["run"] == run.id]
        assert [row["why"] for row in misses] == [miss.words for miss in statement.misses]
        because = [row for row in table(tmp_path / "out/because.csv") if row["run"] == run.id]
        assert [row["why"] for row in because] == [one.words for one in statement.because]
        assert (tmp_path / f"out/plan-{run.plan_hash[:12]}.json").exists()
    bought = {row["order"] for row in table(tmp_path / "out/orders.csv")}
    assert bought == {"O4", "OC", "F4", "'+O"}, "own orders and those of the customer, none of them a formula"
    assert {row["tree"] for row in table(tmp_path / "out/places.csv")} == {"sponsor", "binary"}
    readme = (tmp_path / "out/README.txt").read_text()
    assert "by Lawyer" in readme


async def test_places_of_before_are_told(paid: Paid, tmp_path: Path) -> None:
    await paid.house.audit_exports.person("P8", tmp_path / "out", actor="a")
    sponsors = [row for row in table(tmp_path / "out/places.csv") if row["tree"] == "sponsor"]
    assert [row["parent"] for row in sponsors] == ["A", "P2"]
    assert sponsors[0]["until"] == sponsors[1]["since"] != ""
    assert sponsors[0]["until_fact"] == sponsors[1]["from_fact"]
    assert sponsors[1]["until"] == sponsors[1]["until_fact"] == ""


async def test_a_period_is_an_unbroken_piece_of_the_chain_with_all_that_was_paid(paid: Paid, tmp_path: Path) -> None:
    house, run = paid.house, paid.runs[0]
    done = await house.audit_exports.period("2026-01", tmp_path / "out", actor="regulator")
    assert check(tmp_path / "out") == [f"{done.rows['facts.csv']} facts"]
    period = await house.periods.get("2026-01")
    facts = table(tmp_path / "out/facts.csv")
    assert [int(row["seq"]) for row in facts[:-4]] == list(range(period.opened_seq, (period.closed_seq or 0) + 1))
    assert [row["kind"] for row in facts[-4:]] == ["StepRun"] * 3 + ["CommitRun"]
    assert all(run.id in row["body"] for row in facts[-4:])
    assert [row["actor"] for row in facts[-4:]] == ["ann", "ann", "bob", "bob"]
    people = table(tmp_path / "out/people.csv")
    assert sum(Decimal(row["amount"]) for row in people) == Decimal(run.amount) / 100
    lines = table(tmp_path / "out/lines.csv")
    assert sum(Decimal(row["amount"]) for row in lines) == Decimal(run.amount) / 100
    for person in people:
        own = sum(Decimal(row["amount"]) for row in lines if row["person"] == person["person"])
        assert own == Decimal(person["amount"])
    assert {row["person"]: row["sponsor"] for row in people}["P8"] == "A", "as it was in January"
    assert len(table(tmp_path / "out/orders.csv")) == run.orders
    [header] = table(tmp_path / "out/runs.csv")
    told = {name: header[name] for name in ("run", "zone", "snapshot_hash", "as_of_fact", "calculated", "hash")}
    assert told == {
        "run": run.id,
        "zone": "UTC",
        "snapshot_hash": run.snapshot_hash,
        "as_of_fact": str(period.closed_seq),
        "calculated": zulu(run.calculated_at),
        "hash": run.hash,
    }
    assert (table(tmp_path / "out/clawbacks.csv"), header["supersedes"]) == ([], "")
    for name in ("A", "P2", "P7"):
        statement = await house.statements.statement(name, "2026-01", lines=EVERY_ROW, misses=EVERY_ROW)
        shown = [row for row in lines if row["person"] == name]
        told_of = ("path", "skipped", "before_cap", "before_rounding", "amount", "why")
        assert [tuple(row[column] for column in told_of) for row in shown] == [
            (
                " > ".join(line.path),
                " ".join(f"{one.person} ({one.reason})" for one in line.skipped),
                *map(str, (from_minor(line.raw), exact_from_minor(line.exact), from_minor(line.amount))),
                line.words,
            )
            for line in statement.lines
        ]
        missed = [row for row in table(tmp_path / "out/misses.csv") if row["person"] == name]
        lacks = [(row["requirement"], row["needed"], row["actual"], row["gap"], row["unit"]) for row in missed]
        assert lacks == [
            (of.requirement, str(of.needed), str(of.actual), str(of.gap), of.unit)
            for of in (miss.lack for miss in statement.misses)
        ]
    assert {row["buyer"] for row in table(tmp_path / "out/orders.csv") if row["order"] == "OC"} == {"C"}
    assert any(row["skipped"] for row in lines), "or nothing is seen of it"
    assert any(row["before_rounding"] != row["amount"] for row in lines)
    missed = table(tmp_path / "out/misses.csv")
    assert sum(Decimal(row["paid_to_nobody"]) for row in missed) == Decimal(run.breakage) / 100


async def test_the_script_finds_what_is_changed_in_the_files(paid: Paid, tmp_path: Path) -> None:
    await paid.house.audit_exports.period("2026-01", tmp_path / "out", actor="a")
    facts = tmp_path / "out/facts.csv"
    lines = facts.read_text().splitlines(keepends=True)
    facts.write_text("".join(lines[:3] + lines[4:]))
    assert check(tmp_path / "out")[0] == "changed: facts.csv"
    facts.write_text("".join([*lines[:3], lines[3].replace(",desk,", ",desc,"), *lines[4:]]))
    assert any("does not follow from what it says" in line for line in check(tmp_path / "out"))
    swapped = [cells.rsplit(",", 2) for cells in lines[3:5]]
    assert swapped[0][2].strip() == swapped[1][1], "each hash is the next one's previous"
    facts.write_text("".join(lines))
    assert check(tmp_path / "out") == [f"{len(lines) - 1} facts"]


async def test_an_export_is_a_fact_of_the_chain(paid: Paid, driver: neo4j.Driver, tmp_path: Path) -> None:
    first = await paid.house.audit_exports.person("P4", tmp_path / "one", actor="Lawyer", reason="dispute 7")
    assert first.sums_hash == hashlib.sha256((tmp_path / "one/SHA256SUMS").read_bytes()).hexdigest()
    second = await paid.house.audit_exports.person("P4", tmp_path / "two", actor="Other")
    assert second.seq == first.seq + 1 == second.as_of + 1
    [[fact]] = driver.execute_query("MATCH (f:Exported {seq: $seq}) RETURN f", seq=first.seq).records
    assert (fact["actor"], fact["reason"]) == ("Lawyer", "dispute 7")
    assert json.loads(fact["body"]) == {
        "kind": "Exported", "subject": "person", "name": "P4", "as_of": first.as_of, "sums_hash": first.sums_hash,
    }  # fmt: skip
    assert table(tmp_path / "two/facts.csv")[-1]["kind"] == "Exported", "the first one names the person, too"
    assert (await verify_chain(paid.house.graph)).intact
    driver.execute_query("MATCH (f:Exported {seq: $seq}) SET f.actor = 'nobody'", seq=first.seq)
    [named] = (await verify_chain(paid.house.graph)).problems
    assert named.startswith(f"Fact {first.seq} (Exported, ")


async def test_a_period_tells_of_files_in_which_it_went_out(paid: Paid, tmp_path: Path) -> None:
    """Those of the whole company, and its own; not those of other periods and of people."""
    house = paid.house
    await house.audit_exports.person("P4", tmp_path / "person", actor="Lawyer")
    await house.audit_exports.period("2026-02", tmp_path / "other", actor="Lawyer")
    company = await house.exports.run(tmp_path / "company", "csv", lambda _: None, actor="ann", reason="moving out")
    own = await house.audit_exports.period("2026-01", tmp_path / "one", actor="Lawyer")
    await house.audit_exports.period("2026-01", tmp_path / "two", actor="Lawyer")
    told = [row for row in table(tmp_path / "two/facts.csv") if row["kind"] == "Exported"]
    assert [(int(row["seq"]), row["actor"], row["reason"]) for row in told] == [
        (company.seq, "ann", "moving out"),
        (own.seq, "Lawyer", ""),
    ]
    said = json.loads(told[0]["body"])
    assert (said["subject"], said["name"], said["sums_hash"]) == ("company", "csv", company.sums_hash)
    assert check(tmp_path / "two") == [f"{len(table(tmp_path / 'two/facts.csv'))} facts"]
    assert "the exports that hold all of it" in (tmp_path / "two/README.txt").read_text()


async def test_what_cannot_be_exported_leaves_nothing(paid: Paid, tmp_path: Path) -> None:
    exports = paid.house.audit_exports
    before = (await verify_chain(paid.house.graph)).facts
    with pytest.raises(UnknownDistributorError):
        await exports.person("nobody", tmp_path / "out", actor="a")
    with pytest.raises(UnknownPeriodError):
        await exports.period("2031-01", tmp_path / "out", actor="a")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").touch()
    with pytest.raises(InvalidInputError, match="is there already"):
        await exports.person("P4", tmp_path / "full", actor="a")
    with pytest.raises(InvalidCommandError):
        await exports.person("P4", tmp_path / "out", actor="")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "data") == ["full"]
    wrong: list[Any] = [Exported("person", "P4", 1, "x" * 64), Exported("person", "Q", 1, "a" * 64)]
    for command in wrong:
        with pytest.raises((InvalidCommandError, UnknownDistributorError)):
            await paid.desk(command)
    assert (await verify_chain(paid.house.graph)).facts == before


async def test_a_period_without_pay_says_so(paid: Paid, tmp_path: Path) -> None:
    await paid.house.periods.open("2026-03", "UTC", key="march", actor="a")
    await paid.desk(Order("M", "P1", "distributor", JANUARY_5 + 60 * DAY, 100, 100))
    done = await paid.house.audit_exports.period("2026-03", tmp_path / "out", actor="a")
    assert done.rows == {"facts.csv": 2}
    assert "is open and has no committed run" in (tmp_path / "out/README.txt").read_text()


async def test_what_a_return_takes_back_leads_to_the_line_that_paid_it(paid: Paid, tmp_path: Path) -> None:
    """P3's order of February comes back in March, and P0 and A had been paid on it."""
    house, (_, february) = paid.house, paid.runs
    await house.periods.open("2026-03", "UTC", key="march", actor="a")
    await paid.desk(Return("RF3", "F3", JANUARY_5 + 40 * DAY))
    await house.periods.close("2026-03", key="close march", actor="a")
    sample = load_plan(library()["sample"])
    plan = sample.model_copy(
        update={"version": "clawback", "refunds": Refunds(after_close="clawback", window_days=None)}
    )
    march = await house.runs.calculate("2026-03", plan)
    await commit_with_two(house, march.id)
    await house.audit_exports.period("2026-03", tmp_path / "march", actor="a")
    told = table(tmp_path / "march/clawbacks.csv")
    assert sum(Decimal(row["amount"]) for row in told) == Decimal(march.taken_back) / 100 < 0
    assert {(row["order"], row["return"], row["source"]) for row in told} == {("F3", "RF3", "P3")}
    assert "P0" in {row["person"] for row in told}
    for id in {row["person"] for row in told}:
        await house.audit_exports.person(id, tmp_path / id, actor="a")
        own = table(tmp_path / id / "clawbacks.csv")
        assert [row["why"] for row in own] == [row["why"] for row in told if row["person"] == id]
        paid_on_it = [
            Decimal(row["amount"])
            for row in table(tmp_path / id / "lines.csv")
            if (row["run"], row["order"]) == (february.id, "F3")
        ]
        assert sum(paid_on_it) == -sum(Decimal(row["amount"]) for row in own) > 0
        [said] = [row for row in table(tmp_path / id / "statements.csv") if row["run"] == march.id]
        taken, earned, amount, carried, brought = (
            Decimal(said[name]) for name in ("taken_back", "earned", "amount", "carried_out", "brought_in")
        )
        assert taken == sum(Decimal(row["amount"]) for row in own)
        assert brought + earned + taken == amount + carried
