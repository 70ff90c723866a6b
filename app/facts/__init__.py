"""The one writer: every change is a numbered, hashed fact, committed with the edges it changes."""
