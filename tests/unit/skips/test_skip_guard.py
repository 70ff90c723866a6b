"""The guard against skips, in runs of small test files with the guard plugged in."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ONE_PASSES = "def test_passes():\n    pass\n"
CONTAINER_SKIPS = """
import pytest

@pytest.mark.container
@pytest.mark.skipif(True, reason="no container engine answers")
def test_in_a_container():
    pass
"""


class Run:
    """A folder of tests, run with the guard as CI or as a developer would."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self._pytester = pytester
        self._environment = monkeypatch
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
        # The other plugins take seconds to load and have no part in this.
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        pytester.makeini("[pytest]\nmarkers = container: needs a container engine\n")
        pytester.makeconftest('pytest_plugins = ["tests.skip_guard"]')

    def of(self, *options: str, ci: bool = True, **files: str) -> pytest.RunResult:
        for name, text in files.items():
            self._pytester.makepyfile(**{name: text})
        if ci:
            self._environment.setenv("CI", "true")
        else:
            self._environment.delenv("CI", raising=False)
        if "-n" in options:
            return self._pytester.runpytest_subprocess("-p", "xdist", *options)
        return self._pytester.runpytest_inprocess(*options)


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(pytester, monkeypatch)


WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
REFUSED = {
    "a mark": "import pytest\n@pytest.mark.skip(reason='some day')\ndef test_it(): pass\n",
    "a call": "import pytest\ndef test_it(): pytest.skip('some day')\n",
    "a fixture": "import pytest\n@pytest.fixture\ndef it(): pytest.skip('some day')\ndef test_it(it): pass\n",
    "the module": "import pytest\npytest.skip('some day', allow_module_level=True)\n",
    "a missing library": "import pytest\npytest.importorskip('no_such_library', reason='some day')\n",
    "a loose xfail": "import pytest\n@pytest.mark.xfail(reason='some day')\ndef test_it(): assert False\n",
    "a loose xfail that passes": "import pytest\n@pytest.mark.xfail(reason='some day')\ndef test_it(): pass\n",
    "an xfail in the body": "import pytest\ndef test_it(): pytest.xfail('some day')\n",
    "an xfail that does not run": (
        "import pytest\n@pytest.mark.xfail(run=False, strict=True, reason='some day')\ndef test_it(): pass\n"
    ),
    "an excused module's skip": (
        "import pytest\npytestmark = pytest.mark.container\npytest.skip('some day', allow_module_level=True)\n"
    ),
}


@pytest.mark.parametrize("way", REFUSED)
def test_ci_fails_on_a_skip_by(run: Run, way: str) -> None:
    result = run.of(test_one=ONE_PASSES, test_two=REFUSED[way])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*skipped, which is why this run fails*", "test_two.py*some day*"])


@pytest.mark.parametrize("way", ["a mark", "the module", "a loose xfail"])
def test_ci_hears_of_skips_in_workers(run: Run, way: str) -> None:
    result = run.of("-n", "2", test_one=ONE_PASSES, test_two=REFUSED[way])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*skipped, which is why this run fails*", "test_two.py*some day*"])


@WORKERS
def test_a_container_test_may_be_skipped_and_is_named(run: Run, workers: tuple[str, ...]) -> None:
    result = run.of(*workers, test_one=ONE_PASSES, test_two=CONTAINER_SKIPS)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["test_two.py::test_in_a_container: no container engine answers"])
    result.assert_outcomes(passed=1, skipped=1)


def test_a_name_is_no_excuse(run: Run) -> None:
    result = run.of(test_container="import pytest\ndef test_container(): pytest.skip('some day')\n")
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_strict_xfail_says_when_it_stops_failing_and_may_stand(run: Run) -> None:
    strict = "import pytest\n@pytest.mark.xfail(strict=True, reason='a known bug')\ndef test_it(): assert False\n"
    result = run.of(test_one=strict)
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(xfailed=1)


def test_the_projects_own_default_makes_an_xfail_strict(run: Run) -> None:
    result = run.of("-o", "xfail_strict=true", test_one=REFUSED["a loose xfail"])
    assert result.ret == pytest.ExitCode.OK


def test_a_developer_is_told_what_ci_refuses(run: Run) -> None:
    result = run.of(ci=False, test_one=ONE_PASSES, test_two=REFUSED["a mark"])
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*skipped, which CI refuses*", "test_two.py::test_it: some day"])


def test_a_run_without_skips_says_nothing(run: Run) -> None:
    result = run.of(test_one=ONE_PASSES)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("*skipped, which*")


def test_a_run_that_failed_anyway_keeps_its_status(run: Run) -> None:
    result = run.of("--maxfail=1", test_one="def test_fails(): assert False\n", test_two=REFUSED["a mark"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert run.of("--no-such-option").ret == pytest.ExitCode.USAGE_ERROR


def test_this_project_is_guarded(request: pytest.FixtureRequest) -> None:
    plugins = request.config.pluginmanager
    assert plugins.has_plugin("tests.skip_guard")
    assert plugins.has_plugin("skip-guard") or hasattr(request.config, "workerinput")
