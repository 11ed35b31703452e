"""The plain logistic regression that every card is held against: no bins, no directions, no policy."""

from collections.abc import Mapping

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from services.risk.training.weight_of_evidence import Column, Floats

WINSOR = (0.01, 0.99)


class Benchmark:
    """Winsorised at the 1st and 99th percentile, gaps at the median, categories one by one, standardised."""

    def __init__(self, columns: Mapping[str, Column], bad: Floats, weight: Floats) -> None:
        self._numbers = {name: column for name, column in columns.items() if column.dtype.kind == "f"}
        self._bounds = {
            name: (float(np.nanmedian(column)), *(float(one) for one in np.nanquantile(column, WINSOR)))
            for name, column in self._numbers.items()
        }
        self._categories = {
            name: sorted({str(value) for value in column})
            for name, column in columns.items()
            if name not in self._numbers
        }
        self._fitted: Pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5_000))
        self._fitted.fit(self._matrix(columns), bad, logisticregression__sample_weight=weight)

    def log_odds(self, columns: Mapping[str, Column]) -> Floats:
        """Row by row."""
        return np.asarray(self._fitted.decision_function(self._matrix(columns)), dtype=np.float64)

    def _matrix(self, columns: Mapping[str, Column]) -> Floats:
        parts = []
        for name, (middle, low, high) in self._bounds.items():
            column = columns[name]
            parts.append(np.clip(np.where(np.isnan(column), middle, column), low, high))
        for name, values in self._categories.items():
            parts += [(columns[name] == value).astype(np.float64) for value in values]
        return np.column_stack(parts)
