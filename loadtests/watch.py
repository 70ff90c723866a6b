"""How long each part of the bench takes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watch:
    """Says when a part is over; `seconds` has the sum of each kind of part."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = time.monotonic()
        self.seconds: dict[str, float] = {}

    @property
    def total(self) -> float:
        return time.monotonic() - self._began

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        took = time.monotonic() - began
        self.seconds[name] = self.seconds.get(name, 0.0) + took
        self._say(f"-- {name}: {took:.0f} s; {self.total / 60:.1f} min so far")
