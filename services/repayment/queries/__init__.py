"""Read-model rows → answers: loans, the ledger, and the work of the nightly run."""
