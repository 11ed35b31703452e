"""Read-model rows → answers: facilities and drawdowns, and what became of the money."""
