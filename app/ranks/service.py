"""Decides ranks, and ends what was decided."""

from datetime import date

from app.facts.commands import OverrideRank, Receipt, Submission
from app.facts.writer import FactWriter
from app.ranks.models import SaidOfRank
from app.ranks.repository import RankOverrideRepository


class RankOverrideService:
    def __init__(self, repository: RankOverrideRepository, writer: FactWriter) -> None:
        self._repository = repository
        self._writer = writer

    async def decide(
        self, distributor_id: str, rank: str, since: date, until: date, *, key: str, actor: str, reason: str
    ) -> Receipt:
        """A person is paid as at least a rank, from one day until another, both included. Raises
        UnknownDistributorError, InvalidCommandError."""
        command = OverrideRank(distributor_id, rank, since.isoformat(), until.isoformat())
        return await self._writer.submit(Submission(key, actor, reason, command))

    async def end(self, distributor_id: str, since: date, *, key: str, actor: str, reason: str) -> Receipt:
        """No rank is decided any more from a day on. Raises UnknownDistributorError, NoRankOverrideError."""
        command = OverrideRank(distributor_id, "", since.isoformat(), "")
        return await self._writer.submit(Submission(key, actor, reason, command))

    async def said_of(self, distributor_id: str) -> list[SaidOfRank]:
        """All that was said of somebody, in the order of the facts."""
        return await self._repository.said_of(distributor_id)
