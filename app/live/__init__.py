"""Ranks and pay of open periods, kept up with the facts (docs/adr/0026-…)."""
