"""What the system costs beside the bare tools it stands on: `make bench`, explained in docs/benchmarks.md."""
