"""The monitor against simulated streams; every stream is seeded."""

import numpy as np
import pytest
from numpy.typing import NDArray

from router.monitor import (
    FAR_LIMIT,
    HORIZON,
    Alarm,
    alarm,
    bounds,
    far_mark,
    run_length,
    watch,
    watch_inputs,
)

LIMIT, DELTA = 0.1, 0.1


def stream(seed: int, *parts: tuple[int, float]) -> NDArray[np.bool_]:
    """Outcomes, bad with each part's rate."""
    random = np.random.default_rng(seed)
    return np.concatenate([random.random(n) < rate for n, rate in parts])


# Bounds


def test_without_outcomes_anything_may_be() -> None:
    assert bounds([], DELTA) == (0.0, 1.0)


@pytest.mark.parametrize("bad", [False, True])
def test_outcomes_all_alike_leave_one_side_open(bad: bool) -> None:
    low, high = bounds([bad] * 200, DELTA)
    assert (low > 0.97, high == 1.0) if bad else (low == 0.0, high < 0.03)


def test_the_bounds_mirror_each_other() -> None:
    outcomes = stream(1, (60, 0.3))
    low, high = bounds(outcomes, DELTA)
    assert bounds(~outcomes, DELTA) == pytest.approx((1 - high, 1 - low))
    assert low < 0.3 < high


def test_the_lower_bound_is_where_wealth_reaches_its_goal() -> None:
    outcomes = stream(2, (40, 0.5)).astype(float)
    low, _ = bounds(outcomes, DELTA)
    stakes = [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 31 / 32]
    wealth = np.mean([np.prod(1 + c * (outcomes / low - 1)) for c in stakes])
    assert wealth == pytest.approx(2 / DELTA, rel=1e-6)


def test_outcomes_between_right_and_wrong_count_in_part() -> None:
    halves = bounds([0.5] * 100, DELTA)
    assert halves[0] < 0.5 < halves[1]
    assert halves[1] - halves[0] < np.diff(bounds(stream(3, (100, 0.5)), DELTA))[0]


@pytest.mark.parametrize("rate", [0.03, 0.1, 0.5])
def test_the_bounds_hold_at_every_time_together(rate: float) -> None:
    missed = 0
    for seed in range(100):
        outcomes = stream(seed, (120, rate))
        spans = [bounds(outcomes[:n], DELTA) for n in range(4, 121, 12)]
        missed += any(not low <= rate <= high for low, high in spans)
    assert missed / 100 <= DELTA


# The alarm


@pytest.mark.parametrize("limit", [0.05, 0.1, 0.3])
def test_at_the_limit_false_alarms_are_as_rare_as_promised(limit: float) -> None:
    raised = [alarm(stream(seed, (HORIZON, limit)), limit, DELTA) for seed in range(300)]
    assert sum(found is not None for found in raised) / 300 <= DELTA


def test_the_mean_time_to_a_false_alarm_is_as_long_as_promised() -> None:
    delta, longest = 0.5, 4_000  # 750 outcomes are promised; the longest are cut off
    ends = [alarm(stream(seed, (longest, LIMIT)), LIMIT, delta) for seed in range(60)]
    assert np.mean([found.at if found else longest for found in ends]) >= run_length(delta) == 750


def test_well_under_the_limit_there_is_no_alarm_for_a_long_time() -> None:
    assert all(alarm(stream(seed, (3_000, 0.03)), LIMIT, DELTA) is None for seed in range(30))


@pytest.mark.parametrize("good", [0, 50, 500, 5_000])
def test_a_jump_is_noticed_however_long_all_was_well(good: int) -> None:
    delays = []
    for seed in range(100):
        found = alarm(stream(seed, (good, 0.03), (300, 0.4)), LIMIT, DELTA)
        assert found is not None
        delays.append(found.at - good)
    assert np.median(delays) <= 25
    assert np.quantile(delays, 0.95) <= 60


