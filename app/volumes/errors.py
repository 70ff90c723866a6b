"""What can go wrong while facts are added to the tallies."""

from app.errors import BanyanError, ConflictError


class StaleLeaderError(ConflictError):
    """Somebody else has claimed the roll-up since; whoever gets this stops rolling up."""

    title = "Another worker rolls up"


class NewerPeriodError(BanyanError):
    """An order's slot already holds a later period: more than two periods of a calendar take orders at once."""

    title = "Too many periods open"


class TallyMissingError(BanyanError):
    """Somebody on a way up has no tally: facts were written or removed past the one writer."""

    title = "Tallies are incomplete"


class UnknownVolumePeriodError(BanyanError):
    """An order counts in a period that is not there or was closed before it."""

    title = "Order outside every open period"


class LevelsNotKeptError(ConflictError):
    """Volumes are kept to fewer levels than were asked for."""

    title = "Levels not kept"


class RollUpBusyError(ConflictError):
    """Tallies are repaired while nobody counts."""

    title = "Roll-up under way"
