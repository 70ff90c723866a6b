"""docs/handbook/moving-in.md is true: its files are written, its commands run, and they say what the page says.

A line of the page that is only an ellipsis stands for any lines. Ids and hashes of runs change with the code's version,
so the page has an ellipsis in their place; in a command it means the run of that month calculated last.
"""

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.amounts import from_minor
from app.comparing.models import COLUMNS, EXPLAINED, MAX_RESULTS, MOST_ROUNDED, Cause
from app.comparing.text import HEADER
from app.graph import GraphDatabase
from app.runtime import Endpoints
from tests.component.cli.commands import CommandLine, Said

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

    def __init__(self, folder: Path, banyan: Callable[[list[str]], Said]) -> None:
        self.folder = folder
        self.banyan = banyan
        self.runs: dict[str, str] = {}

    def steps(self) -> Iterator[tuple[Step, list[str]]]:
        """Each command of the page with what it really said, ids and hashes of runs left out."""
        for block in BLOCK.finditer(TEXT):
            if block["file"]:
                path = self.folder / block["file"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block["text"])
                continue
            assert block["kind"] == "console", f"a block of {block['kind']} is neither a file nor commands"
            status = 0
            for step in steps(block["text"]):
                said = self.run(step.command, status)
                status = said.status
                yield step, [_without_hashes(line) for line in said.lines]

    def run(self, command: str, before: int) -> Said:
        """One command; one that fails may only be a comparison at the end of its block, or before `echo $?`."""
        if command == "echo $?":
            return Said(0, f"{before}\n", "")
        assert before == 0, f"the page does not say that {command!r} follows a failure"
        name, *arguments = shlex.split(re.sub(r"(\d{4}-\d\d)-…", lambda match: self.runs[match[1]], command))
        if name != "banyan":
            subprocess.run([name, *arguments], cwd=self.folder, check=True)
            return Said(0, "", "")
        said = self.banyan(arguments)
        assert said.status == 0 or (arguments[0], said.status) == ("compare", 1), (command, said)
        self.runs.update({month: f"{month}-{digest}" for month, digest in RUN.findall(said.out)})
        return said


def _without_hashes(line: str) -> str:
    return re.sub(r"\b[0-9a-f]{64}\b", "…", RUN.sub(r"\1-…", line)).rstrip()


def matches(expected: list[str], actual: list[str]) -> bool:
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else re.escape(line) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


async def test_every_command_of_the_page(graph: GraphDatabase, endpoints: Endpoints, tmp_path: Path) -> None:
    with CommandLine(tmp_path, endpoints).warm() as banyan:
        walk = Walk(tmp_path, banyan)
        for step, actual in walk.steps():
            assert matches(step.said, actual), "\n".join([f"$ {step.command}", *actual])
    assert walk.runs.keys() == {"2025-11", "2025-12", "2026-01"}


def test_what_the_page_says_of_compare() -> None:
    table = TEXT.partition("### The other system's results")[2].partition("\n#")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(COLUMNS)
    assert f"up to {MAX_RESULTS:,} rows" in table
    assert f"The {EXPLAINED:,} largest" in TEXT
    assert f"never above {from_minor(MOST_ROUNDED)}," in TEXT
    written = " ".join(TEXT.partition("`differences.csv` has all of them")[2].partition(". ")[0].split())
    assert re.findall(r"`(\w+)`", written) == list(HEADER)
    told = re.findall(r"^\| (.+?)(?: …)? \|", TEXT.partition("| Cause |")[2].partition("\n\n")[0], re.MULTILINE)
    assert [cause for cause in Cause if not any(cause.words.startswith(cell) for cell in told)] == []
    assert [cell for cell in told if not any(cause.words.startswith(cell) for cause in Cause)] == []
