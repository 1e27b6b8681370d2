"""Whether a question gives something to compute with."""

import random
import time

import pytest

from agent.system2.computable import computable
from benchmarks.kinds import KINDS
from benchmarks.routing.forms import skills
from benchmarks.slips import SLIPS


@pytest.mark.parametrize(
    "question",
    [
        "What is 12*13?",
        "What is 144/12?",
        "What is three times four?",
        "How much is 3/4 of 20?",
        "What is 15% of 80?",
        "If x = 3, what is x^2?",
        "Which is larger, 9.9 or 9.11?",
        "Is 91 a prime number?",
        "Is 2024 a leap year?",
        "What is the square root of 16?",
        "Convert 5 miles to kilometres.",
        "Write 14 in Roman numerals.",
        "A robe takes 2 bolts of blue fiber and half that much white. How many does it take?",
        "I have two apples and buy three. How many do I have?",
        "A train goes 60 km in 2 hours. How fast is it?",
        "How many days are there between March 3 and April 7?",
        "What day of the week is 2024-03-05?",
        "Today is Monday. What day is it in a week?",
        "What time is it 3 hours after 5:00 pm?",
        "How many years passed from 1914 to 1918?",
        'How many vowels are in "banana"?',
        "How many r's are in strawberry?",
        "Spell 'hello' backwards.",
        'What is the second word of "the cat sat"?',
        'Write "hello" in upper case.',
        "What is the last letter of 'cat'?",
        "Sort these words: pear, apple, fig",
        "Which of these words is the longest: pear, apple, fig?",
        "Which word comes first alphabetically, pear or apple?",
        "What comes next: A, C, E, G?",
        "What is the largest of 3, 9 and 2?",
        "A lamp is on. Ann presses the lamp's switch, the lamp blinks. Is the lamp still on?",
        "Tom has the ball. Tom and Ann swap. Who has the ball now?",
        "What does print(3 + 4) print?",
        "You are given 3 apples and 4 pears. How many fruits are that?",
        "Provide the sum of 3 and 5.",
        "Generate a list of the primes below 20.",
    ],
)
def test_there_is_something_to_compute(question: str) -> None:
    assert computable(question)
    assert computable(f"{question} Give just the answer.")


@pytest.mark.parametrize(
    "question",
    [
        "Write a poem",
        "Write a poem about the 12 months, two lines each, and count to three.",
        "Is it ethical to eat meat?",
        "Who wrote Hamlet?",
        "Why is the sky blue?",
        "Translate 'good morning' into French.",
        "Which city is the capital of Australia? I think it is Sydney.",
        'What does "carpe diem" mean?',
        "Who was the 16th president of the USA?",
        "When did World War 2 end?",
        "Who won the 2018 World Cup?",
        "Is this review positive or negative: The food was cold, the waiter rude, the bill wrong.",
        "Give three tips for staying healthy.",
        "Name two rivers in Germany.",
        "How many seasons of Friends are there?",
        "How many episodes are in season 4 of Chicago Fire?",
        "How tall is Mount Everest?",
        "Which of these is a mammal?\nA) shark\nB) whale\nC) trout",
        'Which intent does the request "what is 2 + 2" have: sum, count or spelling?',
        "Who is the prime minister? Is he still in office now?",
        "Summarise: I am 24, have been with him for 2 years, and how much longer can I?",
        "",
    ],
)
def test_there_is_nothing_to_compute(question: str) -> None:
    assert not computable(question)


def test_all_that_is_measured_with_programs_is_computable() -> None:
    source = random.Random(0)
    for kind in (*KINDS.values(), *SLIPS.values()):
        assert all(computable(kind(source)[0]) for _ in range(20))


def test_so_it_is_in_other_words() -> None:
    pytest.importorskip("reasoning_gym")
    source = random.Random(0)
    for skill in skills():
        for draw in (skill.draw, skill.drifted or skill.draw):
            forms = draw(source)
            changed = [forms.number_changed[0]] if forms.number_changed else []
            for question in (forms.asked[0], *forms.reworded, *changed, forms.negated[0]):
                assert computable(question), question


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "1,", "is ", "is the a still ", '"a', "write ", ": a, b", "1/", "how many "]
)
def test_a_long_question_takes_no_time(unit: str) -> None:
    start = time.process_time()
    computable((unit * 100_000)[:100_000])
    assert time.process_time() - start < 10, "half a second on an idle core"
