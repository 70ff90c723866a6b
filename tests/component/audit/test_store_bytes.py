"""Single bytes of the database's own files are changed while it is stopped: the audit names each fact."""

import random
from pathlib import Path
from typing import Any

import pytest

from app.facts.verify import verify_chain
from app.runtime.neo4j_embedded import neo4j_home
from tests.component.exports.ugly import live_through
from tests.component.imports.test_offline import own_house, own_settings
from tests.component.volumes.company import TestClock

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

BESIDE = 24
"""Bytes on each side of the one that is changed, by which it is found again: longer texts lie in several places."""
TEXTS = ("body", "hash")
"""Properties too long to stand beside others in one record, so that their bytes can be found by what they say."""


async def facts_of(folder: Path) -> list[dict[str, Any]]:
    """A company with a past, whose servers are stopped again: seq, kind and texts of each fact."""
    clock = TestClock(2026, 1, 1)
    async with own_house(own_settings(folder), clock) as (house, driver):
        await live_through(house, clock)
        assert (await verify_chain(house.graph)).problems == ()
        question = "MATCH (f:Fact) RETURN f{.seq, .body, .hash, kind: [l IN labels(f) WHERE l <> 'Fact'][0]} AS fact"
        return [dict(record["fact"]) for record in driver.execute_query(f"{question} ORDER BY f.seq").records]


class Store:
    """The files of a stopped database."""

    def __init__(self, folder: Path) -> None:
        databases = neo4j_home(own_settings(folder)) / "data" / "databases"
        self._files = {path: path.read_bytes() for path in databases.rglob("neostore.propertystore.*")}

    def change(self, text: str, rng: random.Random) -> bool:
        """Change one bit of a byte of this text; False where its bytes are not found exactly once."""
        whole = text.encode()
        at = rng.randrange(BESIDE, max(BESIDE + 1, len(whole) - BESIDE))
        piece = whole[at - BESIDE : at + BESIDE]
        found = [(path, said.find(piece)) for path, said in self._files.items() if said.count(piece) == 1]
        if len(found) != 1:
            return False
        (path, start), changed = found[0], bytearray(self._files[found[0][0]])
        changed[start + BESIDE] ^= 0x01
        self._files[path] = bytes(changed)
        path.write_bytes(self._files[path])
        return True


async def test_a_changed_byte_in_the_files_of_the_store_is_found(tmp_path: Path) -> None:
    """One byte of every fact whose text can be found; the server starts as if nothing had happened."""
    facts = await facts_of(tmp_path)
    store, rng = Store(tmp_path), random.Random(5)
    changed = [fact for fact in facts if store.change(fact[TEXTS[fact["seq"] % 2]], rng)]
    assert len(changed) >= 30
    assert len({fact["kind"] for fact in changed}) >= 8
    async with own_house(own_settings(tmp_path)) as (house, _):
        said = "\n".join((await verify_chain(house.graph)).problems)
    for fact in changed:
        assert f"Fact {fact['seq']} ({fact['kind']}" in said, fact
