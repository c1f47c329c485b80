"""Payments: send, ask, get, and what became of each."""
