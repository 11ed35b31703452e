"""The five services of the bank, and the two that operate and show them."""