def test_the_beginning_is_told() -> None:
    assert alarm([False] * 300 + [True] * 9, LIMIT, DELTA) == Alarm(300, 305)


def test_a_flood_of_outcomes_overflows_nothing() -> None:
    assert alarm([True] * 10_000, 1e-6, DELTA) == Alarm(0, 1)
    assert alarm([False] * 10_000, LIMIT, DELTA) is None


# A skill's audits


@pytest.mark.parametrize("wrong", [[], [False], [False] * 400])
def test_a_skill_that_does_well_goes_on(wrong: list[bool]) -> None:
    found = watch(wrong, LIMIT, DELTA)
    assert (found.audits, found.wrong, found.low, found.reason) == (len(wrong), 0, 0.0, None)


def test_a_skill_that_is_always_wrong_stops_within_a_few_audits() -> None:
    assert watch([True], LIMIT, DELTA).reason is None
    assert watch([True] * 3, LIMIT, DELTA).reason is not None


def test_the_reason_has_the_figures() -> None:
    found = watch([True, False] * 8, LIMIT, DELTA)
    assert found.reason == (
        "audits: 4 wrong of 7, at least 11.3% wrong with probability 95%, limit 10.0%"
    )
    assert (found.audits, found.wrong) == (16, 8)


def test_the_reason_of_a_change_says_how_much_is_new() -> None:
    found = watch([False] * 300 + [True] * 9, LIMIT, DELTA, noise=0.03)
    assert found.high < LIMIT
    assert found.reason == (
        "audits: 5 of the last 5 (305 in all) are wrong, limit 10.0% and 3.0% for wrong labels; "
        "at the limit, chance gives that once in 4,750 or less often"
    )


def test_wrong_labels_stop_no_skill_that_keeps_to_the_limit() -> None:
    """Of a skill at the limit, 3% of the audits call right what is wrong, or the reverse."""
    stopped = 0
    for seed in range(300):
        wrong = stream(seed, (HORIZON, LIMIT)) ^ stream(10_000 + seed, (HORIZON, 0.03))
        stopped += watch(wrong.tolist(), LIMIT, DELTA, noise=0.03).reason is not None
    assert stopped / 300 <= DELTA


def test_wrong_labels_hide_no_skill_that_fails() -> None:
    for seed in range(50):
        wrong = stream(seed, (500, 0.03), (150, 0.4)) ^ stream(10_000 + seed, (650, 0.03))
        assert watch(wrong.tolist(), LIMIT, DELTA, noise=0.03).reason is not None


# A skill's inputs


def test_inputs_like_the_certified_ones_raise_nothing() -> None:
    assert watch_inputs([], DELTA) is None
    assert all(watch_inputs(stream(s, (1_000, 0.1)).tolist(), DELTA) is None for s in range(30))


def test_inputs_that_move_away_are_noticed_within_a_few_questions() -> None:
    delays = []
    for seed in range(50):
        found = alarm(stream(seed, (500, 0.1), (200, 0.7)), 0.2, DELTA)
        assert found is not None
        delays.append(found.at - 500)
    assert np.quantile(delays, 0.95) <= 30
    assert watch_inputs([False] * 90 + [True] * 20, DELTA) == (
        "inputs: 7 of the last 7 (97 in all) lie further from memory than nearly all of the "
        "certified questions did, limit 20.0%; at the limit, chance gives that once in 4,750 or "
        "less often"
    )


def test_a_mark_from_few_questions_calls_few_far() -> None:
    assert far_mark([], DELTA) is None
    assert far_mark([0.5] * 10, DELTA) is None
    random = np.random.default_rng(0)
    for n in (11, 15, 40, 300):
        over = 0
        for _ in range(400):
            mark = far_mark(random.random(n).tolist(), DELTA)
            assert mark is not None
            over += mark > FAR_LIMIT  # the share of questions to come that are called far
        assert over / 400 <= DELTA + 0.04
    assert far_mark(random.random(5_000).tolist(), DELTA) == pytest.approx(FAR_LIMIT, abs=0.03)
