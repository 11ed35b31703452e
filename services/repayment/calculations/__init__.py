"""试算: what anybody may compute with repayment's rules for figures of their own. Nothing is kept, nothing is decided.

Each calculator is a request, an answer and a pure function between them; the API and the command call the same.
"""
