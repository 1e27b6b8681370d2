import pytest

from memory.answers import key, normalise, same, vote_keys


@pytest.mark.parametrize(
    "written",
    [
        "6 pi", "6 pi cm", "6 tau", "6 tenths", "6 eighths", "6 twelfths", "6 twentieths",
        "6 hundredths", "6 twenty-fifths", "6 fifth", "6 quarters", "6 halves", "6 squared",
        "6 cubed", "6 factorial", "6 base seven", "6 root two", "6 root", "6 in binary",
        "6 hexadecimal", "6 quadrillion", "6 quintillion", "6 sextillion", "6 lakh", "6 crore",
        "6 lakhs", "6 millions", "6 hundreds", "6 tens", "6 grand", "6 below zero",
        "6 degrees below zero", "6 above par", "6 under", "6 over", "6 less", "6 more", "6 fewer",
        "6 short", "6 minus", "6 plus", "6 times", "6 negative", "6 percent off", "6 bc",
        "6 am", "6 pm",
    ],
)  # fmt: skip
def test_a_word_that_scales_or_operates_is_no_unit(written: str) -> None:
    assert normalise(written) == written
    assert not same("6", written)
    assert not same(written, "6")
    assert key("6") != key(written)
    assert len(set(vote_keys(["6", written, "6"]))) == 2


@pytest.mark.parametrize(
    "written",
    [
        "6 apples", "6 dollars", "$6", "6 seconds", "6 months", "6 teeth", "6 square feet",
        "6 roots", "6 bases", "6 more apples", "6 fewer points", "6 binary digits",
        "6 grand pianos", "6 short stories", "6 zeros", "6 in", "6 pies", "6 pavilions",
        "6 percentage points",
    ],
)  # fmt: skip
def test_a_unit_stays_one(written: str) -> None:
    assert same("6", written)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("5 quadrillion", "5,000,000,000,000,000"),
        ("2 lakh rupees", "₹200,000"),
        ("3 crore", "30,000,000"),
        ("$5 quintillion", "$5000000000000000000"),
    ],
)
def test_known_scales_are_worked_out(first: str, second: str) -> None:
    assert same(first, second)
