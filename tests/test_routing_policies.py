"""Routing policies replayed over outcomes made by hand."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.routing.caches import Cached, FoundBefore, Known, Lookup, SimilarityIndex
from benchmarks.routing.gates import (
    Score,
    TokenGate,
    confidence,
    fit,
    mean_logprob,
    token_entropy,
    whole_entropy,
)
from benchmarks.routing.policies import (
    AlwaysSystem1,
    AlwaysSystem2,
    Chosen,
    ChosenBefore,
    Oracle,
    Ours,
    Outcome,
    Own,
    RoutingPolicy,
    Served,
    TwoSampleDisagreement,
    replay,
)
from benchmarks.routing.scores import Difference, differences, score

SURE, UNSURE = math.log(0.99), math.log(0.6)
UNDECIDED = Own(tried=False, accepted=False, confidence=None, recalled=None, seconds=0.0)


def outcome(
    question: str = "q",
    gold: str = "4",
    draft: str | None = "4",
    second: str | None = "4",
    reasoned: str | None = "4",
    logprobs: tuple[float, ...] = (SURE, SURE),
    entropies: tuple[float, ...] = (0.0, 0.0),
    degrees: float = 0.0,
    verified: bool = True,
) -> Outcome:
    at = math.radians(degrees)
    return Outcome(
        question=question,
        gold=gold,
        system1_answer=draft,
        system1_logprobs=logprobs,
        system1_entropies=entropies,
        system1_second_answer=second,
        system1_tokens=2,
        system1_seconds=0.5,
        system2_answer=reasoned,
        system2_verified=verified,
        system2_tokens=100,
        system2_seconds=8.0,
        embedding_seconds=0.25,
        embedding=np.array([math.cos(at), math.sin(at)], dtype=np.float32),
    )


def one(policy: RoutingPolicy, item: Outcome) -> Served:
    (served,) = replay(policy, [item])
    return served


class TestPlain:
    def test_always_system1_serves_the_draft(self) -> None:
        served = replay(AlwaysSystem1(), [outcome(draft="5"), outcome(draft=None)])
        assert served == [Served("5", False, True, 2, 0.5), Served(None, False, True, 2, 0.5)]

    def test_always_system2_drafts_nothing(self) -> None:
        assert one(AlwaysSystem2(), outcome()) == Served("4", True, False, 100, 8.0)

    def test_an_oracle_drafts_what_is_right_and_nothing_else(self) -> None:
        served = replay(Oracle(), [outcome(), outcome(draft="5"), outcome(draft=None)])
        reasoned = Served("4", True, False, 100, 8.0)
        assert served == [Served("4", True, True, 2, 0.5), reasoned, reasoned]

    @pytest.mark.parametrize("second", ["5", None])
    def test_two_that_differ_are_deferred_and_both_paid_for(self, second: str | None) -> None:
        served = one(TwoSampleDisagreement(), outcome(second=second))
        assert served == Served("4", True, False, 104, 8.5)

    def test_two_that_say_the_same_are_served_right_or_wrong(self) -> None:
        served = one(TwoSampleDisagreement(), outcome(draft="5 apples", second="5"))
        assert served == Served("5 apples", False, True, 4, 0.5)

    def test_letter_case_tells_two_apart_where_the_question_asks_for_it(self) -> None:
        shout = outcome("Write it in capital letters.", draft="AB", second="ab")
        assert not one(TwoSampleDisagreement(), shout).fast
        assert one(TwoSampleDisagreement(), replace(shout, question="Write it.")).fast

    def test_two_that_say_nothing_do_not_agree(self) -> None:
        assert not one(TwoSampleDisagreement(), outcome(draft=None, second=None)).fast

    def test_a_router_run_elsewhere_drafts_only_where_it_says_so(self) -> None:
        chosen = [Chosen(fast=True, seconds=0.125), Chosen(fast=False, seconds=0.125)]
        served = replay(ChosenBefore(chosen), [outcome(), outcome()])
        assert served == [Served("4", True, True, 2, 0.875), Served("4", True, False, 100, 8.375)]


class TestOurs:
    @pytest.mark.parametrize(
        ("tried", "accepted", "served"),
        [
            (True, True, Served("4", True, True, 2, 1.0)),
            (True, False, Served("4", True, False, 102, 9.0)),
            (False, False, Served("4", True, False, 100, 8.5)),
        ],
    )
    def test_its_draft_is_paid_for_served_or_not(
        self, tried: bool, accepted: bool, served: Served
    ) -> None:
        own = Own(tried, accepted, confidence=None, recalled=None, seconds=0.25)
        assert one(Ours([own]), outcome()) == served

    def test_what_memory_knows_is_recalled_only_when_asked_for(self) -> None:
        own = [replace(UNDECIDED, recalled="5", seconds=0.25)]
        assert one(Ours(own, recall=True), outcome()) == Served("5", False, True, 0, 0.5)
        assert one(Ours(own), outcome()) == Served("4", True, False, 100, 8.5)


def held_out(n: int = 400) -> list[Outcome]:
    """Drafts that are right as often as their tokens say with the log-odds halved."""
    source = random.Random(1)
    items = []
    for _ in range(n):
        odds = source.uniform(-2, 8)
        right = source.random() < 1 / (1 + math.exp(-odds / 2))
        logprob = -math.log1p(math.exp(-odds))
        draft = "4" if right else "5"
        items.append(outcome(draft=draft, logprobs=(logprob,), entropies=(-logprob,)))
    return items


class TestGates:
    def test_scores_of_known_tokens(self) -> None:
        half = outcome(logprobs=(math.log(0.5), math.log(0.5)))
        assert confidence(half, mean_logprob, 1.0) == pytest.approx(0.5)
        assert confidence(half, token_entropy, 1.0) == pytest.approx(0.0)
        mixed = outcome(logprobs=(math.log(0.9), math.log(0.4)))
        assert confidence(mixed, mean_logprob, 1.0) == pytest.approx(0.6)
        bits = [-p * math.log2(p) - (1 - p) * math.log2(1 - p) for p in (0.9, 0.4)]
        assert confidence(mixed, token_entropy, 1.0) == pytest.approx(1 - sum(bits) / 2)
        spread = outcome(entropies=(0.5, 1.5))
        assert confidence(spread, whole_entropy, 2.0) == pytest.approx(math.exp(-0.5))
        cooler = confidence(outcome(logprobs=(math.log(0.8),)), mean_logprob, 2.0)
        assert cooler == pytest.approx(1 / (1 + 4**-0.5))

    @pytest.mark.parametrize("score", [mean_logprob, token_entropy, whole_entropy])
    def test_ends_are_finite(self, score: Score) -> None:
        assert confidence(outcome(logprobs=(0.0,)), score, 0.1) == pytest.approx(1.0)
        assert 0 <= confidence(outcome(logprobs=(-1e9,)), score, 1.0) <= 1
        assert confidence(outcome(logprobs=()), score, 1.0) == 0
        assert confidence(outcome(draft=None), score, 1.0) == 0

    def test_the_temperature_is_found(self) -> None:
        assert fit(held_out(2000), mean_logprob, 0.1).temperature == pytest.approx(2, rel=0.2)

    @pytest.mark.parametrize("score", [mean_logprob, token_entropy, whole_entropy])
    @pytest.mark.parametrize("max_error", [0.05, 0.1])
    def test_the_threshold_is_the_lowest_that_keeps_the_error(
        self, score: Score, max_error: float
    ) -> None:
        items = held_out()
        gate = fit(items, score, max_error)
        sure = [confidence(item, score, gate.temperature) for item in items]

        def error(threshold: float) -> float:
            wrong = [
                not i.system1_right for i, s in zip(items, sure, strict=True) if s >= threshold
            ]
            return sum(wrong) / len(wrong)

        assert error(gate.threshold) <= max_error
        assert all(error(lower) > max_error for lower in sure if lower < gate.threshold)
        fast = [served for served in replay(gate, items) if served.fast]
        assert 0 < len(fast) < len(items)
        assert sum(not served.right for served in fast) / len(fast) == error(gate.threshold)

    def test_a_certified_threshold_is_stricter(self) -> None:
        items = held_out(2000)
        loose, strict = fit(items, mean_logprob, 0.1), fit(items, mean_logprob, 0.1, delta=0.05)
        assert loose.threshold < strict.threshold < 1

    @pytest.mark.parametrize("delta", [None, 0.05])
    def test_where_nothing_is_good_enough_all_is_deferred(self, delta: float | None) -> None:
        gate = fit([outcome(draft="5")] * 50, mean_logprob, 0.1, delta)
        assert gate.threshold == math.inf
        assert one(gate, outcome()) == Served("4", True, False, 102, 8.5)

    def test_a_sure_draft_is_served_and_an_unsure_one_deferred(self) -> None:
        gate = TokenGate(mean_logprob, 1.0, 0.9)
        served = replay(gate, [outcome(), outcome(logprobs=(SURE, UNSURE))])
        assert served == [Served("4", True, True, 2, 0.5), Served("4", True, False, 102, 8.5)]


NEAR, FAR = 5.0, 60.0


def known(
    question: str, answer: str = "4", degrees: float = 0.0, *, verified: bool = True
) -> Known:
    return Known(question, answer, verified, outcome(degrees=degrees).embedding)


class TestCaches:
    def test_a_like_question_gets_the_answer_of_the_first(self) -> None:
        first = outcome("first", reasoned="7", gold="7")
        like = outcome("like", gold="7", degrees=NEAR)
        near_miss = outcome("near miss", gold="8", degrees=NEAR)
        other = outcome("other", degrees=FAR)
        served = replay(Cached(SimilarityIndex(0.9)), [first, like, near_miss, other])
        assert [each.fast for each in served] == [False, True, True, False]
        assert served[1] == Served("7", True, True, 0, 0.25)
        assert served[2] == Served("7", False, True, 0, 0.25)

    def test_the_nearest_of_several_is_served_at_the_threshold_too(self) -> None:
        log = [known("far", "1", degrees=30), known("near", "2")]
        assert one(Cached(SimilarityIndex(0.5), log), outcome(degrees=10)).answer == "2"
        assert one(Cached(SimilarityIndex(1.0), [known("same")]), outcome()).fast

    def test_what_was_asked_before_the_stream_is_known(self) -> None:
        assert one(Cached(SimilarityIndex(0.9), [known("log")]), outcome()).fast
        assert not one(Cached(SimilarityIndex(0.9)), outcome()).fast

    def test_a_question_without_an_answer_is_not_kept(self) -> None:
        items = [outcome("first", reasoned=None), outcome("like", degrees=NEAR)]
        assert [s.fast for s in replay(Cached(SimilarityIndex(0.9)), items)] == [False, False]

    @pytest.mark.parametrize("verified", [True, False])
    def test_one_may_keep_only_what_was_verified(self, verified: bool) -> None:
        log = [known("log", verified=verified)]
        again = [outcome("new", degrees=FAR, verified=verified), outcome("like", degrees=FAR)]
        served = replay(Cached(SimilarityIndex(0.9), log, verified=True), [outcome(), *again])
        assert [each.fast for each in served] == [verified, False, verified]

    def test_a_cache_run_elsewhere_serves_the_same_answers(self) -> None:
        found = [Lookup(None, 0.25), Lookup(" first", 0.25), Lookup("log", 0.25)]
        log = [known("log", "9")]
        items = [outcome("first", reasoned="7"), outcome("like", gold="7"), outcome("other")]
        served = replay(Cached(FoundBefore(found), log), items)
        assert served[0] == Served("7", False, False, 100, 8.5)
        assert served[1:] == [Served("7", True, True, 0, 0.5), Served("9", False, True, 0, 0.5)]

    def test_a_cache_that_found_what_nobody_asked_is_refused(self) -> None:
        with pytest.raises(ValueError, match="found 'later', which was not answered before"):
            one(Cached(FoundBefore([Lookup("later")])), outcome())


def served(right: int, wrong: int, slow: int, seconds: float = 1.0) -> list[Served]:
    fast = [Served("4", at < right, True, 1, seconds) for at in range(right + wrong)]
    return fast + [Served("4", True, False, 100, 9.0)] * slow


class TestScores:
    def test_known_values(self) -> None:
        found = score(served(right=6, wrong=2, slow=2))
        assert found.accuracy == pytest.approx(0.8)
        assert found.wrong_fast_rate == pytest.approx(0.25)
        assert found.wrong_fast_share == pytest.approx(0.2)
        assert found.deferrals == pytest.approx(0.2)
        assert found.tokens == pytest.approx(20.8)
        assert (found.p50_seconds, found.p95_seconds) == (1.0, 9.0)

    def test_without_fast_answers_their_rate_is_unknown(self) -> None:
        slow = served(0, 0, 20)
        assert math.isnan(score(slow).wrong_fast_rate)
        found = differences(slow, served(10, 10, 0), [str(at) for at in range(20)], draws=50)
        assert math.isnan(found["wrong_fast_rate"].low)
        assert found["deferrals"] == Difference(1.0, 1.0, 1.0)

    def test_a_policy_differs_in_nothing_from_itself(self) -> None:
        mine = served(30, 10, 20)
        found = differences(mine, mine, [str(at) for at in range(60)], draws=100)
        assert {(each.value, each.low, each.high) for each in found.values()} == {(0.0, 0.0, 0.0)}

    def test_pairs_are_drawn_together(self) -> None:
        n = 200
        mine, theirs = served(100, 100, 0), served(90, 110, 0)
        found = differences(mine, theirs, [str(at) for at in range(n)])["accuracy"]
        assert found.value == pytest.approx(0.05)
        alike = math.sqrt(0.05 * 0.95 / n)  # of a difference that is 0 on most pairs
        assert found.low == pytest.approx(0.05 - 1.96 * alike, abs=0.01)
        assert found.high == pytest.approx(0.05 + 1.96 * alike, abs=0.01)

    def test_questions_of_one_unit_count_once(self) -> None:
        mine, theirs = served(100, 100, 0), served(90, 110, 0)
        each = differences(mine, theirs, [str(at) for at in range(200)])["accuracy"]
        units = [str(at // 10) for at in range(200)]
        tens = differences(mine, theirs, units)["accuracy"]
        assert each.value == tens.value
        assert tens.high - tens.low > 2 * (each.high - each.low)

    def test_the_seed_decides(self) -> None:
        mine, theirs = served(30, 20, 0), served(25, 25, 0)
        units = [str(at) for at in range(50)]
        first, again = (differences(mine, theirs, units, seed=3, draws=99) for _ in range(2))
        assert first == again
        assert differences(mine, theirs, units, seed=4, draws=99) != first
