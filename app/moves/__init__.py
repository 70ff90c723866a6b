"""What a move or a termination would change, before anybody says it."""
