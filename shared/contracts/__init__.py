"""The published language: what each service announces to the others, and nothing else they share."""
