"""How far a long work is: a bar with rate and time left on a terminal, a line a stage elsewhere."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Advance = Callable[[int], None]


class Stages:
    """The stages of one work, told on standard error."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr, highlight=False)

    @classmethod
    def untold(cls) -> Self:
        """Nobody is told."""
        return cls(Console(quiet=True))

    def say(self, line: str) -> None:
        """One line between stages."""
        self._console.print(line, markup=False)

    @contextmanager
    def stage(self, name: str, total: int, unit: str = "rows") -> Iterator[Advance]:
        """A stage of `total` units; call what it gives with how many are done."""
        began, done = time.monotonic(), 0
        with self._bar(name, total) as show:

            def advance(units: int) -> None:
                nonlocal done
                done += units
                show(done)

            yield advance
            show(total)
        took = max(time.monotonic() - began, 0.001)
        self.say(f"{name:<22}{total:>12,} {unit:<8}{took:>8.1f} s{total / took:>14,.0f} {unit}/s")

    @contextmanager
    def _bar(self, name: str, total: int) -> Iterator[Advance]:
        if not self._console.is_terminal:
            yield lambda done: None
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate())
        with Progress(
            *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=self._console, transient=True
        ) as progress:
            task = progress.add_task(name, total=total)
            yield lambda done: progress.update(task, completed=done)


class _Rate(ProgressColumn):
    """How many a second; nothing before anything is done."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")


_STEP: Final = re.compile(r"^\((\d)/(\d)\) (.+?) \d{4}-")
_PERCENT: Final = re.compile(r"(\d+)% ∆")


class AdminProgress(AbstractContextManager["AdminProgress"]):
    """Turns what neo4j-admin prints into stages: node import, relationship import, linking, post processing."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._open = ExitStack()
        self._advance: Advance | None = None
        self._percent = 0

    def line(self, text: str) -> None:
        """Take one line of its output."""
        if step := _STEP.match(text):
            self._open.close()
            self._percent = 0
            self._advance = self._open.enter_context(self._stages.stage(step[3].lower(), 100, "%"))
        elif (percent := _PERCENT.search(text)) and self._advance:
            self._advance(int(percent[1]) - self._percent)
            self._percent = int(percent[1])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """A step that failed is told by nobody as done."""
        self._open.__exit__(kind, error, traceback)
