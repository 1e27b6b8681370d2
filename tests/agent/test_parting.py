"""Forms of a skill that only its method's own agreement speaks for."""

import random
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from scipy.stats import hypergeom

from agent.parting import _tail, parting_words
from memory.records import Record, Status
from memory.words import words_of
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


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is 100 + 37?", {"what", "is", "100", "+", "37"}),
        ("7-5 × -3", {"7", "-", "5", "×", "3"}),
        ("well-known (to some)!", {"well", "known", "to", "some"}),
        ("cafe\u0301 ＡＢ１", {"café", "ab1"}),
        ("अंतिम अक्षर", {"अंतिम", "अक्षर"}),
        ("می\u200cخواهم", {"میخواهم"}),
        ("取Ada的字", {"取", "ada", "的字"}),
        ("两个字母", {"两个", "个字", "字母"}),
        ("สองคน", {"สอ", "อง", "งค", "คน"}),
        ("", set()),
    ],
)
def test_words_of_any_script_and_operators_are_told_apart(question: str, words: set[str]) -> None:
    assert words_of(question) == words


@pytest.mark.parametrize(
    ("usual", "other", "parting"),
    [
        ("What is {} + {}?", "What is {} - {}?", {"-"}),
        ("把{}和{}的最后一个字母连起来", "把{}和{}的最后两个字母连起来", {"后两", "两个"}),
    ],
)
def test_forms_part_without_a_space_or_a_letter(usual: str, other: str, parting: set[str]) -> None:
    asked = [(usual if n < 40 else other).format(100 + n, n * 37 % 400) for n in range(60)]
    assert parting_words(asked, [True] * 40 + [False] * 20, 0.05) == parting


def test_the_tail_is_that_of_the_reference_at_any_size() -> None:
    for case in [(5, 2, 3, 1), (45, 5, 5, 5), (30, 28, 10, 9), (60, 20, 21, 22)]:
        total, marked, drawn, least = case
        wanted = hypergeom.sf(least - 1, total, marked, drawn)
        assert _tail(*case) == pytest.approx(wanted, rel=1e-9), case
    start = time.process_time()
    for drawn in range(1000, 1400):
        _tail(5000, 2500, drawn, drawn // 2 + 1)
    assert time.process_time() - start < 2, "0.05 s: no sums of whole numbers with 1,500 digits"


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
    assert weighed.trust.reason.endswith("; unlike methods part on questions with '2'")
    assert set(statuses(weighed)[:40]) == {Status.VERIFIED}
    assert set(statuses(weighed)[40:]) == {Status.UNVERIFIED}
    why = weighed.verdicts[59].reason
    assert why.endswith("but unlike methods part on the skill's questions with '2'")


def test_what_is_said_of_a_form_costs_the_other_questions_nothing() -> None:
    weighed, alone = trust().weigh("skill", skill(20)), trust().weigh("skill", skill(0)[:40])
    assert weighed.trust.parting == {"2"}
    assert weighed.trust.accuracy == alone.trust.accuracy
    assert statuses(weighed)[:40] == statuses(alone) == [Status.VERIFIED] * 40
    assert set(statuses(weighed)[40:]) == {Status.UNVERIFIED}


def test_a_skill_that_is_not_trusted_yet_says_which_questions_count_and_why() -> None:
    few = trust().weigh("skill", skill(20)[26:]).trust
    assert not few.trusted
    assert few.checked == 7
    assert few.reason == (
        "unlike methods have answered 7 of the skill's questions without '2'; 8 are needed; "
        "unlike methods part on questions with '2'"
    )


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


def test_agreement_at_a_guess_bears_out_no_answer_of_a_form() -> None:
    """The plain questions say how good both methods are there, not what they are worth here."""

    def coin(n: int) -> Record:
        form = "not " if n >= 40 else ""
        clear, other = ("yes", "no") if n % 2 else ("no", "yes")
        check = other if form and n < 52 else clear
        cast = votes(PROGRAM, clear, clear, clear), votes(WORDS, check, check)
        return replace(record(n, *cast), question=f"Is coin {n} {form}heads up?")

    weighed = trust().weigh("skill", [coin(n) for n in range(56)])
    assert weighed.trust.parting == {"not"}
    assert statuses(weighed) == [Status.VERIFIED] * 40 + [Status.UNVERIFIED] * 16
    assert "by all votes on questions with 'not' it is right with" in weighed.verdicts[55].reason


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


@pytest.mark.parametrize("wrong", [4, 14])
def test_corrections_of_a_form_do_not_cost_the_skill_its_trust(wrong: int) -> None:
    weighed = trust().weigh("skill", corrected(skill(0), range(6), range(40, 40 + wrong)))
    assert weighed.trust.slips == {"2"}
    assert weighed.trust.gold == 6, "the other judged votes say nothing of the other questions"
    assert weighed.trust.trusted
    assert statuses(weighed)[6:40] == [Status.VERIFIED] * 34


def test_without_the_need_for_unlike_methods_none_part() -> None:
    weighed = trust(unlike_methods=False).weigh("skill", skill(6))
    assert weighed.trust.parting == frozenset()
    assert set(statuses(weighed)) == {Status.VERIFIED}
