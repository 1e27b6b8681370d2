"""The questions of a suite: what is tested, what is trained on, and that the two never meet."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from memory.answers import same
from memory.records import question_key
from models.errors import ConfigError, InputFileError

T = TypeVar("T")

Text = Annotated[str, Field(pattern=r"\S")]
"""Of published data: more than blanks."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question and what is right.

    Attributes:
        question: As it is asked.
        answers: Each of them is right.
        part: What its accuracy is reported under: "two words".
        of: What it is one of several forms of; empty for a question of which there is but one.
    """

    question: str
    answers: tuple[str, ...]
    part: str
    of: str = ""

    @property
    def key(self) -> str:
        """The same for every spelling of the question."""
        return question_key(self.question)

    @property
    def unit(self) -> str:
        """What counts once, in however many forms it is asked."""
        return self.of or self.key

    def right(self, answer: str | None) -> bool:
        """Whether an answer is right; none is wrong."""
        return answer is not None and any(
            same(answer, gold, self.question) for gold in self.answers
        )


@dataclass(frozen=True, slots=True)
class Items:
    """A suite's questions.

    Attributes:
        test: In a fixed order: a smaller limit takes the first of them.
        train: Likewise.

    Raises:
        InputFileError: A question is in both, or twice in one.
    """

    test: tuple[Item, ...]
    train: tuple[Item, ...]

    def __post_init__(self) -> None:
        keys: set[str] = set()
        for item in (*self.test, *self.train):
            if item.key in keys:
                msg = "a question is there twice: test and training questions must all differ"
                raise InputFileError(f"{msg}; it is {item.question!r}")
            keys.add(item.key)


_DRAWS_IN_VAIN = 10_000
"""So many in a row without a new item, and hardly any is left."""

Known = Callable[[Sequence[Item]], list[Item]]
"""Those among items that the model knows the answer to."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a suite's questions are made from.

    Attributes:
        data: The folder of published data.
        limit: Most test items of each part; an item may be asked in several forms.
        train: Most training questions.
        known: Asks the model.
    """

    data: Path
    limit: int
    train: int
    known: Known


def distinct(make: Callable[[random.Random], Item], count: int, seed: int) -> list[Item]:
    """Draw different items; the first of many are those of a smaller count.

    Args:
        make: Makes one.
        count: How many.
        seed: Of the draw.

    Returns:
        The items.

    Raises:
        ConfigError: There are too few different ones.
    """
    source = random.Random(seed)
    found: dict[str, Item] = {}
    in_vain = 0
    while len(found) < count and in_vain < _DRAWS_IN_VAIN:
        item = make(source)
        in_vain = in_vain + 1 if item.key in found else 0
        found.setdefault(item.key, item)
    if len(found) < count:
        msg = f"only {len(found)} of {count} different questions could be made; ask for fewer"
        raise ConfigError(msg)
    return list(found.values())


def read_rows(path: Path, rows: TypeAdapter[list[T]]) -> list[T]:
    """Read published data.

    Args:
        path: A JSON list; or one object a line, for a name that ends in "jsonl".
        rows: What its entries must be.

    Returns:
        The entries, at least one.

    Raises:
        InputFileError: It is not there, or something else.
    """
    lined = path.suffix == ".jsonl"
    try:
        text = path.read_text("utf-8")
        # With a comma at each line's end it is a list whose lines are still those of the file.
        found = rows.validate_json(
            "[" + text.rstrip().replace("\n", ",\n") + "]" if lined else text
        )
    except ValidationError as error:
        fault = error.errors()[0]
        entry, *field = fault["loc"] or (None,)
        where = f", {'line' if lined else 'entry'} {int(entry) + 1}" if entry is not None else ""
        what = ": ".join([*map(str, field), fault["msg"]])
        msg = f"{path}{where}: {what}; --data must hold the data as it was published"
        raise InputFileError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{path} can't be read ({error}); --data names the folder that the data lies in"
        raise InputFileError(msg) from error
    if not found:
        raise InputFileError(f"{path} is empty; --data must hold the data as it was published")
    return found
