"""Scenarios, comparison, explanation, saved runs."""
