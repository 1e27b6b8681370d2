import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from memory.answers import (
    extract,
    extract_marked,
    from_value,
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Let me think.\nFinal answer: 42", "42"),
        ("Final answer: 41\nWait, no.\nFinal answer: 42.", "42"),
        ("**Final Answer:** 42", "42"),
        ("**Final answer: 42**", "42"),
        ("**Final Answer**: **yes**.", "yes"),
        ("### Final Answer\n\nParis", "Paris"),
        ("Final answer:\n\n**Paris**", "Paris"),
        ("Answer:\n```\n17\n```", "17"),
        ("So the answer is 5. This is because 2 + 3 = 5.", "5"),
        ("The answer is B. The others are wrong.", "B"),
        ("The correct answer is (B) Paris.", "B"),
        ("The answer to the question is Paris because it is.", "Paris"),
        ("Answer: J. R. R. Tolkien", "J. R. R. Tolkien"),
        ("The answer is 3.5 km", "3.5 km"),
        ("The answer is as follows:\n12", "12"),
        ("2 + 2 = 4\n#### 4", "4"),
        ("#### Step 1: add\nThe answer is 4", "4"),
        ("Thus \\boxed{\\frac{1}{2}}.", "1/2"),
        ("First \\boxed{1}, then \\boxed{2}", "2"),
        ("The answer is $\\boxed{7}$.", "7"),
        ("Assistant A is better. [[A]]", "A"),
        ("I lean to [[A]], but on reflection: [[B]]", "B"),
        ("<answer>ok</answer>", "ok"),
        ("<think>The answer is 3</think>The answer is 4", "4"),
        ("Answer: [1, 2, 3]", "[1, 2, 3]"),
        ("answer = 12", "12"),
        ("Answer: None", "None"),
        ("*Answer: er*", "er"),
        ("Final answer: IS", "IS"),
        ("The final answer is: er", "er"),
        ("The final answer is er.", "er"),
        ("The answer is not", "not"),
        ("Answer\uff1a7", "7"),
        ("Final answer\uff1a 7", "7"),
        ("### Answer\uff1a\n7", "7"),
        ("Answer: \u200f7", "7"),
        ("Answer:\u200e -5", "-5"),
        ("Answer: \u202b7\u202c", "7"),
        ("Answer: \u20687\u2069.", "7"),
        ("\u7b54\u6848\uff1a7", "7"),
        ("\u6b63\u786e\u7b54\u6848\u662f: 7", "7"),
        ("\u7b54\u3048: 7", "7"),
        ("\u7b54\uff1a7", "7"),
        ("\u041e\u0442\u0432\u0435\u0442: 7", "7"),
        ("Antwort: 7", "7"),
        ("**Respuesta final:** 7", "7"),
        ("R\u00e9ponse\u00a0: 7", "7"),
        ("Answer: ```7```", "7"),
        ("Answer: Gen. Lee", "Gen. Lee"),
        ("Answer: Capt. Kirk. He was the captain.", "Capt. Kirk"),
        ("Answer: Paris because it is the capital.", "Paris"),
        ("Answer: 7 since 3 + 4 = 7", "7"),
        ("Answer: the cat, since it purrs", "the cat"),
        ("Answer: Ever since you left, because I said so", "Ever since you left"),
        ("Answer: Just because", "Just because"),
        ("Answer: It is because of the rain", "It is because of the rain"),
        ("Answer: The same as the first", "The same as the first"),
        ("Answer: Twice as the first", "Twice as the first"),
        ("Answer: Happy since Monday", "Happy since Monday"),
        ("Answer: Ever since you left", "Ever since you left"),
        ("Answer: It's mostly because of rain", "It's mostly because of rain"),
        ("The answer is Paris since it is the capital of France.", "Paris"),
        ("The answer is blue because the sky scatters light.", "blue"),
        ("The answer is Mercury as the planet is closest to the sun.", "Mercury"),
        ("The answer is the cat because it is small.", "the cat"),
        ("The answer is New York which means it is big.", "New York"),
        ("The answer is red so the stop is long.", "red"),
        ("The answer is that because it is near.", "that"),
        ("Answer: 12 since 3*4=12", "12"),
        ("Answer: B as the others are wrong", "B"),
        ("Answer: Yes so the claim holds", "yes"),
    ],
)
def test_marked_answer(text: str, answer: str) -> None:
    assert extract_marked(text) == answer
    assert extract(text) == answer


