"""Outbox, dispatcher, live push, jobs."""
