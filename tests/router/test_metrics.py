import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from models.errors import CalibrationError
from router import metrics

SCORED = st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=60)


def _arrays(items: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([c / 10 for c, _ in items]), np.array([r for _, r in items])


def test_deferral_rate() -> None:
    assert metrics.deferral_rate([True, False, False, False]) == 0.75
    assert math.isnan(metrics.deferral_rate([]))


def test_selective_risk() -> None:
    assert metrics.selective_risk([True, True, False], [True, False, False]) == 0.5
    assert math.isnan(metrics.selective_risk([False], [True]))


@given(SCORED)
def test_auroc_equals_sklearn(items: list[tuple[int, bool]]) -> None:
    confidence, right = _arrays(items)
    if right.all() or not right.any():
        assert math.isnan(metrics.auroc(confidence, right))
    else:
        assert metrics.auroc(confidence, right) == pytest.approx(roc_auc_score(right, confidence))


@given(SCORED)
def test_brier_equals_sklearn(items: list[tuple[int, bool]]) -> None:
    confidence, right = _arrays(items)
    expected = brier_score_loss(right, confidence, pos_label=True)
    assert metrics.brier(confidence, right) == pytest.approx(expected, abs=1e-12)


@given(SCORED, st.integers(1, 12))
def test_calibration_error_equals_a_plain_loop(items: list[tuple[int, bool]], bins: int) -> None:
    confidence, right = _arrays(items)
    expected = 0.0
    for b in range(bins):
        inside = np.minimum((confidence * bins).astype(int), bins - 1) == b
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            expected += inside.mean() * gap
    found = metrics.expected_calibration_error(confidence, right, bins=bins)
    assert found == pytest.approx(expected, abs=1e-12)


@given(SCORED)
def test_curve_equals_thresholding(items: list[tuple[int, bool]]) -> None:
    confidence, right = _arrays(items)
    curve = metrics.risk_coverage_curve(confidence, right)
    assert curve.threshold_T.tolist() == sorted(set(confidence.tolist()), reverse=True)
    assert curve.coverage_T[-1] == 1.0
    for threshold, coverage, risk in zip(
        curve.threshold_T, curve.coverage_T, curve.risk_T, strict=True
    ):
        accepted = confidence >= threshold
        assert coverage == pytest.approx(accepted.mean())
        assert risk == pytest.approx(metrics.selective_risk(accepted, right))


def test_without_items() -> None:
    assert math.isnan(metrics.brier([], []))
    assert math.isnan(metrics.expected_calibration_error([], []))
    assert len(metrics.risk_coverage_curve([], []).risk_T) == 0


def test_lengths_must_agree() -> None:
    with pytest.raises(CalibrationError, match="do not go together"):
        metrics.brier([0.5], [True, False])
