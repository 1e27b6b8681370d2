import math
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.drawing import _top, draw
from models.errors import ModelError
from models.types import Sampling

DRAWS = 4000


def points(n: int, seed: int = 0) -> list[float]:
    source = Random(seed)
    return [source.random() for _ in range(n)]


def allowed(logits_V: np.ndarray, sampling: Sampling) -> dict[int, float]:
    """Plain reference: probabilities of the tokens that may be drawn."""
    order = np.argsort(-logits_V, kind="stable")[: sampling.top_k]
    scaled = logits_V[order] / sampling.temperature
    probs = np.exp(scaled - scaled.max())
    probs /= probs.sum()
    before = np.cumsum(probs) - probs
    kept = before < sampling.top_p
    probs = np.where(kept, probs, 0)
    return dict(zip(order[kept].tolist(), (probs / probs.sum())[kept].tolist(), strict=True))


@given(
    seed=st.integers(0, 1000),
    k=st.integers(1, 12),
    p=st.floats(0.05, 1.0),
    temperature=st.floats(0.1, 5.0),
)
@settings(max_examples=25, deadline=None)
def test_only_allowed_tokens_are_drawn_and_as_often_as_they_should(
    seed: int, k: int, p: float, temperature: float
) -> None:
    logits_V = np.random.default_rng(seed).normal(size=20).astype(np.float32) * 2
    sampling = Sampling(temperature=temperature, top_k=k, top_p=p)
    logits_BV = torch.tensor(logits_V).expand(DRAWS, -1)
    drawn = draw(logits_BV, [sampling] * DRAWS, points(DRAWS, seed))
    tokens = [one.token for one in drawn]
    expected = allowed(logits_V, sampling)
    # A token on the nucleus's very edge may fall on either side of a rounding.
    loose = allowed(logits_V, Sampling(temperature=temperature, top_k=k, top_p=min(1, p + 1e-5)))
    assert set(tokens) <= set(loose)
    for token, probability in expected.items():
        error = 5 * math.sqrt(probability * (1 - probability) / DRAWS) + 2e-3
        assert tokens.count(token) / DRAWS == pytest.approx(probability, abs=error)


@given(st.integers(0, 1000), st.sampled_from([0.0, 0.7]), st.sampled_from([3, 30, 128, 1280, 2000]))
@settings(deadline=None)
def test_logprobs_and_margins_are_those_of_the_unmodified_distribution(
    seed: int, temperature: float, vocabulary: int
) -> None:
    logits_BV = torch.randn(5, vocabulary, generator=torch.Generator().manual_seed(seed)) * 3
    sampling = Sampling(temperature=temperature, top_k=4, top_p=0.8)
    drawn = draw(logits_BV, [sampling] * 5, points(5))
    expected_BV = logits_BV.log_softmax(-1)
    top_BK = expected_BV.topk(2, dim=-1).values
    entropy_B = -(expected_BV.exp() * expected_BV).sum(-1)
    for row, one in enumerate(drawn):
        assert one.logprob == pytest.approx(float(expected_BV[row, one.token]), abs=1e-5)
        assert one.margin == pytest.approx(float(top_BK[row, 0] - top_BK[row, 1]), abs=1e-5)
        if temperature == 0:
            assert one.token == int(logits_BV[row].argmax())
            assert one.entropy == pytest.approx(float(entropy_B[row]), abs=1e-4)
        else:
            assert math.isnan(one.entropy), "samples are not asked for it"


def test_a_token_that_cannot_come_adds_no_entropy() -> None:
    logits_BV = torch.tensor([[0.0, 0.0, -torch.inf]])
    (drawn,) = draw(logits_BV, [Sampling()], points(1))
    assert drawn.entropy == pytest.approx(math.log(2))


@pytest.mark.parametrize("row", [[math.nan, 1.0], [math.inf, 1.0], [-math.inf, -math.inf]])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_scores_that_are_not_finite_are_an_error(row: list[float], temperature: float) -> None:
    sampling = Sampling(temperature=temperature)
    with pytest.raises(ModelError, match="scores are not finite: pull the model again, or roll"):
        draw(torch.tensor([[0.0, 1.0], row]), [sampling] * 2, points(2))


