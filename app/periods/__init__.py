"""Calendars: days, weeks, four weeks and months of a zone, half-open, opened and closed by facts."""
