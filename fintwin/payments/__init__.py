"""Payments: to people (sending, requests, contacts, instalments, PINs), on schedule, through banks."""
