import subprocess
import sys
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.answers import (
    Kind,
    extract,
    extract_marked,
    from_value,
    key,
    kind_of,
    normalise,
    same,
    vote_keys,
)

ATOMS = [
    "1,000", "5", "5 apples", "$5", "€5", "50%", "1/2", ".5", "yes", "True", "(B)", "B.", "[[A]]",
    "[1, 2]", "(1,)", "{1}", "a", "and", " and ", ", ", "**", "`", "'", '"', ".", "The ", "a ",
    "March 5, 2024", "2024-03-05", "-", "+", "1e5", "e5", "\\frac{1}{2}", "$", "½", "\\text{", "}",
    "{", "[", "]", "(", ")", "x = ", "=", "million", "no, it", "option ", "#", "\n", "Answer:",
    "Final answer: ", "\\boxed{", "####", "0", "7", "U.S.", "ß", "İ", "\u0301", "٣", "²", "\u2028",
    "\x00", "\ud800", "…", "</think>",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(ATOMS), max_size=7).map("".join),
    st.lists(st.sampled_from(ATOMS), max_size=5).map(" ".join),
)


@pytest.mark.parametrize(
    ("given_as", "expected"),
    [
        ("1,000", "1000"),
        ("1000.0", "1000"),
        ("-1,234,567.50", "-1234567.5"),
        (".50", "0.5"),
        ("-.5", "-0.5"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("+5", "5"),
        ("7.", "7"),
        ("\u22125", "-5"),
        ("1e6", "1000000"),
        ("2.5e-3", "0.0025"),
        ("1e400", "1e400"),
        ("1/2", "1/2"),
        ("4 / 8", "4/8"),
        ("2½", "2 1/2"),
        ("50 %", "50%"),
        ("50 percent", "50%"),
        ("$1,000", "$1000"),
        ("$3.50", "$3.50"),
        ("$3.00", "$3"),
        ("US$5", "$5"),
        ("-$5", "-$5"),
        ("5 apples", "5 apples"),
        ("1,000 km", "1000 km"),
        ("$5 million", "$5 million"),
        ("9" * 300, "9" * 300),
        ("True", "yes"),
        ("false", "no"),
        ("Yes.", "yes"),
        ("yes, it is", "yes"),
        ("No, the coin is not heads up.", "no"),
        ("Yes. The coin is still heads up.", "yes"),
        ("(B)", "B"),
        ("B.", "B"),
        ("B)", "B"),
        ("option b", "B"),
        ("Option (C)", "C"),
        ("[[A]]", "A"),
        ("(B) Paris", "B"),
        ("Option B: Paris", "B"),
        ("**Paris**", "Paris"),
        ("`Paris`.", "Paris"),
        ('"Paris"', "Paris"),
        ("\u201cParis\u201d", "Paris"),
        ("$\\frac{1}{2}$", "1/2"),
        ("\\text{north}", "north"),
        ("50\\%", "50%"),
        (" Paris \n France ", "Paris France"),
        ("Par\u200bis\x00", "Paris"),
    ],
)
def test_normal_form(given_as: str, expected: str) -> None:
    assert normalise(given_as) == expected


@pytest.mark.parametrize(
    "text",
    [
        "007", "02139", "00", "yr", "Ee", "ne", "no", "a", "e", "A", "I", "None", "null", "NaN",
        "nan", "inf", "-inf", "Infinity", "e5", "1e99999", "1/0", "1_000", "1.2.3", "1,00", "3rd",
        "192.168.0.1", "5 to 6", "3:4", "12:30", "C++", "A*", "x", "?", "-", "...", "U.S.",
        "Yes, Minister", "No Country for Old Men", "Norway", "(A) and (B)", "A. Lincoln",
        "True North", "March 5, 2024", "2024-03-05", "05/03/2024", "Monday", "[1, 2, 3]",
        "['a', 'b']", "1, 2 and 3", "10\u00b2", "x\u00b2", "__init__", "\u0663", "don't", "é",
        "東京", "50 Cent",
    ],
)  # fmt: skip
def test_left_as_it_is(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1,000", "1000.0"),
        ("1/2", "0.5"),
        (".50", "0.5"),
        ("1/3", "0.3333333"),
        ("2/4", "1/2"),
        ("1 1/2", "1.5"),
        ("2½", "5/2"),
        ("0.1", "0.1000000001"),
        ("1e3", "1000"),
        ("three", "3"),
        ("x = 5", "5"),
        ("5 million", "5,000,000"),
        ("$5 million", "$5,000,000"),
        ("$18", "18"),
        ("18 dollars", "$18.00"),
        ("18 USD", "USD 18"),
        ("5 apples", "5"),
        ("1 apple", "1 apples"),
        ("5 km", "5 kilometers"),
        ("5km", "5 km"),
        ("50%", "50 percent"),
        ("50%", "50"),
        ("Yes", "true"),
        ("No.", "False"),
        ("March 5, 2024", "2024-03-05"),
        ("5th of March 2024", "Mar 5, 2024"),
        ("Tuesday, March 5, 2024", "2024-03-05"),
        ("2024-03-05T00:00:00", "2024/3/5"),
        ("12/25/2024", "25/12/2024"),
        ("05/05/2024", "2024-05-05"),
        ("05/03/2024", "05/03/2024"),
        ("monday", "Monday."),
        ("(B)", "b"),
        ("[[A]]", "A"),
        ("[1, 2, 3]", "1, 2 and 3"),
        ("(1, 2, 3)", "1,2,3"),
        ("[1 , 2]", "1, 2.0"),
        ("1 2 3", "[1, 2, 3]"),
        ("['a', 'b']", "a, b"),
        ("apple banana cherry", "['apple', 'banana', 'cherry']"),
        ("red, green, and blue", "red, green and blue"),
        ("[1,000, 2,000]", "1000, 2000"),
        ("{2, 1}", "{1, 2}"),
        ("(5,)", "5"),
        ("one, two and three", "[1, 2, 3]"),
        ("[[1, 2], [3, 4]]", "((1, 2), (3, 4))"),
        ("The Beatles", "beatles"),
        ("'er'", "ER"),
        ("caf\u00e9", "cafe\u0301"),
        ("\uff15", "5"),
        ("\\frac34", "3/4"),
        ("2\\frac{3}{4}", "2 3/4"),
        ("\\frac{-1}{2}", "-0.5"),
        ("\\frac{a}{b}", "a/b"),
        ("\\frac{a + b}{2}", "(a + b)/2"),
        ("\\frac{2x}{3}", "2x/3"),
        ("\\frac{3\\pi}{4}", "3\\pi/4"),
        ("\\frac{x^2}{2}", "x^2/2"),
        ("\\frac{1}{x^2}", "1/x^2"),
        ("\\frac{(a + b)c}{2}", "(a + b)c/2"),
        ("\\frac{a \\pm b}{2}", "(a \\pm b)/2"),
        ("\\frac{$12}{4}", "3"),
        ("B!", "B"),
        ("Vitamin C!", "Vitamin C"),
        ("Windows 11!", "Windows 11"),
        ("January 5!", "January 5"),
        ("Hello!", "hello"),
        ("I can't!", "I can't"),
        ("Paris?", '". Paris'),
        ("5:00 PM", "5 p.m."),
        ("05:30 am", "5:30 AM"),
        ("12 PM", "12:00 pm"),
    ],
)
def test_same(first: str, second: str) -> None:
    assert same(first, second)
    assert same(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0.333", "1/3"),
        ("1000000", "1000001"),
        ("12345678901234567890", "12345678901234567891"),
        ("1234567.89", "1234567.88"),
        ("0.00000012", "0.00000013"),
        ("50%", "0.5"),
        ("$5", "€5"),
        ("5 km", "5 m"),
        ("5 hours", "5 minutes"),
        ("5 million", "5"),
        ("5 dozen", "5"),
        ("5", "-5"),
        ("007", "7"),
        ("10\u00b2", "102"),
        ("21 Jump Street", "21"),
        ("50 Cent", "50"),
        ("3rd", "3"),
        ("5 am", "5 pm"),
        ("yes", "no"),
        ("March 5, 2024", "05/03/2024"),
        ("05/03/2024", "03/05/2024"),
        ("Monday, March 5, 2024", "2024-03-05"),
        ("February 30, 2024", "2024-03-01"),
        ("[1, 2, 3]", "[3, 2, 1]"),
        ("[[1, 2], 3]", "[1, [2, 3]]"),
        ("1, 2", "12"),
        ("(A) and (B)", "A"),
        ("A. Lincoln", "A"),
        ("A B C", "B C"),
        ("A and B", "and B"),
        ("x = 5, y = 3", "y = 5, x = 3"),
        ("ab", "ba"),
        ("Monday", "Tuesday"),
        ("nan", "inf"),
        ("enable 2FA", "disable 2FA"),
        ("", "0"),
        ("n!", "n"),
        ("2n!", "2n"),
        ("5!", "5"),
        ("(a + b)!", "(a + b)"),
        ("f'", "f"),
        ("f''", "f'"),
        (".NET", "NET"),
        ("!x", "x"),
        ("2\\frac{3}{4}", "23/4"),
        ("\\frac{a + b}{c}", "a + \\frac{b}{c}"),
        ("\\frac{1}{2}x", "\\frac{1}{2x}"),
        ("\\frac{1}{x^2y}", "1/x^2y"),
        ("\\frac{a - b}{2}", "a - b/2"),
        ("\\frac{1}{2}^2", "\\frac{1}{2^2}"),
        ("5:30 AM", "5:30 PM"),
        ("5:30 PM", "5:30"),
        ("5:30", "05:30"),
        ("12 AM", "12 PM"),
        ("17:00 PM", "5 PM"),
    ],
)
def test_not_the_same(first: str, second: str) -> None:
    assert not same(first, second)
    assert not same(second, first)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1,000", Kind.NUMBER),
        ("$5", Kind.NUMBER),
        ("5 apples", Kind.NUMBER),
        ("1/2", Kind.NUMBER),
        ("2024-03-05", Kind.DATE),
        ("March 5, 2024", Kind.DATE),
        ("05/03/2024", Kind.TEXT),
        ("True", Kind.YES_NO),
        ("no", Kind.YES_NO),
        ("(B)", Kind.CHOICE),
        ("C", Kind.CHOICE),
        ("a", Kind.TEXT),
        ("[1, 2]", Kind.LIST),
        ("1, 2 and 3", Kind.LIST),
        ("1 2 3", Kind.LIST),
        ("red, green, blue", Kind.LIST),
        ("Paris, France", Kind.TEXT),
        ("Tuesday", Kind.LABEL),
        ("heads", Kind.LABEL),
        ("er", Kind.TEXT),
        ("007", Kind.TEXT),
        ("None", Kind.TEXT),
        ("", Kind.TEXT),
        ("x" * 5_000, Kind.TEXT),
    ],
)
def test_kind(text: str, kind: Kind) -> None:
    assert kind_of(text) is kind


