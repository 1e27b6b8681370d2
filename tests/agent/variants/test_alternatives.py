import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.variants.alternatives import MAX_COUNT, move_alternatives
from agent.variants.variant import shift

REQUEST = "\"what's the time: now, or later? I'd say the second\""
LISTS = [
    'Which intent does "one, two: or three?" have: {}?',
    "Choose one of: {}.",
    'Name the one intent that "a, b or c" has, out of {}.',
    "Classify the text as {}: It was a walk in the park, no more.",
    "Is it more like {}?",
    "Which is it, {}?\nSay one word.",
]
ITEMS = st.lists(
    st.from_regex(r"zz_[a-z]{1,8}", fullmatch=True), min_size=2, max_size=MAX_COUNT, unique=True
)


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("Which is larger, 9.11 or 9.9?", "Which is larger, 9.9 or 9.11?"),
        ("Which is more: 1,000 or 2,000?", "Which is more: 2,000 or 1,000?"),
        ("Which is larger, 3.5 or 3,5?", "Which is larger, 3,5 or 3.5?"),
        ("A is 5. B is 7. Who is older, A or B?", "A is 5. B is 7. Who is older, B or A?"),
        ("What is wet, either ice or tea ? Say it.", "What is wet, either tea or ice ? Say it."),
        ("Which came first, the chicken or the egg?", "Which came first, the egg or the chicken?"),
        ("Which is the last month, May or June?", "Which is the last month, June or May?"),
        ("Qui? Which is it, thé or café?", "Qui? Which is it, café or thé?"),
        ("Which is it, x, or y?", "Which is it, y, or x?"),
        ("Choose one of red or green.", "Choose one of green or red."),
        ("Labels: spam, ham\nText: Buy!", "Labels: ham, spam\nText: Buy!"),
        ('Which is worse, "a or b" or "c"?', 'Which is worse, "c" or "a or b"?'),
        (
            "Which is more, 5 or 7? And who won, Ann or Bob?",
            "Which is more, 7 or 5? And who won, Bob or Ann?",
        ),
    ],
)  # fmt: skip
def test_two_alternatives_change_places(question: str, changed: str) -> None:
    (variant,) = move_alternatives(question, seed=3)
    assert (variant.name, variant.question) == ("alternatives swapped", changed)
    assert variant.back("9.9") == "9.9"
    assert [again.question for again in move_alternatives(changed)] == [question]


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        (
            f"Which intent does the request {REQUEST} have: bill_balance, taxes, mpg or alarm?",
            f"Which intent does the request {REQUEST} have: mpg, alarm, bill_balance or taxes?",
        ),
        (
            f"Name the one intent that {REQUEST} has, out of taxes, mpg, to_do or alarm.",
            f"Name the one intent that {REQUEST} has, out of to_do, alarm, taxes or mpg.",
        ),
        (
            f"Given the request {REQUEST}, choose one of: book_train, ask_time, taxes",
            f"Given the request {REQUEST}, choose one of: ask_time, taxes, book_train",
        ),
        ("Which is larger, 3, 4 or 5?", "Which is larger, 4, 5 or 3?"),
        ("Which is prime: 1,004, 7, or 9?", "Which is prime: 7, 9, or 1,004?"),
        ("Who is oldest, Tom, Ann or Bob?", "Who is oldest, Ann, Bob or Tom?"),
        ("A is 5. B is 7. Who is it: A, B or C?", "A is 5. B is 7. Who is it: B, C or A?"),
        ("Which is biggest, a cat, a dog or an ox?", "Which is biggest, a dog, an ox or a cat?"),
        ("Where? What city: Rome, New York or Bonn?", "Where? What city: New York, Bonn or Rome?"),
        ("Choose one of: red, green or blue.", "Choose one of: green, blue or red."),
        ("Choose one of: a, b, c", "Choose one of: b, c, a"),
        ("Pick one of either tea, milk or ale!", "Pick one of either milk, ale or tea!"),
        ("Select the label from art, war or sea.", "Select the label from war, sea or art."),
        ("Pick one of the words: hat, cat, sat\n", "Pick one of the words: cat, sat, hat\n"),
        (
            "Classify the review as good, bad or mixed: We loved the soup, and the wine.",
            "Classify the review as bad, mixed or good: We loved the soup, and the wine.",
        ),
        (
            "Classify the text into one of these categories: sport, art, news.\nText: He won.",
            "Classify the text into one of these categories: art, news, sport.\nText: He won.",
        ),
        ("Options: red, green, blue\nWhat is ice?", "Options: green, blue, red\nWhat is ice?"),
        ("The labels are: joy, fear, or anger.", "The labels are: fear, anger, or joy."),
        ("Is it more like art, war or sea?", "Is it more like war, sea or art?"),
        ('Which fits: "a, b", "c or d" or "e"?', 'Which fits: "c or d", "e" or "a, b"?'),
        ("What fits 'no, or yes': hm, ha or ho?", "What fits 'no, or yes': ha, ho or hm?"),
        ("Tell me which is odd: 2, 4 or 5.", "Tell me which is odd: 4, 5 or 2."),
    ],
)  # fmt: skip
def test_more_alternatives_move_on_in_a_circle(question: str, changed: str) -> None:
    (variant,) = move_alternatives(question)
    assert (variant.name, variant.question) == ("options shuffled", changed)
    assert variant.back("green") == "green"


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Which is larger?",
        "Options: red, green, blue. Which color is option 2?",
        "Choose one of these categories: billing, technical, account. Answer with its id only.",
        "Classify as joy, anger or fear. Answer with a single digit.",
        "Classify as positive or negative. Output 1 or 0.",
        "Which of these are fruits: apple, carrot or banana?",
        "Which numbers are even: 2, 3, 4, or 6?",
        "Choose one of: low, medium, high. If two fit, take the earlier.",
        "Which car is faster, the red or the blue? The latter does 100 km/h, the former 80.",
        "Which is larger, 9.11 or 9.9? Answer 1 if the first is larger and 2 otherwise.",
        "Which is larger, 3 or 5? Answer A or B.",
        "In Python, what is returned by the expression: 5 or 3?",
        "What is 8, divided by 2 or 4?",
        "Is 3 or 5 larger?",
        "Which is larger, 3 or 4 or 5?",
        "Which is bigger, a red or blue car?",
        "Which is larger, 3 or 4, or are they equal?",
        "Which is larger, the first or the second?",
        "Which is true, this or neither?",
        "Which is larger, 3 or 3?",
        f"Which is larger, {'x' * 61} or 3?",
        f"Which is larger: {'x' * 61}, 4 or 3?",
        f"Choose one of: {', '.join(map(str, range(MAX_COUNT + 1)))}",
        "Which is right: true, True or false?",
        "Which is right: red, green or none of the above?",
        "Which is right: red, green or both?",
        "Which is better: tea, milk or that?",
    ],
)
def test_anything_else_stays(question: str) -> None:
    assert move_alternatives(question) == []


