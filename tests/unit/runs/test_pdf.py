"""A statement on paper: every amount with its reason, sums that add up, the same bytes each time."""

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader

from app.amounts import exact_from_minor, from_minor
from app.engine.models import Reason
from app.facts.commands import PastLine
from app.plans.models import Plan
from app.runs.models import EVERY_ROW, Part, PastStatement, RankDecision, Statement, StatementClawback
from app.runs.pdf import past_statement_pdf, statement_pdf
from app.runs.statements import statement_of
from app.runs.text import MISSED, lacking
from tests.unit.engine.companies import random_snapshot, snapshot
from tests.unit.engine.test_properties import ALL_PLANS, PLANS
from tests.unit.runs.opening import paid
from tests.unit.runs.test_text import PLAN

pytestmark = pytest.mark.anyio
NAME = "Zo\u00eb \u00dcnl\u00fc-\u03a9\u03bc\u03ad\u03b3\u03b1 \u0418\u0432\u0430\u043d"


def read(content: bytes) -> str:
    """The text of every page without its foot, words apart by one space."""
    pages = [page.extract_text().strip() for page in PdfReader(io.BytesIO(content)).pages]
    for number, page in enumerate(pages, 1):
        assert page.endswith(f"page {number} of {len(pages)}")
    return " ".join(" ".join(line for page in pages for line in _without_foot(page)).split())


def _without_foot(page: str) -> list[str]:
    lines = page.splitlines()
    at = max(at for at, line in enumerate(lines) if line.startswith("Statement of "))
    return lines[:at]


def in_order(told: list[str], text: str) -> None:
    at = 0
    for each in told:
        found = text.find(" ".join(each.split()), at)
        assert found >= 0, f"{each!r} does not come after {text[max(0, at - 80) : at]!r}"
        at = found + len(each)


def amount(minor: int) -> str:
    return f"{from_minor(minor):,}"


@pytest.mark.parametrize("plan", ALL_PLANS, ids=lambda plan: f"{plan.name} {plan.hash[:4]}")
async def test_every_amount_has_its_reason_and_the_sums_add_up(plan: Plan, tmp_path: Path) -> None:
    march = await paid(random_snapshot(150, 500, 3, recent=0.1), plan, tmp_path)
    lines = np.bincount(march.calculated.result.lines.earner, minlength=150)
    for ix in {int(lines.argmax()), int(lines.argmin()), 7, 31}:
        statement = statement_of(march.opened, ix, EVERY_ROW, EVERY_ROW)
        text = read(statement_pdf(statement, name=NAME))
        in_order([NAME, f"{amount(statement.amount)} {statement.currency}", "estimate"], text)
        every_reason_is_in(statement, text)
        if statement.lines:
            whole = f"{amount(statement.amount)} {statement.currency}"
            assert f"Total {statement.line_count} {amount(statement.amount)}" in text
            assert f"Total of all lines {whole}" in text
            parsed = sums_of(statement, text)
            assert sum(parsed, Decimal(0)) == from_minor(statement.amount)


def every_reason_is_in(statement: Statement, text: str) -> None:
    in_order([f"{line.words} {amount(line.amount)}" for line in statement.lines], text)
    in_order([f"path {' > '.join(line.path)}" for line in statement.lines if len(line.path) > 1], text)
    in_order([one.person for line in statement.lines for one in line.skipped], text)
    in_order([f"{amount(line.base)} CV x {line.rate_num}/{line.rate_den}" for line in statement.lines], text)
    rounded = [(line.exact, line.raw - line.exact) for line in statement.lines if line.raw != line.exact]
    shown = [(exact_from_minor(exact), exact_from_minor(by)) for exact, by in rounded]
    in_order([f"exactly {exact:f}, rounded by {by:+f}" for exact, by in shown], text)
    in_order([f"{amount(line.raw)} before the cap" for line in statement.lines if line.raw != line.amount], text)
    in_order([f"{miss.bonus}: {miss.words}" for miss in statement.misses], text)
    in_order([lacking(miss.lack, statement.currency) for miss in statement.misses], text)
    in_order([f"forgone {amount(miss.forgone)}" for miss in statement.misses], text)
    in_order([one.words for one in statement.because], text)
    for leg in statement.carry:
        if leg.carried_out:
            assert amount(leg.carried_out) in text


def sums_of(statement: Statement, text: str) -> list[Decimal]:
    """The amounts of the table by bonus and level, as they are read from the page."""
    table = text[text.index(f"Lines {statement.currency}") : text.index(f"Total {statement.line_count} ")]
    found = []
    for one in statement.line_sums:
        level = f"{one.paid_level} " if one.paid_level else ""
        row = f"{one.bonus} {level}{one.lines:,} "
        table = table[table.index(row) + len(row) :]
        found.append(Decimal(table.split()[0].replace(",", "")))
    return found


