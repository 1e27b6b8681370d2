"""Every setting there is, and what a user made of it: defaults, files, environment, command line.

All faults are reported at once. Imports no engine: reading settings is cheap.
"""
# ruff: noqa: ARG003 - the signature of `settings_customise_sources` is pydantic-settings'

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import environ
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

import agent
from agent.config_faults import fault_line, fits, origin, raise_for, unknown_line
from agent.config_layers import (
    PREFIX,
    Entry,
    UnreadableError,
    read_environment,
    read_file,
    read_overrides,
)
from agent.config_text import KeyDoc, key_docs, toml_section, toml_value
from agent.daemon_settings import DaemonSettings
from agent.sandbox_settings import SandboxSettings
from agent.system2.settings import System2Settings, VerifySettings
from memory.settings import MemorySettings
from models.errors import ConfigError
from router.settings import RouterSettings
from trainer.settings import GateSettings, TrainerSettings

FILE_NAME = "config.toml"
_HEAD = """\
# Every setting of Second Nature, as `secondnature config show --toml` prints it; one that is left
# out has its default. Later wins: this file, config.toml in the home folder, the environment
# (SECONDNATURE_ROUTER__MAX_ERROR=0.01), the command line.
"""


class System1Settings(BaseModel):
    """How questions are answered directly."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        default="qwen2.5-coder-0.5b-instruct",
        min_length=1,
        description="Catalogue name, Hugging Face id or local folder of the base that is taught.",
    )
    max_tokens: int = Field(default=48, ge=1, le=4096, description="Most tokens of a draft.")


class Settings(BaseSettings):
    """Every section. `Settings()` is the defaults, whatever the files and the environment say."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    system1: System1Settings = System1Settings()
    system2: System2Settings = System2Settings()
    verify: VerifySettings = VerifySettings()
    sandbox: SandboxSettings = SandboxSettings()
    memory: MemorySettings = MemorySettings()
    router: RouterSettings = RouterSettings()
    trainer: TrainerSettings = TrainerSettings()
    gate: GateSettings = GateSettings()
    daemon: DaemonSettings = DaemonSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the constructor is given: `load_settings` reads the layers and keeps sources.

        Args:
            settings_cls: Not used.
            init_settings: The constructor's arguments.
            env_settings: Not used.
            dotenv_settings: Not used.
            file_secret_settings: Not used.

        Returns:
            One source.
        """
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class SettingDoc:
    """One setting as it stands.

    Attributes:
        key: Dotted.
        value: In force.
        default: What it would be.
        allowed: Kind and range in words.
        description: What it does, with its unit.
        source: "default", a file, an environment variable, or "command line".
    """

    key: str
    value: object
    default: object
    allowed: str
    description: str
    source: str


def home_folder() -> Path:
    """Where everything a user owns lies: SECONDNATURE_HOME, else the platform's data folder.

    Returns:
        A folder, which need not exist.

    Raises:
        ConfigError: SECONDNATURE_HOME begins with the name of a user that there is not.
    """
    named = environ.get("SECONDNATURE_HOME")
    if not named:
        return platformdirs.user_data_path("secondnature")
    return _expanded(named, f"SECONDNATURE_HOME = {named!r}")


def config_files(home: Path | None = None) -> list[Path]:
    """The files that are read, later ones over earlier ones; they need not exist.

    Args:
        home: The user's folder; None is `home_folder()`.

    Returns:
        The checkout's file, when run from one, then the home's.
    """
    root = Path(agent.__file__).parents[1]
    checkout = [root / FILE_NAME] if (root / "pyproject.toml").exists() else []
    return [*checkout, (home or home_folder()) / FILE_NAME]


def load_settings(
    home: Path | None = None, overrides: Mapping[str, object] | None = None
) -> Settings:
    """Defaults < checkout's file < home's file < environment < overrides.

    Args:
        home: The user's folder; None is `home_folder()`.
        overrides: Flags of the command line by dotted key; None is a flag that was not given.

    Returns:
        The settings in force.

    Raises:
        ConfigError: Something is wrong; the message lists every fault.
    """
    layers = _read(home, overrides)
    settings, faults = _judge(layers)
    raise_for(layers.faults + faults)
    assert settings is not None  # noqa: S101 - there would be a fault
    return settings


def check_settings(home: Path | None = None) -> Settings:
    """Like `load_settings`, and what can only be told by trying it: schedule, methods, prompts.

    Args:
        home: The user's folder; None is `home_folder()`.

    Returns:
        The settings in force.

    Raises:
        ConfigError: Something is wrong; the message lists every fault.
    """
    layers = _read(home, None)
    settings, faults = _judge(layers)
    raise_for([*layers.faults, *faults, *_untried(layers.entries)])
    assert settings is not None  # noqa: S101 - there would be a fault
    return settings


def describe(
    home: Path | None = None, overrides: Mapping[str, object] | None = None
) -> list[SettingDoc]:
    """Every setting as it stands, and where its value came from.

    Args:
        home: The user's folder; None is `home_folder()`.
        overrides: As for `load_settings`.

    Returns:
        One for each key, section by section.

    Raises:
        ConfigError: Something is wrong; the message lists every fault.
    """
    settings = load_settings(home, overrides)
    entries = _read(home, overrides).entries
    return [
        SettingDoc(
            key=doc.key,
            value=_value(settings, doc.key),
            default=doc.default,
            allowed=doc.allowed,
            description=doc.description,
            source=origin(entries.get(doc.key)),
        )
        for doc in _known().values()
    ]


def dump_toml(settings: Settings) -> str:
    """Settings as a file, each under a comment that says what it means and may be.

    Args:
        settings: What to write.

    Returns:
        TOML that `load_settings` reads back to equal settings.
    """
    return "\n".join(
        [_HEAD, *(toml_section(name, getattr(settings, name)) for name in _sections())]
    )


@dataclass(frozen=True, slots=True)
class _Layers:
    """What was read: the entry in force of each known key, and the faults so far."""

    entries: dict[str, Entry]
    faults: list[str]


def _read(home: Path | None, overrides: Mapping[str, object] | None) -> _Layers:
    """Read every layer, lowest first."""
    layers = _Layers({}, [])
    for path in config_files(home):
        try:
            _add(layers, read_file(path))
        except UnreadableError as error:
            layers.faults.append(str(error))
    _add(layers, read_environment(Settings))
    _add(layers, read_overrides(overrides or {}))
    return layers


def _add(layers: _Layers, entries: Iterable[Entry]) -> None:
    """Lay entries over those below them; unknown keys and wrong types are faults."""
    known = _known()
    for entry in entries:
        if entry.key not in known:
            layers.faults.append(unknown_line(entry, known))
        elif not fits(known[entry.key], entry):
            layers.faults.append(fault_line(entry, known[entry.key]))
        else:
            layers.entries[entry.key] = entry


def _judge(layers: _Layers) -> tuple[Settings | None, list[str]]:
    """Settings of entries, or their faults."""
    nested: dict[str, dict[str, object]] = {}
    for key, entry in layers.entries.items():
        section, _, name = key.partition(".")
        nested.setdefault(section, {})[name] = entry.value
    try:
        settings = Settings.model_validate(nested)
    except ValidationError as error:
        keys = dict.fromkeys(".".join(map(str, fault["loc"][:2])) for fault in error.errors())
        return None, [fault_line(layers.entries[key], _known()[key]) for key in keys]
    return settings, list(_conflicts(settings, layers.entries))


def _untried(entries: Mapping[str, Entry]) -> Iterator[str]:
    """Values of the right kind that nothing can be done with."""
    from agent.system2.families import AUTO, FAMILIES

    cron, methods = entries.get("daemon.cron"), entries.get("system2.methods")
    if cron and isinstance(cron.value, str) and cron.value:
        try:
            DaemonSettings(cron=cron.value).trigger()
        except ConfigError as error:
            yield f"{error} [{origin(cron)}]"
    named = methods.value if methods and isinstance(methods.value, list) else []
    if unknown := [name for name in named if isinstance(name, str) and name not in FAMILIES]:
        yield (
            f"system2.methods [{origin(methods)}]: no method is named {', '.join(unknown)}; "
            f"there are {', '.join(FAMILIES)}"
        )
    method = entries.get("system2.method")
    if method and isinstance(method.value, str) and method.value not in {AUTO, *FAMILIES, ""}:
        yield (
            f"system2.method [{origin(method)}]: no method is named {method.value}; "
            f"there are {AUTO}, {', '.join(FAMILIES)}"
        )
    prompts = entries.get("system2.prompts")
    if prompts and isinstance(prompts.value, str) and prompts.value:
        yield from _prompt_faults(prompts.value, origin(prompts))


def _prompt_faults(folder: str, source: str) -> Iterator[str]:
    """What is wrong with a user's own prompts; `_conflicts` tells of a folder that is nobody's."""
    from agent.system2.prompts import faults

    try:
        path = _expanded(folder, folder)
    except ConfigError:
        return
    yield from (f"system2.prompts [{source}]: {fault}" for fault in faults(path))


def _expanded(path: str, shown: str) -> Path:
    """A path with its user's folder for "~" or "~user"; `shown` is what an error says of it."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        user = Path(path).parts[0]
        msg = f"{shown}: {user} is nobody's folder; give a path, or a user that there is"
        raise ConfigError(msg) from error


