"""What was decided of ranks as text, for the terminal."""

from collections.abc import Iterator, Sequence

from app.ranks.models import SaidOfRank


def said_lines(distributor_id: str, said: Sequence[SaidOfRank]) -> Iterator[str]:
    """All that was said of somebody's rank, in the order of the facts."""
    if not said:
        yield f"Nothing was decided of the rank of {distributor_id}."
    for one in said:
        what = f"{one.rank} from {one.since} until {one.until}" if one.rank else f"none any more from {one.since} on"
        yield f"{what}, by {one.author}: {one.reason} (fact {one.seq})"
