"""Calendars: months of a zone, half-open, opened and closed by facts."""
