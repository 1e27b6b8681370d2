import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.variants.alternatives import swap_alternatives


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("Which is larger, 9.11 or 9.9?", "Which is larger, 9.9 or 9.11?"),
        ("Which is more: 1,000 or 2,000?", "Which is more: 2,000 or 1,000?"),
        ("A is 5. B is 7. Who is older, A or B?", "A is 5. B is 7. Who is older, B or A?"),
        ("What is wet, either ice or tea ? Say it.", "What is wet, either tea or ice ? Say it."),
        ("Which came first, the chicken or the egg?", "Which came first, the egg or the chicken?"),
        ("Qui? Which is it, thé or café?", "Qui? Which is it, café or thé?"),
    ],
)  # fmt: skip
def test_two_alternatives_change_places(question: str, changed: str) -> None:
    (variant,) = swap_alternatives(question)
    assert (variant.name, variant.question) == ("alternatives swapped", changed)
    assert variant.back("9.9") == "9.9"
    assert [again.question for again in swap_alternatives(changed)] == [question]


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Which is larger?",
        "Is 3 or 5 larger?",
        "Which is larger, 3, 4 or 5?",
        "Which is larger, 3 or 4 or 5?",
        "Which is bigger, a red or blue car?",
        "Which is larger, 3 or 4, or are they equal?",
        "Which is larger, the first or the second?",
        "Which is true, this or neither?",
        "Which is larger, 3 or 3?",
        f"Which is larger, {'x' * 61} or 3?",
    ],
)
def test_anything_else_stays(question: str) -> None:
    assert swap_alternatives(question) == []


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_solver_of_the_variant_solves_the_question(first: int, second: int) -> None:
    def solve(question: str) -> str:
        return max(question.rstrip("?").split(", ")[1].split(" or "), key=int)

    question = f"Which is larger, {first} or {second}?"
    for variant in swap_alternatives(question):
        assert variant.back(solve(variant.question)) == solve(question)
