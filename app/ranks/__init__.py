"""Ranks that somebody decides for a person: they are facts, and runs read them."""
