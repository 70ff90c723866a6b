"""The roll-up of a bench, which nobody else runs meanwhile."""

from app.wiring import House, roll_up


class Counting:
    """Rolls up when asked. It leaves no lease behind, for which the next one would have to wait."""

    def __init__(self, house: House) -> None:
        self._roll_up = roll_up(house, lease_ms=0)

    async def catch_up(self) -> None:
        """Count every fact so far."""
        if not await self._roll_up.catch_up():
            raise RuntimeError("another process rolls up this company, so nothing that is measured would be known")
