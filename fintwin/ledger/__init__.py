"""Accounts, transactions, postings, balances, integrity."""
