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


ANSWERS = "Answer A: yes\n\nAnswer B: no"


@pytest.mark.parametrize(
    "request_",
    [
        "Is A better than B?",
        "Is the first better than the second?",
        "Is the better one A?",
        "Tell me whether answer A is better than answer B.",
        "Say yes or no: is the better one A?",
        "Compare them: how many more words does answer B have than A?",
        "Which is better? Give each a score from 1 to 10.",
    ],
)
def test_what_no_label_answers_is_not_the_same_question_swapped(request_: str) -> None:
    assert variants_of(f"Question: Hi?\n\n{ANSWERS}\n\n{request_}") == []
    assert swap_answers(f"{request_}\nQuestion: Hi?\n\n{ANSWERS}") == []


@pytest.mark.parametrize(
    "request_",
    [
        "Which is worse?",
        "Is A or B better?",
        "Which is better? Do not be swayed by length.",
        'Which is better? Reply "first" or "second".',
        "Which is better? Output [[A>B]], [[A=B]] or [[B>A]].",
    ],
)
def test_the_worse_one_and_other_names_change_sides_too(request_: str) -> None:
    assert len(swap_answers(f"Question: Hi?\n\n{ANSWERS}\n\n{request_}")) == 1


def test_without_two_answers_or_a_clear_request_nothing_is_swapped() -> None:
    assert swap_answers("Is Tom or Anna older?") == []
    assert swap_answers(f"Question: Hi?\nIs answer A better?\n\n{ANSWERS}") == []


def test_nothing_else_is_changed_in_a_question_that_is_judged() -> None:
    question = judge("I think the answer is 5.", "Tom has 3 apples. Which, 3 or 5?")
    assert [variant.name for variant in variants_of(question)] == ["answers swapped"]
    assert variants_of(judge("the same", "the same")) == []
