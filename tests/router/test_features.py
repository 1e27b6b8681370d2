import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from memory.records import Neighbor, Status, question_key
from router.features import FEATURES, features
from router.place import PLACE, SMOOTHING, Evidence, Outcome, others, place

if TYPE_CHECKING:
    from conftest import World


def _evidence(*items: tuple[str, str, bool]) -> Evidence:
    return Evidence(tuple(Outcome(question_key(q), s, r) for q, s, r in items))


def test_values_by_hand(world: "World") -> None:
    near = [
        Neighbor(world.record("a", 1, answer="7"), 0.8),
        Neighbor(world.record("b", 2, answer="red"), 0.6),
        Neighbor(world.record("c", 3, answer="9", status=Status.UNVERIFIED), 0.4),
    ]
    evidence = _evidence(("a", "sums", True), ("b", "sums", False), ("z", "other", True))
    draft = world.draft("q", mean_entropy=0.25)
    seen = features(draft, near, evidence, skill="sums", k=16)
    overall = (2 + 1) / (3 + 2)
    prior = (1 + SMOOTHING * overall) / (2 + SMOOTHING)
    expected = {
        "top_similarity": 0.8,
        "mean_similarity": 0.6,
        "skill_share": 1.0,
        "answer_agreement": 0.8 / 1.4,
        "kind_agreement": 0.8 / 1.4,
        "near_right": (0.8 + SMOOTHING * prior) / (1.4 + SMOOTHING),
        "near_judged": 2.0,
        "mean_logprob": -0.1,
        "min_logprob": -0.2,
        "first_margin": 3.0,
        "mean_entropy": 0.25,
        "other_numbers": 0.0,
        "other_names": 0.0,
        "other_negations": 0.0,
        "log_words": 0.0,
        "tokens": 3.0,
        "complete": 1.0,
    }
    assert seen.as_dict() == pytest.approx(expected)
    assert tuple(seen.as_dict()) == FEATURES
    assert seen.values() == tuple(seen.as_dict().values())
    assert FEATURES[: len(PLACE)] == PLACE
    assert seen.values()[: len(PLACE)] == place("q", near, evidence, skill="sums", k=16).values()


def test_a_question_never_sees_itself(world: "World") -> None:
    """The features of a held-out question don't change with its own record or outcome."""
    near = [Neighbor(world.record(q, i), 0.9 - i / 10) for i, q in enumerate("abc", 1)]
    own = Neighbor(world.record("What is  1+1?", 9), 1.0)
    told = [("a", "sums", True), ("b", "sums", False)]
    draft = world.draft("What is 1+1?")
    plain = features(draft, near, _evidence(*told), skill="sums", k=3)
    for right in (True, False):
        evidence = _evidence(*told, ("What is 1+1?", "sums", right))
        assert features(draft, [own, *near], evidence, skill="sums", k=3) == plain


def test_order_and_count_of_neighbours(world: "World") -> None:
    near = [Neighbor(world.record(q, i), s) for i, (q, s) in enumerate(zip("abc", (0.1, 0.9, 0.5)))]  # noqa: B905
    assert [n.record.question for n in others("q", near, 2)] == ["b", "c"]
    shuffled = features(world.draft("q"), near[::-1], Evidence(), skill=None, k=2)
    assert shuffled == features(world.draft("q"), near, Evidence(), skill=None, k=2)
    assert shuffled.mean_similarity == pytest.approx(0.7)


def test_nothing_near(world: "World") -> None:
    seen = features(world.draft("q", answer=None), [], Evidence(), skill=None, k=16)
    assert (seen.top_similarity, seen.mean_similarity, seen.kind_agreement) == (0.0, 0.0, 0.0)
    assert (seen.near_right, seen.near_judged) == (0.5, 0.0)


def test_negative_similarity_is_no_weight(world: "World") -> None:
    near = [Neighbor(world.record("a", 1, answer="7"), -0.3)]
    seen = features(world.draft("q"), near, _evidence(("a", "s", True)), skill="t", k=16)
    assert seen.kind_agreement == 0.0
    assert seen.near_right == pytest.approx(2 / 3)


def test_of_two_outcomes_with_one_key_the_later_counts() -> None:
    one = _evidence(("a", "s", True))
    both = replace(one, outcomes=(*_evidence(("a", "s", False)).outcomes, *one.outcomes))
    assert both.rate("s", without="") == one.rate("s", without="")


@pytest.mark.parametrize(
    ("question", "nearest", "numbers", "names", "negations"),
    [
        ("What is 12 plus 30?", "What is 12 plus 31?", 2 / 3, 0.0, 0.0),
        ("What is 12 plus 30?", "What is 30 plus 12?", 0.0, 0.0, 0.0),
        ("Does Ada know Carl?", "Does Ada know Grace?", 0.0, 2 / 3, 0.0),
        ("How do I disable 2FA?", "How do I enable 2FA?", 0.0, 0.0, 1.0),
        ("Carl doesn't flip it.", "Carl flips it.", 0.0, 0.0, 1.0),
        ("Is it up?", "Is it up?  ", 0.0, 0.0, 0.0),
    ],
)
def test_what_the_nearest_question_differs_by(
    world: "World", question: str, nearest: str, numbers: float, names: float, negations: float
) -> None:
    near = [Neighbor(world.record(nearest, 1), 0.9)]
    seen = place(question, near, Evidence(), skill=None, k=16)
    assert (seen.other_numbers, seen.other_names) == pytest.approx((numbers, names))
    assert seen.other_negations == negations


def test_words_are_counted() -> None:
    seen = place("What is two plus two?", [], Evidence(), skill=None, k=16)
    assert seen.log_words == pytest.approx(math.log(5))
    assert place("", [], Evidence(), skill=None, k=16).log_words == 0.0


def test_of_whose_skill_and_of_one_mind(world: "World") -> None:
    near = [
        Neighbor(world.record("a", 1, answer="Yes"), 0.9),
        Neighbor(world.record("b", 2, answer="yes"), 0.6),
        Neighbor(world.record("c", 3, answer="no", skill="other"), 0.5),
        Neighbor(world.record("d", 4, answer="no", status=Status.REFUTED), 0.5),
    ]
    seen = place("q", near, Evidence(), skill="sums", k=16)
    assert seen.skill_share == pytest.approx(2.0 / 2.5)
    assert seen.answer_agreement == pytest.approx(1.5 / 2.0)
    assert place("q", near, Evidence(), skill=None, k=16).skill_share == 0.0
