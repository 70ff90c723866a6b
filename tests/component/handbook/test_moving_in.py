"""docs/handbook/moving-in.md is true: its files are written, its commands run, and they say what the page says.

A line of the page that is only an ellipsis stands for any lines. Ids and hashes of runs change with the code's version,
so the page has an ellipsis in their place; in a command it means the run of that month calculated last.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.comparing.models import COLUMNS, EXPLAINED, MAX_RESULTS, Cause
from app.comparing.text import HEADER
from app.graph import GraphDatabase
from app.runtime import Endpoints
from tests.component.cli.commands import CommandLine

PAGE = Path(__file__).parents[3] / "docs" / "handbook" / "moving-in.md"
TEXT = PAGE.read_text()
BLOCK = re.compile(r"(?:^`(?P<file>[\w./-]+)`\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
RUN = re.compile(r"(\d{4}-\d\d)-([0-9a-f]{12})\b")

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Step:
    """A command of the page and what stands below it."""

    command: str
    said: list[str]


def steps(console: str) -> list[Step]:
    found: list[Step] = []
    for line in console.splitlines():
        if line.startswith("$ "):
            found.append(Step(line.removeprefix("$ "), []))
        else:
            found[-1].said.append(line)
    return found


class Walk:
    """Does what the page says, in its order."""

    def __init__(self, banyan: CommandLine) -> None:
        self.banyan = banyan
        self.runs: dict[str, str] = {}

    def blocks(self) -> Iterator[tuple[Step, list[str]]]:
        """Each command of the page with what it really said, ids and hashes of runs left out."""
        for block in BLOCK.finditer(TEXT):
            if block["file"]:
                path = self.banyan.folder / block["file"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block["text"])
            else:
                assert block["kind"] == "console", f"a block of {block['kind']} is neither a file nor commands"
                yield from self.run(steps(block["text"]))

    def run(self, block: list[Step]) -> Iterator[tuple[Step, list[str]]]:
        """The commands of one block in one shell, so that `echo $?` says how the one before ended."""
        status = 0
        for step in block:
            command = re.sub(r"(\d{4}-\d\d)-…", lambda match: self.runs[match[1]], step.command)
            said = self.banyan.shell(f"(exit {status}); {command}")
            if status and step.command != "echo $?":
                raise AssertionError(f"the page does not say that {step.command!r} follows a failure")
            status = said.status
            self.runs.update({month: f"{month}-{hash}" for month, hash in RUN.findall(said.out)})
            assert status in (0, 1), (step.command, said)
            yield step, [_without_hashes(line) for line in said.lines]
        assert status == 0 or block[-1].command.startswith("banyan compare"), block[-1]


def _without_hashes(line: str) -> str:
    return re.sub(r"\b[0-9a-f]{64}\b", "…", RUN.sub(r"\1-…", line)).rstrip()


def matches(expected: list[str], actual: list[str]) -> bool:
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else re.escape(line) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


async def test_every_command_of_the_page(graph: GraphDatabase, endpoints: Endpoints, tmp_path: Path) -> None:
    walk = Walk(CommandLine(tmp_path, endpoints))
    for step, actual in walk.blocks():
        assert matches(step.said, actual), "\n".join([f"$ {step.command}", *actual])
    assert walk.runs.keys() == {"2025-11", "2025-12", "2026-01"}


def test_what_the_page_says_of_compare() -> None:
    table = TEXT.partition("### The other system's results")[2].partition("\n#")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(COLUMNS)
    assert f"up to {MAX_RESULTS:,} rows" in table
    assert f"The {EXPLAINED:,} largest" in TEXT
    written = " ".join(TEXT.partition("`differences.csv` has all of them")[2].partition(". ")[0].split())
    assert re.findall(r"`(\w+)`", written) == list(HEADER)
    told = re.findall(r"^\| (.+?)(?: …)? \|", TEXT.partition("| Cause |")[2].partition("\n\n")[0], re.MULTILINE)
    assert len(told) == 7
    assert [cell for cell in told if not any(cause.words.startswith(cell) for cause in Cause)] == []
