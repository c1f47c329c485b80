"""Recurring streams and priors for what is not yet known."""
