"""What `make faults` works out by itself: the order of faults, journals, what is lost or doubled, the table."""

from dataclasses import replace
from pathlib import Path

import pytest

from loadtests.faults.commands import Commands
from loadtests.faults.comparing import Compared
from loadtests.faults.conductor import QUICK, WHOLE
from loadtests.faults.doing import Done
from loadtests.faults.journal import Intent, Journal, Told, read_journals
from loadtests.faults.judging import Stored, Verdict, judge
from loadtests.faults.rows import conclusion, row_of
from loadtests.faults.schedule import KILLS, KINDS, Fault, schedule

SOLD = Intent(
    "order 1",
    "Order",
    "/v1/orders",
    {"id": "O-1", "buyer_id": "D1", "buyer_kind": "distributor", "placed_at": "2025-11-30", "pv": "1.50", "cv": "1.00"},
)
BACK = Intent("return 2", "Return", "/v1/orders/O-1/return", {"id": "R-2", "placed_at": "2025-11-30"})
JOINED = Intent("enrol 3", "Enrol", "/v1/distributors", {"id": "N-3", "sponsor_id": "D1", "name": "N"})
ORDER = Stored(7, "Order", "order 1", {"id": "O-1", "buyer_id": "D1", "pv": 150, "cv": 100})
RETURN = Stored(8, "Return", "return 2", {"id": "R-2", "order_id": "O-1"})
ENROL = Stored(9, "Enrol", "enrol 3", {"id": "N-3", "sponsor_id": "D1"})


# --- schedule ---------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_faults() -> None:
    assert WHOLE.faults == WHOLE.faults
    assert WHOLE.faults != replace(WHOLE, seed=WHOLE.seed + 1).faults
    assert [fault.number for fault in WHOLE.faults] == list(range(1, len(WHOLE.faults) + 1))


def test_a_whole_run_has_thirty_kills_and_every_kind() -> None:
    kinds = [fault.kind for fault in WHOLE.faults]
    assert sum(kind in KILLS for kind in kinds) >= 30
    assert set(kinds) == set(KINDS)
    assert {"worker_before_refresh", "neo4j", "redis", "api", "resting_leader"} <= {one.kind for one in QUICK.faults}


def test_faults_come_within_their_bounds() -> None:
    faults = schedule(3, {"api": 40}, least_s=1.0, most_s=2.0, members=2)
    assert all(1.0 <= fault.after_s <= 2.0 for fault in faults)
    assert {fault.member for fault in faults} == {0, 1}


# --- journals ---------------------------------------------------------------------------------------------------------


def test_a_journal_tells_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "c0.journal"
    journal = Journal(path)
    journal.send(SOLD)
    journal.unknown(SOLD.key, "503")
    journal.unknown(SOLD.key, "ConnectionResetError")
    journal.acknowledged(SOLD.key, 7)
    journal.send(BACK)
    journal.refused(BACK.key, "409 no")
    journal.send(JOINED)
    journal.close()

    told = read_journals([path])

    assert told[SOLD.key] == Told(SOLD, [7], 2)
    assert told[BACK.key] == Told(BACK, refused="409 no")
    assert [one.open for one in told.values()] == [False, False, True]


def test_a_line_that_was_cut_off_claims_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c0.journal"
    journal = Journal(path)
    journal.send(SOLD)
    journal.acknowledged(SOLD.key, 7)
    journal.close()
    path.write_bytes(path.read_bytes()[:-3])

    assert read_journals([path]) == {SOLD.key: Told(SOLD)}


# --- judging ----------------------------------------------------------------------------------------------------------


def told_of(*given: Told) -> dict[str, Told]:
    return {one.intent.key: one for one in given}


def test_what_is_there_as_it_was_acknowledged_is_well() -> None:
    told = told_of(Told(SOLD, [7, 7], unknown=1), Told(BACK, [8]), Told(JOINED, [9]))
    verdict = judge(told, [ORDER, RETURN, ENROL, Stored(10, "OpenPeriod", "month", {})])
    assert verdict == Verdict(sent=3, acknowledged=3, unknown=1)


