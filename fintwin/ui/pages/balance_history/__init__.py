"""What changed an account's balance, and why."""
