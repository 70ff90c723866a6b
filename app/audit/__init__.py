"""The audit: whether what is stored is what was written, and files that tell it to somebody without this software."""
