"""Frozen dataclasses as JSON files: written whole or not at all, checked when read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from models import atomic
from models.errors import CalibrationError, HomeError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FORMAT = 2
"""Goes up when a stored number changes its meaning; older files are then refused."""

REMEDY = "delete it and run `secondnature distill` to certify the adapter again"

T = TypeVar("T", bound="DataclassInstance")


def write(path: Path, value: "DataclassInstance") -> None:
    """Write a dataclass so that a reader sees the old file or the new one, never a part.

    Floats keep every bit: JSON holds their shortest decimal that reads back the same.

    Args:
        path: Where to; its folder is made.
        value: The dataclass; NaN and infinity are refused.

    Raises:
        CalibrationError: A value isn't finite.
        HomeError: The file cannot be written; what was there is untouched.
    """
    try:
        text = json.dumps({"format": FORMAT, "value": to_jsonable_python(value)}, allow_nan=False)
    except ValueError as error:
        raise CalibrationError(f"cannot write {path.name}: a value is not finite") from error
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(path, text)
    except OSError as error:
        raise HomeError(f"cannot write {path} ({error}): make room or allow writing") from error


def read(path: Path, adapter: TypeAdapter[T]) -> T:
    """Read a dataclass back.

    Args:
        path: A file that `write` wrote.
        adapter: What it must hold.

    Returns:
        The dataclass, equal to what was written.

    Raises:
        CalibrationError: The file cannot be read, is damaged, or is of another format.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content["format"]
        if version != FORMAT:
            raise CalibrationError(f"{path} has format {version!r}, not {FORMAT}: {REMEDY}")
        return adapter.validate_python(content["value"])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CalibrationError(f"{path} is damaged at {where}: {first['msg']}: {REMEDY}") from error
    except CalibrationError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CalibrationError(f"{path} cannot be read ({error}): {REMEDY}") from error
