"""Kinds of questions on which a small model makes the same slip in every sample.

Each is plain, has one answer, and tempts: the space in a name is counted as a letter, a name is
found in longer ones, a range is one too short, a girl is not her brothers' sister. Kept because the
default model slips on them (docs/experiments.md, with those that it did not). Nothing is ever
trained on them.
"""

import random

from benchmarks.kinds import FIRST_NAMES, LAST_NAMES, Kind

WOMEN = (
    "Ada", "Amy", "Barbara", "Clara", "Dora", "Edith", "Emma", "Grace", "Helen", "Laura", "Linda",
    "Nina", "Ruth", "Vera",
)  # fmt: skip
WITHIN = {
    "Ann": ("Anna", "Annika", "Anne"),
    "Dan": ("Dana", "Daniel", "Danica"),
    "Eva": ("Evan", "Evangeline", "Evander"),
    "Jo": ("John", "Joan", "Joseph"),
    "Max": ("Maxim", "Maxine", "Maxwell"),
    "Sam": ("Samuel", "Samantha", "Samir"),
}
"""Names, and longer ones that begin like them."""


def letters_of_a_name(source: random.Random) -> tuple[str, str]:
    """The letters of two words, the space being none."""
    name = f"{source.choice(FIRST_NAMES)} {source.choice(LAST_NAMES)}"
    return f"How many letters are in the name '{name}'?", str(len(name) - 1)


def more_letters(source: random.Random) -> tuple[str, str]:
    """Whether two words have more letters than a number; the space makes the difference."""
    name = f"{source.choice(FIRST_NAMES)} {source.choice(LAST_NAMES)}"
    letters, fewer = len(name) - 1, source.randint(0, 1)
    question = f"Does the name '{name}' have more than {letters - fewer} letters?"
    return question, "yes" if fewer else "no"


def a_name_among_longer(source: random.Random) -> tuple[str, str]:
    """How often a name comes in a list that has longer names which begin like it."""
    name = source.choice(list(WITHIN))
    times = source.randint(1, 3)
    longer = source.choices(WITHIN[name], k=source.randint(1, 3))
    listed = [*[name] * times, *longer, *source.choices(FIRST_NAMES, k=2)]
    source.shuffle(listed)
    question = f'How many times does the name "{name}" come in this list: {", ".join(listed)}?'
    return question, str(times)


def toggled_door(source: random.Random) -> tuple[str, str]:
    """Whether a door is as before after two people, each of whom toggles it or does not."""
    is_open, told = True, ["A door is open."]
    for name in source.sample(FIRST_NAMES, 2):
        toggles = source.random() < 0.5
        is_open ^= toggles
        told.append(f"{name} {'toggles' if toggles else 'does not toggle'} the door.")
    return " ".join([*told, "Is the door still open?"]), "yes" if is_open else "no"


def strictly_between(source: random.Random) -> tuple[str, str]:
    """Whole numbers between two, without them."""
    low = source.randint(1, 60)
    high = low + source.randint(3, 60)
    return f"How many whole numbers lie strictly between {low} and {high}?", str(high - low - 1)


def both_included(source: random.Random) -> tuple[str, str]:
    """Whole numbers from one to another, with them."""
    low = source.randint(1, 60)
    high = low + source.randint(3, 60)
    question = f"How many whole numbers are there from {low} to {high}, both included?"
    return question, str(high - low + 1)


def sisters_of_a_brother(source: random.Random) -> tuple[str, str]:
    """Sisters that a girl's brothers have, she being one."""
    name, brothers, sisters = source.choice(WOMEN), source.randint(2, 6), source.randint(2, 6)
    question = (
        f"{name}, her {brothers} brothers and her {sisters} sisters have the same parents. How "
        f"many sisters does each of {name}'s brothers have?"
    )
    return question, str(sisters + 1)


SLIPS: dict[str, Kind] = {
    "letters of a name": letters_of_a_name,
    "more letters than": more_letters,
    "a name among longer": a_name_among_longer,
    "toggled door": toggled_door,
    "strictly between": strictly_between,
    "both included": both_included,
    "sisters of a brother": sisters_of_a_brother,
}
