import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.variants import Variant
from agent.variants.given_names import MEN, WOMEN
from agent.variants.names import replace_names

STORY = "Sarah's age is twice Ben's. Ben is 4. How old is Sarah?"


def replaced(question: str, seed: int = 0) -> Variant:
    (variant,) = replace_names(question, seed)
    return variant


def test_names_are_replaced_everywhere_by_others_of_their_kind() -> None:
    variant = replaced(STORY)
    found = re.fullmatch(
        r"(\w+)'s age is twice (\w+)'s\. \2 is 4\. How old is \1\?", variant.question
    )
    assert found
    assert found[1] in set(WOMEN) - {"Sarah"}
    assert found[2] in set(MEN) - {"Ben"}
    assert (
        variant.back(f"{found[1]} and {found[2].lower()}'s dog, Rex") == "Sarah and Ben's dog, Rex"
    )
    assert variant.back("8") == "8"
    assert variant == replaced(STORY)
    assert variant != replaced(STORY, seed=1)


@pytest.mark.parametrize(
    "question",
    [
        "Tom has 3 pens and gives 1 to Anna, how many are left?",
        "How many pens does Tom have if Anna gives him 3?",
        "Yesterday, a boy named Tom ran. When Tom stopped, who was tired?",
        "Mr Xu met Tom. Who met Mr Xu?",
        "Tom has 40 minutes of history homework and 20 of maths. How long does Tom work?",
        "Tom needs a crown of $500 and pays $100. How much does Tom still need?",
        "Tom reads 3 novels of 200 pages. How many pages does Tom read?",
    ],
)
def test_stories_about_anybody_fit(question: str) -> None:
    assert "Tom" not in replaced(question).question


@pytest.mark.parametrize(
    "question",
    [
        "",
        "What is 2 + 2?",
        "Who is Tom?",
        "When did John marry Mary?",
        "Take the last letters of Tom and Anna. Join them.",
        "Tom, Anna and Ben stand in line. Sort them.",
        "Anna is a name. Which vowels does Anna have?",
        'The teacher says "Tom". What does he say?',
        "The teacher says 'Tom'. What does he say?",
        "Tom Cruise is an actor. How old is Tom?",
        "King Richard had a horse. What did Richard offer for it?",
        "Queen Elizabeth II ruled. Until when?",
        "Alexander the Great ruled. Until when?",
        "Tom has a dog called tom. How old is Tom?",
        "Tom wrote to Tom@post.org. When?",
        "Tom wrote to ben-adam. When?",
        "TOM has 3 pens. How many?",
        "Tomorrow Benin has 3 pens. How many?",
        "Annas Stift ist rot. Welche Farbe?",
        "Tom has `x = 3`. What is x?",
        "hiram does not flip the coin. Is it still heads up?",
        "Is Robert short for Bob? Robert is my friend.",
        "James calls. Is Jim a nickname of James?",
        "Maria is Irish. Is Maria a form of Mary?",
        "Anna is my aunt. How many n's does Anna have?",
        "Anna is my aunt. Is Anna the same read backwards?",
        "In the Bible, Peter is a fisherman. Where does Peter live?",
        "Elizabeth was crowned young. When was Elizabeth born?",
        "Marie discovered radium. In which year did Marie find it?",
        "Elizabeth reigned for 70 years. When did Elizabeth die?",
        "Maria habla mucho. ¿Cuántas letras tiene Maria?",
    ],
)
def test_where_a_name_may_matter_it_stays(question: str) -> None:
    assert replace_names(question, 0) == []


@pytest.mark.parametrize(
    "question",
    [
        "Robert is 5 and Anna is 4. Who is older, Bob or Anna?",
        "Samuel is 5 years older than Anna, who is 4. How old is Sam?",
        "Elizabeth is 5. How old is Liz?",
        "Bob is 5. Rob is how old if he is twice as old as Bob?",
        "Theo is 5 and Ted is 6. How old are both?",
    ],
)
def test_a_name_and_a_short_form_of_it_stay(question: str) -> None:
    assert replace_names(question, 0) == []


def test_no_form_of_a_name_in_the_question_is_taken() -> None:
    for seed in range(len(MEN)):
        assert "Sam" not in replaced("Sam is 5. Tom is 4. The old one is?", seed).question[2:]


@pytest.mark.parametrize(
    "question",
    [
        "Elizabeth ruled England for 70 years. When did Elizabeth leave London?",
        "Alexander conquered Persia. Where did Alexander live?",
        "Steve founded a firm with Wozniak. What did Steve sell?",
        "Elizabeth was queen for 70 years. When did Elizabeth die?",
        "Harry lives under the stairs. What is Harry's surname?",
        "Henry ruled for long. How many wives did Henry have?",
    ],
)
def test_where_more_may_be_known_than_told_names_stay(question: str) -> None:
    assert replace_names(question, 0) == []


@pytest.mark.parametrize(
    "question",
    [
        "Tom buys 3 Spanish flans on Monday and 2 on Friday. How many flans does Tom buy?",
        "Tom is older than Ann. Ann is older than Cy. Who is older, Tom or Cy?",
        "Tom and I met Dr Xu in May. Who met Dr Xu?",
    ],
)
def test_a_sum_or_a_story_with_strangers_fits(question: str) -> None:
    assert "Tom" not in replaced(question).question


def test_a_story_of_too_many_people_stays() -> None:
    assert replace_names(f"{', '.join(WOMEN)} have a pen each. How many pens are there?", 0) == []


@given(
    st.lists(st.sampled_from(WOMEN + MEN), min_size=2, max_size=8, unique=True),
    st.integers(0, 10**9),
    st.randoms(use_true_random=False),
)
def test_a_solver_of_the_variant_solves_the_question(
    people: list[str], seed: int, rng: random.Random
) -> None:
    def solve(question: str) -> str:
        return max(re.findall(r"(\w+) has (\d+) pens", question), key=lambda held: int(held[1]))[0]

    counts = rng.sample(range(100), len(people))
    told = [f"{who} has {n} pens." for who, n in zip(people, counts, strict=True)]
    question = " ".join([*told, "Who has most?"])
    for variant in replace_names(question, seed):  # none with Ben and Benjamin
        assert not set(re.findall(r"\w+", variant.question)) & set(people)
        assert variant.back(solve(variant.question)) == solve(question)