@pytest.mark.parametrize(
    "question",
    [
        "Which word is second: cat or dog?",
        "Which word is second: cat, dog or cow?",
        "Which word is last in the list: cat, dog or cow?",
        "Which is in the middle: cat, dog or cow?",
        "Which comes first in the list, cat, dog or cow?",
        "Which is second in cat, dog or cow?",
        "Which word comes before dog: cat, dog or cow?",
        "Who sits to the right of Ann: Tom, Ann or Bob?",
        "Tom, Ann or Bob - who came second?",
        "Who came second, Tom, Ann or Bob?",
        "Who is first - Tom, Ann or Bob?",
        "What number comes next in the sequence: 1, 2, 4 or 8?",
        "Which number is missing: 1, 2, 4 or 5?",
        'Which answers "what stands last in this list": a, b or c?',
        "Choose one of: red, green or blue. Answer with its number.",
        "Choose one of: red, green or blue. Answer 1, 2 or 3.",
        "Choose one of: red, green or blue (1-3).",
        "Who is oldest: Tom, Ann or Bob? The ages are 5, 6 and 7.",
        "Options: red, green, blue. Say the first one.",
        "What is better: tea or coffee? Reply with the first if unsure.",
        "Which do I name last, tea or coffee?",
    ],
)
def test_a_question_about_places_stays(question: str) -> None:
    assert move_alternatives(question) == []


