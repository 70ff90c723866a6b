"""Compensation plans as data: YAML files, validated, linted, versioned by hash."""
