"""`make faults`: parts of the service are killed under load, and afterwards everything is compared with what clients
were told."""