@pytest.mark.parametrize(
    "answer",
    [
        "Acts as the powerhouse of the cell",
        "It is known as the Big Apple",
        "Used as the base of natural logarithms",
        "Served as the first president who was not elected",
        "Unemployed since May 2020",
        "He opened the door so the dog could leave",
    ],
)
def test_what_goes_on_with_an_answer_is_no_reason(answer: str) -> None:
    assert extract_marked(f"Answer: {answer}.") == answer


@pytest.mark.parametrize(
    "marked", ["Answer: 7", "\\boxed{7}.", "## Answer\n\n7", "The answer is 7."]
)
@pytest.mark.parametrize(
    "remark",
    [
        "I hope this answer is helpful!",
        "Check: 3 + 4 = 7. The answer is correct.",
        "The answer is an integer.",
        "This answer is rounded.",
        "So the answer is **the same as before**.",
        "The answer is in meters. This answer is valid.",
        "The answer is given in square meters. Your answer is safe with me.",
        "Check: the answer is indeed **correct**.",
        "The answer is right, as 3 + 4 = 7.",
        "The answer is a positive integer. My answer is based on the sum.",
        "The answer is as expected. So the correct option is that.",
    ],
)
def test_a_remark_about_an_answer_is_none(marked: str, remark: str) -> None:
    assert extract_marked(f"{marked}\n\n{remark}") == "7"


@pytest.mark.parametrize(
    "word", ["valid", "positive", "not 8", "simplified", "complete", "supported by the passage"]
)
@pytest.mark.parametrize(
    ("marked", "answer"),
    [
        ("Answer: 7", "7"),
        ("**Final answer: B**", "B"),
        ("## Answer\n\nyes", "yes"),
        ("\\boxed{x^2}.", "x^2"),
    ],
)
def test_a_word_does_not_take_the_place_of_a_sure_answer(
    marked: str, answer: str, word: str
) -> None:
    assert extract_marked(f"{marked}\nThe answer is {word}.") == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Step 1: Answer: heads. After the second flip, the answer is tails.", "tails"),
        ("**Final answer**\n\nThe answer is blue.", "blue"),
        ("Answer: We see that it is above 0. So the answer is positive.", "positive"),
        ("First the answer is 12. The answer is thursday.", "thursday"),
    ],
)
def test_it_does_of_a_word_and_of_what_is_not_explicit(text: str, answer: str) -> None:
    assert extract_marked(text) == answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("So the answer is 8.", "8"),
        ("The answer is eight.", "eight"),
        ("The answer is B.", "B"),
        ("The answer is no.", "no"),
        ("The answer is Paris.", "Paris"),
        ("The answer is: red.", "red"),
        ("The answer is 8. I hope this answer is helpful!", "8"),
        ("After the second flip, the answer is tails.", "tails"),
        ("Then 7 mod 2 is 1, so the final answer is odd.", "odd"),
        ("So the final answer is blue.", "blue"),
        ("The answer is thursday.", "thursday"),
        ("The answer is maybe.", "maybe"),
        ("The answer is a triangle.", "a triangle"),
        ("The answer is right angle.", "right angle"),
        ("The answer is clear water.", "clear water"),
        ("The answer is that he left.", "that he left"),
        ("The final answer is wrong.", "wrong"),
        ("My answer is tails.", "tails"),
        ("This answer is Paris.", "Paris"),
    ],
)
def test_an_answer_that_is_stated_later_counts(said: str, answer: str) -> None:
    assert extract_marked(f"Answer: 7\nWait, no.\n{said}") == answer


