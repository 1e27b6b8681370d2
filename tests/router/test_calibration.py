import math
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from models.errors import CalibrationError, HomeError
from router import calibration, files
from router.calibration import FALLING, RISING, Calibrator, Subject
from router.features import FEATURES, Features
from router.metrics import auroc, expected_calibration_error

SUBJECT = Subject("v1", "base-print", "hash")
FINITE = st.floats(-1e6, 1e6)
ROW = st.builds(Features, **dict.fromkeys(FEATURES, FINITE))


def _row(**values: float) -> Features:
    return Features(**{**dict.fromkeys(FEATURES, 0.5), **values})


def _world(n: int, seed: int = 0) -> tuple[list[Features], list[bool]]:
    """Right drafts are likelier and among righter neighbours; length says nothing."""
    rng = np.random.default_rng(seed)
    rows, right = [], []
    for _ in range(n):
        logprob, near, tokens = -rng.exponential(1.0), rng.random(), rng.integers(1, 9)
        odds = 1.0 + 1.5 * logprob + 2.0 * near
        rows.append(_row(mean_logprob=logprob, near_right=near, tokens=float(tokens)))
        right.append(bool(rng.random() < 1 / (1 + math.exp(-odds))))
    return rows, right


def test_equals_sklearn_where_no_bound_holds() -> None:
    rows, right = _world(600)
    fitted = calibration.fit(rows, right, SUBJECT)
    raw = np.array([row.values() for row in rows])
    scale = np.where(raw.std(axis=0) > 0, raw.std(axis=0), 1.0)
    z = np.clip((raw - raw.mean(axis=0)) / scale, -4, 4)
    reference = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(z, right)
    assert fitted.weights == pytest.approx(reference.coef_[0].tolist(), abs=1e-3)
    ours = [fitted.confidence(row, SUBJECT) for row in rows]
    assert ours == pytest.approx(reference.predict_proba(z)[:, 1].tolist(), abs=1e-3)


def test_is_calibrated_and_ranks_on_new_drafts() -> None:
    fitted = calibration.fit(*_world(1000), SUBJECT)
    rows, right = _world(4000, seed=1)
    confidence = [fitted.confidence(row, SUBJECT) for row in rows]
    assert expected_calibration_error(confidence, right) < 0.04
    assert auroc(confidence, right) > 0.75


def test_signs_are_held() -> None:
    """Where likelier drafts were wrong by chance, likelihood counts for nothing, never against."""
    rows, right = _world(200)
    fitted = calibration.fit(rows, [not r for r in right], SUBJECT)
    for name, weight in zip(fitted.names, fitted.weights, strict=True):
        assert weight >= 0 or name not in RISING
        assert weight <= 0 or name not in FALLING


def test_leaving_oneself_out_is_not_learned() -> None:
    """In one skill the left-out rate tells every label apart; the fit must not fall for it."""
    right = [i % 10 != 0 for i in range(100)]
    rows = [_row(near_right=(90 - r) / 99) for r in right]
    fitted = calibration.fit(rows, right, SUBJECT)
    assert set(fitted.weights) == {0.0}
    assert fitted.confidence(_row(near_right=0.9), SUBJECT) == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(("n", "n_right"), [(0, 0), (1, 1), (10, 7), (100, 100), (100, 0)])
def test_few_or_one_class_give_the_smoothed_rate_to_usual_drafts(n: int, n_right: int) -> None:
    rows, _ = _world(n)
    fitted = calibration.fit(rows, [i < n_right for i in range(n)], SUBJECT)
    usual = _row(mean_logprob=dict(zip(fitted.names, fitted.means, strict=True))["mean_logprob"])
    assert fitted.confidence(usual, SUBJECT) == pytest.approx((n_right + 1) / (n + 2))


@pytest.mark.parametrize(("n", "n_right"), [(10, 7), (100, 100), (100, 0)])
def test_where_drafts_cannot_tell_the_likelier_comes_first(n: int, n_right: int) -> None:
    fitted = calibration.fit(_world(n)[0], [i < n_right for i in range(n)], SUBJECT)
    sure, unsure = _row(mean_logprob=-0.1), _row(mean_logprob=-3.0)
    likely = n_right > n / 2
    assert (fitted.confidence(sure, SUBJECT) > fitted.confidence(unsure, SUBJECT)) is likely
    least = _row(mean_logprob=-1e9, min_logprob=-1e9, first_margin=-1e9)
    assert (fitted.confidence(least, SUBJECT) > 0.5) is likely, "right drafts stay likelier right"
    assert fitted.confidence(_row(near_right=1.0), SUBJECT) == fitted.confidence(_row(), SUBJECT)


