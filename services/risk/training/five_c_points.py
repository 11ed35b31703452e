"""5C points of labelled rows: what the data know is scored, the rest stands at its reference points."""

from collections.abc import Mapping

import numpy as np

from services.risk.domain.five_c import Band, FiveCTable
from services.risk.domain.fractions import HUNDRED
from services.risk.training.weight_of_evidence import Column, Floats


def points_of(columns: Mapping[str, Column], table: FiveCTable) -> Floats:
    """Points from 0 to 100, row by row. So mean and spread are those of borrowers unremarkable in what is unknown."""
    total = np.zeros(len(next(iter(columns.values()))))
    for category in table.categories:
        for indicator in category.indicators:
            share = float(category.weight * indicator.weight / (HUNDRED * HUNDRED))
            reference = float(indicator.reference_points)
            if indicator.name not in columns:
                total += share * reference
                continue
            column = columns[indicator.name]
            if indicator.categories:
                points = np.array([float(indicator.categories.get(str(v), reference)) for v in column])
            else:
                points = _banded(column, indicator.bands, reference)
            total += share * points
    return total


def _banded(column: Column, bands: tuple[Band, ...], reference: float) -> Floats:
    lower = np.array([float(b.from_value) for b in bands if b.from_value is not None])
    values = np.array([float(b.points) for b in bands])
    found = values[np.searchsorted(lower, column, side="right").clip(0, len(values) - 1)]
    return np.where(np.isnan(column), reference, found)