def test_what_was_acknowledged_and_is_gone_is_lost() -> None:
    verdict = judge(told_of(Told(SOLD, [7])), [])
    assert (verdict.lost, verdict.doubled) == (1, 0)
    assert verdict.problems == ["Order O-1 was acknowledged as fact 7; of it there is nothing."]


@pytest.mark.parametrize(
    "other",
    [
        replace(ORDER, seq=8),
        replace(ORDER, body={**ORDER.body, "pv": 151}),
        replace(ORDER, body={**ORDER.body, "buyer_id": "D2"}),
        replace(ORDER, kind="Return"),
    ],
)
def test_another_fact_than_the_acknowledged_one_is_a_loss(other: Stored) -> None:
    assert judge(told_of(Told(SOLD, [7])), [other]).lost == 1


@pytest.mark.parametrize("told", [Told(SOLD, [7]), Told(SOLD, unknown=1)])
def test_a_second_fact_of_one_order_is_doubled(told: Told) -> None:
    """Under the same key, or under another one, whether or not the first was acknowledged."""
    for second in (replace(ORDER, seq=8), replace(ORDER, seq=8, key="other")):
        verdict = judge(told_of(told), [ORDER, second])
        assert (verdict.lost, verdict.doubled) == (0, 1), second


def test_two_receipts_with_two_numbers_are_doubled() -> None:
    assert judge(told_of(Told(SOLD, [7, 8])), [ORDER]).doubled == 1


def test_what_nobody_knows_may_be_there_once_or_not_at_all() -> None:
    for facts in ([], [ORDER]):
        verdict = judge(told_of(Told(SOLD, unknown=3)), facts)
        assert (verdict.open, verdict.lost, verdict.doubled) == (1, 0, 0)


def test_what_was_refused_must_not_be_there() -> None:
    refused = told_of(Told(SOLD, refused="409 no"))
    assert judge(refused, []).doubled == 0
    verdict = judge(refused, [ORDER])
    assert (verdict.refused, verdict.doubled) == (1, 1)
    assert verdict.refusals == ["Order O-1: 409 no"]


def test_what_nobody_sent_is_found() -> None:
    verdict = judge({}, [ORDER])
    assert verdict.doubled == 1
    assert verdict.problems == ["Fact 7 (Order O-1) was sent by nobody."]


# --- what is sent, and the table --------------------------------------------------------------------------------------


def test_commands_have_keys_of_their_own_and_return_what_was_acknowledged() -> None:
    commands, again = (Commands("c0", 100, seed=3) for _ in range(2))
    sent: list[Intent] = []
    for _ in range(500):
        sent.append(commands.next())
        commands.acknowledged(sent[-1])
    assert len({one.key for one in sent}) == 500
    assert {one.kind for one in sent} == {"Order", "Return", "Enrol"}
    orders = [one.body["id"] for one in sent if one.kind == "Order"]
    returned = [one.path.split("/")[-2] for one in sent if one.kind == "Return"]
    assert set(returned) <= set(orders)
    assert len(set(returned)) == len(returned)
    assert again.next() == sent[0]


def test_the_table_says_what_is_wrong() -> None:
    well = row_of(Fault(1, "api", 1.0, 0), Done(2.0), Compared(Verdict(5, 5, 2), 9, unequal=0, stale=0))
    wrong = row_of(
        Fault(2, "old_leader", 1.0, 0), Done(6.0, "reign 3"), Compared(Verdict(7, 7), 11, 1, 0, ["a tally differs"])
    )
    assert well.well
    assert not wrong.well
    assert wrong.line.endswith("reign 3\n      a tally differs")
    assert conclusion([well]).endswith("all counters equal their recomputation after each")
    assert conclusion([well, wrong]).endswith("NOT WELL after fault 2")
    assert conclusion([well, wrong]).startswith("2 faults, 1 of them kills: 7 acknowledged")


@pytest.mark.parametrize("verdict", [Verdict(lost=1), Verdict(doubled=1), Verdict(open=1)])
def test_a_fault_is_not_well_when_anything_is_lost_doubled_or_open(verdict: Verdict) -> None:
    assert not Compared(verdict, 9, unequal=0, stale=0).well
