"""Takes what was asked for over Bolt in its order, and puts it through the one writer as the API does."""

from collections.abc import Sequence
from typing import Final, Literal

import structlog

from app.asked import bodies
from app.asked.errors import AnsweredAlreadyError
from app.asked.models import Asked
from app.asked.repository import PATIENCE, AskedRepository
from app.clock import Clock, to_ms
from app.errors import BanyanError
from app.facts.commands import Receipt, Submission
from app.facts.decide import NewFact
from app.facts.writer import FactWriter
from app.graph import GraphTransaction
from app.moves.service import MoveService

End = Literal["done", "refused", "again", "answered before"]
SPOKEN_BY: Final = "bolt:"
"""Stands before the actor in the fact: who it was is what the caller said, where the API has it from a token."""
AGAIN_MS: Final = 1_000
LATER_MS: Final = 60_000
"""Of one for which the others wait no more."""
KEPT_MS: Final = 7 * 24 * 3600 * 1000
"""For so long after its answer somebody may ask what became of a command."""
_log = structlog.get_logger(__name__)


class AskedService:
    def __init__(self, repository: AskedRepository, *, writer: FactWriter, moves: MoveService, clock: Clock) -> None:
        self._repository = repository
        self._writer = writer
        self._moves = moves
        self._clock = clock

    async def keep_turn(self, holder: str, lease_ms: int) -> bool:
        """Whether it is this holder's turn to answer, for so long from now on; 0 gives it back."""
        now = self._now()
        return await self._repository.claim(holder, now, now + lease_ms)

    async def answer_next(self) -> End | None:
        """Decide what was asked for first and say what became of it; None when nothing is to be decided now."""
        asked = await self._repository.next(self._now())
        if asked is None or asked.again_from > self._now():
            return None
        return await self.answer(asked)

    async def answer(self, asked: Asked) -> End:
        """Decide a command. Its fact and its answer are one commit, so that a command that was answered before, by
        whomever, leaves nothing behind. One that nothing can be said of now is tried again."""
        try:
            receipt = await self._submit(asked)
            if receipt.replayed:  # a fact of an earlier commit, whoever asked for it
                await self._repository.done(asked, receipt.seq, self._now())
            return "done"
        except AnsweredAlreadyError:
            return "answered before"
        except BanyanError as error:
            if error.status < 500:
                refused = await self._repository.refuse(asked, error, _fields(error), self._now())
                return "refused" if refused else "answered before"
            _log.warning("a command asked for over Bolt waits", key=asked.key, error=error.message, kind=error.code())
        except Exception:  # noqa: BLE001 - whatever it is, it must not hold up the others
            _log.exception("a command asked for over Bolt failed", key=asked.key)
        wait_ms = AGAIN_MS if asked.tries + 1 < PATIENCE else LATER_MS
        await self._repository.leave(asked, self._now() + wait_ms)
        return "again"

    async def forget(self) -> int:
        """Delete some of what was answered long ago; how many."""
        return await self._repository.forget(self._now() - KEPT_MS)

    async def _submit(self, asked: Asked) -> Receipt:
        actor = f"{SPOKEN_BY}{asked.actor}"

        async def tell(tx: GraphTransaction, fact: NewFact) -> None:
            if not await self._repository.done(asked, fact.seq, self._now(), tx):
                raise AnsweredAlreadyError(f"What was asked for under the key {asked.key!r} was answered meanwhile.")

        async def follow(tx: GraphTransaction, fact: NewFact) -> Sequence[Submission]:
            await tell(tx, fact)
            return ()

        if asked.kind == "move":
            move = bodies.move(asked)
            return await self._moves.move(move.command(), key=asked.key, actor=actor, reason=move.reason, along=tell)
        body = bodies.enrolment(asked) if asked.kind == "enrol" else bodies.placement(asked)
        return await self._writer.submit_with(Submission(asked.key, actor, body.reason, body.command()), follow)

    def _now(self) -> int:
        return to_ms(self._clock.now())


def _fields(error: BanyanError) -> list[str]:
    """What the API tells as `fields`, each in one line."""
    return [f"{'.'.join(map(str, one['location']))}: {one['reason']}" for one in error.details.get("fields", ())]
