"""Questions about people."""

import re
from typing import Final

from app.access.models import Principal, Role
from app.access.visibility import NotVisibleError
from app.people.models import Card, Found, IncomeCentre, Mark
from app.people.repository import PeopleRepository

MAX_WORDS: Final = 8
MOST_CENTRES: Final = 100
_WORDS: Final = re.compile(r"\w+")


class PeopleService:
    """Cards and searches for a caller. Whether the caller may see a card's person is checked before (app/access)."""

    def __init__(self, people: PeopleRepository) -> None:
        self._people = people

    async def card(self, distributor_id: str) -> tuple[Card, Mark]:
        """A distributor's card; NotVisibleError when there is no such distributor."""
        found = await self._people.card(distributor_id)
        if found is None:
            raise NotVisibleError(f"There is no distributor '{distributor_id}' that you may see.")
        return found

    async def income_centres(self, distributor_id: str) -> tuple[str, list[IncomeCentre]]:
        """The owner of a position and all positions of that owner, oldest first."""
        found = await self._people.income_centres(distributor_id, MOST_CENTRES)
        if found is None:
            raise NotVisibleError(f"There is no distributor '{distributor_id}' that you may see.")
        return found

    async def start(self, caller: Principal) -> str | None:
        """Where a caller's look at the trees begins: themselves, or for staff the first distributor enrolled."""
        return caller.distributor or await self._people.first_id()

    async def search(self, caller: Principal, text: str, limit: int) -> tuple[list[Found], Mark]:
        """People the caller may see: the text begins their id, or its words begin words of their name."""
        below = caller.distributor if caller.role is Role.DISTRIBUTOR else None
        return await self._people.search(beginnings(text.strip()), lucene(text), below, limit)


def beginnings(text: str) -> list[str]:
    """The text as the beginning of an id: as it was typed, in capitals and in small letters."""
    return list(dict.fromkeys((text, text.upper(), text.lower())))


def lucene(text: str) -> str:
    """The text as a full-text query: every word, as a beginning. Only letters, digits and _ pass, so no syntax does.

    Without any word in the text the answer matches nothing.
    """
    # AND, OR and NOT are operators only in capitals.
    words = [word.lower() for word in _WORDS.findall(text)[:MAX_WORDS]]
    return " AND ".join(f"{word}*" for word in words) or '""'
