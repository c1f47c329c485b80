"""Bank files: readers, duplicates, import and revert."""