def test_constant_features_count_for_nothing() -> None:
    fitted = calibration.fit(*_world(200), SUBJECT)
    weights = dict(zip(fitted.names, fitted.weights, strict=True))
    assert weights["complete"] == weights["first_margin"] == 0.0
    assert weights["mean_logprob"] > 0


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_none(bad: float) -> None:
    fitted = calibration.fit(*_world(50), SUBJECT)
    with pytest.raises(CalibrationError, match=f"min_logprob is {bad}"):
        fitted.confidence(_row(min_logprob=bad), SUBJECT)
    with pytest.raises(CalibrationError, match="min_logprob of a draft is not finite"):
        calibration.fit([_row(min_logprob=bad)], [True], SUBJECT)


def test_lengths_must_agree() -> None:
    with pytest.raises(CalibrationError, match="1 drafts came with 2 outcomes"):
        calibration.fit([_row()], [True, False], SUBJECT)


@pytest.mark.parametrize("name", ["adapter", "base", "encoder"])
def test_anothers_drafts_are_refused(name: str) -> None:
    fitted = calibration.fit(*_world(50), SUBJECT)
    other = replace(SUBJECT, **{name: "other"})
    with pytest.raises(CalibrationError, match=f"is for {name} .*not 'other'"):
        fitted.confidence(_row(), other)


@lru_cache(maxsize=1)
def _fitted() -> Calibrator:
    return calibration.fit(*_world(100), SUBJECT)


@settings(max_examples=100, deadline=None)
@given(ROW, ROW)
def test_confidence_is_a_probability_and_rises(one: Features, other: Features) -> None:
    fitted = _fitted()
    high = Features(
        **{
            name: max(a, b) if name in RISING else a
            for (name, a), b in zip(one.as_dict().items(), other.as_dict().values(), strict=True)
        }
    )
    low = fitted.confidence(one, SUBJECT)
    assert 0.0 <= low <= fitted.confidence(high, SUBJECT) <= 1.0


NUMBERS = st.lists(
    st.floats(allow_nan=False, allow_infinity=False), min_size=len(FEATURES), max_size=len(FEATURES)
)


@settings(max_examples=50, deadline=None)
@given(NUMBERS, NUMBERS, st.floats(-30, 30), st.text(min_size=1, max_size=8))
def test_saved_and_loaded_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    means: list[float],
    weights: list[float],
    intercept: float,
    name: str,
) -> None:
    path = tmp_path_factory.mktemp("calibrator") / "v1.json"
    scales = tuple(abs(m) + 1e-9 for m in means)
    made = Calibrator(
        SUBJECT if name.isspace() else replace(SUBJECT, base=name),
        FEATURES, tuple(means), scales, tuple(weights), intercept, 50, 25,
    )  # fmt: skip
    made.save(path)
    assert Calibrator.load(path) == made


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read"),
        (b'{"format": 2, "val', "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[]", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"format": 0, "value": {}}', "has format 0, not 2"),
        (b'{"format": 2, "value": {"n": 3}}', "is damaged at"),
    ],
)
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "v1.json"
    path.write_bytes(content)
    with pytest.raises(CalibrationError, match=f"{message}.*secondnature distill"):
        Calibrator.load(path)


def test_a_file_of_other_features_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v1.json"
    calibration.fit(*_world(50), SUBJECT).save(path)
    path.write_text(path.read_text().replace("near_judged", "far_judged"))
    with pytest.raises(CalibrationError, match="far_judged"):
        Calibrator.load(path)


def test_a_file_of_impossible_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v1.json"
    fitted = calibration.fit(*_world(50), SUBJECT)
    fitted.save(path)
    path.write_text(path.read_text().replace(repr(fitted.intercept), "NaN"))
    with pytest.raises(CalibrationError, match="impossible numbers"):
        Calibrator.load(path)


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "v1.json"
    fitted = calibration.fit(*_world(50), SUBJECT)
    fitted.save(path)
    before = path.read_text()
    with pytest.raises(CalibrationError, match="not finite"):
        files.write(path, Subject(float("inf"), "", ""))  # type: ignore[arg-type]
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="cannot write"):
        fitted.save(tmp_path / "file" / "v1.json")
    assert path.read_text() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "v1.json"]
