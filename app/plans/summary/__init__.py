"""A plan in plain sentences."""

from app.plans.summary.plan import Section, summary_of

__all__ = ["Section", "summary_of"]