async def test_of_a_leader_with_very_many_lines_some_are_told_and_all_are_summed(tmp_path: Path) -> None:
    march = await paid(random_snapshot(150, 900, 3, recent=0.1), PLANS[0], tmp_path)
    leader = int(np.bincount(march.calculated.result.lines.earner).argmax())
    whole = statement_of(march.opened, leader, EVERY_ROW, EVERY_ROW)
    text = read(statement_pdf(statement_of(march.opened, leader, Part(0, 3), Part(0, 2)), name=NAME))
    id = whole.distributor
    assert f"These are the first 3 of {whole.line_count} lines; the sums above are of all of them." in text
    assert f"`banyan statement {id} 2026-03 --every-line`" in text
    shown = amount(sum(line.amount for line in whole.lines[:3]))
    assert f"Total of these 3 lines {shown} {whole.currency}" in text
    assert f"Total {whole.line_count} {amount(whole.amount)}" in text
    assert sum(sums_of(whole, text), Decimal(0)) == from_minor(whole.amount)
    assert "Total of all lines" not in text


async def test_the_same_statement_gives_the_same_bytes(tmp_path: Path) -> None:
    march = await paid(random_snapshot(80, 200, 3, recent=0.1), PLANS[0], tmp_path)
    statement = statement_of(march.opened, 0, EVERY_ROW, EVERY_ROW)
    content = statement_pdf(statement, name=NAME)
    assert content == statement_pdf(statement, name=NAME)
    committed = replace(statement, run=replace(statement.run, state="committed"))
    assert "Figures final" in read(statement_pdf(committed, name=NAME))


async def test_names_of_any_script_and_ways_of_any_length(tmp_path: Path) -> None:
    """A chain of 300, in which only the first is active beside the last, who sells."""
    people = 300
    company = snapshot(
        sponsor=[-1, *range(people - 1)],
        active=[True, *[False] * (people - 2), True],
        orders=[(people - 1, people - 1, 10_010), (0, 0, 6_000)],
    )
    march = await paid(company, PLAN, tmp_path)
    statement = statement_of(march.opened, 0, EVERY_ROW, EVERY_ROW)
    assert len(statement.lines[0].skipped) == people - 2
    text = read(statement_pdf(statement, name="\u738b\u5c0f\u660e \u202eA", opening_balance=-1_250))
    assert "\u25a1\u25a1\u25a1" in text
    assert "stands for a character that this document's font has not" in text
    assert "-12.50 EUR; the plan has no payout rule that nets it" in text
    assert "(260 more)" in text
    assert "(258 more)" in text
    for name in ("W" * 200, "", "\u05e9\u05dc\u05d5\u05dd", "D\u0301"):
        assert "page 1 of" in PdfReader(io.BytesIO(statement_pdf(statement, name=name))).pages[0].extract_text()
    hebrew = read(statement_pdf(statement, name="\u05e9\u05dc\u05d5\u05dd"))
    assert "\u05dd\u05d5\u05dc\u05e9" in hebrew or "\u05e9\u05dc\u05d5\u05dd" in hebrew


async def test_what_was_taken_back_paid_before_and_decided_is_told(tmp_path: Path) -> None:
    march = await paid(random_snapshot(80, 200, 3, recent=0.1), PLANS[0], tmp_path)
    words = "-5.00 EUR: taken back of Levels, which paid it on an order of D7 that came back as R1"
    statement = replace(
        statement_of(march.opened, 0),
        amount=2_000,
        received=1_234,
        clawbacks=[StatementClawback("Levels", -500, "R1", "D7", words)],
        decision=RankDecision("Crown", "2026-03-01", "2026-12-31", "ann", "transfer", 7),
    )
    text, currency = read(statement_pdf(statement, name=NAME)), statement.currency
    told = f"12.34 {currency} of it was paid before, by a run that was voided: 7.66 is to pay."
    in_order(["Crown until 2026-12-31 by decision of ann: transfer", told, f"{words} -5.00"], text)


def test_every_reason_has_its_words() -> None:
    assert set(MISSED) == {reason.name.lower() for reason in Reason}


def test_what_a_former_system_paid() -> None:
    past = PastStatement(
        "D1", "2025-10", 17, "EUR", [PastLine(1_200, "Level", "of October"), PastLine(-50, "Team", "")]
    )
    content = past_statement_pdf(past, name="Ada")
    assert content == past_statement_pdf(past, name="Ada")
    in_order(
        ["Ada", "11.50 EUR", "taken over", "Level: of October 12.00", "Team -0.50", "Total 11.50 EUR"], read(content)
    )
