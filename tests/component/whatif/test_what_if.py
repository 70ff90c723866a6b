"""What-ifs of an imported company against runs of what was then really done."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from app.blobs.store import DirectoryBlobs
from app.comparing.repository import ComparingRepository
from app.facts.commands import Move, Submission
from app.facts.errors import CycleError, NotPlacedError, SlotTakenError, UnknownDistributorError, UnknownPeriodError
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from app.runs.errors import NoRunError, OtherCurrencyError
from app.runs.opened import OpenedRuns
from app.whatif.models import (
    MOST_MOVES,
    MOST_VARIANTS,
    Asked,
    NoPlanKnownError,
    PlannedMove,
    Variant,
    WhatIf,
    WhatIfBusyError,
    WhatIfError,
    WhatIfTooLongError,
)
from app.whatif.service import WhatIfService
from app.wiring import House

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("imported")]

JANUARY_20 = 1_768_867_200_000


def sample() -> Plan:
    return load_plan(library()["sample"])


def without_cap() -> Plan:
    levels, team = sample().bonuses
    bonuses = (levels.model_copy(update={"compression": "none"}), team.model_copy(update={"cap_per_period": None}))
    return sample().model_copy(update={"version": "2026.2", "bonuses": bonuses})


async def last_fact(house: House) -> Any:
    return await house.graph.read_one("queries/facts/head")


async def planned(house: House) -> tuple[PlannedMove, ...]:
    """A branch goes below another sponsor, another one into an open slot, both with people and volume."""
    base = await house.what_ifs.compare(Asked("2026-01", (Variant("", without_cap()),), sample()))
    taken, amounts = base.base.paid.taken, base.sides[0].amounts
    people, ids = taken.snapshot.people, taken.ids
    sizes = taken.snapshot.sponsor_tree.sizes
    mover = int(np.argmax(np.where((people.sponsor > 0) & (amounts > 0) & (sizes > 2), sizes, 0)))
    binary = taken.snapshot.binary_tree.sizes
    branch = int(np.argmax(np.where((people.parent > 0) & (binary > 4) & (binary < 40), binary, 0)))
    below = {branch}
    for ix in np.argsort(taken.snapshot.binary_tree.depth).tolist():
        if int(people.parent[ix]) in below:
            below.add(ix)
    taken_slots = set(zip(people.parent.tolist(), people.slot.tolist(), strict=True))
    target, slot = next(
        (ix, slot)
        for ix in np.flatnonzero(people.parent > 0).tolist()
        for slot in (1, 2)
        if ix not in below and (ix, slot) not in taken_slots and people.parent[ix] != people.parent[branch]
    )
    return PlannedMove(ids[mover], "sponsor", ids[0]), PlannedMove(ids[branch], "binary", ids[target], slot)


async def test_a_planned_move_pays_what_it_pays_once_it_is_made(house: House) -> None:
    before = await house.runs.calculate("2026-01", sample())
    moves = await planned(house)
    head = await last_fact(house)
    asked = Asked(
        "2026-01", (Variant("", None, moves), Variant("", without_cap(), moves)), sample(), (moves[0].distributor,)
    )
    found = await house.what_ifs.compare(asked)
    assert await last_fact(house) == head, "nothing is recorded"
    assert [run.id for run in await house.runs.all()] == [before.id]
    assert (found.sides[0].amount, found.base.snapshot_hash) == (before.earned, before.snapshot_hash)
    assert len({side.amount for side in found.sides}) == 3
    by_run = await house.what_ifs.compare(Asked(before.id, asked.variants, None, asked.named))
    assert_same(by_run, found)

    for number, move in enumerate(moves):
        made = Move(move.distributor, move.tree, move.new_parent, move.slot, effective_at=JANUARY_20)
        await house.writer.submit(Submission(f"move {number}", "desk", "as planned", made))
    opened = OpenedRuns(DirectoryBlobs(house.settings.data_dir / "blobs"), 100)
    for side, plan in zip(found.sides[1:], (sample(), without_cap()), strict=True):
        run = await house.runs.calculate("2026-01", plan)
        result = (await opened.open(run)).result
        assert (run.earned, run.amount, run.breakage) == (side.amount, side.paid, side.breakage)
        assert run.earners == side.earners
        assert np.array_equal(result.totals.by_person.sum(axis=0), side.amounts)
        assert np.array_equal(result.ranks.pay, side.pay)
    [person] = found.changes[0].named
    assert person.distributor == moves[0].distributor
    assert person.name
    other = next(id for id in found.base.paid.taken.ids[5:] if id != moves[1].distributor)
    clash = replace(moves[1], distributor=other)
    with pytest.raises((SlotTakenError, CycleError, NotPlacedError)):
        await house.what_ifs.compare(Asked("2026-01", (Variant("", None, (clash,)),), sample()))


def assert_same(one: WhatIf, other: WhatIf) -> None:
    assert one.tables == other.tables
    assert one.changes == other.changes


async def test_a_variant_equal_to_the_base_changes_nothing(house: House) -> None:
    await house.plans.register(sample(), date(2026, 1, 1), key="plan", actor="test")
    found = await house.what_ifs.compare(Asked("2026-01", (Variant("same", sample()),)))
    assert found.sides[0].plan == "Sample hybrid 2026.1", "the registered plan"
    assert found.sides[0].amount == found.sides[1].amount > 0
    assert found.changes[0].lines_changed == 0
    again = await house.what_ifs.compare(Asked("2026-01", (Variant("same", sample()),)))
    assert again is found, "nothing happened since"
    assert (await house.what_ifs.plan("Sample hybrid 2026.1", None)).hash == sample().hash
    assert (await house.what_ifs.plan(sample().hash[:12], None)).hash == sample().hash


async def test_what_cannot_be_asked_is_refused(house: House) -> None:
    variant = Variant("", sample())
    with pytest.raises(NoPlanKnownError, match="2026-01"):
        await house.what_ifs.compare(Asked("2026-01", (variant,)))
    with pytest.raises(UnknownPeriodError):
        await house.what_ifs.compare(Asked("2031-01", (variant,), sample()))
    with pytest.raises(NoRunError):
        await house.what_ifs.compare(Asked("2026-01-0123456789ab", (variant,)))
    dollars = Variant("", load_plan(library()["g7-unilevel"]))
    with pytest.raises(OtherCurrencyError, match="amounts of two currencies"):
        await house.what_ifs.compare(Asked("2026-01", (dollars,), sample()))
    with pytest.raises(UnknownDistributorError):
        await house.what_ifs.compare(Asked("2026-01", (variant,), sample(), ("nobody",)))
    run = await house.runs.calculate("2026-01", sample())
    move = PlannedMove("a", "sponsor", "b")
    for asked in (
        Asked("2026-01", ()),
        Asked("2026-01", (variant,) * (MOST_VARIANTS + 1)),
        Asked("2026-01", (Variant("", None),)),
        Asked("2026-01", (Variant("", None, (move,) * (MOST_MOVES + 1)),)),
        Asked(run.id, (variant,), sample()),
    ):
        with pytest.raises(WhatIfError):
            await house.what_ifs.compare(asked)


async def test_one_at_a_time_and_not_for_ever(house: House) -> None:
    asked = Asked("2026-01", (Variant("", without_cap()),), sample())
    working = asyncio.create_task(house.what_ifs.compare(asked))
    await asyncio.sleep(0)
    with pytest.raises(WhatIfBusyError):
        await house.what_ifs.compare(asked)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert (await house.what_ifs.compare(asked)).sides[1].amount > 0, "whoever goes away frees the seat"
    hasty = WhatIfService(
        runs=house.runs,
        periods=house.periods,
        plans=house.plans,
        calculations=house.calculations,
        opened=OpenedRuns(house.blobs, 100),
        people=ComparingRepository(house.graph),
        blobs=house.blobs,
        limit_s=0.001,
    )
    with pytest.raises(WhatIfTooLongError):
        await hasty.compare(asked)
