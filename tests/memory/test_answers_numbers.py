"""Numbers, units, days and times that are written in several ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.answers import extract, extract_marked, key, normalise, same


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("3.5.", "3.5"),
        ("12.75.", "12.75"),
        ("$3.50.", "$3.50"),
        ("12.5%.", "12.5%"),
        ("0.15.", "0.15"),
        ("1,234.5.", "1234.5"),
        ("1.2.3.", "1.2.3"),
        ("e.g.", "e.g."),
        ("5 p.m.", "5 p.m."),
        ("the U.S.", "the U.S."),
        ("\u20135", "-5"),
        ("1\u202f234", "1234"),
        ("12\u00a0345\u00a0678", "12345678"),
        ("1'234", "1234"),
        ("1\u2019234.5", "1234.5"),
        ("1.5 x 10^3", "1.5 x 10^3"),
        ("10^6", "10^6"),
        ("5 MW.", "5 MW"),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    assert normalise(written) == normal
    assert key(written) == key(normal)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 3.5.", "3.5"),
        ("The answer is 3.5. This is because 7 / 2 = 3.5.", "3.5"),
        ("Answer: $12.75. That is the sum.", "$12.75"),
        ("Answer: 3.1. Introduction", "3.1. Introduction"),
        ("Answer: e.g. This one", "e.g. This one"),
    ],
)
def test_a_decimal_ends_its_sentence(text: str, answer: str) -> None:
    assert extract(text) == answer


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1 and 2", "1, 2"),
        ("1 and 2", "[1, 2]"),
        ("1.5 \u00d7 10^3", "1500"),
        ("1.5 \\times 10^{-3}", "0.0015"),
        ("3*10^8 m/s", "3e8 m/s"),
        ("10^6", "1,000,000"),
        ("-10^2", "-100"),
        ("\u20135", "-5"),
        ("[\u20131, 2]", "[-1, 2]"),
        ("minus 5", "-5"),
        ("negative five", "-5"),
        ("minus 5 km", "-5 km"),
        ("\u0665", "5"),
        ("\u096a\u0968", "42"),
        ("17:30", "5:30 pm"),
        ("00:15", "12:15 a.m."),
        ("Mar 5", "March 5"),
        ("5 March", "March 5th"),
        ("the 5th of March", "March 5!"),
        ("3 boxes", "3 box"),
        ("5 glasses", "5 glass"),
        ("2 houses", "2 house"),
        ("2 buses", "2 bus"),
        ("4 berries", "4 berry"),
        ("3 matches", "3 match"),
        ("5 mW", "5mW"),
        ("2 cookies", "2 cookie"),
    ],
)
def test_same(first: str, second: str) -> None:
    assert same(first, second)
    assert key(first) == key(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2 and 1/2", "2, 1/2"),
        ("1 hundred and 5", "100, 5"),
        ("1 234", "1234"),
        ("12,34,567", "1234567"),
        ("5'10", "510"),
        ("10^6!", "10^6"),
        ("10^6x", "10^6"),
        ("10^(6)", "10"),
        ("2^10", "10^2"),
        ("5\u20137", "-7"),
        ("5 \u20137", "5, -7"),
        ("minus 5", "5"),
        ("minus", "-"),
        ("minus minus 5", "5"),
        ("17:30", "17.30"),
        ("5:30", "5:30 pm"),
        ("24:30", "00:30"),
        ("March 5", "March 6"),
        ("March 5", "March 5, 2024"),
        ("February 30", "March 1"),
        ("May 2024", "May 20"),
        ("5%", "5 percentage points"),
        ("5 mW", "5 MW"),
        ("1 Gbps", "1 GBps"),
        ("5 Mb/s", "5 MB/s"),
        ("3 laps", "3 lapses"),
        ("3 pies", "3 pints"),
    ],
)
def test_not_the_same(first: str, second: str) -> None:
    assert not same(first, second)
    assert key(first) != key(second)


@given(st.integers(1, 999_999), st.integers(0, 12))
def test_a_power_of_ten_is_its_number(number: int, exponent: int) -> None:
    assert same(f"{number} x 10^{exponent}", str(number * 10**exponent))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_a_closing_stop_is_no_part_of_a_decimal(number: object) -> None:
    assert key(f"{number}.") == key(f"{number}")


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        (r"\boxed{1{,}000}", "1000"),
        (r"Answer: $1{,}234{,}567$", "1234567"),
        (r"\boxed{12\,000}", "12000"),
        (r"\boxed{12,\!000}", "12000"),
        (r"\boxed{5\,\text{apples}}", "5 apples"),
        (r"\boxed{3\;\mathrm{km}}", "3 km"),
        (r"\boxed{(1,\,2)}", "(1, 2)"),
        ("Answer: {,}", "{,}"),
    ],
)
def test_spaces_and_commas_of_latex_part_what_they_part_in_print(written: str, answer: str) -> None:
    assert extract_marked(written) == answer
