"""What a loan account is and does: pure functions of commands, events and dates."""
