"""What becomes of a sale: when it was placed, paid and shipped."""

from collections.abc import Mapping, Sequence

from app.facts.calendars import LaterDate
from app.facts.canonical import sha256_hex
from app.facts.commands import DateOrder, Order, Receipt, Submission
from app.facts.decide import NewFact
from app.facts.writer import FactWriter
from app.graph import GraphTransaction


async def place_order(
    writer: FactWriter, order: Order, dates: Mapping[LaterDate, int], *, key: str, actor: str, reason: str
) -> list[Receipt]:
    """Record a sale, and in the same commit the later dates (epoch ms) that are known of it. The receipts of each,
    that of the sale first.

    Raises the refusal of any of them; said again with other dates, that of the date.
    """
    said = Submission(key, actor, reason, order)
    if not dates:
        return [await writer.submit(said)]
    spoken = sha256_hex(key)
    dated = [Submission(f"{spoken}:{date}", actor, reason, DateOrder(order.id, date, at)) for date, at in dates.items()]

    async def follow(_tx: GraphTransaction, _fact: NewFact) -> Sequence[Submission]:
        return dated

    receipt = await writer.submit_with(said, follow)
    return [receipt, *[await writer.submit(one) for one in dated]]  # which are written, so answered as they were
