"""What may be drawn under a contract, who may release it, and what is known of each payment."""
