"""Trains the score models with scikit-learn and writes them as canonical JSON. Serving never imports this room.

`python -m services.risk.training company person` reads the data named in `sources` from the folder
LIUDAI_RISK_DATA (what ships with the project: from `services/risk/data`) and writes `services/risk/models`.
"""
