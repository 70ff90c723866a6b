"""What a comparison says and writes, and that it replaces no file that it reads."""

import csv
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.comparing.models import Amounts, Cause, CauseCount, Comparison, Difference, PeopleCounts
from app.comparing.text import HEADER, comparison_lines, write_differences
from app.runs.models import Run

RUN: Final = Run(**{field.name: 0 if field.type is int else "" for field in fields(Run)})  # type: ignore[arg-type]


def comparison(*differences: Difference, unused: tuple[str, ...] = ()) -> Comparison:
    return Comparison(
        run=RUN,
        file="old.csv",
        tolerance=0,
        bonuses=[Amounts("Level bonus", 0, 0)],
        unknown_bonuses=[],
        unused_names=[*unused],
        people=PeopleCounts(0, len(differences), 0, 0),
        tolerated=0,
        causes=[CauseCount(Cause.LESS, len(differences), 0)],
        differences=[*differences],
    )


def test_a_spreadsheet_gets_no_formula(tmp_path: Path) -> None:
    texts: dict[str, Any] = {"distributor": "-D1", "name": "=1+1", "bonus": "+B", "reason": "-4.00 EUR not paid."}
    write_differences(
        comparison(Difference(**texts, theirs=5, ours=0, cause=Cause.LESS, note="@x")), tmp_path / "differences.csv"
    )
    with (tmp_path / "differences.csv").open(newline="") as file:
        [header, row] = csv.reader(file)
    assert header == list(HEADER)
    assert row[:3] == ["'-D1", "'=1+1", "'+B"]
    assert row[3:6] == ["0.05", "0.00", "-0.05"], "amounts stay numbers"
    assert row[6:] == [Cause.LESS.words, "'-4.00 EUR not paid.", "'@x"]


def test_names_of_theirs_that_no_row_has_are_told() -> None:
    said = "no row of old.csv has the bonus 'Unilevl' of --bonus-names"
    assert said in list(comparison_lines(comparison(unused=("Unilevl",))))
    assert [line for line in comparison_lines(comparison()) if "--bonus-names" in line] == []


def test_a_cause_as_a_sentence_keeps_its_capitals() -> None:
    assert Cause.INACTIVE_VOLUME.sentence == "Missed: too little personal PV to be active"


@pytest.mark.parametrize("out", ["old.csv", "below/../old.csv", "link.csv", "hard.csv", "names.yaml"])
def test_no_file_that_is_read_is_replaced(tmp_path: Path, out: str) -> None:
    (tmp_path / "below").mkdir()
    results, names = tmp_path / "old.csv", tmp_path / "names.yaml"
    results.write_text("distributor,bonus,amount\nD1,Level bonus,1.00\n")
    names.write_text("Unilevel: Level bonus\n")
    (tmp_path / "link.csv").symlink_to(results)
    (tmp_path / "hard.csv").hardlink_to(results)
    before = results.read_text(), names.read_text()
    arguments = ["compare", "2026-01", str(results), "--bonus-names", str(names), "--out", str(tmp_path / out)]
    ended = CliRunner().invoke(app, arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert f"{tmp_path / out} is read and would be replaced by the differences; name another by --out." in ended.stderr
    assert (results.read_text(), names.read_text()) == before
