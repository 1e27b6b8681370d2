"""Settings as text: what each key means and allows, and TOML. Knows no particular setting."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from types import NoneType
from typing import get_args

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

WIDTH = 100
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


@dataclass(frozen=True, slots=True)
class KeyDoc:
    """What a key means.

    Attributes:
        key: Dotted, section first.
        default: Its default.
        allowed: Kind and range in words.
        description: What it does, with its unit.
        scalar: bool, int, float, str, or tuple for a list of texts.
    """

    key: str
    default: object
    allowed: str
    description: str
    scalar: type


def key_docs(section: str, settings: type[BaseModel]) -> list[KeyDoc]:
    """What each key of a section means.

    Args:
        section: The section's name.
        settings: Its class; a field is described by `description=` or by the string under it.

    Returns:
        One for each field, in order.
    """
    strings = _field_strings(settings)
    return [
        KeyDoc(
            key=f"{section}.{name}",
            default=field.get_default(call_default_factory=True),
            allowed=_allowed(field),
            description=_sentence(field.description or strings.get(name, "")),
            scalar=_scalar(field),
        )
        for name, field in settings.model_fields.items()
    ]


def _field_strings(settings: type[BaseModel]) -> dict[str, str]:
    """The strings that stand under a class's fields in its source."""
    if all(field.description for field in settings.model_fields.values()):
        return {}
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(settings))).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - the source of a class
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(definition.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _sentence(text: str) -> str:
    """A description on one line, begun by a capital and ended by a full stop."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def _scalar(field: FieldInfo) -> type:
    """The plain type of a field, None left out."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    if NoneType in get_args(field.annotation) and kinds:
        return _plain(kinds[0])
    return _plain(field.annotation)


def _plain(annotation: object) -> type:
    """One of bool, int, float, str; tuple for all else."""
    return annotation if isinstance(annotation, type) and annotation in _KINDS else tuple


def _allowed(field: FieldInfo) -> str:
    """Kind and range of a field in words: "a number in (0, 0.5]"; its examples, if it has any."""
    kind = _KINDS.get(_scalar(field), "a list of texts")
    if field.examples:
        *most, last = map(toml_value, field.examples)
        kind += f" such as {', '.join(most)} or {last}"
    if any(isinstance(rule, MinLen) for rule in field.metadata):
        kind += ", not empty"
    unset = ", or left out" if NoneType in get_args(field.annotation) else ""
    return f"{kind}{_range(field)}{unset}"


def _range(field: FieldInfo) -> str:
    """The range of a number, with a space before it; empty when it has none."""
    low, high = "", ""
    for rule in field.metadata:
        match rule:
            case Ge():
                low = f"[{_number(rule.ge)}"
            case Gt():
                low = f"({_number(rule.gt)}"
            case Le():
                high = f"{_number(rule.le)}]"
            case Lt():
                high = f"{_number(rule.lt)})"
    if low and high:
        return f" in {low}, {high}"
    if low:
        return f" {'>=' if low[0] == '[' else '>'} {low[1:]}"
    return f" {'<=' if high[-1] == ']' else '<'} {high[:-1]}" if high else ""


def _number(bound: object) -> str:
    """A bound, 1.0 as 1."""
    return f"{bound:g}" if isinstance(bound, float) else str(bound)


def toml_value(value: object) -> str:
    """A value as TOML.

    Args:
        value: A bool, number, text, or list of them.

    Returns:
        One line.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    return repr(value)


def toml_section(name: str, settings: BaseModel) -> str:
    """A section as TOML, with a comment above it and above every key.

    Args:
        name: The section's name.
        settings: Its values.

    Returns:
        Lines, ended by a newline.
    """
    return "\n".join([f"[{name}]", *_section_lines(name, settings)]) + "\n"


def _section_lines(name: str, settings: BaseModel) -> Iterator[str]:
    """Comments and values of a section."""
    yield from _comment(inspect.getdoc(type(settings)) or "")
    for doc in key_docs(name, type(settings)):
        key = doc.key.partition(".")[2]
        value = getattr(settings, key)
        yield ""
        yield from _comment(doc.description)
        yield from _comment(f"{_unsaid(doc)}; default {_default(doc.default)}")
        yield f"# {key} =" if value is None else f"{key} = {toml_value(value)}"


def _unsaid(doc: KeyDoc) -> str:
    """What is allowed, without a range that the description has already."""
    kind, _, limits = doc.allowed.partition(" in ")
    return kind if limits and limits in doc.description else doc.allowed


def _default(value: object) -> str:
    """A default in words."""
    return "unset" if value is None else toml_value(value)


def _comment(text: str) -> list[str]:
    """Text as comment lines."""
    return textwrap.wrap(
        text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False
    )
