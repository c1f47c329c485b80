"""The import: drop, recognised, check, done."""