@pytest.mark.parametrize(
    "told",
    [
        "It ended 2-1.",
        "It ended two to one.",
        "It was 3 against 2.",
        "They got 12 and 14.",
        "The scores are 12 and 14 points.",
        "Points: 5 kg, 7 kg.",
        "Their goals were few and many.",
        "Red and blue win and lose respectively.",
        "The score is told in that order.",
    ],
)
def test_alternatives_that_are_told_of_in_their_order_stay(told: str) -> None:
    assert move_alternatives(f"Who won, Arsenal or Chelsea? {told}") == []
    assert move_alternatives(f'Who won "{told}", Arsenal or Chelsea? Reds 3, Blues 1.') != []


@pytest.mark.parametrize(
    "question",
    [
        "Which is larger, the first or the second: 5 or 7?",
        "Which is heavier, 5 pounds or kilos?",
        "Which is larger, 10 percent or 20?",
        "Which is hotter, 30 degrees Celsius or full Fahrenheit?",
        "Which is older, my brother or sister?",
        "Which is older, my old brother or little sister?",
        "What colour is the sky (blue, green or red)?",
        "What colour is the sky [it is wide, blue or red]?",
    ],
)
def test_alternatives_that_share_something_stay(question: str) -> None:
    assert move_alternatives(question) == []


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("Which is older, my dog or my cat?", "Which is older, my cat or my dog?"),
        ("Which is more, 5 kg or 7 pounds?", "Which is more, 7 pounds or 5 kg?"),
        ("Who won, Ajax or Real Madrid?", "Who won, Real Madrid or Ajax?"),
        ("Which is more, f(3) or f(4)?", "Which is more, f(4) or f(3)?"),
    ],
)
def test_two_whole_alternatives_change_places(question: str, changed: str) -> None:
    assert [variant.question for variant in move_alternatives(question)] == [changed]


@pytest.mark.parametrize(
    "question",
    [
        "Sort these words: pear, apple, plum",
        "What is the sum of: 1, 2, 3?",
        "What is 8, divided by 2, minus 1 or 2 or 3?",
        "Subtract: 9, 3, 2",
        "The numbers are: 9, 3, 2. Subtract from the left.",
        "Name the dish made from: eggs, flour, milk",
        "What can you make out of: eggs, flour, milk?",
        "Make a word from these letters: t, a, c",
        "Repeat the options: a, b, c",
        "Print the labels: a, b, c",
        "labels: a, b, c",
        "Is 5 between 1, 3 or 7?",
        "Pick a number between 1, 5 or 9.",
        "What has a neck but no head, two arms, no hands or legs?",
        "He ate apples, pears or plums. Who is he?",
        "If Tom is tall, short or thin, what is he?",
        "Choose one of: red, green or blue. Then choose one of: cat, dog or cow.",
    ],
)
def test_data_is_no_offer(question: str) -> None:
    assert move_alternatives(question) == []


