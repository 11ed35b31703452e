"""How credit risk is measured, limited, priced and classified. Pure: no I/O, no clock, no randomness."""
