"""The class that stands in front of one of the importer's fits the Neo4j that is locked (docs/adr/0015)."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from app.runtime.jars import jar_set
from app.runtime.neo4j_embedded import IMPORTER_CLASSES
from app.settings import Settings

NAME = "org/neo4j/internal/batchimport/store/PageCacheFlusher.class"
USED = (b"run", b"halt", b"(Lorg/neo4j/io/pagecache/PageCache;)V", b"java/lang/Thread")
"""What the importer calls of it."""


def theirs(folder: Path) -> bytes:
    for jar in sorted(folder.glob("lib/*storage-engine*.jar")):
        with zipfile.ZipFile(jar) as classes:
            if NAME in classes.namelist():
                return classes.read(NAME)
    raise AssertionError(f"no jar of {folder} has {NAME}: see docs/adr/0015")


def test_it_has_what_the_importer_calls_of_theirs() -> None:
    ours, replaced = (
        (IMPORTER_CLASSES / NAME).read_bytes(),
        theirs(jar_set(Settings().cache_dir, lambda _: None).folder),
    )
    assert all(each in ours and each in replaced for each in USED)


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler here; nobody needs one to run it")
def test_the_compiled_bytes_are_those_of_the_source(tmp_path: Path) -> None:
    jars = jar_set(Settings().cache_dir, lambda _: None).folder / "lib"
    source = IMPORTER_CLASSES / "PageCacheFlusher.java"
    options = ["--release", "17", "-g:none", "-cp", f"{jars}/*", "-d", str(tmp_path)]
    subprocess.run(["javac", *options, str(source)], check=True)
    assert (tmp_path / NAME).read_bytes() == (IMPORTER_CLASSES / NAME).read_bytes()
