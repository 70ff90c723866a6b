"""What would be paid by other plans, or with people moved, on a real snapshot. Nothing is recorded."""
