"""The tour a newcomer takes: published examples, then a company of ten thousand, then the running service."""
