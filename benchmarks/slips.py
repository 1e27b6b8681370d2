"""Kinds of questions on which a small model may make the same slip in every sample.

Each is plain, has one answer, and tempts: the space in a name is counted, the first act always
counts, 9.11 is larger than 9.9, a range is one too short. Which of them a model slips on is for a
run to say. Nothing is ever trained on them.
"""

import random

from benchmarks.kinds import FIRST_NAMES, LAST_NAMES, Kind

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
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


def a_name_among_longer(source: random.Random) -> tuple[str, str]:
    """How often a name comes in a list that has longer names which begin like it."""
    name = source.choice(list(WITHIN))
    times = source.randint(1, 3)
    longer = source.choices(WITHIN[name], k=source.randint(1, 3))
    listed = [*[name] * times, *longer, *source.choices(FIRST_NAMES, k=2)]
    source.shuffle(listed)
    question = f'How many times does the name "{name}" come in this list: {", ".join(listed)}?'
    return question, str(times)


def turned_card(source: random.Random) -> tuple[str, str]:
    """Whether a card lies as before after two people, each of whom turns it or does not."""
    up, told = True, ["A card lies face up on the table."]
    for name in source.sample(FIRST_NAMES, 2):
        turns = source.random() < 0.5
        up ^= turns
        told.append(f"{name} {'turns it over' if turns else 'leaves it as it is'}.")
    return " ".join([*told, "Does the card lie face up now?"]), "yes" if up else "no"


def toggled_door(source: random.Random) -> tuple[str, str]:
    """Whether a door is as before after two people, each of whom toggles it or does not."""
    is_open, told = True, ["A door is open."]
    for name in source.sample(FIRST_NAMES, 2):
        toggles = source.random() < 0.5
        is_open ^= toggles
        told.append(f"{name} {'toggles' if toggles else 'does not toggle'} the door.")
    return " ".join([*told, "Is the door still open?"]), "yes" if is_open else "no"


def larger_decimal(source: random.Random) -> tuple[str, str]:
    """Whether a decimal is larger than another with more, or fewer, places; never equal."""
    whole, tenths = source.randint(1, 40), source.randint(1, 9)
    hundredths = 10 * source.randint(1, 9) + source.randint(1, 9)
    sizes = [10 * tenths, hundredths]
    shown = [f"{whole}.{tenths}", f"{whole}.{hundredths}"]
    if source.random() < 0.5:
        sizes.reverse()
        shown.reverse()
    return f"Is {shown[0]} larger than {shown[1]}?", "yes" if sizes[0] > sizes[1] else "no"


def younger(source: random.Random) -> tuple[str, str]:
    """Whether the first of two people is the younger one."""
    first, second = source.sample(FIRST_NAMES, 2)
    age, other = source.sample(range(20, 80), 2)
    question = (
        f"{first} is {age} years old and {second} is {other}. Is {first} younger than {second}?"
    )
    return question, "yes" if age < other else "no"


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


def days_to_a_weekday(source: random.Random) -> tuple[str, str]:
    """Days from one weekday to the first of another after it."""
    name, (sent, came) = source.choice(FIRST_NAMES), source.sample(range(7), 2)
    question = (
        f"{name} posted a letter on a {WEEKDAYS[sent]}. It arrived on the first {WEEKDAYS[came]} "
        "after that. How many days after it was posted did it arrive?"
    )
    return question, str((came - sent) % 7)


def not_divisible(source: random.Random) -> tuple[str, str]:
    """Whether a "not" holds; as often as it does not."""
    divisor = source.randint(3, 9)
    number = divisor * source.randint(3, 12)
    holds = source.random() < 0.5
    if holds:
        number += source.randint(1, divisor - 1)
    question = f"Is it true that {number} is not divisible by {divisor}?"
    return question, "yes" if holds else "no"


def fence_posts(source: random.Random) -> tuple[str, str]:
    """Posts of a fence, one more than its gaps."""
    gap, gaps = source.randint(2, 9), source.randint(3, 40)
    question = (
        f"A straight fence is {gap * gaps} metres long. There is a post at each end, and from one "
        f"post to the next it is {gap} metres. How many posts does the fence have?"
    )
    return question, str(gaps + 1)


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
    "a name among longer": a_name_among_longer,
    "turned card": turned_card,
    "toggled door": toggled_door,
    "larger decimal": larger_decimal,
    "younger": younger,
    "strictly between": strictly_between,
    "both included": both_included,
    "days to a weekday": days_to_a_weekday,
    "not divisible": not_divisible,
    "fence posts": fence_posts,
    "sisters of a brother": sisters_of_a_brother,
}
