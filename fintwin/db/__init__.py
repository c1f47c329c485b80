"""Engine, unit of work, roles, embedded PostgreSQL, blobs."""
