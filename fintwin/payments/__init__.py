"""Payments between people: sending, requests, contacts, instalments, PINs."""
