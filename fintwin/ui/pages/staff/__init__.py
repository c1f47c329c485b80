"""The console of staff: people, the general ledger, the audit."""
