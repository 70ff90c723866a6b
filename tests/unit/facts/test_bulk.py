"""Facts a column at a time against the same facts one by one."""

import random
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from app.facts.bulk import BulkChain, Draft, Nested
from app.facts.canonical import body_of, chain_hash, sha256_hex
from app.facts.commands import Enrol, Explicit
from app.facts.decide import Chain

LETTERS = 'ab"\\ äß…😀,}{:'


@pytest.mark.parametrize("seed", range(5))
def test_the_bytes_are_those_of_the_one_writer(seed: int) -> None:
    rng, count = random.Random(seed), 200

    def text() -> str:
        return "".join(rng.choices(LETTERS, k=rng.randrange(12)))

    texts = {name: [text() for _ in range(count)] for name in ("id", "name", "region", "parent_id")}
    sponsors = [rng.choice([None, text()]) for _ in range(count)]
    at = np.array([rng.randrange(-(10**12), 10**13) for _ in range(count)])
    since = [rng.choice([None, rng.randrange(10**13)]) for _ in range(count)]
    slot = np.array([rng.randrange(3) for _ in range(count)])
    columns = {name: pa.array(values) for name, values in texts.items()}
    sponsor = pa.array(sponsors, pa.string())
    place = Nested({"parent_id": columns["parent_id"], "slot": slot, "strategy": "Explicit"}, slot > 0)
    bulk = BulkChain(Chain(5, "abc", 7), 'ac"tor', 9)
    draft = Draft(
        "Enrol",
        columns["id"],
        reason='why "x"',
        valid_at=at,
        body={
            "id": columns["id"],
            "sponsor_id": sponsor,
            "name": columns["name"],
            "owner": columns["id"],
            "enrolled_at": at,
            "status": "active",
            "region": columns["region"],
            "title": "",
            "placement": place,
            "matrix_placement": replace(place, present=slot == 2),
            "sponsored_at": pa.array(since, pa.int64()),
            "preference": "",
            "terminated_at": None,
            "consequence": "keep_hole",
        },
        decided={
            "ix": at,
            "parent_id": sponsor,
            "parent_ix": at,
            "placed_at": None,
            "slot": slot,
            "sponsored_at": None,
        },
    )
    previous, seq = "abc", 5
    for made in bulk.facts([(count, lambda: draft)] * 4):
        for row in range(count):
            id, sponsor_id, instant, side = texts["id"][row], sponsors[row], int(at[row]), int(slot[row])
            placement = Explicit(texts["parent_id"][row], side) if side else None
            region, name = texts["region"][row], texts["name"][row]
            body = body_of(
                Enrol(
                    id,
                    sponsor_id,
                    name,
                    id,
                    instant,
                    "active",
                    region,
                    "",
                    placement,
                    since[row],
                    "",
                    None,
                    "keep_hole",
                    matrix_placement=placement if side == 2 else None,
                )
            )
            assert made.body[row].as_py() == body
            decided = {
                "ix": instant,
                "parent_id": sponsor_id,
                "parent_ix": instant,
                "placed_at": None,
                "slot": side,
                "sponsored_at": None,
            }
            seq += 1
            assert made.seq[row] == seq
            previous = chain_hash(
                previous,
                seq=seq,
                kind="Enrol",
                key=id,
                actor='ac"tor',
                reason='why "x"',
                valid_at=instant,
                recorded_at=9,
                body_hash=sha256_hex(body),
                decided=decided,
            )
            assert made.hash[row].as_py() == previous
        assert bulk.chain == Chain(seq, previous, 9)
    assert seq == 5 + 4 * count