def test_each_row_is_drawn_its_own_way() -> None:
    ways = [
        Sampling(),
        Sampling(temperature=1.0, top_k=2),
        Sampling(temperature=1.0, top_p=0.3),
        Sampling(temperature=0.5, top_k=7),
    ]
    logits_V = np.random.default_rng(0).normal(size=500).astype(np.float32) * 2
    logits_BV = torch.tensor(logits_V).expand(DRAWS, -1)
    all_drawn = draw(logits_BV, ways * (DRAWS // 4), points(DRAWS))
    tokens = [one.token for one in all_drawn]
    assert set(tokens[::4]) == {int(logits_V.argmax())}
    for number, way in enumerate(ways[1:], start=1):
        drawn = tokens[number::4]
        expected = allowed(logits_V, way)
        assert set(drawn) <= set(expected)
        for token, probability in expected.items():
            assert drawn.count(token) / len(drawn) == pytest.approx(probability, abs=0.08)


@given(st.integers(0, 1000), st.integers(1, 60), st.sampled_from([60, 128, 640, 1000]))
@settings(deadline=None)
def test_the_top_scores_are_found_in_few_chunks(seed: int, k: int, vocabulary: int) -> None:
    logits_BV = torch.randn(3, vocabulary, generator=torch.Generator().manual_seed(seed))
    top_BK, ids_BK, normaliser_B1, _ = _top(logits_BV, k, entropy=False)
    expected = logits_BV.topk(k, dim=-1)
    assert torch.equal(top_BK, expected.values)
    # Where two scores tie, either may come first: float32 holds some numbers twice.
    assert torch.equal(logits_BV.gather(1, ids_BK), expected.values)
    assert all(len(set(ids_K)) == k for ids_K in ids_BK.tolist())
    assert torch.allclose(normaliser_B1, logits_BV.logsumexp(-1, keepdim=True))


def test_a_tie_has_no_margin() -> None:
    (drawn,) = draw(torch.tensor([[1.0, 1.0, 0.0]]), [Sampling()], points(1))
    assert drawn.margin == 0.0


@pytest.mark.parametrize("temperature", [1e-45, 1e-6])
def test_a_tiny_temperature_is_greedy(temperature: float) -> None:
    logits_BV = torch.tensor([[3.0, 90.0, -7.0, 89.0]]).expand(50, -1)
    drawn = draw(logits_BV, [Sampling(temperature=temperature)] * 50, points(50))
    assert {one.token for one in drawn} == {1}


def test_top_k_may_exceed_the_vocabulary() -> None:
    logits_BV = torch.zeros(200, 3)
    drawn = draw(logits_BV, [Sampling(temperature=1.0, top_k=50)] * 200, points(200))
    assert {one.token for one in drawn} == {0, 1, 2}


@given(st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=1, max_size=20))
def test_a_point_is_looked_up_in_the_running_sums(at: list[float]) -> None:
    logits_BV = torch.tensor([[0.5, 0.25, 0.0, 0.25]]).log().expand(len(at), -1)
    tokens = [one.token for one in draw(logits_BV, [Sampling(temperature=1.0)] * len(at), at)]
    for point, token in zip(at, tokens, strict=True):
        if abs(point - 0.5) > 1e-6 and abs(point - 0.75) > 1e-6:
            assert (token == 0) == (point < 0.5)
        assert token != 2


def test_the_last_point_draws_nothing_that_is_left_out() -> None:
    logits_BV = torch.randn(400, 300, generator=torch.Generator().manual_seed(4))
    sampling = Sampling(temperature=1.0, top_k=20, top_p=0.6)
    drawn = draw(logits_BV, [sampling] * 400, [1 - 2**-53] * 400)
    for logits_V, one in zip(logits_BV, drawn, strict=True):
        assert one.token in allowed(logits_V.numpy(), sampling)
