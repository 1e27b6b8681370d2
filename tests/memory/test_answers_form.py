"""A number or date in the form that a question asks for; clauses that it asks for."""

import pytest

from memory.answers import extract, key, normalise, same, vote_keys
from memory.answers.exactness import LOOSE, Form, exactness_of

VERSION = "Which Python version introduced match statements?"
ROUNDED = "Round 0.4973 to two decimal places."
MORE = "Is the capital Paris, and if not, what is it?"


@pytest.mark.parametrize(
    ("question", "asked", "other"),
    [
        (VERSION, "3.10", "3.1"),
        ("What is the latest version of Go?", "1.20", "1.2"),
        ("Write 1000 in scientific notation.", "1e3", "1000"),
        ("Write 2/4 in lowest terms.", "1/2", "2/4"),
        ("What is 6/8 in its simplest form?", "3/4", "0.75"),
        ("Write 3/2 as a mixed number.", "1 1/2", "3/2"),
        ("Turn 1 1/2 into an improper fraction.", "3/2", "1.5"),
        ("Write the number 12 in words.", "twelve", "12"),
        ("Write March 5, 2024 in ISO format.", "2024-03-05", "March 5, 2024"),
        ("Write 1000 with a thousands separator.", "1,000", "1000"),
    ],
)
def test_the_form_asked_for_is_kept_and_counts(question: str, asked: str, other: str) -> None:
    assert exactness_of(question).form is Form.COUNTS
    assert extract(f"The answer is {asked}.", question) == asked
    assert normalise(asked, question) == asked
    assert same(asked, f"{asked}.", question)
    assert not same(asked, other, question)
    assert key(asked, question) != key(other, question)
    assert len(set(vote_keys([asked, other, asked], question))) == 2


@pytest.mark.parametrize(
    ("first", "second", "question"),
    [
        ("1e3", "1.0 x 10^3", "Write 1000 in scientific notation."),
        ("1 / 2", "1/2", "Write 2/4 in lowest terms."),
        ("Twelve", "twelve", "Write the number 12 in words."),
        ("1/2", "1/2 cups", "Write 2/4 in lowest terms."),
        ("[1/2, 3/4]", "1/2, 3/4", "Write 2/4 and 6/8 in lowest terms, as a list."),
    ],
)
def test_one_form_may_be_written_in_more_ways(first: str, second: str, question: str) -> None:
    assert same(first, second, question)


@pytest.mark.parametrize(
    ("question", "asked", "shown"),
    [
        (ROUNDED, "0.50", "0.50"),
        ("Give it to 3 significant figures.", "1.20", "1.20"),
        ("Round it to the nearest hundredth.", "$12.50.", "$12.50"),
        ("What is 1/2 as a decimal?", "0.50", "0.50"),
        ("What is half of 1?", "0.50", "0.5"),
        ("How many versions are there?", "5.0", "5"),
    ],
)
def test_rounding_is_shown_and_does_not_count(question: str, asked: str, shown: str) -> None:
    assert exactness_of(question).form is not Form.COUNTS
    assert extract(asked, question) == shown
    assert normalise(shown, question) == shown
    assert same("0.50", "0.5", question)
    assert len(set(vote_keys(["0.50", "0.5", "0.5 m"], question))) == 1


@pytest.mark.parametrize(
    "question",
    [
        "Say it in other words.",
        "Explain it in your own words.",
        "How often is e found in words like bee?",
        "Name the ISO standard for dates' parent body",
        "Would she win if no one came?",
        "Answer yes if it is so.",
        "Which animal is a conversion of a myth?",
    ],
)
def test_other_questions_ask_for_no_form(question: str) -> None:
    assert exactness_of(question) == LOOSE


def test_what_follows_a_no_counts_where_more_is_asked() -> None:
    assert extract("No, it is Lyon", MORE) == "No, it is Lyon"
    assert not same("No, it is Lyon", "No, it is Nice", MORE)
    assert not same("No, it is Lyon", "no", MORE)
    assert same("Yes.", "true", MORE)
    assert extract("No, it is Lyon", "Is the capital Paris?") == "no"


@pytest.mark.parametrize(
    ("first", "second", "question"),
    [
        ("Co", "CO", "What is the chemical symbol for cobalt?"),
        ("Co", "CO", "What is the symbol of the element cobalt?"),
        ("CO", "Co", "What is the chemical formula of carbon monoxide?"),
        ("m", "M", "Which letter is the SI prefix for mega?"),
        ("ls -a", "ls -A", "Which command lists hidden files?"),
        ("grep -v", "grep -V", None),
    ],
)
def test_case_counts_in_symbols_and_flags(first: str, second: str, question: str | None) -> None:
    assert not same(first, second, question)
    assert key(first, question) != key(second, question)


def test_the_case_of_a_commands_name_still_does_not_count() -> None:
    assert same("LS -a", "ls -a")
    assert same("NaCl", "nacl", "Which salt is on the table?")
