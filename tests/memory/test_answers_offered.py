"""Answers that a question itself offers as two, though else they would be one."""

import time
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.answers import extract, key, normalise, same, vote_keys

FRACTION = "Which of these is written as a fraction?\nA) 0.5\nB) 1/2\nC) 50%"
POLISH = "Which word names a language, polish or Polish?"
TRUTH = "Which is a Python literal: true or True?"


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (POLISH, "polish", "Polish"),
        ("Which is right: 'a apple' or 'an apple'?", "a apple", "an apple"),
        ("Is it a apple or an apple?", "a apple", "an apple"),
        ("Which is the noun, the advice or advice?", "the advice", "advice"),
        ("Which one is a month: may/May?", "may", "May"),
        ("Which is the HTTP method, `get` or `GET`?", "get", "GET"),
        ("Is the unit of power mW or MW for a power plant?", "mW", "MW"),
        ("Is mW vs. MW a matter of size?", "mW", "MW"),
        (TRUTH, "true", "True"),
        ("Is it 0.5, 50% or 1/2 that is a fraction?", "0.5", "1/2"),
        ("Which is a constant, max_size, MAX_SIZE or maxSizes?", "max_size", "MAX_SIZE"),
        ("Is he an officer (mayor or Mayor)?", "mayor", "Mayor"),
        ("Which is the mixed number, 1 1/2 or 1.5?", "1 1/2", "1.5"),
        ("Which is in digits: five or 5?", "five", "5"),
        ("Is it a shout, 'Hello' or 'Hello!'?", "Hello", "Hello!"),
    ],
)
def test_two_that_a_line_offers_are_two(question: str, first: str, second: str) -> None:
    assert same(first, second), "but for the question"
    assert not same(first, second, question)
    assert key(first, question) != key(second, question)
    assert len(set(vote_keys([first, second, first], question))) == 2
    for answer in (first, second):
        assert extract(f"**{answer}**", question) == normalise(answer, question) == answer


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (FRACTION, {"A": "0.5", "B": "1/2", "C": "50%"}),
        ("Which is spelt right?\nA) paris\nB) Paris", {"A": "paris", "B": "Paris"}),
        ("Which is Python's? (A) true (B) True", {"A": "true", "B": "True"}),
        ("Which is right?\nA) a apple\nB) an apple", {"A": "a apple", "B": "an apple"}),
        ("How far?\nA) 5 km\nB) 5", {"A": "5 km", "B": "5"}),
        ("Which is it?\n1. mole\n2. Mole", {"1": "mole", "2": "Mole"}),
    ],
)
def test_an_option_goes_by_its_own_spelling(question: str, answers: dict[str, str]) -> None:
    for label, text in answers.items():
        votes = [label, text, f"{label}) {text}", f"**{text}**"]
        assert len(set(vote_keys(votes, question))) == 1
        assert all(same(one, other, question) for one, other in combinations(votes, 2))
    for one, other in combinations(answers.values(), 2):
        assert not same(one, other, question)


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (POLISH, "Polish", "the Polish"),
        (POLISH, "Polish", '"Polish!"'),
        (POLISH, "Neither", "neither"),
        (POLISH, "5", "five"),
        (TRUTH, "No", "no"),
        (FRACTION, "none", "None"),
        ("Answer yes/no or true/false: is it big?", "yes", "True"),
        ("Who barks when a man meets a dog, the man or the dog?", "the dog", "a dog"),
        ("In Polish, is it polish or not?", "polish", "Polish"),
        ("Is the sum of 0.5 and 1/2 more or less than 2?", "0.5", "1/2"),
        ("Polish is spoken there. Do they polish?", "polish", "Polish"),
        ("Is 5 km/h or mph more?", "km/h", "KM/H"),
        ("Is this x = 5 or 5?", "x = 5", "5"),
        (" or ", "a", "A"),
        ("or", "a", "A"),
    ],
)
def test_only_what_tells_them_apart_counts_and_only_in_them(
    question: str, first: str, second: str
) -> None:
    assert same(first, second, question)
    assert key(first, question) == key(second, question)


QUESTIONS = [
    FRACTION, POLISH, TRUTH, "Which is right: 'a apple' or 'an apple'?", "Is it 5, 5.0 or five?",
    "Which?\n1. 0.5\n2. 1/2", "Which?\nA) true\nB) True\nC) yes",
    "Which?\nA) b\nB) B\nC) 5 km\nD) 5",
    "Which is it, (A) an apple, (B) a apple or (C) the apple?", "In capitals: polish or Polish?",
]  # fmt: skip
ANSWERS = [
    "0.5", "1/2", "0.50", ".5", "50%", "half", "polish", "Polish", "POLISH", "the polish",
    "Polish.", "true", "True", "TRUE", "yes", "Yes", "no", "a apple", "an apple", "apple", "A", "b",
    "the Apple", "B", "(B)", "B) 1/2", "1", "2", "5", "5.0", "five", "5 km", "", "neither",
]  # fmt: skip


@given(st.sampled_from(QUESTIONS), *[st.sampled_from(ANSWERS)] * 3)
def test_equality_stays_an_equality(asked: str, first: str, second: str, third: str) -> None:
    assert same(first, first, asked)
    assert same(first, second, asked) == same(second, first, asked)
    if key(first, asked) == key(second, asked):
        assert same(first, second, asked)
    united = any("km" in answer for answer in (first, second, third))  # "5" may be of any unit
    if same(first, second, asked) and same(second, third, asked) and not united:
        assert same(first, third, asked)
    normal = normalise(first, asked)
    assert normalise(normal, asked) == normal
    assert key(normal, asked) == key(first, asked)


def test_answers_compare_as_ever_where_nothing_is_offered_twice() -> None:
    asked = "Which is it, red or blue?"
    for first, second in product(ANSWERS, ANSWERS):
        assert same(first, second, asked) == same(first, second)


@pytest.mark.parametrize(
    "unit", ["polish or Polish ", "or ", "a/", "a/b ", "or, ", "x, ", "'", "`a", "(a or ", "A) a\n"]
)
def test_a_long_question_takes_no_time(unit: str) -> None:
    question = (unit * 100_000)[:100_000]
    start = time.process_time()
    key("polish", question)
    assert time.process_time() - start < 10, "a fifth of a second on an idle core"
