"""What is wrong with settings, in one line a fault. Knows no particular setting."""

import difflib
from collections.abc import Iterable, Mapping

from agent.config_layers import PREFIX, RESERVED, Entry, variable
from agent.config_text import KeyDoc, toml_value
from models.errors import ConfigError


def fits(doc: KeyDoc, entry: Entry) -> bool:
    """Whether a value that was typed as a value is not one of another kind: true, "3" for 3.

    Args:
        doc: The key's.
        entry: Somebody's.

    Returns:
        False when no reading of the value could be meant.
    """
    if entry.textual:
        return True
    if isinstance(entry.value, bool):
        return doc.scalar is bool
    return not isinstance(entry.value, str) or doc.scalar is str


def fault_line(entry: Entry, doc: KeyDoc) -> str:
    """A value that is not allowed, with what is.

    Args:
        entry: Somebody's.
        doc: The key's.

    Returns:
        One line.
    """
    value = toml_value(entry.value) if isinstance(entry.value, str | list) else str(entry.value)
    return f"{entry.typed} = {value} [{entry.source}]: must be {doc.allowed}"


def unknown_line(entry: Entry, known: Mapping[str, KeyDoc]) -> str:
    """A key that does not exist, with the nearest that does.

    Args:
        entry: Somebody's.
        known: Every key there is.

    Returns:
        One line.
    """
    if inside := [key for key in known if key.startswith(f"{entry.key}.")]:
        keys = ", ".join(inside)
        return (
            f"{entry.typed} [{entry.source}] is a section, not a setting; its settings are {keys}"
        )
    nearest = _nearest(entry.key.lower(), known)
    if entry.textual:
        names = {name.removeprefix(PREFIX).lower(): name for name in RESERVED}
        folder = difflib.get_close_matches(entry.key, names, n=1)
        nearest = names[folder[0]] if folder else variable(nearest)
    return f"{entry.typed} [{entry.source}] is no setting; the nearest is {nearest}"


def _nearest(key: str, known: Iterable[str]) -> str:
    """The known key most like this one: by its own name first, else as a whole."""
    name = key.rpartition(".")[2]
    every = list(known)
    same = [one for one in every if one.partition(".")[2] == name]
    return difflib.get_close_matches(key, same or every, n=1, cutoff=0.0)[0]


def raise_for(faults: list[str]) -> None:
    """Report all faults at once.

    Args:
        faults: One line each; none is no error.

    Raises:
        ConfigError: There are some.
    """
    if len(faults) == 1:
        raise ConfigError(faults[0])
    if faults:
        raise ConfigError("\n  ".join([f"{len(faults)} settings are wrong:", *faults]))


def origin(entry: Entry | None) -> str:
    """Where a value came from; None is the default's."""
    if entry is None:
        return "default"
    return entry.typed if entry.textual else entry.source
