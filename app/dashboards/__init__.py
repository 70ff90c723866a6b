"""All that a person's start page shows, in one answer."""
