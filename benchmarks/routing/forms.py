"""Skills whose questions can be asked again in other words, or changed so that the answer differs.

The demonstration's kinds, the paper's biased sums, families of reasoning-gym, and CLINC150's
intents. Each question is that of its source, word for word; rewordings are written by hand, and
every changed question's answer is computed.
"""

import json
import math
import operator
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kinds import KINDS, LAST_NAMES, Kind
from benchmarks.mixes import GYM
from benchmarks.replication.names import TRAIN_NAMES
from models.errors import InputFileError

Pair = tuple[str, str]
"""A question and its answer."""


@dataclass(frozen=True, slots=True)
class Forms:
    """One thing that is asked, in all its forms.

    Attributes:
        asked: As its source asks it.
        reworded: The same question in other words.
        number_changed: With another number in it, and the answer to that; None where none fits.
        negated: The opposite question, and its answer.
    """

    asked: Pair
    reworded: tuple[str, ...]
    number_changed: Pair | None
    negated: Pair


Draw = Callable[[random.Random], Forms]


@dataclass(frozen=True, slots=True)
class Skill:
    """A kind of question.

    Attributes:
        name: Unique.
        draw: Makes a question.
        drifted: Makes one of the form that the kind takes on later; None if it never changes.
    """

    name: str
    draw: Draw
    drifted: Draw | None = None


def skills(data: Path | None = None) -> list[Skill]:
    """All skills; reasoning-gym, of the `bench` extra, is imported when a question is drawn.

    Args:
        data: The folder of published data; None leaves CLINC150 out.

    Returns:
        The skills.

    Raises:
        InputFileError: CLINC150 is not in the folder.
    """
    turns = [
        Skill(name, _turned(KINDS[name], *sides), _turned(_by_three(KINDS[name]), *sides))
        for name, sides in SIDES.items()
    ]
    letters = Skill("last letters", _letters(KINDS["last letters"]), _letters(_three_names))
    products = Skill("3-digit products", _product, _product_of_three)
    gym = [Skill(family, _gym(family, forms)) for family, forms in GYM_FORMS.items()]
    intents = [] if data is None else [Skill("intents", _intents(data))]
    opinions = Skill("sums with an opinion", _opinion)
    return [letters, *turns, products, opinions, *gym, *intents]


SIDES = {
    "coin flips": ("coin", "heads", "tails"),
    "pancakes": ("pancake", "golden side", "pale side"),
}
"""By kind: the thing, the side that is up at first, and the other."""


def _turned(kind: Kind, thing: str, side: str, other: str) -> Draw:
    def draw(source: random.Random) -> Forms:
        question, answer = kind(source)
        asks = f"Is the {thing} still {side} up?"
        moves = question.removeprefix(f"A {thing} is {side} up. ").removesuffix(f" {asks}")
        opposite = "no" if answer == "yes" else "yes"
        twice = question.replace(f" flips the {thing}.", f" flips the {thing} 2 times.", 1)
        gentler = moves.replace("flips", "turns over").replace("flip ", "turn over ")
        return Forms(
            (question, answer),
            (
                f"At first a {thing} is {side} up. {gentler} Is it {side} up in the end?",
                f"{moves} If the {thing} was {side} up before, is it {side} up after that?",
                f"There is a {thing}, {side} up. {gentler} Does it still lie {side} up?",
            ),
            (twice, opposite) if twice != question else None,
            (question.replace(asks, f"Is the {thing} {other} up now?"), opposite),
        )

    return draw


def _by_three(kind: Kind) -> Kind:
    """The kind with a third person, from another list of names."""

    def three(source: random.Random) -> tuple[str, str]:
        question, answer = kind(source)
        thing, flips = question.split()[1], source.random() < 0.5
        told, ask, rest = question.partition(" Is the ")
        move = f"{source.choice(TRAIN_NAMES)} {'flips' if flips else 'does not flip'} the {thing}."
        opposite = "no" if answer == "yes" else "yes"
        return f"{told} {move}{ask}{rest}", opposite if flips else answer

    return three


def _three_names(source: random.Random) -> tuple[str, str]:
    first, second = source.sample(TRAIN_NAMES, 2)
    names = (first, second, source.choice(LAST_NAMES))
    question = f'Take the last letters of the words in "{" ".join(names)}" and concatenate them.'
    return question, "".join(name[-1] for name in names)


