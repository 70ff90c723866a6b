"""What is answered about orders is made by hand, and is what its model describes to the letter."""

from typing import Any

import orjson
import pytest

from app.facts.calendars import CALENDARS
from app.facts.commands import Receipt
from app.facts.errors import DuplicateIdError, UnknownDistributorError
from app.facts.writer import Answer
from app.orders.bulk import PATH, told_of_all
from app.orders.schemas import BulkAnswer, KeyedOrderBody, OrderAnswer, told_of

AT = 1_772_704_200_420


def receipt(kind: str = "Order", *, replayed: bool = False, dates: tuple[Receipt, ...] = (), **said: Any) -> Receipt:
    volume = {**dict.fromkeys(CALENDARS), "pv": 12_000, "cv": 5, "late": None, "seller_ix": 0, "buyer_ix": 0}
    return Receipt(7, "key", kind, AT, replayed, {**volume, "customer_id": "", **said}, dates)


PAID = receipt("DateOrder", date_of="O", date="paid", weekly=2_932, late="2026-W09 took what came late until then")
RECEIPTS = {
    "an order": receipt(order_id="O-1", monthly=202603),
    "one that counts in all": receipt(order_id="Ö ü", daily=20_500, weekly=2_932, monthly=202603, four_weeks=100_001),
    "one that waits": receipt(order_id="O"),
    "one that is late": receipt(order_id="O", monthly=202604, late="2026-03 took what came late until then"),
    "one that was paid": receipt(order_id="O", monthly=202603, dates=(PAID,)),
    "a payment": PAID,
    "a return": receipt("Return", order_id="R", return_of="O", pv=-12_000, cv=-5, monthly=202603),
    "nothing, sold again": receipt(order_id="O", pv=0, cv=0, monthly=202603, replayed=True),
}


@pytest.mark.parametrize("given", RECEIPTS.values(), ids=RECEIPTS)
def test_an_order_is_told_as_its_model_describes(given: Receipt) -> None:
    told = orjson.dumps(told_of(given))
    assert OrderAnswer.model_validate_json(told).model_dump_json().encode() == told


def test_many_are_told_as_their_model_describes() -> None:
    refusals = [DuplicateIdError("Order O is stored."), UnknownDistributorError("Nobody.", distributor="D", seq=7)]
    answers: list[Answer] = [*RECEIPTS.values(), *refusals]
    body = {"buyer_id": "D", "buyer_kind": "distributor", "placed_at": "2026-03-05T09:30:00Z", "pv": "1", "cv": "1"}
    orders = [
        KeyedOrderBody.model_validate({**body, "id": f"O{number}", "idempotency_key": "key"})
        for number in range(len(answers))
    ]
    told = told_of_all(orders, answers)
    assert (told["accepted"], told["refused"]) == (len(RECEIPTS), len(refusals))
    assert [result["id"] for result in told["results"]] == [one.id for one in orders]
    assert [result["status"] for result in told["results"][-2:]] == [409, 404]
    assert {result["problem"]["instance"] for result in told["results"][-2:]} == {PATH}
    content = orjson.dumps(told)
    assert BulkAnswer.model_validate_json(content).model_dump_json(exclude_unset=True).encode() == content
