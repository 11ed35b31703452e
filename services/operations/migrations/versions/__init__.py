"""One revision a file, each a .sql beside it."""
