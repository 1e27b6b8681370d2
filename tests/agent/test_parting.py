"""Forms of a skill that only its method's own agreement speaks for."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.parting import parting_words
from memory.records import Record, Status
from tests.agent.test_trust import PROGRAM, WORDS, record, statuses, trust, votes

NAMES = ["Ada", "Bo", "Cleo", "Dan", "Eve", "Flo", "Gus", "Hal", "Ida", "Jan", "Kit", "Lou"]


def asked(n: int, form: str = "letters") -> str:
    first, last = NAMES[n % 12], NAMES[(7 * n + n // 12) % 12]
    return f"Take the last {form} of the words in {first} {last} and concatenate them."


def test_words_of_contradicted_questions_are_found() -> None:
    questions = [asked(n) for n in range(40)] + [asked(n, "2 letters") for n in range(5)]
    borne_out: list[bool | None] = [True] * 40 + [False] * 5
    assert parting_words(questions, borne_out, 0.05) == {"2"}
    assert parting_words(questions, [*borne_out[:42], None, None, None], 0.05) == frozenset()
    assert parting_words(questions, [True] * 45, 0.05) == frozenset()
    assert parting_words(questions, [False] * 45, 0.05) == frozenset(), "all are: no word of one"
    assert parting_words([], [], 0.05) == frozenset()


def test_case_and_punctuation_are_no_words_of_their_own() -> None:
    questions = [f"Is {n} odd?" for n in range(100, 140)] + [f"is {n} NOT odd" for n in range(5)]
    assert parting_words(questions, [True] * 40 + [False] * 5, 0.05) == {"not"}


def test_more_often_than_not_is_asked_for_too() -> None:
    questions = [asked(n) for n in range(200)] + [asked(n, "2 letters") for n in range(60)]
    some = [True] * 200 + [n % 3 != 0 for n in range(60)]
    assert parting_words(questions, some, 0.05) == frozenset()


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_contradictions_at_random_part_on_no_word(share: float) -> None:
    draw = random.Random(4)
    found = 0
    for _ in range(200):
        questions = [asked(draw.randrange(144)) for _ in range(60)]
        found += bool(parting_words(questions, [draw.random() >= share for _ in range(60)], 0.05))
    assert found <= 10, "no more of 200 draws than the significance allows"


def skill(checked_twos: int, agree: bool = False) -> list[Record]:
    """Forty plain questions, half checked; twenty of two letters, some checked."""
    made = []
    for n in range(60):
        two = n >= 40
        question = asked(n, "2 letters" if two else "letters")
        cast = [votes(PROGRAM, *[f"answer {n}"] * 3)]
        if (n % 2 == 0) if not two else (n - 40 < checked_twos):
            other = f"answer {n}" if agree or not two else f"other {n}"
            cast.append(votes(WORDS, other, other))
        made.append(replace(record(n, *cast), question=question))
    return made


def test_a_form_on_which_unlike_methods_part_is_not_trusted() -> None:
    weighed = trust().weigh("skill", skill(4))
    assert weighed.trust.trusted
    assert weighed.trust.parting == {"2"}
    assert weighed.trust.reason.endswith("; they part on questions with '2'")
    assert set(statuses(weighed)[:40]) == {Status.VERIFIED}
    assert set(statuses(weighed)[40:]) == {Status.UNVERIFIED}
    why = weighed.verdicts[59].reason
    assert why.endswith("but unlike methods part on the skill's questions with '2'")


def test_where_they_agree_the_form_is_trusted() -> None:
    weighed = trust().weigh("skill", skill(4, agree=True))
    assert weighed.trust.parting == frozenset()
    assert set(statuses(weighed)) == {Status.VERIFIED}


def test_an_answer_that_is_borne_out_itself_is_trusted_in_any_form() -> None:
    records = skill(6)
    same = votes(PROGRAM, *["answer 45"] * 3), votes(WORDS, "answer 45", "answer 45")
    records[45] = replace(record(45, *same), question=records[45].question)
    weighed = trust().weigh("skill", records)
    assert weighed.trust.parting == {"2"}
    assert weighed.verdicts[45].status is Status.VERIFIED
    assert weighed.verdicts[46].status is Status.UNVERIFIED


def corrected(records: list[Record], right: Sequence[int], wrong: Sequence[int]) -> list[Record]:
    """The same, once a person has judged some."""
    gold = {n: f"answer {n}" for n in right} | {n: f"right {n}" for n in wrong}
    return [
        replace(each, answer=gold[n], status=Status.GOLD) if n in gold else each
        for n, each in enumerate(records)
    ]


def test_what_people_found_wrong_parts_too() -> None:
    weighed = trust().weigh("skill", corrected(skill(0), [], range(40, 44)))
    assert weighed.trust.parting == {"2"}
    assert weighed.verdicts[50].status is Status.UNVERIFIED
    assert weighed.verdicts[0].status is Status.VERIFIED


def test_corrections_of_a_form_do_not_cost_the_skill_its_trust() -> None:
    weighed = trust().weigh("skill", corrected(skill(0), range(6), range(40, 44)))
    assert weighed.trust.parting == {"2"}
    assert weighed.trust.gold == 6, "of 10 judged votes, four say nothing of the other questions"
    assert weighed.trust.trusted
    assert weighed.verdicts[10].status is Status.VERIFIED


def test_without_the_need_for_unlike_methods_none_part() -> None:
    weighed = trust(unlike_methods=False).weigh("skill", skill(6))
    assert weighed.trust.parting == frozenset()
    assert set(statuses(weighed)) == {Status.VERIFIED}
