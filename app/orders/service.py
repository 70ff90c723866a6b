"""What becomes of sales: when they were placed, paid and shipped."""

from collections.abc import Mapping, Sequence

from app.errors import BanyanError
from app.facts.calendars import LaterDate
from app.facts.canonical import sha256_hex
from app.facts.commands import DateOrder, Order, Submission
from app.facts.writer import Answer, FactWriter


def sale_of(order: Order, dates: Mapping[LaterDate, int], *, key: str, actor: str, reason: str) -> Submission:
    """What records a sale, and in the same commit the later dates (epoch ms) that are known of it. Said again with
    other dates, it is answered with the refusal of the date."""
    if not dates:  # as of most
        return Submission(key, actor, reason, order)
    spoken = sha256_hex(key)
    told = (Submission(f"{spoken}:{date}", actor, reason, DateOrder(order.id, date, at)) for date, at in dates.items())
    return Submission(key, actor, reason, order, dates=tuple(told))


async def place_orders(writer: FactWriter, sales: Sequence[Submission]) -> list[Answer]:
    """Record sales together, each for itself: the receipt of each, or its refusal.

    Raises an error of ours or of the database, since nobody knows then of each what became of it. Said again they are
    recorded, or answered as they were.
    """
    answers = await writer.submit_each(sales)
    for answer in answers:
        if isinstance(answer, BanyanError) and answer.status >= 500:
            raise answer
    return answers
