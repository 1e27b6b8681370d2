import pytest

from memory.answers import key, same, vote_keys
from memory.answers.exactness import LOOSE, exactness_of

CAPITALS = "Join the last letters and write them in capital letters."


@pytest.mark.parametrize(
    "question",
    [
        CAPITALS,
        "Capitalize the word.",
        "Write it in UPPERCASE.",
        "Turn it into upper case",
        "Give the upper-case form.",
        "Answer in lowercase.",
        "Put the words into lower case.",
        "Swap the case of hELLO.",
        "Change each letter's case.",
        "Write the heading in title case.",
        "What is it in snake_case?",
        "A name in camelCase, please.",
        "All in caps.",
        "Write it with a capital S.",
        "Write it in capitals.",
        "The match is case-sensitive. Which word is found?",
    ],
)
def test_a_question_about_case_makes_case_count(question: str) -> None:
    assert exactness_of(question).case
    assert not same("er", "ER", question)
    assert key("er", question) != key("ER", question)
    assert same("ER", '"ER".', question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "Name the capitals of Europe.",
        "Is it capitalism?",
        "In which case is it true?",
        "Write it in upper or lower case.",
        "Sort these in lower case, ignoring the case of letters",
        "Is the upper case found in a case-insensitive search?",
        "Read the article and name the period of the wave.",
        "List them, separated by commas.",
        "Is it an apple or a pear?",
        "",
        None,
    ],
)
def test_no_other_question_does(question: str | None) -> None:
    assert exactness_of(question) == LOOSE
    assert same("The Beatles!", "beatles", question)


@pytest.mark.parametrize(
    ("first", "second", "question"),
    [
        ("!olleh", "olleh", "Reverse it, punctuation too: hello!"),
        ("hello!", "hello?", "Which punctuation is right?"),
        ("hello!", "hello", "Add the missing exclamation mark."),
        ("red, green", "red green", "Add the missing comma: red green"),
        ("an apple", "a apple", "Which is right, a or an?"),
        ("the cat", "cat", "Write it with the definite article."),
        ("The cat", "A cat", "Insert the right article: __ cat"),
        ("Five", "five", CAPITALS),
        ("MARCH 5, 2024", "March 5, 2024", CAPITALS),
        ("A, B", "a, b", CAPITALS),
        ("A" * 3_000, "a" * 3_000, CAPITALS),
    ],
)
def test_what_a_question_asks_for_counts(first: str, second: str, question: str) -> None:
    assert not same(first, second, question)
    assert not same(second, first, question)
    assert key(first, question) != key(second, question)
    assert same(first, first, question)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("5", "5 apples"),
        ("five", "5"),
        ("1,000", "1000.0"),
        ("the ER", "ER"),
        ("[A, B]", "A, B"),
        ("Yes", "true"),
        ("2024-03-05", "2024-03-05."),
    ],
)
def test_all_else_counts_as_little_as_ever(first: str, second: str) -> None:
    assert same(first, second, CAPITALS)


def test_votes_are_counted_as_exactly_as_the_question_asks() -> None:
    votes = ["er", "ER", "'ER'", "5", "5 apples"]
    assert len(set(vote_keys(votes))) == 2
    assert len(set(vote_keys(votes, CAPITALS))) == 3
    assert vote_keys(votes[:3], CAPITALS) == [key(vote, CAPITALS) for vote in votes[:3]]
