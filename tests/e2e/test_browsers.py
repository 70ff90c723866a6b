"""The choice of a browser, on machines made of small programs: none of these tests starts or installs a browser."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.browsers import Machine, NoBrowserError, find_browser

REFUSED_DOWNLOAD = (sys.executable, "-c", "import sys; sys.exit('the download was refused')")


class Box:
    """A folder that is all of PATH, and what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bin"
        self.folder.mkdir()
        self.own = folder / "playwright" / "chrome"
        self.said = folder / "said"

    def program(self, name: str, script: str = "") -> Path:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def apt_get(self, script: str) -> None:
        self.program("apt-get", f'echo "$DEBIAN_FRONTEND $*" >> "{self.said}"\n{script}')

    def playwrights_own(self) -> Path:
        self.own.parent.mkdir()
        self.own.touch()
        return self.own

    def machine(self, *, is_root: bool = False, download: tuple[str, ...] = REFUSED_DOWNLOAD) -> Machine:
        return Machine(str(self.folder), self.own, is_root, download, 30.0)

    def new_program(self, name: str) -> str:
        """A shell line that makes an empty program in the box, whose PATH has no tools."""
        path = self.folder / name
        return f'{{ : > "{path}"; {shutil.which("chmod")} 755 "{path}"; }}'


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_on_path_comes_first(box: Box, name: str) -> None:
    box.playwrights_own()
    box.apt_get("exit 1")
    program = box.program(name)
    assert find_browser(box.machine(is_root=True)) == program
    assert not box.said.exists()


def test_chromium_is_preferred_to_its_other_names(box: Box) -> None:
    box.program("google-chrome")
    chromium = box.program("chromium")
    assert find_browser(box.machine()) == chromium


def test_playwrights_own_comes_next_and_nothing_is_installed(box: Box) -> None:
    own = box.playwrights_own()
    box.apt_get(box.new_program("chromium"))
    assert find_browser(box.machine(is_root=True)) == own
    assert not box.said.exists()


def test_root_gets_debians_package_without_being_asked_anything(box: Box) -> None:
    box.apt_get(f'[ "$1" = update ] || {box.new_program("chromium")}')
    assert find_browser(box.machine(is_root=True)) == box.folder / "chromium"
    update, install = box.said.read_text().splitlines()
    assert update == "noninteractive update"
    assert install.startswith("noninteractive install -y --no-install-recommends ")
    assert install.endswith(" chromium")


def test_without_root_the_package_is_not_tried_and_playwright_downloads(box: Box) -> None:
    box.apt_get(box.new_program("chromium"))
    script = f"import pathlib; p = pathlib.Path({str(box.own)!r}); p.parent.mkdir(); p.touch()"
    assert find_browser(box.machine(download=(sys.executable, "-c", script))) == box.own
    assert not box.said.exists()


def test_without_any_way_the_sentence_says_what_was_tried(box: Box) -> None:
    with pytest.raises(NoBrowserError) as refused:
        find_browser(box.machine())
    said = str(refused.value)
    assert "no chromium, chromium-browser, google-chrome on PATH" in said
    assert "this machine has no apt-get" in said
    assert "the download was refused" in said
    assert "Install Chromium" in said


def test_a_package_manager_that_fails_is_quoted(box: Box) -> None:
    box.apt_get("echo 'E: Unable to locate package chromium'; exit 100")
    with pytest.raises(NoBrowserError, match="failed with 100: E: Unable to locate package chromium"):
        find_browser(box.machine(is_root=True))


def test_a_package_manager_that_only_says_yes_is_not_believed(box: Box) -> None:
    box.apt_get("exit 0")
    with pytest.raises(NoBrowserError, match="ended well and left no browser"):
        find_browser(box.machine(is_root=True))


def test_an_installation_that_hangs_is_ended(box: Box) -> None:
    machine = Machine(str(box.folder), box.own, is_root=False, download=("sleep", "600"), limit_s=0.2)
    with pytest.raises(NoBrowserError, match=r"'sleep 600' did not end within 0\.2 s"):
        find_browser(machine)


def test_a_name_on_path_that_is_no_program_is_passed_over(box: Box) -> None:
    (box.folder / "chromium").write_text("not executable")
    other = box.program("google-chrome")
    assert find_browser(box.machine()) == other
