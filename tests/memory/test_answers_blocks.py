import time

import pytest

from memory.answers import extract, extract_marked, same


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer:\n1. Paris\n2. Rome\n3. Berlin", "Paris, Rome, Berlin"),
        ("Answer: 1. Paris\n2. Rome", "Paris, Rome"),
        ("**Final Answer:**\n\n1) Paris\n\n2) Rome", "Paris, Rome"),
        ("### Answer\n1. Paris\n2. Rome", "Paris, Rome"),
        ("### Answer\n* Paris\n* Rome", "Paris, Rome"),
        ("Answer:\n- apple\n- pear", "apple, pear"),
        ("Answer:\n* apple\n* pear", "apple, pear"),
        ("Answer:\n\u2022 **apple**\n\u2022 `pear`.", "apple, pear"),
        ("Answer:\n- apple", "apple"),
        ("Answer:\n- 5\n- 7", "5, 7"),
        ("Answer:\n- 5", "- 5"),
        ("The answer is as follows:\n1. red\n2. blue\n\nI hope that helps.", "red, blue"),
        ("Answer:\n1. Paris, which is\n   in France\n2. Rome", "Paris, which is in France, Rome"),
        ("<answer>\n1. Paris\n2. Rome\n</answer>", "Paris, Rome"),
        ("<answer>\n- Paris\n- Rome</answer>", "Paris, Rome"),
        ("First:\n1. add\n2. divide\nAnswer: 7", "7"),
        ("Answer:\nRed\nYellow\nBlue", "Red, Yellow, Blue"),
        ("**Answer:**\n\nRed\nNavy blue\n\nThese are the colours", "Red, Navy blue"),
        ("The answer is as follows:\nRed\nBlue\n\nI hope that helps.", "Red, Blue"),
        ("### Answer\n3\n5\n8", "3, 5, 8"),
        ("Answer:\nx = 5\ny = -3", "x = 5, y = -3"),
    ],
)
def test_the_items_of_a_list_are_one_answer(text: str, answer: str) -> None:
    assert extract_marked(text) == answer
    assert extract(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer:\n\\[\n12\n\\]", "12"),
        ("**Final Answer:**\n\n$$\nx = 12\n$$\n\nI hope that helps.", "x = 12"),
        ("The answer is\n\\[\n\\frac{1}{2}\n\\]", "1/2"),
        ("The answer is as follows:\n\\(\n12\n\\)\n", "12"),
        ("### Answer\n\\[\n\\boxed{12}\n\\]", "12"),
        ("Answer:\n\\[\n12", "12"),
        ("Answer: \\[12\\]", "12"),
        ("Answer:\n\\[ a \\\\\n b \\]", r"a \\ b"),
        (
            "Answer:\n\\begin{vmatrix}\n1 & 2\n\\end{vmatrix}",
            r"\begin{vmatrix} 1 & 2 \end{vmatrix}",
        ),
    ],
)
def test_displayed_mathematics_is_read_between_its_marks(text: str, answer: str) -> None:
    assert extract_marked(text) == answer


def test_marks_of_mathematics_that_was_cut_are_no_answer() -> None:
    assert extract_marked("Answer:\n\\[") is None
    assert extract_marked("Answer:\n$$\n") is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer: 1. Paris", "1. Paris"),
        ("Answer:\n3. New York City", "3. New York City"),
        ("The answer is 5. This is because 2 + 3 = 5", "5"),
        ("The answer is 5. Let me know", "5"),
        ("The answer is 5. Tom has 5 apples.", "5"),
        ("Answer: 5. So the whole farm has five cows in it now", "5"),
    ],
)
def test_a_number_and_its_name_are_not_cut_in_two(text: str, answer: str) -> None:
    assert extract(text) == answer


@pytest.mark.parametrize("written", ["3. Red", "3) Red", "\n3. Red"])
def test_an_option_that_the_question_numbers_is_its_number(written: str) -> None:
    question = "Which is a colour?\n1. Dog\n2. Cat\n3. Red\n4. Cow\n3) Red"
    assert extract(f"Answer: {written}", question) == "3"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer:\n```python\nprint(1)\n```", "print(1)"),
        ("Answer: ```python\nx = y\n```\nIt sets x.", "x = y"),
        ("**Answer:**\n```\n17\n```\nLet me know.", "17"),
        ("Answer:\n```\n1\n2\n```", "1 2"),
        ("### Answer\n```sql\nSELECT 1\n```", "SELECT 1"),
        (
            "Answer:\n```python\ndef add(a, b):\n    return a + b\n```\nIt adds.",
            "def add(a, b): return a + b",
        ),
        ("Answer:\n```python\nprint(1)", "print(1)"),
        ("Answer:\n```\n```", None),
    ],
)
def test_fenced_code_is_an_answer_as_a_whole(text: str, answer: str | None) -> None:
    assert extract_marked(text) == answer


def test_a_table_is_an_answer_as_a_whole_and_its_heading_no_vote_for_another() -> None:
    heading = "Answer:\n| Name | Age |\n|---|---|\n"
    assert extract_marked(f"{heading}| Bo | 5 |\n\nDone.") == "| Name | Age | |---|---| | Bo | 5 |"
    assert not same(f"{extract(heading + '| Bo | 5 |')}", f"{extract(heading + '| Bo | 6 |')}")
    assert extract("Answer: |x|\nwhich is 5") == "|x|"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer: 7\nLet me know if you need more.", "7"),
        ("Answer: 7\n- this is because 3 + 4 = 7\n- that is all", "7"),
        ("Answer: Paris\nRome\nBerlin", "Paris"),
        ("The answer is 5. This is because:\n1. 2 + 3 = 5\n2. that is all", "5"),
        ("Answer: 5, because:\n1. 2 + 3 = 5\n2. that is all", "5"),
        ("Answer: 5. Tom\n1. has five cows\n2. and a pig", "5. Tom"),
        ("Answer: -5\n- 3", "-5"),
        ("Answer: 1.5\n2.5", "1.5"),
        ("Answer:\n7\nHope that helps", "7"),
        ("Answer:\n7\n\n8", "7"),
        ("Answer:\nParis\nIt is the capital of France.", "Paris"),
        ("Answer:\nParis\nNote: it is large", "Paris"),
        ("Answer:\n---\n12\n---", "12"),
        ("Answer\n======\n12", "12"),
        ("# Answer\n* * *\nParis", "Paris"),
    ],
)
def test_lines_below_an_answer_are_no_part_of_it(text: str, answer: str) -> None:
    assert extract(text) == answer


def test_a_list_copied_from_the_question_is_no_answer() -> None:
    text = "Answer:\n1. Paris\n2. Rome"
    assert extract(text, f"Which cities? {text}") is None
    assert extract("Answer:\n1. Paris\n2. Bonn", f"Which cities? {text}") == "Paris, Bonn"


@pytest.mark.parametrize(
    "unit",
    [
        "- a\n", "1. a\n", "```\n", "answer:\n- a\n", "answer:\n1. ", "answer:\n```\n", "  - \n",
        "1. a ", "answer: yes answer: no ", "not answer: yes\n", "[[a]]", ":", " :", "a/", "add ",
        "missing the ", "capital ", "ignore ", "never a ", "\t", "tenths ", "\u200f", "no, it ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("length", [2_000, 100_000])
def test_long_input_takes_no_time(unit: str, length: int) -> None:
    text = (unit * length)[:length]
    start = time.process_time()
    extract(f"z{text}", text)
    assert time.process_time() - start < 30, "about a second on a slow core: nothing quadratic"
