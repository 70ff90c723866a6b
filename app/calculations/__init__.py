"""Runs that somebody asks for: queued, calculated by a worker, cancelled, previewed every night."""
