import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.variants import variants_of
from agent.variants.swapped import swap_answers


def judge(a: str, b: str) -> str:
    return f"Question: Hi?\n\nAnswer A: {a}\n\nAnswer B: {b}\n\nWhich is better, A or B?"


def longer(question: str) -> str:
    """A solver that likes the longer answer."""
    a = question.split(" A: ")[1].split("\n\n")[0]
    b = question.split(" B: ")[1].split("\n\n")[0]
    return "C" if len(a) == len(b) else "A" if len(a) > len(b) else "B"


@given(st.text("xyz ", min_size=1, max_size=9), st.text("xyz ", min_size=1, max_size=9))
def test_a_solver_of_the_variant_solves_the_question(a: str, b: str) -> None:
    question = judge(f"o{a.strip()}", f"o{b.strip()}")
    (variant,) = swap_answers(question)
    assert variant.back(longer(variant.question)) == longer(question)
    assert [again.question for again in swap_answers(variant.question)] == [question]


@pytest.mark.parametrize(
    ("answer", "back"),
    [
        ("A", "B"),
        ("[[B]]", "[[A]]"),
        ("[[C]]", "[[C]]"),
        ("tie", "tie"),
        ("Answer A", "Answer B"),
        ("Assistant B is better", "Assistant A is better"),
        ("A is better than the other", "B is better than the other"),
        ("Output (a)", "Output (b)"),
        ("1", "2"),
        ("both", "both"),
        ("[[A>B]]", "[[B>A]]"),
        ("A >> B", "B >> A"),
        ("A=B", "A=B"),
        ("A is better than B.", "B is better than A."),
        ("The first", "The second"),
        ("the second answer is better", "the first answer is better"),
        ("First.", "Second."),
        ("model_1", "model_2"),
        ("Model A", "Model B"),
        ("A and B", "A and B"),
        ("the firstborn", "the firstborn"),
        ("A solution", "A solution"),
    ],
)
def test_the_verdict_changes_sides_and_a_tie_does_not(answer: str, back: str) -> None:
    (variant,) = swap_answers(judge("yes", "no"))
    assert variant.back(answer) == back


def test_brackets_and_numbers_are_read_too() -> None:
    bracketed = (
        "Which is better?\nQuestion: Hi?\n"
        "[The Start of Assistant A's Answer]\nyes\n[The End of Assistant A's Answer]\n"
        "[The Start of Assistant B's Answer]\nno\n[The End of Assistant B's Answer]"
    )
    numbered = "Instruction: Hi?\nResponse 1: yes\nResponse 2: no\nWhich response is better?"
    for question in (bracketed, numbered):
        (variant,) = swap_answers(question)
        assert variant.question.index("no") < variant.question.index("yes")
    assert [variant.back(verdict) for verdict in "12C"] == ["2", "1", "C"]


def test_whether_one_is_better_is_not_the_same_question_swapped() -> None:
    one_sided = "Question: Hi?\n\nAnswer A: yes\n\nAnswer B: no\n\nIs A better than B?"
    assert variants_of(one_sided) == []
    assert swap_answers("Is Tom or Anna older?") == []


def test_nothing_else_is_changed_in_a_question_that_is_judged() -> None:
    question = judge("I think the answer is 5.", "Tom has 3 apples. Which, 3 or 5?")
    assert [variant.name for variant in variants_of(question)] == ["answers swapped"]
    assert variants_of(judge("the same", "the same")) == []
