"""Marks and parentheses that change what a formula says."""

import pytest

from memory.answers import normalise, same


@pytest.mark.parametrize(
    "formula",
    [
        "n!/k!", "2^n!", "k * n!", "-n!", "n! + 1!", "f(x)'", "sin(x)'", "N!", "AB'", "2n!",
        "(2n)!", "x_1'", "[x]'", "\\pi!",
    ],
)  # fmt: skip
def test_a_factorial_or_a_prime_counts(formula: str) -> None:
    assert not same(formula, formula[:-1])


@pytest.mark.parametrize(
    "text",
    ["B", "OK", "C++", "World War 2", "Windows 11", "Well-known", "Paris (France)", "It's 5"],
)
def test_behind_words_a_mark_is_punctuation(text: str) -> None:
    assert same(f"{text}!", text)


@pytest.mark.parametrize(
    ("top", "shown"),
    [
        ("|x|-1", "(|x|-1)"),
        ("50\\% - 10", "(50% - 10)"),
        ("90\u00b0 + 4", "(90\u00b0 + 4)"),
        ("a \u00b1 b", "(a \u00b1 b)"),
        ("x \u2213 1", "(x \u2213 1)"),
        ("|-x|", "|-x|"),
        ("2^-x", "2^-x"),
        ("\\pm 3", "\\pm 3"),
    ],
)
def test_a_sum_over_a_number_keeps_its_parentheses(top: str, shown: str) -> None:
    assert normalise(f"\\frac{{{top}}}{{7}}") == f"{shown}/7"
