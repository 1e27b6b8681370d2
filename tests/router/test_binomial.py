import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from models.errors import CalibrationError
from router.binomial import clopper_pearson_upper


@pytest.mark.parametrize(("errors", "n"), [(0, 45), (1, 77), (3, 20), (19, 20), (0, 1)])
def test_bound_equals_the_beta_quantile(errors: int, n: int) -> None:
    bound = clopper_pearson_upper(errors, n, 0.1)
    assert bound == pytest.approx(beta.ppf(0.9, errors + 1, n - errors), rel=1e-9)
    assert binom.cdf(errors, n, bound) == pytest.approx(0.1, rel=1e-6)


def test_bound_without_information() -> None:
    assert clopper_pearson_upper(0, 0, 0.1) == 1.0
    assert clopper_pearson_upper(7, 7, 0.1) == 1.0


@pytest.mark.parametrize("bad", [(-1, 5, 0.1), (6, 5, 0.1), (0, 5, 0.0), (0, 5, 1.0)])
def test_bound_refuses_nonsense(bad: tuple[int, int, float]) -> None:
    with pytest.raises(CalibrationError, match="no bound for"):
        clopper_pearson_upper(*bad)


@settings(max_examples=60)
@given(st.integers(0, 300), st.integers(0, 300), st.floats(0.01, 0.99))
def test_bound_rises_with_errors_and_falls_with_delta(e: int, extra: int, delta: float) -> None:
    n = e + extra + 1
    bound = clopper_pearson_upper(e, n, delta)
    assert e / n <= bound + 0.5  # the median of the bound lies near the rate
    assert bound <= clopper_pearson_upper(e + 1, n, delta) + 1e-12
    assert bound >= clopper_pearson_upper(e, n, min(0.995, delta + 0.05)) - 1e-12