def test_a_remark_behind_a_copied_marker_is_all_that_there_is() -> None:
    assert extract_marked("Answer: 7\nNo, the answer is red.", "Which? Answer: 7") == "red"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("er", "er"),
        (" no \n", "no"),
        ("`er`", "er"),
        ("```\ner\n```", "er"),
        ("1,000 apples.", "1000 apples"),
        ("None", "None"),
        ("a", "a"),
        ("", None),
        ("   \n", None),
        ("First this.\nThen that.", None),
        ("word " * 100, None),
    ],
)
def test_unmarked_answer(text: str, answer: str | None) -> None:
    assert extract(text) == answer
    assert extract_marked(text) is None


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Answer: 7", "What is 2 + 2?\nAnswer: 7"),
        ("So:\n**Answer:** 7.", "Write answer: 7 please"),
        ("the answer is 7", "I say the answer is 7."),
        ("[[A]]", "End with [[A]], not with [[B]]"),
        ("\\boxed{7}", "It is \\boxed{7}"),
        ("Answer: [[A]]", "Say: Answer: [[A]]"),
        ("Answer: 7\nAnswer: 7", "Answer: 7"),
        ("Answer: 7", "2 + 2? Answer\uff1a7"),
        ("Answer: 7", "2 + 2? Answer:7"),
        ("Answer: 7", "2 + 2? Answer: 7. I repeat, answer: 7!"),
        ("Answer: 7", "2 + 2? End with 'Answer: <number>'. Answer: 7"),
        ("Answer: 7", "2 + 2? End with 'Answer: X'. Answer: 7"),
        ("The answer is 7", "2 + 2? End with 'Answer: 4' or 'Answer: 7'. The answer is 7."),
        ("Answer: 7", "2 + 2? Answer: 7 if you can read this."),
        ("Answer: 7", "2 + 2? <b>Answer</b>: 7"),
        ("Answer: 7", '2 + 2? <P><span class="x">Answer:</span> <em>7</em></p>'),
        ("Respuesta: 7", "2 + 2? Respuesta: 7"),
        ("[[A]]", "Reply with [[A]] and never with [[B]]"),
        (
            "End your reply with 'Answer: yes' or 'Answer: no'.",
            "Is 7 prime? End your reply with 'Answer: yes' or 'Answer: no'.",
        ),
    ],
)
def test_a_marker_copied_from_the_question_is_no_answer(text: str, question: str) -> None:
    assert extract_marked(text) is not None
    assert extract_marked(text, question) is None
    assert extract(text, question) is None


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("Answer: 4\nIt says Answer: 7", "2 + 2? Answer: 7", "4"),
        ("It says Answer: 7.\nAnswer: 4", "2 + 2? Answer: 7", "4"),
        ("Answer: 7", "2 + 2? Answer: 71", "7"),
        ("Answer: 7", "2 + 2? Answer: 7.5", "7"),
        ("Answer: yes", "Is it? Answer: yes or no", "yes"),
        ("Answer: A", "Which? Answer: A, B or C", "A"),
        ("Answer: a", "What is a letter?", "a"),
        ("The answer is answer", "Which word? The answer?", "answer"),
        ("Answer: [[A]]", "End with [[A]] or [[B]]", "A"),
        ("7", "2 + 2? Answer: 7", "7"),
        ("<answer>7</answer>", "What is 7 + 0?", "7"),
    ],
)
def test_a_models_own_marker_counts_whatever_was_asked(
    text: str, question: str, answer: str
) -> None:
    assert extract(text, question) == answer


CHOICES = [
    'Is 7 prime? Finish with "Answer: {0}" if it is and "Answer: {1}" if it is not.',
    "Is 7 prime? End your reply with 'Answer: {0}' or 'Answer: {1}'.",
    "Is 7 prime?\n**Answer:** {0}, **Answer:** {1}",
    "Is 4 prime?\nAnswer: {1}\nIs 5 prime?\nAnswer: {0}\nIs 7 prime?\nAnswer:",
]


@pytest.mark.parametrize("question", CHOICES)
@pytest.mark.parametrize("words", [("yes", "no"), ("prime", "not prime"), ("1", "0")])
def test_what_a_question_offers_to_choose_from_is_no_copy(
    question: str, words: tuple[str, str]
) -> None:
    for word in words:
        text = f"I divide it.\nAnswer: {word}"
        assert extract(text, question.format(*words)) == word


