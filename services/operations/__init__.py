"""The liudai command: starts, shows, checks and repairs the five services from outside."""
