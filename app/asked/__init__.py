"""Commands that somebody asks for over Bolt, by `CALL custom.genealogy.enrol`, `place` or `move`; docs/adr/0023."""
