"""Slips that every method of a skill makes: people find them, one answer at a time."""

import random
from dataclasses import replace

import pytest

from agent.slips import find_slips, suspects
from memory.records import Record, Status
from tests.agent.test_trust import PROGRAM, WORDS, record, statuses, trust, votes

NAMES = ["Ada", "Bo", "Cleo", "Dan", "Eve", "Flo", "Gus", "Hal", "Ida", "Jan", "Kit", "Lou"]


def flips(n: int, form: str = "") -> str:
    return f"A coin is heads up. {NAMES[n % 12]} flips it{form}. Is it heads up?"


def slipped(questions: list[str], right: list[bool | None]) -> frozenset[str]:
    return find_slips(questions, right, min_probability=0.8, significance=0.05).words


def test_three_wrong_answers_beside_right_ones_name_the_word() -> None:
    questions = [flips(n) for n in range(4)] + [flips(n, " 2 times") for n in range(4, 12)]
    questions += [flips(n) for n in range(12, 18)]
    judged: list[bool | None] = [True] * 4 + [False] * 3 + [None] * 11
    assert slipped(questions, judged) == {"2", "times"}
    assert slipped(questions, [*judged[:6], *[None] * 12]) == frozenset(), "two are too few"
    assert slipped(questions, [True] * 4 + [False, False, True] + [None] * 11) == frozenset()
    assert slipped(questions[:12], judged[:12]) == frozenset(), "most of the skill is like that"


def test_two_slips_do_not_hide_each_other() -> None:
    questions = [flips(n) for n in range(2)]
    questions += [flips(n, " 2 times") for n in range(2, 6)]
    questions += [flips(n).replace("Is it heads", "Is it tails") for n in range(6, 9)]
    assert slipped(questions, [True] * 2 + [False] * 7) == {"2", "times", "tails"}


def test_a_word_of_all_questions_takes_no_blame() -> None:
    questions = [flips(0), flips(0), flips(0), flips(0)]
    assert slipped(questions, [False] * 4) == frozenset()
    assert slipped([], []) == frozenset()


def test_no_answer_is_excused_by_a_word_that_it_helped_to_find() -> None:
    """Names fit some errors of a bad skill; counted for themselves, they would leave it good."""
    excused = 0
    for seed in range(20):
        draw = random.Random(seed)
        questions = [flips(draw.randrange(12), f", case {n}") for n in range(120)]
        right = [draw.random() > 0.4 if n < 40 else None for n in range(120)]
        found = find_slips(questions, right, min_probability=0.8, significance=0.05)
        usual = [said for said, apart in zip(right, found.apart, strict=True) if not apart]
        excused += usual.count(True) > 0.75 * (usual.count(True) + usual.count(False))
    assert excused == 0


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_errors_at_random_seldom_name_a_word(share: float) -> None:
    found = 0
    for seed in range(100):
        draw = random.Random(seed)
        questions = [flips(n, draw.choice(["", " once", " gently"])) for n in range(30)]
        found += bool(slipped(questions, [draw.random() >= share for _ in questions]))
    assert found <= 5


def test_what_shares_words_with_a_wrong_answer_alone_is_suspected() -> None:
    twice = [flips(n, " 2 times") for n in (1, 3, 4)]
    questions = [flips(0), *twice, flips(1), flips(1), flips(5), flips(6), flips(7)]
    right: list[bool | None] = [True, False, *[None] * 7]
    none = frozenset[str]()
    two = {"2", "times"}
    assert suspects(questions, right, none) == [none, none, two, two, {"bo"}, {"bo"}, *[none] * 3]
    assert not any(suspects(questions, right, frozenset({"2"}))), "that explains the wrong one"
    assert not any(suspects(questions[:5], right[:5], none)), "most questions hold them"
    assert not any(suspects(questions, [True] * 2 + [None] * 7, none))


def test_a_slip_of_another_skill_is_suspected_until_an_answer_here_speaks_to_it() -> None:
    questions = [flips(n) for n in range(8)] + [flips(n, " 2 times") for n in range(4)]
    elsewhere, none = frozenset({"2", "times", "pale"}), frozenset[str]()
    found = suspects(questions, [None] * 12, none, elsewhere)
    assert found == [none] * 8 + [{"2", "times"}] * 4
    assert not any(suspects(questions, [None] * 11 + [True], none, elsewhere))


def skill(wrong: int, right: int = 4) -> list[Record]:
    """Forty plain questions and twenty with a number, on which all methods agree; some judged."""
    made = []
    for n in range(60):
        cast = votes(PROGRAM, *[f"answer {n}"] * 3), votes(WORDS, *[f"answer {n}"] * 2)
        made.append(replace(record(n, *cast), question=flips(n, " 2 times" if n >= 40 else "")))
    for n in range(right):
        made[n] = replace(made[n], status=Status.GOLD)
    for n in range(40, 40 + wrong):
        made[n] = replace(made[n], status=Status.GOLD, answer=f"right {n}")
    return made


def test_nothing_but_a_person_bears_out_an_answer_where_people_found_slips() -> None:
    weighed = trust().weigh("skill", skill(5))
    assert weighed.trust.slips == {"2", "times"}
    assert statuses(weighed)[:4] == [Status.GOLD] * 4
    assert set(statuses(weighed)[4:40]) == {Status.VERIFIED}
    assert statuses(weighed)[40:45] == [Status.GOLD] * 5
    assert set(statuses(weighed)[45:]) == {Status.UNVERIFIED}, "though unlike methods agree"
    assert weighed.verdicts[50].reason.endswith(
        "but people found answers wrong on the skill's questions with '2'"
    )
    assert weighed.trust.reason.endswith(
        "; people found answers wrong on questions with '2' and 'times'"
    )


def test_a_form_that_people_refuse_costs_the_other_questions_nothing() -> None:
    weighed = trust().weigh("skill", skill(12, right=2))
    alone = trust().weigh("skill", skill(0, right=2)[:40])
    assert weighed.trust.trusted
    assert weighed.trust.gold == 2
    assert weighed.trust.accuracy == alone.trust.accuracy
    assert statuses(weighed)[:40] == statuses(alone)


def test_before_people_have_said_enough_the_form_is_trusted_as_it_was() -> None:
    weighed = trust().weigh("skill", skill(2))
    assert weighed.trust.slips == frozenset()
    assert set(statuses(weighed)[42:]) == {Status.VERIFIED}
