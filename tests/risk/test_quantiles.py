"""The quantiles that monitoring stands on, against published figures and, where it is installed, scipy."""

import pytest

from services.risk.domain.quantiles import beta_below, beta_quantile, chi_square_below, chi_square_quantile


@pytest.mark.parametrize(
    ("probability", "freedom", "value"),
    [(0.99, 9, 21.665994), (0.99, 1, 6.634897), (0.95, 9, 16.918978), (0.5, 2, 1.386294), (0.01, 100, 70.064895)],
)
def test_chi_square_as_printed_in_tables(probability: float, freedom: int, value: float) -> None:
    assert chi_square_quantile(probability, freedom) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("probability", "a", "b", "value"),
    [
        (0.5, 1, 1, 0.5),
        (0.5, 3, 3, 0.5),
        (0.975, 1, 3, 1 - 0.025 ** (1 / 3)),  # in closed form
        (0.025, 4, 1, 0.025 ** (1 / 4)),
    ],
)
def test_beta_where_it_has_a_closed_form(probability: float, a: float, b: float, value: float) -> None:
    assert beta_quantile(probability, a, b) == pytest.approx(value, abs=1e-12)


def test_probabilities_end_at_the_ends() -> None:
    assert (chi_square_below(0, 9), chi_square_below(1e4, 9)) == (0, 1)
    assert (beta_below(0, 2, 3), beta_below(1, 2, 3)) == (0, 1)


def test_both_agree_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy comes with what models are trained with")
    for probability in (0.001, 0.025, 0.5, 0.95, 0.975, 0.99):
        for freedom in (1, 2, 5, 9, 19, 60):
            expected = stats.chi2.ppf(probability, freedom)
            assert chi_square_quantile(probability, freedom) == pytest.approx(expected, rel=1e-9)
        for a, b in ((0.5, 0.5), (0.5, 300.5), (12.5, 788.5), (40.5, 2.5), (1000.5, 99000.5)):
            assert beta_quantile(probability, a, b) == pytest.approx(stats.beta.ppf(probability, a, b), rel=1e-9)
