"""The methods' prompts: read from TOML beside the code, or from a user's folder instead."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import MethodError
from models.types import Generation, Message, Prompt

_HERE = Path(__file__).parent
_NEEDED = frozenset({"system", "ask"})
_OPTIONAL = frozenset({"lead", "shots"})
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
# What is meant as a placeholder. LaTeX is passed over; JSON has no bare word in braces.
_NAME = r" *(?:0|[^\W\d][\w.-]*) *"
_MEANT = re.compile(
    rf"\\[A-Za-z]+(?:\{{[^{{}}]*\}})+|[\^_]\{{[^{{}}]*\}}|(\{{\{{{_NAME}\}}\}}|\{{{_NAME}\}})"
)


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
        return joined(self.lead, generation.text)


def joined(lead: str, text: str) -> str:
    """A lead and what the model wrote behind it.

    Behind a thought a model often begins afresh: the lead stands there once.
    """
    return text if lead and text.startswith(lead) else lead + text


def read_prompts(name: str, folder: Path | None = None) -> Mapping[str, FewShot]:
    """Read a method's prompts: the user's, if there are any, else those beside the code.

    Args:
        name: The file's name, without ".toml".
        folder: Where a user's prompts lie; a file there replaces ours as a whole.

    Returns:
        A prompt for each stage, by its name.

    Raises:
        MethodError: Something in the folder is wrong, be it another method's; the message lists
            every fault. Or ours are missing or unreadable.
    """
    ours = _ours(name)
    if folder is None:
        return ours
    found = faults(folder)
    if len(found) == 1:
        raise MethodError(found[0])
    if found:
        raise MethodError("\n  ".join([f"{len(found)} things are wrong with prompts:", *found]))
    path = folder / f"{name}.toml"
    return _stages(_tables(path)) if path.exists() else ours


def in_force(folder: Path | None = None) -> dict[str, Mapping[str, FewShot]]:
    """All methods' prompts by the names of their files; arguments and errors of `read_prompts`."""
    return {name: read_prompts(name, folder) for name in _names()}


def faults(folder: Path) -> list[str]:
    """Everything that is wrong with a folder of a user's prompts.

    Args:
        folder: It need not exist, and that is a fault.

    Returns:
        One line each, with the file, the stage, and what is allowed; none if all is right.
    """
    if not folder.is_dir():
        return [f"there is no folder {folder} to read prompts from; see system2.prompts"]
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        return [f"the folder {folder} can't be read ({error.strerror}); see system2.prompts"]
    return [fault for path in paths if _like_prompts(path) for fault in _file_faults(path)]


def _names() -> list[str]:
    """The files of prompts there are, without ".toml"."""
    return sorted(path.stem for path in _HERE.glob("*.toml"))


def _like_prompts(path: Path) -> bool:
    """Whether a file is meant to be read, by its name; hidden ones and an editor's copies are not.

    A prompt under a name that no method reads would be passed over in silence. Beside our own lies
    code of the same names.
    """
    name = path.name.lower()
    if name.startswith(".") or name.endswith(("~", ".py")):
        return False
    return ".toml" in name or name.partition(".")[0] in _names()


def _ours(name: str) -> dict[str, FewShot]:
    path = _HERE / f"{name}.toml"
    try:
        return _stages(_tables(path))
    except (OSError, ValueError) as error:
        raise MethodError(
            f"the prompts in {path} can't be read ({error}); install the package anew"
        ) from error


