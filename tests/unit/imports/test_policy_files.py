"""The policy of moves in a folder: which command it becomes, how each fault is told, and how it is written again."""

from pathlib import Path

import pytest

from app.facts.commands import KeepMatrix, MoveLimits, SetMovePolicy
from app.imports.models import CompanySettings, MatrixShape, Stored
from app.imports.settings import as_text, settings_as_values
from tests.unit.imports.directories import EMPTY, bad_lines, company, plan, write

POLICY = SetMovePolicy(
    "Europe/Berlin",
    (
        MoveLimits("sponsor", window_days=30, stay_below="enroller", blackout_days=(1, 2, 31)),
        MoveLimits("matrix", largest_subtree=100, stay_below="sponsor", backdate_days=0),
    ),
)
ROWS = [
    "matrix_depth,9",
    "matrix_width,3",
    "move_matrix_backdate_days,0",
    "move_matrix_largest_subtree,100",
    "move_matrix_stay_below,sponsor",
    "move_sponsor_blackout_days,1 2 31",
    "move_sponsor_stay_below,enroller",
    "move_sponsor_window_days,30",
    "move_zone,Europe/Berlin",
]
KEPT = CompanySettings(MatrixShape(3, 9), POLICY)


def test_what_a_company_keeps_is_its_first_facts(tmp_path: Path) -> None:
    planned = plan(write(tmp_path / "in", {**company(), "settings": ROWS}))
    assert planned.bad_lines == ()
    assert [submission.command for submission in planned.commands[:2]] == [KeepMatrix(3, 9), POLICY]
    assert [submission.key for submission in planned.commands[:2]] == ["import:setting:matrix", "import:setting:moves"]


def test_a_policy_is_written_as_it_is_read() -> None:
    said = settings_as_values(KEPT)
    assert [f"{name},{as_text(said[name])}" for name in sorted(said)] == ROWS
    mixed = SetMovePolicy("UTC", (MoveLimits("binary", blackout_days=(31, 1, 31)), MoveLimits("sponsor")))
    assert settings_as_values(CompanySettings(moves=mixed)) == {
        "move_zone": "UTC",
        "move_binary_blackout_days": (1, 31),
    }


def test_a_zone_alone_allows_everything(tmp_path: Path) -> None:
    planned = plan(write(tmp_path / "in", {"settings": ["move_zone,UTC"]}))
    assert [submission.command for submission in planned.commands] == [SetMovePolicy("UTC", ())]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("move_zone,Mars", "value: unknown time zone: 'Mars' (such as Europe/Berlin)"),
        ("move_sponsor_window_days,-1", "value: not a whole number within its bounds: '-1' (0 to 1,000,000,000)"),
        ("move_sponsor_window_days,1000000001", "value: not a whole number within its bounds: '1000000001' (0 to"),
        ("move_sponsor_window_days,", "value: not a whole number within its bounds: '' (0 to"),
        ("move_binary_stay_below,enroller", "value: not one of the allowed words: 'enroller' (sponsor)"),
        ("move_sponsor_stay_below,parent", "value: not one of the allowed words: 'parent' (enroller or sponsor)"),
        ("move_sponsor_blackout_days,1 32", "value: not days of a month: '1 32' (such as 1 2 31, ascending)"),
        ("move_sponsor_blackout_days,2 1", "value: not days of a month: '2 1'"),
        ("move_sponsor_blackout_days,1  2", "value: not days of a month: '1  2'"),
        ("move_owner_window_days,1", "setting: not one of the allowed words: 'move_owner_window_days'"),
        (
            "move_sponsor_window_days,30",
            "setting: days of which zone is not said: 'move_sponsor_window_days' (move_zone",
        ),
    ],
)
def test_each_fault_is_told(tmp_path: Path, row: str, told: str) -> None:
    rows = [row] if row.endswith(",30") or row.startswith("move_zone") else ["move_zone,UTC", row]
    [line] = bad_lines(write(tmp_path / "in", {"settings": rows}))
    assert line.startswith(f"settings.csv:{len(rows) + 1} {told}")


def test_what_is_stored_is_unchanged_and_else_a_fault(tmp_path: Path) -> None:
    stored = Stored(settings=KEPT, periods=EMPTY.periods)
    planned = plan(write(tmp_path / "same", {"settings": ROWS}), stored)
    assert (planned.commands, planned.bad_lines, planned.files[0].unchanged) == ([], (), len(ROWS))
    other = ["move_zone,UTC", "move_sponsor_blackout_days,1 2", "move_binary_window_days,30"]
    assert bad_lines(write(tmp_path / "other", {"settings": other}), stored) == [
        "settings.csv:2 value: stored with other values: 'UTC' (stored: Europe/Berlin)",
        "settings.csv:3 value: stored with other values: '1 2' (stored: 1 2 31)",
        "settings.csv:4 value: stored with other values: '30' (stored: nothing)",
    ]
