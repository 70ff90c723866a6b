"""Distributors and customers: enrolment, a person's card, and finding people."""
