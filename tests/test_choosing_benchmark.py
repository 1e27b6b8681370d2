"""Choosing the method, replayed: auto against every method alone; no model is asked."""

import random

import pytest

from agent.system2.method import Method
from agent.system2.settings import System2Settings, VerifySettings
from benchmarks.choosing import SEEN, Choice, choices, in_words
from benchmarks.kinds import Item
from benchmarks.votes import Asked
from memory.records import Vote
from tests.test_verification_benchmark import METHODS, PROGRAM, WORDS, Plain, items_of

STEPS = "chain_of_code"
THINKING: list[Method] = [METHODS[0], Plain(STEPS), METHODS[1], METHODS[2]]


class Unfitting(Plain):
    def fits(self, question: str) -> bool:
        return not question


def world(programs_read: str, words_read: str) -> list[Asked]:
    """Two kinds: programs get the one, words the other; what they can't read scatters."""
    source = random.Random(1)

    def said(item: Item, kind: str) -> str:
        return item.answer if item.kind == kind else f"r{source.randint(0, 999)}"

    asked = []
    for item in (*items_of(130, "sums"), *items_of(130, "riddles")):
        votes: list[Vote] = []
        for method, kind, tokens in (
            (PROGRAM, programs_read, 30),
            (STEPS, programs_read, 40),
            (WORDS, words_read, 50),
            ("self_consistency", words_read, 5),
        ):
            votes += (Vote(method, said(item, kind), "", tokens) for _ in range(8))
        asked.append(Asked(item, tuple(votes)))
    return asked


def told(asked: list[Asked]) -> dict[str, Choice]:
    found = choices(asked, THINKING, System2Settings(), VerifySettings(), orders=2)
    assert "after 200 questions" in in_words(found)
    return {choice.method: choice for choice in found}


def test_where_each_method_has_its_kind_auto_beats_all_of_them() -> None:
    found = told(world("sums", "riddles"))
    assert list(found) == ["auto", PROGRAM, STEPS, WORDS]
    auto = found.pop("auto")
    assert auto.precision == 1
    assert auto.verified > 0.9
    for single in found.values():
        assert single.verified < 0.6
        pairs = zip(auto.per_1000_tokens, single.per_1000_tokens, strict=True)
        assert all(mine > theirs for mine, theirs in pairs)


def test_where_nothing_can_be_verified_nothing_is_made_up() -> None:
    found = told(world("neither", "neither"))
    assert {choice.verified for choice in found.values()} == {0}
    assert {choice.precision for choice in found.values()} == {None}
    assert set(found["auto"].per_1000_tokens) == {0}


def test_too_few_questions_tell_nothing() -> None:
    few = world("sums", "riddles")[:SEEN]
    assert choices(few, THINKING, System2Settings(), VerifySettings()) == []
    assert in_words([]).startswith("== choosing the method: told with more than 200 questions and")


@pytest.mark.parametrize("methods", [[], METHODS[2:]], ids=["none", "one that answers at once"])
def test_without_a_method_that_thinks_there_is_nothing_to_choose(methods: list[Method]) -> None:
    found = choices(world("sums", "riddles"), methods, System2Settings(), VerifySettings())
    assert found == []
    assert "a method that `system2.methods` lets auto choose" in in_words(found)


def test_a_method_that_fits_no_question_verifies_nothing() -> None:
    asked = world("sums", "riddles")
    methods = [*THINKING, Unfitting("branch_solve_merge")]
    *_, unfitting = choices(asked, methods, System2Settings(), VerifySettings(), orders=1)
    assert unfitting == Choice("branch_solve_merge", (0.0,), 0.0, None)
