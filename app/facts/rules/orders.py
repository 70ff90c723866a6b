"""What is sold and what comes back, and in which period of each calendar it counts (design, "Volume rules")."""

from dataclasses import replace

from app.facts import errors
from app.facts.calendars import LATER_DATES, periods_of_date, periods_of_order, periods_of_return
from app.facts.commands import DateOrder, Order, Return
from app.facts.limits import MAX_AMOUNT, MAX_ID
from app.facts.rules.checks import Data, Ruling, check_not_ahead, check_not_long_before, check_text, person_named
from app.facts.text import instant_text
from app.facts.world import StoredOrder, World
from app.places.spots import NOBODY


def order(world: World, command: Order, recorded_at: int) -> Ruling:
    """A number of its own, a known buyer who was there then, an amount within bounds, a period that takes it."""
    check_text("order id", command.id, MAX_ID)
    check_not_ahead("placed_at", command.placed_at, recorded_at)
    for name, amount in (("PV", command.pv), ("CV", command.cv)):
        if not 0 <= amount <= MAX_AMOUNT:
            raise errors.InvalidCommandError(
                f"{name} of order {command.id} is {amount / 100:.2f}; it must lie between 0 and {MAX_AMOUNT / 100:.2f}."
            )
    if command.id in world.used_order_ids:
        raise errors.DuplicateIdError(f"Order {command.id} is already stored.")
    if command.buyer_kind == "customer":
        if command.buyer_id not in world.customers:
            raise errors.UnknownCustomerError(f"Customer {command.buyer_id} is not registered; register them first.")
        known = world.customers[command.buyer_id]
        seller, buyer, customer = known.distributor_ix, NOBODY, command.buyer_id
        joined, since = "was registered", known.registered_at
    else:
        person = person_named(world, command.buyer_id)
        if person.terminated_at is not None and command.placed_at >= person.terminated_at:
            raise errors.TerminatedError(
                f"{person.id} has been terminated since {instant_text(person.terminated_at)}, so order {command.id} of "
                f"{instant_text(command.placed_at)} cannot be theirs; their customers may buy."
            )
        seller = buyer = person.ix
        customer = ""
        joined, since = "enrolled", person.enrolled_at
    check_not_long_before(f"Order {command.id}", command.placed_at, f"{command.buyer_id} {joined}", since)
    counts_in, late = periods_of_order(world.kept, command.placed_at, recorded_at)
    order = StoredOrder(
        command.id, seller, buyer, customer, command.placed_at, command.pv, command.cv, counts_in, returned=False
    )
    world.orders[command.id] = order
    world.used_order_ids.add(command.id)
    return command.placed_at, {**_volume(order, late), "order_id": order.id}


def date_order(world: World, command: DateOrder, recorded_at: int) -> Ruling:
    """A date of an order that is not known yet, not before it was placed; it did not come back meanwhile."""
    if command.date not in LATER_DATES:
        raise errors.InvalidCommandError(f"An order has no date {command.date!r}; choose {' or '.join(LATER_DATES)}.")
    order = world.orders.get(command.order_id)
    if order is None:
        raise errors.UnknownOrderError(f"Order {command.order_id} is not stored, so it cannot be {command.date}.")
    if (known := order.dates.get(command.date)) is not None:
        raise errors.AlreadyDatedError(
            f"Order {order.id} was {command.date} on {instant_text(known)}; that cannot be told again."
        )
    if order.returned:
        raise errors.AlreadyReturnedError(
            f"Order {order.id} has come back or was cancelled, so when it was {command.date} changes nothing and is "
            "not recorded."
        )
    check_not_long_before(f"That order {order.id} is {command.date}", command.at, "it was placed", order.placed_at)
    check_not_ahead(f"{command.date}_at", command.at, recorded_at)
    counts_in, late = periods_of_date(world.kept, command.date, command.at, recorded_at)
    known_by_now = {name: order.counts_in[name] if number is None else number for name, number in counts_in.items()}
    world.orders[order.id] = replace(order, counts_in=known_by_now, dates={**order.dates, command.date: command.at})
    dated = _volume(replace(order, counts_in=counts_in), late)
    return command.at, {**dated, "date": command.date, "date_of": order.id}


def return_order(world: World, command: Return, recorded_at: int) -> Ruling:
    """The whole of an order that has not come back, not before it; one that was shipped is no longer cancelled."""
    what, past = ("Cancellation", "be cancelled") if command.cancels else ("Return", "come back")
    check_text(f"{what.lower()} id", command.id, MAX_ID)
    order = world.orders.get(command.order_id)
    if order is None:
        raise errors.UnknownOrderError(f"Order {command.order_id} is not stored, so it cannot {past}.")
    if order.returned:
        raise errors.AlreadyReturnedError(f"Order {command.order_id} has come back already, or was cancelled.")
    if command.cancels and (shipped := order.dates.get("shipped")) is not None:
        raise errors.AlreadyShippedError(
            f"Order {order.id} was shipped on {instant_text(shipped)}, so it cannot be cancelled; return it once it "
            "comes back."
        )
    if command.id in world.used_order_ids:
        raise errors.DuplicateIdError(f"The number {command.id} is already used by an order or a return.")
    ordered = f"its order {order.id} was placed"
    check_not_long_before(f"{what} {command.id}", command.placed_at, ordered, order.placed_at)
    check_not_ahead("placed_at", command.placed_at, recorded_at)
    counts_in, late = periods_of_return(world.kept, order.counts_in, recorded_at)
    world.used_order_ids.add(command.id)
    world.orders[order.id] = replace(order, returned=True)
    back = replace(
        order,
        id=command.id,
        placed_at=command.placed_at,
        pv=-order.pv,
        cv=-order.cv,
        counts_in=counts_in,
    )
    return command.placed_at, {**_volume(back, late), "order_id": back.id, "return_of": order.id}


def _volume(order: StoredOrder, late: str) -> Data:
    return {
        "seller_ix": order.seller_ix,
        "buyer_ix": order.buyer_ix,
        "customer_id": order.customer_id,
        "pv": order.pv,
        "cv": order.cv,
        "late": late or None,
        **order.counts_in,
    }
