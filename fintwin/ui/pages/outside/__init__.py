"""Payments through banks."""
