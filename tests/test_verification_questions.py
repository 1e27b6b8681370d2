"""The questions of the verification benchmark, each answered here in another way."""

import math
import re
from collections.abc import Callable
from datetime import date
from importlib.util import find_spec

import pytest

from benchmarks.mixes import GYM, MIXES, questions
from benchmarks.slips import SLIPS, WITHIN
from memory.answers import same


def numbers(question: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", question)]


def letters(question: str) -> int:
    return len(re.findall(r"[A-Za-z]", question.split("'")[1]))


def after_turns(question: str, turned: str) -> str:
    state = "yes"
    for _ in re.findall(turned, question):
        state = "no" if state == "yes" else "yes"
    return state


def solve_list(question: str) -> str:
    name, listed = re.findall(r'"(\w+)".*list: (.*)\?', question)[0]
    return str(sum(1 for entry in listed.split(", ") if entry == name))


def solve_between(question: str) -> str:
    low, high = numbers(question)
    return str(sum(low < n < high for n in range(200)))


def solve_included(question: str) -> str:
    low, high = numbers(question)
    return str(sum(low <= n <= high for n in range(200)))


def solve_sisters(question: str) -> str:
    girls = ["she", *range(numbers(question)[1])]
    return str(len(girls))


SLIP_SOLVERS: dict[str, Callable[[str], str]] = {
    "letters of a name": lambda q: str(letters(q)),
    "more letters than": lambda q: "yes" if letters(q) > numbers(q)[0] else "no",
    "a name among longer": solve_list,
    "toggled door": lambda q: after_turns(q, r" toggles the door"),
    "strictly between": solve_between,
    "both included": solve_included,
    "sisters of a brother": solve_sisters,
}


def words_after_colon(question: str) -> list[str]:
    return question.rpartition(": ")[2].split(", ")


def solve_sorting(question: str) -> str:
    return ", ".join(sorted(words_after_colon(question), reverse="descending order (" in question))


def solve_sum(question: str) -> str:
    text = re.findall(r"[-+*/() \d]*\d[-+*/() \d]*", question)[0]
    return str(round(eval(text)))


def solve_weekday(question: str) -> str:
    months = "January February March April May June July August September October November December"
    month, day, year = re.findall(r"([A-Z][a-z]+) (\d+), (\d{4})", question)[0]
    on = date(int(year), months.split().index(month) + 1, int(day))
    return f"{on:%A}"


GYM_SOLVERS: dict[str, Callable[[str], str]] = {
    "gcd": lambda q: str(math.gcd(*numbers(q))),
    "lcm": lambda q: str(math.lcm(*numbers(q))),
    "chain_sum": solve_sum,
    "basic_arithmetic": solve_sum,
    "count_bits": lambda q: str(numbers(q)[-1].bit_count()),
    "letter_counting": lambda q: str(q.split('"')[3].count(q.split('"')[1])),
    "spell_backward": lambda q: "".join(reversed(q.rpartition(" ")[2])),
    "word_sorting": solve_sorting,
    "word_sequence_reversal": lambda q: ", ".join(reversed(words_after_colon(q))),
    "calendar_arithmetic": solve_weekday,
}

needs_gym = pytest.mark.skipif(
    find_spec("reasoning_gym") is None, reason="reasoning-gym is of the bench extra"
)
either = pytest.mark.parametrize("mix", [pytest.param("gym", marks=needs_gym), "slips"])


class TestQuestions:
    def test_every_kind_has_a_solver_here(self) -> None:
        assert SLIP_SOLVERS.keys() == SLIPS.keys()
        assert GYM_SOLVERS.keys() == GYM.keys()
        assert len(GYM) == 10
        assert {mix: set(kinds) for mix, (kinds, _) in MIXES.items()} == {
            "gym": set(GYM),
            "slips": set(SLIPS),
        }

    @pytest.mark.parametrize("kind", SLIPS)
    def test_answers_of_slips_are_right(self, kind: str) -> None:
        items = questions("slips", 150, [kind])
        assert [item.answer for item in items] == [SLIP_SOLVERS[kind](i.question) for i in items]
        assert len({item.answer for item in items}) > 1

    @pytest.mark.parametrize("kind", SLIPS)
    def test_yes_and_no_come_about_as_often(self, kind: str) -> None:
        said = [item.answer for item in questions("slips", 150, [kind])]
        if {"yes", "no"} & set(said):
            assert 50 < said.count("yes") < 100

    def test_longer_names_begin_like_the_short_one(self) -> None:
        assert all(long.startswith(short) for short in WITHIN for long in WITHIN[short])

    @needs_gym
    @pytest.mark.parametrize("kind", GYM)
    def test_answers_of_the_gym_are_right(self, kind: str) -> None:
        items = questions("gym", 60, [kind])
        wrong = [i for i in items if not same(GYM_SOLVERS[kind](i.question), i.answer)]
        assert wrong == []
        assert len({item.answer for item in items}) > 1

    @either
    def test_more_questions_are_more_of_the_same(self, mix: str) -> None:
        few, many = questions(mix, 5), questions(mix, 20)
        assert len(many) == 20 * len(MIXES[mix][0]) == len({item.question for item in many})
        assert set(few) < set(many)
        kind = MIXES[mix][0][-1]
        assert questions(mix, 5, [kind]) == [item for item in few if item.kind == kind]

    @either
    def test_questions_are_short(self, mix: str) -> None:
        assert max(len(item.question) for item in questions(mix, 20)) < 500

    def test_too_many_are_refused(self) -> None:
        with pytest.raises(ValueError, match="sisters of a brother: only 350 of 400 different"):
            questions("slips", 400, ["sisters of a brother"])
