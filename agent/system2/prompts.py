"""The methods' prompts: read from TOML beside the code, or from a user's folder instead."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import MethodError
from models.types import Generation, Message, Prompt

_HERE = Path(__file__).parent
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
# What is meant as a placeholder. LaTeX is passed over; JSON has no bare word in braces.
_MEANT = re.compile(r"\\[A-Za-z]+(?:\{[^{}]*\})+|(\{\{[A-Za-z_]\w*\}\}|\{[A-Za-z_]\w*\})")


@dataclass(frozen=True, slots=True)
class FewShot:
    """A stage's prompt: an instruction, worked examples, and how a question is put.

    Attributes:
        system: The instruction; empty for none.
        ask: What the user says, with placeholders such as `{question}`.
        shots: Pairs of what the user said and the reply.
        lead: What every reply begins with.
    """

    system: str
    ask: str
    shots: tuple[tuple[str, str], ...] = ()
    lead: str = ""

    @property
    def placeholders(self) -> frozenset[str]:
        """What `ask` has to be filled with."""
        return frozenset(_PLACEHOLDER.findall(self.ask))

    def prompt(self, **values: str) -> Prompt:
        """Put a question behind the examples; all before it is the same for every question.

        Args:
            **values: A text for each placeholder; braces in it are just braces.

        Returns:
            The prompt.
        """
        fixed = [Message("system", self.system)] if self.system else []
        for asked, reply in self.shots:
            fixed += [Message("user", asked), Message("assistant", reply)]
        asking = [Message("user", _filled(self.ask, values))]
        if self.lead:
            asking.append(Message("assistant", self.lead))
        return Prompt((*fixed, *asking), fixed=len(fixed))

    def written(self, generation: Generation) -> str:
        """A whole reply: its lead, and what the model wrote."""
        return self.lead + generation.text


def read_prompts(name: str, folder: Path | None = None) -> Mapping[str, FewShot]:
    """Read a method's prompts: the user's, if there are any, else those beside the code.

    Args:
        name: The file's name, without ".toml".
        folder: Where a user's prompts lie; a file there replaces ours as a whole.

    Returns:
        A prompt for each stage, by its name.

    Raises:
        MethodError: A file is missing or unreadable, or lacks a stage, a key or a placeholder that
            ours has, or has one too many.
    """
    ours = _read(_HERE / f"{name}.toml")
    if folder is None:
        return ours
    _check_folder(folder)
    path = folder / f"{name}.toml"
    return _read(path, ours) if path.exists() else ours


def in_force(folder: Path | None = None) -> dict[str, Mapping[str, FewShot]]:
    """All methods' prompts by the names of their files; arguments and errors of `read_prompts`."""
    names = sorted(path.stem for path in _HERE.glob("*.toml"))
    return {name: read_prompts(name, folder) for name in names}


def _check_folder(folder: Path) -> None:
    """A prompt under a name that no method reads would be passed over in silence."""
    if not folder.is_dir():
        raise MethodError(f"there is no folder {folder} to read prompts from; see system2.prompts")
    known = {path.name for path in _HERE.glob("*.toml")}
    for path in sorted(folder.glob("*.toml")):
        if path.name not in known:
            raise MethodError(
                f"{path}: no method reads prompts of that name; there are: "
                f"{', '.join(sorted(known))}"
            )


def _read(path: Path, model: Mapping[str, FewShot] | None = None) -> dict[str, FewShot]:
    """Read a file; it must have the stages and placeholders of `model`."""
    try:
        tables = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        remedy = "install the package anew" if model is None else "correct it or take it away"
        raise MethodError(f"the prompts in {path} can't be read ({error}); {remedy}") from error
    if model is not None:
        _check_keys(str(path), tables, required=set(model))
    return {
        stage: _stage(f"{path}: [{stage}]", table, model[stage] if model else None)
        for stage, table in tables.items()
    }


def _stage(where: str, table: object, model: FewShot | None) -> FewShot:
    """Read the table of one stage."""
    if not isinstance(table, dict):
        raise MethodError(f"{where} must be a table with the keys 'system' and 'ask'")
    _check_keys(where, table, required={"system", "ask"}, optional={"lead", "shots"})
    texts = {
        key: _text(where, key, value).strip("\n") for key, value in table.items() if key != "shots"
    }
    texts["lead"] = table.get("lead", "")  # its line breaks are meant
    needed = model.placeholders if model else frozenset(_PLACEHOLDER.findall(texts["ask"]))
    for name in sorted(needed):
        if f"{{{name}}}" not in texts["ask"]:
            raise MethodError(f"{where}: 'ask' lacks the placeholder {{{name}}}")
    _check_placeholders(where, texts, needed)
    shots = table.get("shots", [])
    if not isinstance(shots, list):
        raise MethodError(f"{where}: 'shots' must be a list of tables")
    read = tuple(
        _shot(f"{where}: shot {number}", shot, texts["ask"], needed)
        for number, shot in enumerate(shots, 1)
    )
    return FewShot(texts["system"], texts["ask"], read, texts["lead"])


def _check_placeholders(where: str, texts: Mapping[str, str], needed: frozenset[str]) -> None:
    """Refuse what would stand before the model as it is: a placeholder that nothing fills."""
    known = {f"{{{name}}}" for name in needed}
    for written in _MEANT.findall(texts["ask"]):
        if written and written not in known:
            raise MethodError(
                f"{where}: 'ask' has the unknown placeholder {written}; allowed are "
                f"{', '.join(sorted(known))}"
            )
    for key in ("system", "lead"):
        for name in _PLACEHOLDER.findall(texts[key]):
            if name in needed:
                raise MethodError(
                    f"{where}: {key!r} has the placeholder {{{name}}}, but only 'ask' is filled in"
                )


def _shot(where: str, table: object, ask: str, needed: frozenset[str]) -> tuple[str, str]:
    """Read one example: its placeholders' values and the reply."""
    if not isinstance(table, dict):
        raise MethodError(f"{where} must be a table with a 'reply'")
    _check_keys(where, table, required=needed | {"reply"})
    values = {key: _text(where, key, value).strip("\n") for key, value in table.items()}
    return _filled(ask, values), values["reply"]


def _check_keys(
    where: str,
    table: Mapping[str, Any],
    *,
    required: set[str] | frozenset[str],
    optional: frozenset[str] | set[str] = frozenset(),
) -> None:
    """Refuse a table with a key too few or too many."""
    missing = sorted(required - table.keys())
    if missing:
        raise MethodError(f"{where} lacks {_quoted(missing)}")
    unknown = sorted(table.keys() - required - optional)
    if unknown:
        allowed = _quoted(sorted({*required, *optional}))
        raise MethodError(f"{where} has the unknown {_quoted(unknown)}; allowed are {allowed}")


def _text(where: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise MethodError(f"{where}: {key!r} must be a text, not {value!r}")
    return value


def _quoted(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _filled(ask: str, values: Mapping[str, str]) -> str:
    """Fill placeholders in one pass: what is filled in is never looked at again."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), ask)
