"""泄漏审计: what the mere pattern of gaps and zeros tells about the outcome: nothing that travels."""

from collections.abc import Mapping

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from services.risk.training.weight_of_evidence import Column, Floats

FOLDS, SEED = 5, 7
YES_OR_NO = 2
AUC_MAX = 0.55
"""Above this the file gives its label away; published copies of the Polish file reach .81 to .91."""


def gap_pattern_auc(columns: Mapping[str, Column], bad: Floats, *, with_nil: bool) -> float:
    """AUC out of fold of gradient boosting that sees only which numbers are missing and, `with_nil`, which are nil.

    A yes or no is an answer, whichever it is: such columns show their gaps alone. 0.5 where there is no pattern.
    """
    flags = []
    for column in (one for one in columns.values() if one.dtype.kind == "f"):
        flags.append(np.isnan(column))
        if with_nil and len(np.unique(column[~np.isnan(column)])) > YES_OR_NO:
            flags.append(column == 0)
    pattern = np.column_stack(flags).astype(float)
    if (pattern == pattern[0]).all():
        return 0.5
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    model = HistGradientBoostingClassifier(random_state=0)
    found = cross_val_predict(model, pattern, bad, cv=folds, method="predict_proba")[:, 1]
    return round(float(roc_auc_score(bad, found)), 6)
