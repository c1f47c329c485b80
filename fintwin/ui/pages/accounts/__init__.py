"""Accounts: open, rename, close."""
