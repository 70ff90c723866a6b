"""One person's rows of a run say what the opened run says of them."""

from pathlib import Path

import pytest

from app.blobs.store import DirectoryBlobs
from app.engine.reasons import report_card
from app.plans.binary import Binary
from app.plans.models import Plan
from app.runs.models import RankDecision
from app.runs.standings import RunStandings, StoredRun
from app.runs.statements import _periods_met
from tests.unit.engine.companies import random_snapshot, snapshot
from tests.unit.engine.test_gates import plan_of
from tests.unit.engine.test_properties import PLANS
from tests.unit.engine.test_windows import RANKS, TITLES, with_past
from tests.unit.runs.opening import Paid, paid

pytestmark = pytest.mark.anyio


class CountedBlobs(DirectoryBlobs):
    """Counts the files that are looked into."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.looks = 0

    def open(self, name: str) -> Path:
        self.looks += 1
        return super().open(name)


def stored(found: Paid) -> StoredRun:
    return StoredRun.of(found.run)


async def is_told(found: Paid, folder: Path) -> None:
    """Everybody's standing against the whole run."""
    opened, standings = found.opened, RunStandings(DirectoryBlobs(folder))
    plan, ranks, result = opened.plan, opened.result.ranks, opened.result
    names, binary = (*plan.rank_names, None), any(isinstance(bonus, Binary) for bonus in plan.bonuses)
    for ix in range(len(opened.taken.ids)):
        standing = await standings.of(stored(found), ix)
        assert standing is not None
        assert (standing.run, standing.seq, standing.period) == (found.run.id, found.run.seq, "2026-03")
        card = standing.report_card()
        assert card == report_card(plan, result, ix)
        for one in (card.paid_as, *card.next):
            assert one is None or standing.periods_met(one) == _periods_met(opened, one)
        assert (standing.paid_as, standing.title, standing.pay_rank, standing.highest) == tuple(
            names[column[ix]] for column in (ranks.paid_as, ranks.title, ranks.pay, ranks.highest)
        )
        assert (standing.active, standing.decision) == (bool(ranks.active[ix]), opened.taken.decisions.get(ix))
        assert standing.pay is not None
        assert [amount for _, amount in standing.pay.bonuses] == result.totals.by_person[:, ix].tolist()
        assert [name for name, _ in standing.pay.bonuses] == [bonus.name for bonus in plan.bonuses]
        pay, balances = standing.pay, result.balances
        assert (pay.earned, pay.taken_back, pay.paid) == (
            balances.earned[ix],
            balances.taken_back[ix],
            balances.paid[ix],
        )
        assert pay.matched == (result.carry.left_matched[ix], result.carry.right_matched[ix])
        assert standing.enrolled
        assert not standing.live
        carried = (result.carry.left_out[ix], result.carry.right_out[ix])
        assert standing.carried == (carried if binary else None)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.name} {plan.version}")
async def test_everybodys_standing_is_what_the_run_says(plan: Plan, tmp_path: Path) -> None:
    await is_told(await paid(random_snapshot(60, 150, 5), plan, tmp_path), tmp_path)


async def test_periods_before_and_what_was_decided_are_told(tmp_path: Path) -> None:
    decision = RankDecision("Gold", "2026-03-01", "2026-12-31", "ann", "transfer", 7)
    three = snapshot(sponsor=[-1, 0, 0], orders=[(0, 0, 9_000)], titles=TITLES, decided=[-1, -1, TITLES.index("Gold")])
    found = await paid(with_past(three, [2, 1, -1], [0, -1, 2]), plan_of(ranks=RANKS), tmp_path, {2: decision})
    await is_told(found, tmp_path)
    standing = await RunStandings(DirectoryBlobs(tmp_path)).of(stored(found), 2)
    assert standing is not None
    assert (standing.paid_as, standing.decision) == ("Gold", decision)


async def test_whoever_joined_later_has_none(tmp_path: Path) -> None:
    found = await paid(random_snapshot(20, 20, 5), PLANS[0], tmp_path)
    standings = RunStandings(DirectoryBlobs(tmp_path))
    assert await standings.of(stored(found), 19) is not None
    for beyond in (20, 10**6):
        assert await standings.of(stored(found), beyond) is None


async def test_what_was_read_is_kept_up_to_a_limit(tmp_path: Path) -> None:
    run = stored(await paid(random_snapshot(20, 20, 5), PLANS[0], tmp_path))
    blobs = CountedBlobs(tmp_path)
    standings = RunStandings(blobs, most_kept=2)

    async def looks(ix: int) -> int:
        before = blobs.looks
        await standings.of(run, ix)
        return blobs.looks - before

    first, *others = [await looks(ix) for ix in (0, 0, 1, 0, 2, 0, 1)]
    assert first == 3, "two files of the person, and the plan"
    assert others == [0, 2, 0, 2, 0, 2], "whom nobody asked for longest goes first"
