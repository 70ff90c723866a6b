"""Readiness: each dependency asked with a short limit, the answer kept for a moment so that probes cost nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.errors import BanyanError

State = Literal["ok", "degraded", "failed"]
CHECK_TIMEOUT_S: Final = 1.0
KEEP_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Check:
    """How one dependency stands. Without a required one the service is not ready; without another it is degraded."""

    name: str
    required: bool
    probe: Callable[[], Awaitable[str]]
    """Answers in words what it found; raises when the dependency is not usable."""
    timeout_s: float = CHECK_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    state: State
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """All findings; the worst one is the whole's state."""

    state: State
    findings: Mapping[str, Finding]

    @property
    def ready(self) -> bool:
        """Whether requests should be sent here."""
        return self.state != "failed"


class HealthService:
    """Asks all dependencies at once; callers within 1.5 s share one answer, and one round of questions."""

    def __init__(self, checks: list[Check], *, keep_s: float = KEEP_S) -> None:
        self._checks = checks
        self._keep_s = keep_s
        self._asking = asyncio.Lock()
        self._last: Readiness | None = None
        self._until = 0.0

    async def readiness(self) -> Readiness:
        """How the service stands now (or stood a moment ago)."""
        async with self._asking:
            if self._last is None or time.monotonic() >= self._until:
                found = await asyncio.gather(*(_find(check) for check in self._checks))
                states = {finding.state for finding in found}
                worst: State = "failed" if "failed" in states else "degraded" if "degraded" in states else "ok"
                names = [check.name for check in self._checks]
                self._last = Readiness(worst, dict(zip(names, found, strict=True)))
                self._until = time.monotonic() + self._keep_s
            return self._last


async def _find(check: Check) -> Finding:
    unusable: State = "failed" if check.required else "degraded"
    try:
        async with asyncio.timeout(check.timeout_s):
            return Finding("ok", await check.probe())
    except TimeoutError:
        return Finding(unusable, f"no answer within {check.timeout_s:g} s")
    except BanyanError as error:
        # The message may name an address or a file; whoever probes needs the kind, the log has the rest.
        return Finding(unusable, error.title)
    except Exception as error:  # noqa: BLE001 - a probe must not take the service down, whatever it meets
        return Finding(unusable, type(error).__name__)
