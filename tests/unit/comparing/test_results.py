"""Results and bonus names are read strictly: every fault is told with its file, line and column."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from app.comparing.models import NothingToCompareError, ResultsError
from app.comparing.names import read_bonus_names
from app.comparing.results import read_results

HEADER = "distributor,bonus,amount,note\n"
COLUMNS = "the columns are distributor, bonus, amount, note (may be left out)"
SUCH_AS = "one line for each bonus, such as Fast start: Level bonus"


def test_amounts_are_signed_and_exact_and_notes_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text('bonus,amount,distributor\n"A, B",0012.30,D1\nX,-0.05,D1\n\nX,7,"D2"\n')
    read = read_results(tmp_path / "old.csv")
    assert (read.file, read.amount.tolist()) == ("old.csv", [1230, -5, 700])
    assert (read.distributor.to_pylist(), read.bonus.to_pylist()) == (["D1", "D1", "D2"], ["A, B", "X", "X"])
    assert read.note.to_pylist() == ["", "", ""]


def test_parquet_says_the_same(tmp_path: Path) -> None:
    amounts = pa.array([Decimal("12.30"), Decimal("-0.05")], pa.decimal128(12, 2))
    table = pa.table({"distributor": ["D1", "D2"], "bonus": ["X", "X"], "amount": amounts, "note": [None, "by hand"]})
    pyarrow.parquet.write_table(table, tmp_path / "old.parquet")
    read = read_results(tmp_path / "old.parquet")
    assert (read.amount.tolist(), read.note.to_pylist()) == ([1230, -5], ["", "by hand"])
    inexact = table.set_column(2, "amount", pa.array([12.3, -0.05]))
    pyarrow.parquet.write_table(inexact, tmp_path / "old.parquet")
    with pytest.raises(ResultsError, match="floating-point numbers; write decimals"):
        read_results(tmp_path / "old.parquet")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + ",X,1,\n", ["old.csv:2 distributor: empty: ''"]),
        (HEADER + "D1,,1,\n", ["old.csv:2 bonus: empty: ''"]),
        (HEADER + "D1,X,,\n", ["old.csv:2 amount: empty: ''"]),
        (
            HEADER + 'D1,X,1.005,\nD2,X,"1,000.00",\nD3,X,--1,\nD4,X,-10000000000.01,\n',
            [
                "old.csv:2 amount: not an amount with at most two decimals: '1.005' (such as 12.34)",
                "old.csv:3 amount: not an amount with at most two decimals: '1,000.00' (such as 12.34)",
                "old.csv:4 amount: not an amount with at most two decimals: '--1' (such as 12.34)",
                "old.csv:5 amount: too large: '-10000000000.01' (10000000000.00 at most)",
            ],
        ),
        (
            HEADER + "D1,X,1,\nD1,Y,1,\nD2,X,1,\nD1,X,2,again\n",
            ["old.csv:5 bonus: person and bonus stand twice: 'X' (first on line 2)"],
        ),
        (HEADER + "D1 ,X,1,\n", ["old.csv:2 distributor: space at the beginning or end: 'D1 '"]),
        (HEADER + "D1,X,1,,\n", ["old.csv:2: wrong number of values: 'D1,X,1,,' (5 values, the header has 4)"]),
        (
            "distributor,bonus,sum\n",
            [
                f"old.csv:1 sum: unknown column: 'sum' ({COLUMNS})",
                f"old.csv:1 amount: column is missing: 'amount' ({COLUMNS})",
            ],
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: list[str]) -> None:
    (tmp_path / "old.csv").write_text(text)
    with pytest.raises(ResultsError) as caught:
        read_results(tmp_path / "old.csv")
    assert [str(line) for line in caught.value.bad_lines] == said
    count = f"{len(said)} fault{'s' if len(said) > 1 else ''}. Correct the file and compare again."
    assert caught.value.message.splitlines() == [count, *said]


def test_only_files_that_can_be_results(tmp_path: Path) -> None:
    for name in ("none.csv", "old.xlsx"):
        with pytest.raises(NothingToCompareError, match=f"{name} is no CSV or Parquet file"):
            read_results(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("names.yaml", "# old: new\nFast start: Level bonus\n'Bin: 1': Team bonus\nBin 2: Team bonus\n"),
        ("names.csv", "theirs,ours\nFast start,Level bonus\nBin: 1,Team bonus\nBin 2,Team bonus\n"),
    ],
)
def test_bonus_names(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    read = read_bonus_names(tmp_path / name)
    assert read.ours == {"Fast start": "Level bonus", "Bin: 1": "Team bonus", "Bin 2": "Team bonus"}
    assert (read.file, list(read.lines.values())) == (name, [2, 3, 4])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("n.csv", "theirs,ours\nA,B\nA,C\n", ["n.csv:3 theirs: id stands twice: 'A' (first on line 2)"]),
        ("n.yaml", "A: B\nA: C\n", ["n.yaml:2 theirs: id stands twice: 'A' (first on line 1)"]),
        ("n.yaml", "A: B\nC:\n", [f"n.yaml:2 ours: empty: '' ({SUCH_AS})"]),
        ("n.yaml", "A: [B]\n", [f"n.yaml:1: file cannot be read: '' ({SUCH_AS})"]),
        ("n.yaml", "- A\n", [f"n.yaml:1: file cannot be read: '' ({SUCH_AS})"]),
        ("n.yaml", "A: B: C\n", ["n.yaml:1: file cannot be read: '' (not YAML: mapping values are not allowed here)"]),
        ("n.yaml", "[" * 50_000, ["n.yaml:1: file cannot be read: '' (not YAML that is a list of names)"]),
        ("n.yaml", "A" * 70_000, ["n.yaml:1: file cannot be read: '' (it holds more than 65,536 bytes)"]),
        ("n.csv", "ours,theirs\nA,B\n", ["n.csv:1: file cannot be read: '' (the columns are theirs, ours)"]),
        ("n.csv", "theirs,ours\nA,B,C\n", ["n.csv:2: file cannot be read: '' (3 values, the header has 2)"]),
    ],
)
def test_bonus_names_that_are_wrong(tmp_path: Path, name: str, text: str, said: list[str]) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ResultsError) as caught:
        read_bonus_names(tmp_path / name)
    assert [str(line) for line in caught.value.bad_lines] == said
