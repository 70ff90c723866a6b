"""Skips must not hide: every skipped test is listed, and CI refuses each but those marked `container`.

A test that fails on purpose (xfail) is refused unless it is strict, for then nothing says when it stops failing. A
module that skips itself is always refused: it has no mark that could excuse it.
"""

import os
from collections.abc import Generator

import pytest

EXCUSE = "container"
_EXCUSED = "excused_skip"
_XFAIL_IS_LOOSE = "xfail_is_loose"

Report = pytest.TestReport | pytest.CollectReport


class SkipGuard:
    """Hears every report, also those that pytest-xdist's workers send, and has the last word on the exit status."""

    def __init__(self, *, is_ci: bool) -> None:
        self._is_ci = is_ci
        self._excused: list[str] = []
        self._refused: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test."""
        line = f"{report.nodeid}: {_reason(report)}"
        if hasattr(report, "wasxfail"):
            if getattr(report, _XFAIL_IS_LOOSE, True):
                self._refused.append(f"{line} (xfail without strict=True)")
        elif report.skipped:
            (self._excused if getattr(report, _EXCUSED, False) else self._refused).append(line)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that was looked through for tests."""
        if report.skipped:
            self._refused.append(f"{report.nodeid}: {_reason(report)} (the whole module)")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A run that would have ended well ends badly in CI when something was skipped without excuse."""
        if self._is_ci and self._refused and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name what was skipped, whatever the other options say."""
        if self._excused:
            terminalreporter.section(f"skipped, which a test marked '{EXCUSE}' may be")
            for line in self._excused:
                terminalreporter.line(line)
        if self._refused:
            judged = "is why this run fails" if self._is_ci else "CI refuses"
            terminalreporter.section(f"skipped, which {judged}", red=self._is_ci, yellow=not self._is_ci)
            for line in self._refused:
                terminalreporter.line(line, red=self._is_ci, yellow=not self._is_ci)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on the report what only the process that ran the test knows; the note travels with the report."""
    report = yield
    setattr(report, _EXCUSED, item.get_closest_marker(EXCUSE) is not None)
    setattr(report, _XFAIL_IS_LOOSE, _xfail_is_loose(item))
    return report


def pytest_configure(config: pytest.Config) -> None:
    """The process that answers for the run guards it; workers only report."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipGuard(is_ci=bool(os.environ.get("CI"))), "skip-guard")


def _xfail_is_loose(item: pytest.Item) -> bool:
    """Whether no mark says that the test runs and must fail: pytest.xfail() in its body is as good as a skip."""
    by_default = bool(item.config.getini("xfail_strict"))
    marks = list(item.iter_markers("xfail"))
    return not marks or not all(
        mark.kwargs.get("strict", by_default) and mark.kwargs.get("run", True) for mark in marks
    )


def _reason(report: Report) -> str:
    expected = getattr(report, "wasxfail", "")
    if expected:
        return str(expected)
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return "no reason given"
