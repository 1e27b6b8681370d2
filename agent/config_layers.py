"""Where settings come from: files, the environment, the command line. One `Entry` per value.

Nothing is judged here but whether a file can be read; what a key may hold is `agent.config`'s.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import environ
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

PREFIX = "SECONDNATURE_"
RESERVED = ("SECONDNATURE_HOME", "SECONDNATURE_CACHE")
"""Variables that say where folders are. They are no settings."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value that somebody set.

    Attributes:
        key: Dotted.
        typed: The key as it was typed: dotted, or a variable's name.
        value: As read.
        source: The file, "environment" or "command line".
        textual: Whether it was typed where there is only text, so that "3" is a number.
    """

    key: str
    typed: str
    value: object
    source: str
    textual: bool = False


class UnreadableError(Exception):
    """A settings file that is no TOML or can't be read; never leaves `agent.config`."""


class _Environment(EnvSettingsSource):
    """pydantic-settings' reading of the environment; a list may be written with commas."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: object) -> object:
        """JSON if it is that; else the words between commas."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return [word.strip() for word in str(value).split(",")]


def read_file(path: Path) -> list[Entry]:
    """The values in a TOML file.

    Args:
        path: It need not exist.

    Returns:
        In the file's order; none if there is no file.

    Raises:
        UnreadableError: It is broken or can't be read; the message names it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return []
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnreadableError(f"{path} is not valid TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise UnreadableError(f"{path} can't be read: {error.strerror}") from error
    return [Entry(key, key, value, str(path)) for key, value in flatten(content)]


def read_environment(settings: type[BaseSettings]) -> list[Entry]:
    """The values in the environment, those of unknown variables too.

    Args:
        settings: The sections there are.

    Returns:
        One for each value; a whole section may be given as one JSON object.
    """
    found = dict(flatten(_Environment(settings)()))
    for name, value in environ.items():
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in RESERVED or not value:
            continue
        key = upper.removeprefix(PREFIX).lower().replace("__", ".")
        if key.partition(".")[0] not in settings.model_fields:
            found[key] = value
    return [Entry(key, variable(key), value, "environment", True) for key, value in found.items()]


def read_overrides(overrides: Mapping[str, object]) -> list[Entry]:
    """The values given on the command line.

    Args:
        overrides: Dotted keys, or sections of keys; None is a flag that was not given.

    Returns:
        One for each value given.
    """
    return [
        Entry(key, key, value, "command line")
        for key, value in flatten(overrides)
        if value is not None
    ]


def flatten(content: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted keys and values of nested tables."""
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def variable(key: str) -> str:
    """The environment variable of a dotted key."""
    return PREFIX + key.upper().replace(".", "__")
