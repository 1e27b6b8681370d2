import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.records import Split, question_key, split_of
from memory.spelling import exact, loose

POEM = "How many lines has this poem?\nroses are red\n\nviolets are blue"
TABLE = "Which name is in the second column?\nAnn Lee\tSmith\nBob  Ray Jones"
PROGRAM = "What does this print?\nx = 1\nif x > 5:\n    x = 10\n    x = x + 1\nprint('a', x)"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PROGRAM, PROGRAM.replace("    x = x", "x = x")),
        (PROGRAM, PROGRAM.replace("'a'", "' a'")),
        ("Is it valid Python?\nprint(1)\nprint(2)", "Is it valid Python? print(1) print(2)"),
        (POEM, " ".join(POEM.split())),
        (POEM, POEM.replace("\n\n", "\n")),
        ("What is the sum of each row?\n1 2\n3 4", "What is the sum of each row?\n1 2 3 4"),
        (TABLE, TABLE.replace("Bob  Ray Jones", "Bob Ray  Jones")),
        (TABLE, TABLE.replace("Ann Lee\tSmith", "Ann\tLee Smith")),
        ("Which comes second in Ann Lee\tSmith?", "Which comes second in Ann\tLee Smith?"),
        ('How many characters are in "a  b"?', 'How many characters are in "a b"?'),
        ("How many characters are in 'a  b'?", "How many characters are in 'a b'?"),
        ("How many characters are in ‘a  b’?", "How many characters are in ‘a b’?"),
        ("How many characters are in 「a  b」?", "How many characters are in 「a b」?"),
        ("What's the length of f'a  b'?", "What's the length of f'a b'?"),
        ("A 5\" pipe: how long is 'a  b'?", "A 5\" pipe: how long is 'a b'?"),
        ("Is a 5\" pipe as long as 'a  b'?", "Is a 5\" pipe as long as 'a b'?"),
        ("Which is longer, `x  y` or z?", "Which is longer, `x y` or z?"),
        ("How many spaces are in: a  b", "How many spaces are in: a b"),
        ("How many spaces has a   b?", "How many spaces has a b?"),
        ("Is 'Ａ' (full width) an ASCII letter?", "Is 'A' (full width) an ASCII letter?"),
        ("What is 2① + 3?", "What is 21 + 3?"),
        ("What is 2⑩?", "What is 210?"),
        ("Is φ equal to ϕ?", "Is φ equal to φ?"),
        ("What is 2⁵?", "What is 25?"),
        ("A?", "a?"),
    ],
)
def test_what_can_change_the_answer_makes_another_question(one: str, other: str) -> None:
    assert question_key(one) != question_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (" What  is 2 + 2?\n", "What is 2 + 2?"),
        ("\uff12 + 2?", "2 + 2?"),
        ("5\u20113", "5\u20103"),
        ("café  au lait", "cafe\u0301 au lait"),
        ("It's  John's book.  Whose is it?", "It's John's book. Whose is it?"),
        ("The boys’  and the girls’  books?", "The boys’ and the girls’ books?"),
        ("When is it  10:30 there?", "When is it 10:30 there?"),
        ('Is "a b" one word?', 'Is  "a b"  one word?'),
        (PROGRAM, "\n\n" + PROGRAM.replace("\n", "\r\n") + "\n "),
    ],
)
def test_what_cannot_change_it_does_not(one: str, other: str) -> None:
    assert question_key(one) == question_key(other)


TEXTS = st.text(st.sampled_from("ab1:fs'’\"`“”＂ \t\r\n\u00a0\u3000Ａｶﾞe\u0301\u1fef\u2028²"))


@given(TEXTS)
def test_the_key_tells_apart_all_that_it_ever_did(text: str) -> None:
    assert loose(exact(text)) == loose(text)


@pytest.mark.parametrize(
    ("question", "split"),
    [
        ("Sum the lines:\n0\n1", Split.CALIBRATION),
        ("Sum the lines:\n10\n11", Split.GATE),
        ("Sum the lines:\n11\n12", Split.TRAIN),
        (PROGRAM, Split.TRAIN),
    ],
)
def test_a_question_is_in_the_split_that_it_was_always_in(question: str, split: Split) -> None:
    assert split_of(question) is split
    assert split_of(question.replace("\n", "\r\n")) is split


@given(TEXTS)
def test_two_spellings_of_one_question_are_in_one_split(text: str) -> None:
    assert split_of(exact(text)) is split_of(text)
