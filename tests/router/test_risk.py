import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from models.errors import CalibrationError
from router import risk

DRAFTS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=150)


def _world(items: list[tuple[float, float]]) -> tuple[list[float], list[bool]]:
    return [c for c, _ in items], [u > 0.05 for _, u in items]


def test_least_items() -> None:
    assert [risk.least_items(0.05, 0.1, e) for e in range(4)] == [45, 77, 105, 132]
    for errors in range(4):
        n = risk.least_items(0.05, 0.1, errors)
        assert binom.cdf(errors, n, 0.05) <= 0.1 < binom.cdf(errors, n - 1, 0.05)


@pytest.mark.parametrize("max_error", [0.02, 0.05, 0.1])
def test_more_drafts_without_an_error_never_lose_a_certificate(max_error: float) -> None:
    least = risk.least_items(max_error, 0.1)
    assert risk.level(0.1, 0.5) == risk.level(0.1, 1.0) == 0.1
    for n in range(least, 12 * least):
        sure = risk.certify([0.9] * n, [True] * n, max_error, 0.1, growth=n / least)
        assert sure is not None
        assert sure.delta == 0.1
        assert sure.bound <= max_error


def test_growth_asks_for_more() -> None:
    right = [True] * 29 + [False]
    assert risk.certify([0.9] * 40, [*right, *[True] * 10], 0.1, 0.1) is not None
    assert risk.certify([0.9] * 40, [*right, *[True] * 10], 0.1, 0.1, growth=2.0) is None


def test_levels_follow_from_the_number_of_drafts_alone() -> None:
    assert risk.levels(44, 0.05, 0.1) == ()
    assert risk.levels(45, 0.05, 0.1) == (45,)
    assert risk.levels(110, 0.05, 0.1) == (45, 77, 105, 110)


def test_certificate_of_a_clean_half() -> None:
    confidence = np.linspace(0.5, 1.0, 60)
    found = risk.certify(confidence, np.ones(60), 0.05, 0.1, adapter="v7")
    assert found is not None
    assert (found.threshold, found.n_items, found.n_accepted, found.n_errors) == (0.5, 60, 60, 0)
    assert found.bound == pytest.approx(1 - 0.1 ** (1 / 60))
    assert "0 wrong of 60 accepted among 60 held-out drafts of v7" in found.describe()


def test_threshold_stops_above_the_errors() -> None:
    confidence = np.linspace(1.0, 0.0, 100)
    right = np.arange(100) < 80
    found = risk.certify(confidence, right, 0.05, 0.1)
    assert found is not None
    assert found.n_accepted == 77
    assert found.threshold == confidence[76]


def test_too_few_or_none() -> None:
    assert risk.certify([], [], 0.05, 0.1) is None
    assert risk.certify(np.full(10, 0.99), np.ones(10), 0.05, 0.1) is None
    assert risk.certify(np.full(200, 0.99), np.zeros(200), 0.05, 0.1) is None


def test_ties_stand_or_fall_together() -> None:
    right = np.ones(100, dtype=bool)
    right[60:] = False
    assert risk.certify(np.full(100, 0.9), right, 0.05, 0.1) is None
    found = risk.certify(np.r_[np.full(60, 0.9), np.full(40, 0.2)], right, 0.05, 0.1)
    assert found is not None
    assert (found.threshold, found.n_accepted) == (0.9, 60)


@pytest.mark.parametrize("bad", [float("nan"), 1.1, -0.1])
def test_refuses_what_is_no_probability(bad: float) -> None:
    with pytest.raises(CalibrationError, match=r"not in \[0, 1\]"):
        risk.certify([bad], [True], 0.05, 0.1)


def test_refuses_other_lengths_and_rates() -> None:
    with pytest.raises(CalibrationError, match="2 confidences came with 1"):
        risk.certify([0.1, 0.2], [True], 0.05, 0.1)
    with pytest.raises(CalibrationError, match="must be in"):
        risk.certify([0.1], [True], 0.0, 0.1)


