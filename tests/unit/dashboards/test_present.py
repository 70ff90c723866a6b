"""What tells the pay of the open period: live, or the nightly preview until live pay was worked out."""

from dataclasses import replace

import pytest

from app.dashboards.models import Told
from app.dashboards.service import _present
from app.engine.calculate import calculate
from app.live.mirror import Mirror, paid_by
from app.runs.standings import Standing, StoredRun
from tests.unit.engine.test_touched import EVERY_MEASURE
from tests.unit.live.test_mirror import MARCH, Drawn

RUN = StoredRun("2026-03-a", "monthly", 202603, 900, "", "", "")


@pytest.fixture
def mirror() -> Mirror:
    return Mirror(Drawn(1).loaded(EVERY_MEASURE))


def standing(mirror: Mirror) -> Standing:
    found = mirror.standing(0)
    assert found is not None
    return found


def told(live: Standing | None, previewed: Standing | None) -> Told:
    found = _present(MARCH, "monthly", live, RUN, previewed)
    assert isinstance(found, Told)
    return found


def test_the_preview_stands_in_until_live_pay_was_worked_out(mirror: Mirror) -> None:
    unpaid = standing(mirror)
    case = mirror.case()
    mirror.show_paid(paid_by(case, calculate(case.snapshot, case.plan)))
    paid = standing(mirror)
    previewed = replace(paid, run=RUN.id)
    assert unpaid.pay is None
    for live, given, source in (
        (unpaid, previewed, "preview"),
        (paid, previewed, "live"),
        (unpaid, None, "live"),
        (None, previewed, "preview"),
    ):
        found = told(live, given)
        assert found.source == source
        assert found.standing is (live if source == "live" else given)


def test_whoever_joined_after_the_period_is_told_so(mirror: Mirror) -> None:
    later = replace(standing(mirror), enrolled=False)
    assert _present(MARCH, "monthly", later, RUN, None) == "They had not joined by the end of 2026-03."
