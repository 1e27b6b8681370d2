"""The drawing in models/errors.py is the tree."""

import builtins
import inspect

import pytest

from models import errors
from models.errors import SecondNatureError

CLASSES = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if issubclass(member, SecondNatureError)
]


def standard_base(error: type[Exception]) -> type[Exception] | None:
    """The class of the standard library that an error of ours names among its bases."""
    return next((base for base in error.__bases__ if not issubclass(base, SecondNatureError)), None)


def draw(error: type[SecondNatureError], indent: str = "") -> list[str]:
    """The lines of the drawing below an error, in order of definition."""
    children = sorted(error.__subclasses__(), key=lambda one: inspect.getsourcelines(one)[1])
    children = [child for child in children if child.__module__ == errors.__name__]
    lines: list[str] = []
    for child in children:
        last = child is children[-1]
        base = standard_base(child)
        label = f"{child.__name__} ({base.__name__})" if base else child.__name__
        lines.append(f"{indent}{'└──' if last else '├──'} {label}")
        lines += draw(child, indent + ("    " if last else "│   "))
    return lines


def test_drawing_is_the_tree() -> None:
    drawing = [line[4:] for line in (errors.__doc__ or "").splitlines() if line.startswith("    ")]
    assert drawing == ["SecondNatureError", *draw(SecondNatureError)]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_leaf_is_also_a_standard_error(error: type[Exception]) -> None:
    if error.__subclasses__():
        return
    standard = [
        base
        for base in error.__mro__
        if getattr(builtins, base.__name__, None) is base and base not in {Exception, BaseException}
    ]
    assert set(standard) - {object}
    assert str(error("one clear line")) == "one clear line"
