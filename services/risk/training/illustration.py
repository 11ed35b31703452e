"""Both models on four rows of age, income, credit score and default: an illustration, n = 4, that decides nothing.

Four rows show how the models speak, and nothing else: no split, no measure, no calibration could mean anything. It is
no segment, is not in the library and cannot serve; age is in it because the table has it, and in no model that serves.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

MARK = "illustration, n = 4"
MARK_ZH = "示例,样本量 4"
COLUMNS = ("age", "income", "credit_score")
ROWS = (
    (25, 50_000, 600, 1),
    (35, 80_000, 700, 0),
    (45, 120_000, 750, 0),
    (52, 60_000, 620, 1),
)
"""Age, yearly income in yuan, credit score, default."""
WORDS = {"age": ("年龄", "age"), "income": ("年收入", "income"), "credit_score": ("信用分", "credit score")}
SIGNS = (0, -1, -1)
"""More income and a better score mean less risk; of age nothing is said."""


@dataclass(frozen=True)
class Illustrated:
    """What the two models say of one applicant; `path` are the tree's answers in words, in both languages."""

    mark: str
    n: int
    logistic_pd: float
    tree: str
    path_zh: tuple[str, ...]
    path_en: tuple[str, ...]


def illustrate(age: float, income: float, credit_score: float) -> Illustrated:
    """Train both models on the four rows and ask them. The same answer every time."""
    rows, bad = np.array([row[:-1] for row in ROWS], dtype=np.float64), np.array([row[-1] for row in ROWS])
    applicant = np.array([[age, income, credit_score]], dtype=np.float64)
    logistic = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, bad)
    tree = DecisionTreeClassifier(max_depth=2, monotonic_cst=SIGNS, random_state=0).fit(rows, bad)
    path = _path(tree.tree_, applicant[0])
    verdict = "high_risk" if tree.predict(applicant)[0] else "low_risk"
    return Illustrated(
        mark=f"{MARK} · {MARK_ZH}",
        n=len(ROWS),
        logistic_pd=round(float(logistic.predict_proba(applicant)[0][1]), 6),
        tree=verdict,
        path_zh=(*(zh for zh, _ in path), f"结论: {'高风险' if verdict == 'high_risk' else '低风险'}"),
        path_en=(*(en for _, en in path), f"so: {verdict}"),
    )


def _path(tree: Any, applicant: Any) -> list[tuple[str, str]]:
    node, answers = 0, []
    while tree.children_left[node] != tree.children_right[node]:
        column, border = COLUMNS[tree.feature[node]], float(tree.threshold[node])
        value = float(applicant[tree.feature[node]])
        below = value <= border
        zh, en = WORDS[column]
        answers.append(
            (
                f"{zh} {value:g} {'不高于' if below else '高于'} {border:g}",
                f"{en} {value:g} is {'at most' if below else 'above'} {border:g}",
            )
        )
        node = tree.children_left[node] if below else tree.children_right[node]
    return answers