def test_votes_with_and_without_a_unit_agree() -> None:
    assert len(set(vote_keys(["5", "5 apples", "five", "5 apple"]))) == 1


def test_votes_with_two_units_stay_apart() -> None:
    assert len(set(vote_keys(["5", "5 km", "5 miles"]))) == 3


def test_votes_otherwise_go_by_key() -> None:
    votes = ["Yes", "true", "1/2", "0.5", "B", "(B)", "nothing"]
    assert vote_keys(votes) == [key(vote) for vote in votes]


@given(TEXTS)
def test_normal_form_is_stable(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert key(once) == key(text)
    assert kind_of(once) is kind_of(text)
    assert once.encode().decode() == once


@given(TEXTS, TEXTS)
def test_equality_is_reflexive_symmetric_and_agrees_with_keys(first: str, second: str) -> None:
    assert same(first, first)
    assert same(first, normalise(first))
    assert same(first, second) == same(second, first)
    if key(first) == key(second):
        assert same(first, second)


@given(st.integers(), st.integers(min_value=1, max_value=10**6))
def test_a_number_is_the_same_however_it_is_written(number: int, divisor: int) -> None:
    assert key(f"{number:,}") == key(str(number)) == key(f"{number}.00")
    assert same(f"{number * divisor}/{divisor}", str(number))


@given(st.integers(), st.integers())
def test_different_integers_are_never_the_same(first: int, second: int) -> None:
    assert same(str(first), str(second)) == (first == second)


@given(st.dates())
def test_a_date_is_the_same_in_words_and_digits(day: date) -> None:
    words = f"{day:%A}, {day:%B} {day.day}, {day.year:04d}"
    assert same(words, day.isoformat())
    assert from_value(day) == day.isoformat()


@given(st.from_regex(r"[a-zA-Z]{1,4}", fullmatch=True))
def test_letters_survive(letters: str) -> None:
    expected = {"yes": "yes", "true": "yes", "no": "no"}.get(letters.lower(), letters)
    assert extract(letters) == normalise(letters) == from_value(letters) == expected
    assert extract_marked(f"Final answer: {letters}") == expected


@settings(deadline=None)
@given(TEXTS)
def test_nothing_raises(text: str) -> None:
    extract_marked(text)
    answer = extract(text, text)
    assert answer is None or normalise(answer) == answer
    value = from_value(text)
    assert value is None or normalise(value) == value


@pytest.mark.parametrize(
    "unit",
    [
        "(", "[", "a", "1", "1,", ",", "'", "`", "**", "answer", "final answer:", "\\boxed{", "[[",
        "x ", "####", "\n", " ", "answer to ", "1/", "\\frac{", "{1}", ", and", "answer is ",
        "yes, it ", "½", "\u0301", "</think>", "Answer:\n", "answer*", "=", ". A", "<answer>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("length", [2_000, 100_000])
def test_long_input_takes_no_time(unit: str, length: int) -> None:
    text = (unit * length)[:length]
    start = time.process_time()
    extract(text)
    from_value(text)
    assert same(text, text)
    kind_of(text)
    assert time.process_time() - start < 30, "under 1 s on an idle core: nothing quadratic"


def test_cheap_to_import() -> None:
    code = "import sys, memory.answers; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