@settings(max_examples=60)
@given(DRAFTS, st.floats(0.02, 0.3), st.floats(0.05, 0.5))
def test_certificate_keeps_its_word(
    items: list[tuple[float, float]], max_error: float, delta: float
) -> None:
    confidence, right = _world(items)
    found = risk.certify(confidence, right, max_error, delta)
    if found is not None:
        accepted = np.array(confidence) >= found.threshold
        assert found.n_accepted == accepted.sum()
        assert found.n_errors == (accepted & ~np.array(right)).sum()
        assert found.bound <= max_error + 1e-9


@settings(max_examples=40)
@given(st.integers(1, 250), st.integers(0, 20))
def test_more_tolerance_never_accepts_less_of_one_tie(n: int, errors: int) -> None:
    right = np.arange(n) >= errors
    accepted = [
        found.n_accepted if (found := risk.certify(np.full(n, 0.5), right, m, 0.1)) else 0
        for m in (0.02, 0.05, 0.1, 0.2, 0.4)
    ]
    assert accepted == sorted(accepted)


def test_best_start_skips_levels_that_demand_perfection() -> None:
    steps = risk.levels(400, 0.05, 0.1)
    even = risk.best_start(np.full(400, 0.99), 400, 0.05, 0.1)
    assert steps[even] == 400
    split = np.r_[np.full(100, 0.999), np.full(300, 0.5)]
    assert steps[risk.best_start(split, 400, 0.05, 0.1)] <= 105
    assert risk.best_start([], 400, 0.05, 0.1) == 0
    assert risk.best_start([0.9], 10, 0.05, 0.1) == 0


def _simulate(rate: str, runs: int, n: int, start_from_gate: bool) -> tuple[float, float]:
    """Share of runs whose true risk at the threshold is over 5%, and share that certify.

    Confidence is uniform on [0, 1], so the true risk above t is the mean of P(wrong | c) over
    [t, 1].
    """
    rng = np.random.default_rng(11)
    grid = np.linspace(0, 1, 2001)
    wrong_at = {
        "falling": lambda c: np.clip(0.16 * (1 - c), 0, 1),  # 8% overall
        "just over": lambda c: np.full_like(c, 0.0501),
        "misleading": lambda c: np.where(c > 0.9, 0.12, 0.04),  # the surest are the worst
    }[rate]
    tail = np.cumsum(wrong_at(grid)[::-1])[::-1] / np.arange(len(grid), 0, -1)
    over = certified = 0
    for _ in range(runs):
        c = rng.random(n)
        right = rng.random(n) >= wrong_at(c)
        gate = 1 - wrong_at(rng.random(n))
        start = risk.best_start(gate, n, 0.05, 0.1) if start_from_gate else 0
        found = risk.certify(c, right, 0.05, 0.1, start=start)
        if found is not None:
            certified += 1
            over += np.interp(found.threshold, grid, tail) > 0.05
    return over / runs, certified / runs


@pytest.mark.parametrize("rate", ["falling", "just over", "misleading"])
@pytest.mark.parametrize("start_from_gate", [False, True])
def test_risk_is_over_the_bound_in_at_most_delta_of_runs(rate: str, start_from_gate: bool) -> None:
    over, _ = _simulate(rate, runs=1000, n=400, start_from_gate=start_from_gate)
    assert over <= 0.1 + 3 * (0.1 * 0.9 / 1000) ** 0.5


def test_a_good_system_is_certified_mostly() -> None:
    """2% wrong at random, 400 drafts; asking a flawless top 45 would lose 60% of them."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(200):
        right = rng.random(400) >= 0.02
        start = risk.best_start(np.full(400, 0.98), 400, 0.05, 0.1)
        hits += risk.certify(rng.random(400), right, 0.05, 0.1, start=start) is not None
    assert hits >= 180


def test_a_limit_that_nobody_can_show_asks_for_many_drafts() -> None:
    assert risk.least_items(1e-17, 0.1) == risk.least_items(1e-6, 0.1)
    assert risk.least_items(1e-6, 0.1, 8) > 2_000_000
