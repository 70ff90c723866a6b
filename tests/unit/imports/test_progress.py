"""What somebody at a terminal sees of a long import."""

import re
import time
from io import StringIO

import pytest
from rich.console import Console

from app.imports.progress import AdminProgress, Stages

STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

ADMIN = """\
Import starting 2026-11-29 16:28:26.551+0000
  Estimated number of nodes: 451.00
(1/4) Node import 2026-11-29 16:28:26.588+0000
  Estimated number of nodes: 451.00
  Estimated disk space usage: 239.4KiB
-......... .......... .......... .......... ..........   5% ∆4s 77ms [4s 77ms]
.......... .......... .......... .......... ..........  10% ∆4ms [4s 81ms]
.......... .......... .......... .......... .......... 100% ∆0ms [4s 88ms]
Node import COMPLETED in 4s 91ms
(2/4) Relationship import 2026-11-29 16:28:30.679+0000
.......... .......... .......... .......... ..........  45% ∆0ms [283ms]
.......... .......... .......... .......... .......... 100% ∆0ms [285ms]
Relationship import COMPLETED in 286ms
(3/4) Relationship linking 2026-11-29 16:28:30.965+0000
-......... .......... .......... .......... ..........   5% ∆964ms [964ms]
(4/4) Post processing 2026-11-29 16:28:31.931+0000
-......... .......... .......... .......... ..........  20% ∆1s 2ms [1s 2ms]""".splitlines()
"""What neo4j-admin 5.26 prints, most of the percent lines left out."""


class Screen:
    """A terminal of eighty columns, and a clock that stands until it is told."""

    def __init__(self) -> None:
        self.text, self.now = StringIO(), 100.0
        self.console = Console(force_terminal=True, file=self.text, width=80, get_time=lambda: self.now)

    @property
    def frames(self) -> list[str]:
        """Everything drawn, in its order, without the colours."""
        drawn = [" ".join(STYLE.sub("", frame).split()) for frame in re.split(r"[\r\n]+", self.text.getvalue())]
        return [frame for frame in drawn if frame]

    def wait_for(self, words: str) -> str:
        """The frame with these words; the bar is drawn ten times a second."""
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            if found := [frame for frame in self.frames if words in frame]:
                return found[-1]
            time.sleep(0.02)
        pytest.fail(f"{words} is in none of {self.frames}")


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_the_bar_shows_rate_and_time_left(screen: Screen) -> None:
    """A quarter of a million of a million in five seconds: fifteen are left."""
    with Stages(screen.console).stage("relationship linking", 1_000_000, "facts") as advance:
        assert screen.wait_for("/1000000").endswith("0/1000000 0:00:00 -:--:--"), "no rate while nothing is done"
        for _ in range(5):
            screen.now += 1
            advance(50_000)
        assert screen.wait_for("250000/1000000").endswith("250000/1000000 50,000/s 0:00:05 0:00:15")
    assert re.fullmatch(r"relationship linking 1,000,000 facts [\d.]+ s [\d,]+ facts/s", screen.frames[-1])


def test_the_bar_is_gone_when_the_work_fails(screen: Screen) -> None:
    def work() -> None:
        with Stages(screen.console).stage("facts", 10) as advance:
            advance(3)
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert screen.text.getvalue().endswith("\x1b[?25h\r\x1b[1A\x1b[2K"), "the cursor is back, the line is empty"


def test_what_the_importer_prints_becomes_stages_with_rate_and_time_left(screen: Screen) -> None:
    """Each step has a bar of its own, which stands where the last line says."""
    with AdminProgress(Stages(screen.console)) as admin:
        for line in ADMIN[:6]:
            admin.line(line)
        screen.now += 1
        admin.line(ADMIN[6])
        assert re.fullmatch(r"node import \S+ 10/100 5/s 0:00:01 0:00:18", screen.wait_for("10/100"))
        for line in ADMIN[7:11]:
            admin.line(line)
        assert screen.wait_for("45/100").startswith("relationship import ")
        for line in ADMIN[11:]:
            admin.line(line)
        assert screen.wait_for("20/100").startswith("post processing ")
    done = [frame.split(" 100 % ")[0] for frame in screen.frames if " 100 % " in frame]
    assert done == ["node import", "relationship import", "relationship linking", "post processing"]


def test_a_step_that_failed_is_not_told_as_done() -> None:
    told = StringIO()

    def work() -> None:
        with AdminProgress(Stages(Console(file=told))) as admin:
            for line in ADMIN[:12]:
                admin.line(line)
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert [line.split("  ")[0] for line in told.getvalue().splitlines()] == ["node import"]