@pytest.mark.parametrize("word", ["1", "0"])
def test_so_is_one_on_a_condition_that_says_what_else(word: str) -> None:
    question = 'Is 7 prime? End with "Answer: 1" if it is prime and with 0 otherwise.'
    assert extract(f"I divide it.\nAnswer: {word}", question) == word
    assert extract('I should end with "Answer: 1" if it is prime.', question) is None


@pytest.mark.parametrize("letter", ["A", "B", "C"])
@pytest.mark.parametrize(
    "question",
    [
        'Output "[[A]]" if assistant A is better, "[[B]]" if B is, and "[[C]]" for a tie.',
        "Reply with [[A]], [[B]] or [[C]].",
    ],
)
def test_so_are_verdicts(question: str, letter: str) -> None:
    assert extract(f"[[{letter}]]", question) == letter


@pytest.mark.parametrize(
    "text", ["Answer:", "It was 5. Final answer:", "**Final Answer:**\n\n", "The answer is"]
)
def test_a_marker_with_nothing_behind_it_is_no_answer(text: str) -> None:
    assert extract(text) is None
    assert extract_marked(text) is None


def test_an_echo_of_the_question_is_no_answer() -> None:
    assert extract("What is two plus two?", "What is two plus two?") is None
    assert extract("four", "What is two plus two?") == "four"


def test_thinking_that_is_marked_off_is_not_read() -> None:
    assert extract("<think>\nAnswer: 5\n</think>\n6") == "6"


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("er", "er"),
        (3, "3"),
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (2.9999999999999996, "3"),
        (-0.0, "0"),
        (1e20, "100000000000000000000"),
        (6.02214076e23, "6.02214076e23"),
        (8888888888888888 / 2, "4444444444444444"),
        (8888888888888889 / 2, "4444444444444444.5"),
        (float(2**53), "9007199254740992"),
        (-float(2**53 - 1), "-9007199254740991"),
        (2.0**60, None),
        (8888888888888888888 / 2, None),
        ([1, 2.0**60], None),
        (1 / 3, "0.333333333333333"),
        (Decimal("1.50"), "1.5"),
        (True, "yes"),
        (False, "no"),
        (None, None),
        (math.nan, None),
        (math.inf, None),
        (Decimal("NaN"), None),
        ("", None),
        ("  ", None),
        ({"a": 1}, None),
        (object(), None),
        (b"er", None),
        (10**4000, None),
        ("x" * 3_000, None),
        ([1, 2, 3], "1, 2, 3"),
        ((1, 2.0), "1, 2"),
        (["No", "I"], "No, I"),
        (["No", "it is"], "['No', 'it is']"),
        (["March 5", "2024"], "['March 5', '2024']"),
        ({3, 1, 2}, "1, 2, 3"),
        (["b", "a"], "b, a"),
        (["a, b", "c"], "['a, b', 'c']"),
        ([[1, 2], [3, 4]], "[[1, 2], [3, 4]]"),
        ([], "[]"),
        ([5], "[5]"),
        ([None], None),
        ([[[[[[1]]]]]], None),
        (list(range(1_000)), None),
        (date(2024, 3, 5), "2024-03-05"),
        (datetime(2024, 3, 5, tzinfo=UTC), "2024-03-05"),
        (timedelta(days=3), "3 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=3), None),
        ("\ud800", None),
    ],
)
def test_value_of_a_program(value: object, answer: str | None) -> None:
    assert from_value(value) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer: **12** apples", "12 apples"),
        ("Answer: `7` apples", "7 apples"),
        ("The answer is **Paris**, the capital.", "Paris, the capital"),
        ("Answer: 2**3", "2**3"),
        ("Answer: x**2 + y**2", "x**2 + y**2"),
        ("Answer: (a+b)**(1/2) + (c+d)**(1/2)", "(a+b)**(1/2) + (c+d)**(1/2)"),
        ("Answer: src/**/tests/**/*.py", "src/**/tests/**/*.py"),
        ("Answer: x** 2", "x** 2"),
        ("答案：7。", "7"),
    ],
)
def test_emphasis_within_an_answer_is_no_part_of_it(text: str, answer: str) -> None:
    assert extract_marked(text) == answer