def _conflicts(settings: Settings, entries: Mapping[str, Entry]) -> Iterator[str]:
    """Settings that are each allowed, but not together, or not on this machine."""
    try:
        _expanded(settings.system2.prompts, _shown(settings, "system2.prompts", entries))
    except ConfigError as error:
        yield str(error)
    for low, high, why in (
        ("verify.min_votes", "system2.max_samples", "nothing could ever be verified"),
        ("gate.resistant_accuracy", "gate.distilled_accuracy", "a skill could be both"),
    ):
        if _value(settings, low) > _value(settings, high):  # type: ignore[operator]
            yield (
                f"{_shown(settings, low, entries)} is above {_shown(settings, high, entries)}: "
                f"{why}; lower the first or raise the second"
            )


def _shown(settings: Settings, key: str, entries: Mapping[str, Entry]) -> str:
    """A setting with its value and source."""
    return f"{key} = {toml_value(_value(settings, key))} [{origin(entries.get(key))}]"


def _value(settings: Settings, key: str) -> object:
    """A setting by its dotted key."""
    section, _, name = key.partition(".")
    value: object = getattr(getattr(settings, section), name)
    return value


def _sections() -> dict[str, type[BaseModel]]:
    """The sections' classes by name."""
    return {name: type(field.default) for name, field in Settings.model_fields.items()}


def _known() -> dict[str, KeyDoc]:
    """Every key there is."""
    return {doc.key: doc for name, kind in _sections().items() for doc in key_docs(name, kind)}