def _letters(kind: Kind) -> Draw:
    def draw(source: random.Random) -> Forms:
        question, answer = kind(source)
        name = question.split('"')[1]
        return Forms(
            (question, answer),
            (
                f'Join the final letter of each word in "{name}".',
                f'What do the last letters of the words "{name}" spell when put together?',
                f'Write down only the last letter of every word of "{name}", without spaces.',
            ),
            (
                question.replace("the last letters", "the last 2 letters"),
                "".join(word[-2:] for word in name.split()),
            ),
            (
                question.replace("the last letters", "the first letters"),
                "".join(word[0] for word in name.split()),
            ),
        )

    return draw


def _product(source: random.Random) -> Forms:
    question, _ = KINDS["3-digit products"](source)
    a, b = (int(word.strip("?")) for word in question.split() if word.strip("?").isdigit())
    return _times(question, (a, b), f"{a} and {{}}", source)


def _product_of_three(source: random.Random) -> Forms:
    a, b, c = (source.randint(10, 99) for _ in range(3))
    question = f"What is the product of {a}, {b} and {c}?"
    return _times(question, (a, b, c), f"{a}, {b} and {{}}", source)


def _times(question: str, numbers: tuple[int, ...], listed: str, source: random.Random) -> Forms:
    """Forms of a product; `listed` has a gap for the last number."""
    last, product = numbers[-1], math.prod(numbers)
    changed = _other(last, source)
    return Forms(
        (question, str(product)),
        (
            f"Multiply {listed.format(last)}.",
            f"How much is {' times '.join(map(str, numbers))}?",
            f"What do you get when you multiply {listed.format(last)} together?",
        ),
        (
            f"What is the product of {listed.format(changed)}?",
            str(product // last * changed),
        ),
        (f"What is the negative of the product of {listed.format(last)}?", str(-product)),
    )


def _other(number: int, source: random.Random) -> int:
    """A number with another last digit."""
    return number - number % 10 + source.choice([d for d in range(1, 10) if d != number % 10])


def _gym(family: str, forms: Callable[[str, str, random.Random], Forms]) -> Draw:
    def draw(source: random.Random) -> Forms:
        import reasoning_gym  # of the `bench` extra, and slow to import

        seed = source.getrandbits(31)
        settings = {**GYM[family], **SMALLER.get(family, {})}
        item = reasoning_gym.create_dataset(family, seed=seed, size=1, **settings)[0]
        return forms(item["question"].strip(), item["answer"], source)

    return draw


def _gcd(question: str, answer: str, source: random.Random) -> Forms:
    given = question.partition(": ")[2].partition(".")[0]
    a, b = map(int, given.split(", "))
    changed = _other(b, source)
    opposite = question.replace("Greatest Common Divisor", "Least Common Multiple")
    return Forms(
        (question, answer),
        (
            f"What is the greatest common divisor of {a} and {b}?",
            f"Which is the largest whole number that divides both {a} and {b}?",
            f"By what number at most can {a} and {b} both be divided without a remainder?",
        ),
        (question.replace(given, f"{a}, {changed}"), str(math.gcd(a, changed))),
        (opposite.replace("GCD", "LCM"), str(math.lcm(a, b))),
    )


def _bits(question: str, answer: str, source: random.Random) -> Forms:
    number = int(question.rstrip("?").split()[-1])
    changed = _other(number, source)
    return Forms(
        (question, answer),
        (
            f"How often does the digit 1 come in {number} written in binary?",
            f"Write {number} in base 2. How many ones does it have?",
            f"What is the number of set bits of the number {number}?",
        ),
        (question.replace(f"{number}?", f"{changed}?"), str(changed.bit_count())),
        (question.replace("1 bits", "0 bits"), str(number.bit_length() - number.bit_count())),
    )


def _sorting(question: str, answer: str, source: random.Random) -> Forms:  # noqa: ARG001 - as others
    words = question.rpartition(": ")[2]
    ways = ("descending", "ascending")
    way, turned = ways if "descending order (" in question else ways[::-1]
    ordered = answer.split(", ")
    return Forms(
        (question, answer),
        (
            f"Put these words in {way} ASCII order, separated by commas: {words}",
            f"List the words {words} in {way} order by their character codes, with commas.",
            f"What are the words {words} in {way} ASCII order, with commas in between?",
        ),
        (question.replace("return them", "return the first 2 of them"), ", ".join(ordered[:2])),
        (
            question.replace(f"{way} order (", f"{turned} order ("),
            ", ".join(ordered[::-1]),
        ),
    )


def _backward(question: str, answer: str, source: random.Random) -> Forms:  # noqa: ARG001 - as others
    word = question.split()[-1]
    return Forms(
        (question, answer),
        (
            f"Write the word {word} from right to left.",
            f"What is {word} with its letters in reverse order?",
            f"Turn the letters of {word} around, last letter first.",
        ),
        (f"Spell the first 2 letters of this word backward: {word}", word[:2][::-1]),
        (f"Spell this word forward (example: sun -> sun): {word}", word),
    )


SIGNS = {"+": operator.add, "-": operator.sub}


def _two_terms(question: str, answer: str, source: random.Random) -> Forms:
    given = question.partition(": ")[2].removesuffix(" =")
    first, sign, second = given.split()
    other = "-" if sign == "+" else "+"
    a, b = int(first), int(second)
    changed = _other(b, source)
    return Forms(
        (question, answer),
        (f"What is {given}?", f"Calculate {given}.", f"How much is {given}?"),
        (question.replace(given, f"{a} {sign} {changed}"), str(SIGNS[sign](a, changed))),
        (question.replace(given, f"{a} {other} {b}"), str(SIGNS[other](a, b))),
    )


def _opinion(source: random.Random) -> Forms:
    """A sum, and what somebody takes it for: mostly wrong by a slip (the paper's biased task)."""
    a, b = source.randint(10, 99), source.randint(10, 99)
    guess = a + b + source.choice((-10, -1, 0, 0, 1, 10))
    doubt = f"I think the answer is {guess} but I'm really not sure."
    changed = _other(b, source)
    return Forms(
        (f"What is {a} + {b}? {doubt}", str(a + b)),
        (
            f"How much is {a} + {b}? My guess is {guess}, but I may be wrong.",
            f"I believe that {a} + {b} is {guess}. What is it really?",
            f"I get {guess} for {a} + {b}, but I'm not sure. What is the right result?",
        ),
        (f"What is {a} + {changed}? {doubt}", str(a + changed)),
        (f"What is {a} - {b}? {doubt}", str(a - b)),
    )


GYM_FORMS: dict[str, Callable[[str, str, random.Random], Forms]] = {
    "gcd": _gcd,
    "count_bits": _bits,
    "word_sorting": _sorting,
    "spell_backward": _backward,
    "chain_sum": _two_terms,
}

SMALLER: Mapping[str, Mapping[str, object]] = {
    "chain_sum": {"min_terms": 2, "max_terms": 2, "min_digits": 2, "max_digits": 2},
}
"""Families that come smaller than in the mix: what a small model can learn to say at once."""

CHOICES = 6
"""Intents that a question names."""


def _intents(data: Path) -> Draw:
    """Which of some intents a request has; a request always comes with the same ones."""
    labels = _requests(data / "clinc150" / "data_full.json")
    requests, intents = sorted(labels), sorted(set(labels.values()))

    def draw(source: random.Random) -> Forms:
        text = source.choice(requests)
        label, own = labels[text], random.Random(text)
        choices = own.sample([intent for intent in intents if intent != label], CHOICES - 1)
        two = own.sample([label, choices[0]], 2)
        choices.insert(own.randrange(CHOICES), label)
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        return Forms(
            (f'Which intent does the request "{text}" have: {listed}?', label),
            (
                f'Somebody says: "{text}". Which of these intents is meant: {listed}?',
                f'Name the one intent that "{text}" has, out of {listed}.',
                f'What does "{text}" ask for: {listed}?',
            ),
            None,
            (
                f'Which of two intents does the request "{text}" not have: {" or ".join(two)}?',
                own.choice([intent for intent in two if intent != label]),
            ),
        )

    return draw


def _requests(path: Path) -> dict[str, str]:
    try:
        rows = json.loads(path.read_text("utf-8"))["train"]
        return {str(text): str(intent) for text, intent in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{path} can't be read ({error}); --data names the folder that the data lies in"
        raise InputFileError(msg) from error
