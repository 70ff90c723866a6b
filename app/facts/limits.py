"""What one command may hold, and a calendar at once."""

MAX_AMOUNT = 10**12
"""Largest PV or CV of one order, in minor units."""
MAX_ID, MAX_TEXT = 64, 200
"""Characters."""
MAX_COUNT = 1_000_000_000
MAX_PAST_LINES = 1_000
"""Lines of one statement of the former system."""
WAITING_AT_ONCE = 100
"""Calculations of a company that have not come to their end, drafts among them."""
MAX_PAID_AT_ONCE = 1_000
"""People whom one step of a run pays by name."""
MOST_GRACE_DAYS = 366
OPEN_AT_ONCE = 2
"""A tally has two volume slots, so two periods of a calendar can be open (the last one in its grace days)."""