def _tables(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8-sig"))


def _stages(tables: Mapping[str, Any]) -> dict[str, FewShot]:
    """The stages of a file without faults."""
    return {stage: _stage(table) for stage, table in tables.items()}


def _stage(table: Mapping[str, Any]) -> FewShot:
    ask = table["ask"].strip("\n")
    shots = []
    for shot in table.get("shots", []):
        values = {key: value.strip("\n") for key, value in shot.items()}
        shots.append((_filled(ask, values), values["reply"]))
    lead = table.get("lead", "")  # its line breaks are meant
    return FewShot(table["system"].strip("\n"), ask, tuple(shots), lead)


def _file_faults(path: Path) -> Iterator[str]:
    """What is wrong with a user's file; it must have the stages and placeholders of ours."""
    if path.name not in {f"{name}.toml" for name in _names()}:
        known = ", ".join(f"{name}.toml" for name in _names())
        yield f"{path}: no method reads prompts of that name; there are: {known}"
        return
    try:
        tables = _tables(path)
    except (OSError, ValueError, RecursionError) as error:
        yield f"the prompts in {path} can't be read ({error}); correct it or take it away"
        return
    ours = _ours(path.stem)
    yield from _key_faults(str(path), tables, required=frozenset(ours))
    for stage, model in ours.items():
        if stage in tables:
            yield from _stage_faults(f"{path}: [{stage}]", tables[stage], model.placeholders)


def _stage_faults(where: str, table: object, needed: frozenset[str]) -> Iterator[str]:
    """What is wrong with the table of one stage."""
    if not isinstance(table, dict):
        yield f"{where} must be a table with the keys 'system' and 'ask'"
        return
    yield from _key_faults(where, table, required=_NEEDED, optional=_OPTIONAL)
    texts = {key: text for key, text in table.items() if key in _NEEDED | {"lead"}}
    yield from _text_faults(where, texts, needed)
    shots = table.get("shots", [])
    if not isinstance(shots, list):
        yield f"{where}: 'shots' must be a list of tables"
        return
    for number, shot in enumerate(shots, 1):
        yield from _shot_faults(f"{where}: shot {number}", shot, needed)


def _shot_faults(where: str, table: object, needed: frozenset[str]) -> Iterator[str]:
    """What is wrong with one example: a value for each placeholder, and the reply."""
    if not isinstance(table, dict):
        yield f"{where} must be a table with a 'reply'"
        return
    yield from _key_faults(where, table, required=needed | {"reply"})
    values = {key: value for key, value in table.items() if key in needed}
    yield from _kind_faults(where, values)
    if "reply" in table:
        yield from _text_faults(where, {"reply": table["reply"]}, needed)


def _text_faults(where: str, table: Mapping[str, Any], needed: frozenset[str]) -> Iterator[str]:
    """What is wrong with texts of which 'ask' alone is filled in."""
    yield from _kind_faults(where, table)
    for key, text in table.items():
        if not isinstance(text, str):
            continue
        if key == "ask":
            yield from _ask_faults(where, text, needed)
        else:
            for written in _MEANT.findall(text):
                if written.strip("{ }").lower() in needed:
                    yield (
                        f"{where}: {key!r} has the placeholder {written}, but only 'ask' is filled "
                        "in"
                    )


def _ask_faults(where: str, ask: str, needed: frozenset[str]) -> Iterator[str]:
    """Placeholders that 'ask' lacks, and those that nothing fills: the model would see them."""
    known = {f"{{{name}}}" for name in needed}
    for name in sorted(known):
        if name not in ask:
            yield f"{where}: 'ask' lacks the placeholder {name}"
    for written in _MEANT.findall(ask):
        if written and written not in known:
            yield (
                f"{where}: 'ask' has the unknown placeholder {written}; allowed are "
                f"{', '.join(sorted(known))}"
            )


def _kind_faults(where: str, table: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        if not isinstance(value, str):
            yield f"{where}: {key!r} must be a text, not {value!r}"


def _key_faults(
    where: str,
    table: Mapping[str, object],
    *,
    required: frozenset[str],
    optional: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """A table has a key too few or too many."""
    missing = sorted(required - table.keys())
    if missing:
        yield f"{where} lacks {_quoted(missing)}"
    unknown = sorted(table.keys() - required - optional)
    if unknown:
        allowed = _quoted(sorted(required | optional))
        yield f"{where} has the unknown {_quoted(unknown)}; allowed are {allowed}"


def _quoted(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _filled(ask: str, values: Mapping[str, str]) -> str:
    """Fill placeholders in one pass: what is filled in is never looked at again."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), ask)
