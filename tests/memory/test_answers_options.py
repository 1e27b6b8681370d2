"""Options that an answer repeats with their letter."""

import pytest

from memory.answers import extract, extract_marked, key, same, vote_keys

QUESTION = "Which city is the capital of France?\n{0[0]} Lyon\n{0[1]} Paris.\n{0[2]} New York"
STYLES = ["A. B. C.", "A) B) C)", "(A) (B) (C)", "a. b. c.", "- A. - B. - C.", "A: B: C:"]


def _question(style: str) -> str:
    labels = style.replace("- ", "-").split()
    return QUESTION.format([label.replace("-", "- ") for label in labels])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "answer", ["B", "B. Paris", "B) Paris", "(B) Paris", "B: Paris", "B - Paris", "**B.** paris."]
)
def test_an_option_is_its_letter(style: str, answer: str) -> None:
    question = _question(style)
    assert extract_marked(f"Answer: {answer}", question) == "B"
    assert extract(answer, question) == "B"
    assert key(answer, question) == key("B", question)
    assert same(answer, "B", question)
    assert vote_keys([answer, "B", "C"], question) == vote_keys(["B", "B", "C"], question)
    assert same("B!", answer, question)


@pytest.mark.parametrize("answer", ["A. Paris", "B. Rome", "C. New", "D. Paris", "A. Lincoln"])
def test_another_letter_or_text_is_not(answer: str) -> None:
    question = _question("A. B. C.")
    assert extract_marked(f"Answer: {answer}", question) == answer
    assert not same(answer, answer[0], question)


@pytest.mark.parametrize(
    "question",
    [
        "Who was taller?\nA. Lincoln\nA. Jackson",
        "Who was taller, A. Lincoln or A. Jackson?",
        "Who was it?\nA. Lincoln",
        "First:\nA. Lincoln\nB. Grant\nSecond:\nA. Jackson\nB. Lee",
        "",
    ],
)
def test_initials_are_no_letters_of_options(question: str) -> None:
    assert extract_marked("Answer: A. Lincoln", question) == "A. Lincoln"
    assert not same("A. Lincoln", "A. Jackson", question)
