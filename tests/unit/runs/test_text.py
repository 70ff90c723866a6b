"""A statement for the terminal, word by word."""

from pathlib import Path

import pytest

from app.plans.models import Plan
from app.runs.statements import statement_of
from app.runs.text import statement_lines
from tests.unit.engine.companies import snapshot
from tests.unit.runs.opening import paid

pytestmark = pytest.mark.anyio
PLAN = Plan.model_validate(
    {
        "name": "P",
        "version": "1",
        "currency": "EUR",
        "activity": {"personal_pv": 50},
        "ranks": [{"name": "M"}, {"name": "S", "requires": {"personal_pv": 500}}],
        "bonuses": [
            {
                "type": "unilevel",
                "name": "Levels",
                "compression": "standard",
                "levels_by_rank": {"M": ["5%"], "S": ["5%", "3%"]},
            },
            {"type": "binary", "name": "Team", "rate": "10%"},
        ],
    }
)


async def test_what_is_paid_what_is_missed_and_why_there_is_nothing_else(tmp_path: Path) -> None:
    """0 sponsors 1, who is suspended, sponsors 2, who bought too little, sponsors 3."""
    company = snapshot(
        sponsor=[-1, 0, 1, 2],
        active=[True, False, True, True],
        orders=[(3, 3, 10_010), (2, 2, 4_000, 0), (0, 0, 6_000)],
    )
    march = await paid(company, PLAN, tmp_path)

    def told(ix: int) -> list[str]:
        first, *rest = statement_lines(statement_of(march.opened, ix))
        assert first.startswith(f"Statement of D{ix}, run {march.run.id} (estimate): ")
        return [line.strip() for line in rest]

    nobody_placed = "Team: nobody is placed below you"
    assert told(0) == [
        (
            "5.01  Levels: 5.01 EUR: 5 % of 100.10 CV from the order O0 of D3 on level 3, "
            "paid as your level 1 because D2 and D1 were inactive; your rank for pay is M"
        ),
        "exactly 5.005, rounded by +0.005 to 5.01 (half_up)",
        "path D3 > D2 > D1 > D0",
        "without a level D2 (too little personal PV), D1 (status not active)",
        nobody_placed,
    ]
    assert told(1) == [
        (
            "missed  Levels: 5.01 EUR not paid: 5 % of 100.10 CV from the order O0 of D3 on level 2, "
            "because your status was not active; the next active person took the level"
        ),
        "status: needed active, actual not active",
        "nothing is paid to the inactive, and your status was not active",
        nobody_placed,
        "the next rank asks personal PV for S: you have 0.00 of 500.00, 500.00 short",
    ]
    assert told(2)[1:3] == [
        "personal PV: needed 50.00, actual 40.00, gap 10.00 PV",
        "nothing is paid to the inactive: you had 40.00 of 50.00 personal PV, 10.00 short",
    ]
    assert told(3)[:2] == [
        "Levels: there are no people below you, and no customer of yours bought anything that counts",
        nobody_placed,
    ]
