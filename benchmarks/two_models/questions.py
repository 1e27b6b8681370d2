"""Questions with what a weak and a strong model made of each, as RouteLLM published them."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import InputFileError

FILES = {"gsm8k": "gsm8k_responses.csv", "mmlu": "mmlu_responses.csv"}
"""By set: its file in the folder `routellm`."""

FEWEST = 20
"""Questions of which folds and thirds can be made."""

_PROMPT, _SUBJECT, _TEXT = "prompt", "subject", "_response"


@dataclass(frozen=True, slots=True)
class Answered:
    """One question.

    Attributes:
        question: As both models were asked.
        subject: What it is about; None where the set doesn't say.
        weak: Whether the weak model was right.
        strong: Whether the strong model was.
    """

    question: str
    subject: str | None
    weak: bool
    strong: bool


def read(data: Path, name: str) -> list[Answered]:
    """Read a set.

    Args:
        data: The folder of published data.
        name: One of `FILES`.

    Returns:
        Its questions, in the order of the file.

    Raises:
        InputFileError: The file is missing, not laid out as it was published, or all but empty.
    """
    path = data / "routellm" / FILES[name]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            weak, strong = _models(rows.fieldnames or ())
            found = [
                Answered(row[_PROMPT], row.get(_SUBJECT), _flag(row[weak]), _flag(row[strong]))
                for row in rows
            ]
    except OSError as error:
        raise InputFileError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, csv.Error) as error:
        raise InputFileError(f"{path} is not as RouteLLM published it: {error}") from error
    if len(found) < FEWEST:
        raise InputFileError(
            f"{path} has {len(found)} questions, {FEWEST} are needed: fetch it again from RouteLLM"
        )
    return found


def _models(columns: Sequence[str]) -> tuple[str, str]:
    """The columns of the weak and of the strong model, in the order they are published in."""
    named = [c for c in columns if c not in (_PROMPT, _SUBJECT) and not c.endswith(_TEXT)]
    if _PROMPT not in columns or len(named) != 2:
        raise ValueError(f"it has the columns {', '.join(columns) or 'none'}")
    return named[0], named[1]


def _flag(text: str | None) -> bool:
    if text not in ("True", "False"):
        raise ValueError(f"an outcome is {text!r}, not True or False")
    return text == "True"
