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


class NotUsableError(Exception):
    """A dependency answers and still cannot be used; the message may be shown to whoever probes."""


@dataclass(frozen=True, slots=True)
class Check:
    """How one dependency stands. Without a required one the service is not ready; without another it is degraded."""

    name: str
    required: bool
    probe: Callable[[], Awaitable[str]]
    """Answers in words what it found; raises when the dependency is not usable."""
    timeout_s: float = CHECK_TIMEOUT_S
    keep_s: float = KEEP_S
    """How long a finding is kept."""


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
    """Asks all dependencies at once; callers within a finding's life share it, and one round of questions."""

    def __init__(self, checks: list[Check], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._monotonic = monotonic
        self._asking = asyncio.Lock()
        self._kept: dict[str, tuple[float, Finding]] = {}

    async def readiness(self) -> Readiness:
        """How the service stands now (or stood a moment ago)."""
        async with self._asking:
            now = self._monotonic()
            due = [check for check in self._checks if check.name not in self._kept or self._kept[check.name][0] <= now]
            for check, finding in zip(due, await asyncio.gather(*map(_find, due)), strict=True):
                # What is wrong is looked at again soon, whatever it costs.
                life_s = check.keep_s if finding.state == "ok" else KEEP_S
                self._kept[check.name] = (self._monotonic() + life_s, finding)
            findings = {check.name: self._kept[check.name][1] for check in self._checks}
        states = {finding.state for finding in findings.values()}
        worst: State = "failed" if "failed" in states else "degraded" if "degraded" in states else "ok"
        return Readiness(worst, findings)


async def _find(check: Check) -> Finding:
    unusable: State = "failed" if check.required else "degraded"
    try:
        async with asyncio.timeout(check.timeout_s):
            return Finding("ok", await check.probe())
    except TimeoutError:
        return Finding(unusable, f"no answer within {check.timeout_s:g} s")
    except NotUsableError as error:
        return Finding(unusable, str(error))
    except BanyanError as error:
        # The message may name an address or a file; whoever probes needs the kind, the log has the rest.
        return Finding(unusable, error.title)
    except Exception as error:  # noqa: BLE001 - a probe must not take the service down, whatever it meets
        return Finding(unusable, type(error).__name__)