@pytest.mark.parametrize(
    "question",
    [
        "Which is heavier, 3, 4 or 5 kg?",
        "Which do you like: red, green or blue cars?",
        "Which is bigger: a cat, dog or cow?",
        "Which is bigger: Tom's cat, Ann's dog or his cow?",
        "Which is a big, red, sweet fruit, apple, pear or plum?",
        "Who was born in Paris, Texas, Tom, Ann or Bob?",
        "Who was born in Paris, Texas, or Rome?",
        "Who is loved, Tom, the baker, or Ann?",
        "Which one, in your opinion, is best, red, green or blue?",
        "Which of red, green or blue is a warm colour?",
        "Which of these comes from Spain, tapas, pizza or sushi?",
        "Which is nearest: (1, 2), (3, 4) or (5, 6)?",
        "Which date is earliest: May 1, 2020, June 3, 2021 or July 4?",
        "Which city is bigger: Austin, Texas or Miami, Florida?",
        "Which is it: A) red, B) green or C) blue?",
        "(A) tea (B) milk\nChoose one of: tea, milk or ale.",
        "Choose one of: Tom, Ann or Dr. Who.",
        "Choose one of: red, green, etc.",
        "Choose one of: tea, iced milk or ale as a drink.",
        "Which does `f(a, b or c)` return: a, b or c?",
        "def f(x): return x\nWhich is it: red, green or blue?",
        '"Which is it, tea, milk or ale?" asked Ann. "The last," said Tom. What did he want?',
        '"Which is it, tea or ale?" asked Ann. "The latter," said Tom. What did he want?',
        "Ann: Which is it, tea or ale? Tom: The second one. What did he want?",
        "Which is better, Answer A, Answer B or a tie?",
        "What label fits 'one, two or three'?",
    ],
)
def test_a_list_that_cannot_be_told_stays(question: str) -> None:
    assert move_alternatives(question) == []


@given(st.sampled_from(LISTS), ITEMS, st.booleans(), st.integers(0, 99))
def test_items_move_and_all_else_stays(
    template: str, items: list[str], oxford: bool, seed: int
) -> None:
    last = ", or " if oxford else " or "
    (variant,) = move_alternatives(template.format(", ".join(items[:-1]) + last + items[-1]), seed)
    by = shift(len(items), seed)
    moved = items[by:] + items[:by]
    assert variant.question == template.format(", ".join(moved[:-1]) + last + moved[-1])
    assert sorted(moved) == sorted(items)
    assert all(variant.back(item) == item for item in items)


def test_what_stands_first_or_last_comes_to_the_middle() -> None:
    for n in range(4, MAX_COUNT + 1):
        by = shift(n, 0)
        moved = [*range(n)][by:] + [*range(n)][:by]
        assert {moved[0], moved[-1]}.isdisjoint({0, n - 1})
    assert [shift(2, seed) for seed in range(3)] == [1, 1, 1]
    assert sorted(shift(5, seed) for seed in range(4)) == [1, 2, 3, 4]


@given(ITEMS)
def test_the_seeds_bring_every_item_to_every_other_place(items: list[str]) -> None:
    begin, seen = "Choose one of: ", {(place, item) for place, item in enumerate(items)}
    for seed in range(len(items) - 1):
        (variant,) = move_alternatives(begin + ", ".join(items), seed)
        seen |= set(enumerate(variant.question.removeprefix(begin).split(", ")))
    assert len(seen) == len(items) ** 2


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=MAX_COUNT))
def test_a_solver_of_the_variant_solves_the_question(numbers: list[int]) -> None:
    def solve(question: str) -> str:
        offered = question.removeprefix("Which is larger, ").rstrip("?")
        return max(offered.replace(" or ", ", ").split(", "), key=int)

    *most, last = map(str, numbers)
    question = f"Which is larger, {', '.join(most)} or {last}?"
    found = move_alternatives(question)
    assert len(found) == (len(set(numbers)) == len(numbers))
    for variant in found:
        assert variant.back(solve(variant.question)) == solve(question)


@pytest.mark.parametrize(
    "piece",
    [
        "choose ", "choose one of ", "classify ", "classify as ", ", classify as ", "which: ", ": ",
        "Options: ", "a, ", " or ", ", or ", "'", "'a", '"', "“", "‘", "which a, ", "is it ", "1, ",
        ", out of ", "either ", "a\t", "(a", "between ", "name the ", " ",
    ],
)  # fmt: skip
def test_a_long_question_is_fast(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    start = time.perf_counter()
    for question in (f"{text}Which is more, 3, 4 or 5?", f"Choose one of: a, b or c. {text}"):
        move_alternatives(question)
    assert time.perf_counter() - start < 60, "under 0.5 s on an idle core: nothing quadratic"
