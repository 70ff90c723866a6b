"""What an event says of a fact."""

import json
from typing import Any, get_args

import pytest

from app.events.content import about_of, event_of, told
from app.events.models import SEEN_BELOW, TYPES
from app.facts.canonical import body_of
from app.facts.commands import BelowSponsor, Command, CommitRun, Enrol, MoveLimits, Order, Return, SetMovePolicy
from app.facts.decide import DECIDED
from app.facts.history import PastFact

AT = 1_772_703_000_420  # 2026-03-05T09:30:00.420Z
NOBODY = -1


def fact(command: Command, **decided: Any) -> PastFact:
    kind = type(command).__name__
    assert set(decided) <= set(DECIDED[kind])
    every = dict.fromkeys(DECIDED[kind]) | decided
    return PastFact(7, kind, "K", "shop", "because", AT, AT, body_of(command), "h", every)


def test_every_kind_of_fact_is_an_event() -> None:
    assert set(TYPES) == {command.__name__ for command in get_args(Command)}
    assert len(set(TYPES.values())) == len(TYPES)
    assert set(TYPES.values()) >= SEEN_BELOW


def test_an_order_is_told_in_the_words_of_the_api() -> None:
    order = Order("O1", "C9", "customer", AT, 12_000, 9_650)
    event = event_of(
        fact(order, seller_ix=4, buyer_ix=4, customer_id="C9", pv=12_000, cv=9_650, order_id="O1", monthly=202603),
        {4: "D42"},
    )
    said = told(event)
    assert (said["seq"], said["type"], said["version"], said["distributor_id"]) == (7, "order.placed", 1, "D42")
    assert said["recorded_at"] == said["valid_at"] == "2026-03-05T09:30:00.420Z"
    assert said["data"] == {
        "id": "O1",
        "buyer_id": "C9",
        "buyer_kind": "customer",
        "placed_at": "2026-03-05T09:30:00.420Z",
        "pv": "120.00",
        "cv": "96.50",
        "customer_id": "C9",
        "late": None,
        "order_id": "O1",
        "periods": {"monthly": "2026-03", "weekly": None, "four_weeks": None, "daily": None},
    }
    json.dumps(said)


def test_a_return_is_below_zero() -> None:
    said = told(event_of(fact(Return("R1", "O1", AT), seller_ix=4, pv=-12_000, cv=-9_650, return_of="O1"), {4: "D42"}))
    assert (said["data"]["pv"], said["data"]["cv"], said["data"]["return_of"]) == ("-120.00", "-96.50", "O1")


def test_inner_numbers_of_people_stay_inside() -> None:
    enrol = Enrol("D42", "D7", "Name", "", AT, placement=BelowSponsor("outside_left"))
    event = event_of(fact(enrol, ix=42, sponsor_ix=7, parent_ix=3, parent_id="D3", slot=1, why="outside"), {42: "D42"})
    assert event.about == 42
    assert not [name for name in event.data if name == "ix" or name.endswith("_ix")]
    assert (event.data["parent_id"], event.data["slot"], event.data["why"]) == ("D3", 1, "outside")
    assert event.data["placement"] == {"strategy": "outside_left"}
    assert event.data["enrolled_at"] == "2026-03-05T09:30:00.420Z"
    assert event.data["sponsored_at"] is None


def test_what_is_about_nobody() -> None:
    run = CommitRun("R", "monthly", 202603, "hash", None, 2, 1_050, 0)
    event = event_of(fact(run, run_id="R", calendar="monthly", period=202603), {})
    assert (event.about, event.distributor_id) == (None, None)
    assert (event.data["set_off_people"], event.data["set_off_amount"], event.data["period"]) == (2, "10.50", 202603)
    policy = SetMovePolicy("UTC", (MoveLimits("binary", window_days=3, blackout_days=(1, 2)),))
    [limits] = event_of(fact(policy), {}).data["limits"]
    assert (limits["tree"], limits["window_days"], limits["blackout_days"]) == ("binary", 3, [1, 2])


@pytest.mark.parametrize(("decided", "about"), [({"ix": 3}, 3), ({"ix": NOBODY}, None), ({}, None)])
def test_whom_it_is_about(decided: dict[str, int], about: int | None) -> None:
    assert about_of(fact(Enrol("D", None, "", "", AT), **decided)) == about


def test_a_distributor_is_not_told_who_said_so_and_why() -> None:
    event = event_of(fact(Enrol("D", None, "", "", AT), ix=3), {3: "D"})
    assert told(event)["actor"] == "shop"
    below = told(event, of_staff=False)
    assert (below["actor"], below["reason"]) == (None, None)
    assert {name: value for name, value in below.items() if name not in ("actor", "reason")} == {
        name: value for name, value in told(event).items() if name not in ("actor", "reason")
    }
