"""Writes jars.lock anew by real resolution of the POMs (minutes): `python -m app.runtime.lock`."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.runtime.jars import LOCK_FILE, PARALLEL_DOWNLOADS, LockedJar, artifact_of, maven, sha256_of
from app.runtime.process import Progress

ROOTS = (
    "org.neo4j:neo4j:5.26.30",
    "org.neo4j.procedure:apoc-core:5.26.19",
    "org.neo4j.procedure:apoc-common:5.26.19",
    "org.neo4j.procedure:apoc-extended:5.26.0",
)
HEADER = "# Every jar of the embedded Neo4j with APOC. Written by: python -m app.runtime.lock\n"


def resolve(repository: Path, progress: Progress) -> list[LockedJar]:
    """All jars the roots need at run time, with the digests of what the repository holds now."""
    context = maven(repository)
    progress(f"reading the POMs of {', '.join(ROOTS)}")
    dependencies = [context.create_dependency(root) for root in ROOTS]
    for dependency in dependencies:
        dependency.scope = "compile"
    roots, others = context.resolver.resolve(dependencies)
    wanted = {
        (it.groupId, it.artifactId, it.version, it.classifier)
        for it in [*roots, *others]
        if it.scope in ("compile", "runtime") and it.type == "jar"
    }
    progress(f"hashing {len(wanted)} jars")

    def hashed(key: tuple[str, str, str, str]) -> LockedJar:
        group, artifact, version, classifier = key
        jar = LockedJar(group, artifact, version, classifier, "")
        return LockedJar(group, artifact, version, classifier, sha256_of(artifact_of(context, jar).resolve()))

    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        return list(pool.map(hashed, sorted(wanted)))


def main() -> None:
    """Resolve and write."""
    with tempfile.TemporaryDirectory() as repository:
        jars = resolve(Path(repository), _tell)
    lines = [f"{jar.coordinate} sha256:{jar.sha256}\n" for jar in jars]
    LOCK_FILE.write_text(HEADER + "".join(lines), encoding="utf-8")
    _tell(f"{LOCK_FILE.name}: {len(jars)} jars")


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
