"""The four-row table: both models speak, and say how little it means."""

import pytest

from services.risk.training.illustration import ROWS, illustrate

pytestmark = pytest.mark.slow  # it loads the training libraries


def test_the_tree_answers_high_risk_with_its_path_in_words() -> None:
    found = illustrate(age=28, income=45_000, credit_score=610)
    assert found.tree == "high_risk"
    assert found.path_en[-1] == "so: high_risk"
    assert any("is at most" in answer for answer in found.path_en[:-1])
    assert found.path_zh[-1] == "结论: 高风险"
    assert found.logistic_pd > 0.5


def test_a_better_applicant_is_low_risk_and_both_are_marked() -> None:
    found = illustrate(age=40, income=110_000, credit_score=740)
    assert (found.tree, found.n, found.mark) == ("low_risk", 4, "illustration, n = 4 · 示例,样本量 4")
    assert found.logistic_pd < 0.5


def test_both_models_agree_with_the_four_rows_they_learnt_from() -> None:
    for age, income, score, bad in ROWS:
        found = illustrate(age, income, score)
        assert (found.tree == "high_risk", found.logistic_pd > 0.5) == (bool(bad), bool(bad))
