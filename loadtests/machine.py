"""What the figures were measured on and with."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.runtime.lock import ROOTS
from app.settings import Neo4jSettings


def machine() -> dict[str, Any]:
    """Cores that we may use, memory, processor and system."""
    pages, page_size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages * page_size / 2**30, 1),
        "processor": _processor(),
        "system": platform.system(),
        "kernel": platform.release(),
    }


def versions(postgres: str) -> dict[str, str]:
    """Of everything that the figures depend on."""
    neo4j = next(each for each in ROOTS if each.startswith("org.neo4j:neo4j:"))
    return {
        "banyan": version("banyan"),
        "commit": _commit(),
        "python": platform.python_version(),
        "neo4j": neo4j.rpartition(":")[2],
        "postgresql": postgres,
        **{name: version(name) for name in ("numpy", "pyarrow")},
    }


def memory_settings(neo4j: Neo4jSettings) -> dict[str, int]:
    """What the graph was given."""
    return {"neo4j_heap_mib": neo4j.heap_mib, "neo4j_page_cache_mib": neo4j.page_cache_mib}


def _processor() -> str:
    """Its name where the system tells it."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """What is checked out; says so where files were changed since."""
    asked = ["git", "describe", "--always", "--abbrev=12", "--dirty=, changed", "--exclude=*"]
    try:
        said = subprocess.run(asked, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.stdout.strip()
