"""What somebody at a terminal sees of a long import."""

import re
import time
from io import StringIO

import pytest
from rich.console import Console

from app.imports.progress import Stages

STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


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
