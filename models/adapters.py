"""Adapters on disk: versions in PEFT's own format, and the one file that says which is active.

    <root>/<version>/adapter_config.json, adapter_model.safetensors, manifest.json
    <root>/active             JSON: version, since when, what to roll back to; replaced atomically
    <root>/.tmp-<pid>-<...>   being written; ignored, and removed by `clean` when its writer is gone

Knows files; loads no weights.
"""

import difflib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open

from models import atomic
from models.active import BASE, Active
from models.errors import (
    AdapterError,
    HomeBusyError,
    HomeError,
    SecondNatureError,
    UnknownAdapterError,
    WrongBaseError,
)
from models.manifest import MANIFEST
from models.manifest import Manifest as Manifest  # re-exported: what `install` takes

_ACTIVE = "active"
_WEIGHTS = "adapter_model.safetensors"
_NEEDED = ("adapter_config.json", _WEIGHTS, MANIFEST)
_TEMPORARY = ".tmp-"
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LOCK_SECONDS = 30.0


class AdapterStatus(StrEnum):
    """Where an adapter stands."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Adapter:
    """A whole adapter on disk."""

    path: Path
    manifest: Manifest

    @property
    def version(self) -> str:
        """Its name."""
        return self.manifest.version


class AdapterRegistry:
    """The adapters of one home. Every read looks at the disk, so that processes see each other."""

    def __init__(self, root: Path) -> None:
        """Use a folder; it is made when something is first written.

        Args:
            root: The home's folder of adapters.
        """
        self._root = root
        self._manifests: dict[str, tuple[int, Manifest]] = {}

    @property
    def root(self) -> Path:
        """The folder of adapters."""
        return self._root

    def versions(self) -> list[str]:
        """All whole adapters, oldest first; leftovers and damaged folders are left out."""
        found: list[Manifest] = []
        for folder in self._folders():
            try:
                found.append(self._load(folder).manifest)
            except AdapterError:
                continue
        return [
            manifest.version
            for manifest in sorted(found, key=lambda one: (one.created_at.timestamp(), one.version))
        ]

    def get(self, version: str) -> Adapter:
        """One adapter.

        Args:
            version: Its name.

        Returns:
            The adapter.

        Raises:
            UnknownAdapterError: There is none of this name.
            AdapterError: Its folder is damaged.
        """
        folder = self._root / version
        if not _VERSION.fullmatch(version) or not folder.is_dir():
            raise UnknownAdapterError(self._unknown(version))
        return self._load(folder)

    def active(self) -> Adapter | None:
        """The adapter that answers now; None when the base does.

        Returns:
            The adapter, as the disk has it at this moment.

        Raises:
            AdapterError: It is damaged, or the file `active` is.
        """
        version = self._state().version
        if version == BASE:
            return None
        try:
            return self.get(version)
        except AdapterError as error:
            raise AdapterError(
                f"the active adapter cannot be used: {error}; or run "
                "`secondnature adapters rollback`"
            ) from error

    def active_of(self, base_fingerprint: str) -> Adapter | None:
        """The active adapter if it was trained on this base, else None.

        Args:
            base_fingerprint: Of the base's weights.

        Returns:
            The adapter, as `active`.

        Raises:
            AdapterError: As `active`.
        """
        active = self.active()
        if active is None or active.manifest.base_fingerprint != base_fingerprint:
            return None
        return active

    def active_version(self) -> str:
        """The active adapter's version, or "base"."""
        return self._state().version

    def promoted_at(self) -> datetime | None:
        """Since when it has been active, UTC; None for the base."""
        state = self._state()
        if state.version == BASE or state.since is None:
            return None
        return datetime.fromisoformat(state.since)

    def status(self, version: str) -> AdapterStatus:
        """Where an adapter stands; UnknownAdapterError when there is none of this name."""
        state = self._state()
        self.get(version)
        if version == state.version:
            return AdapterStatus.ACTIVE
        return AdapterStatus.RETIRED if version in state.retired else AdapterStatus.CANDIDATE

    def temporary(self) -> Path:
        """A new empty folder to write an adapter in before `install`; gone after a crash."""
        with self._writing():
            self._root.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(dir=self._root, prefix=f"{_TEMPORARY}{os.getpid()}-"))

    def install(self, folder: Path, manifest: Manifest) -> Adapter:
        """Move a finished adapter in, as a candidate; it is there whole or not at all.

        Args:
            folder: What PEFT saved. On the registry's disk it is renamed, else copied.
            manifest: What it is.

        Returns:
            The adapter in its place.

        Raises:
            AdapterError: The folder is no adapter, or the version is taken or cannot be a name.
            HomeError: It cannot be written.
        """
        version = manifest.version
        if not _VERSION.fullmatch(version) or version in {BASE, _ACTIVE}:
            raise AdapterError(
                f"{version!r} cannot name an adapter: letters, digits, '.', '_' and '-' may, up to "
                f"100 of them, and not {BASE!r} or {_ACTIVE!r}"
            )
        _check_whole(folder, _NEEDED[:2])
        target = self._root / version
        with self._writing():
            self._root.mkdir(parents=True, exist_ok=True)
            if folder.parent != self._root:
                folder = shutil.copytree(folder, self.temporary(), dirs_exist_ok=True)
            manifest.write(folder)
            with self._locked():
                if target.exists():
                    raise AdapterError(
                        f"adapter {version!r} exists already; choose another version"
                    )
                atomic.publish_folder(folder, target)
        return Adapter(path=target, manifest=manifest)

    def promote(self, version: str, *, base_fingerprint: str) -> Adapter:
        """Make an adapter the active one. Processes that run see it before their next answer.

        Args:
            version: Its name; promoting the active one changes nothing.
            base_fingerprint: Of the model it will run on.

        Returns:
            The adapter.

        Raises:
            UnknownAdapterError: There is none of this name.
            WrongBaseError: It was trained on another model.
            HomeError: It cannot be written.
        """
        adapter = self.get(version)
        trained_on = adapter.manifest.base_fingerprint
        if trained_on != base_fingerprint:
            raise WrongBaseError(
                f"adapter {version!r} was trained on {trained_on} ({adapter.manifest.base_model}), "
                f"and the base is {base_fingerprint}; set system1.model to "
                f"{adapter.manifest.base_model!r}, or distil a new adapter"
            )

        self._change(lambda state: state.promoted(version))
        return adapter

    def rollback(self, *, base_fingerprint: str | None = None) -> Adapter | None:
        """Go back to what was active before; versions that could not answer are passed over.

        Those are the ones that are gone, damaged or torn, or were trained on another base.

        Args:
            base_fingerprint: Of the model it will run on; None where that is not known, and then
                versions of every base will do.

        Returns:
            The adapter that is active now; None when it is the base.

        Raises:
            AdapterError: Nothing was active before.
            HomeError: It cannot be written.
        """
        self._change(
            lambda state: state.rolled_back(lambda one: self._usable(one, base_fingerprint))
        )
        return self.active()

    def export(self, version: str, target: Path) -> Path:
        """Copy an adapter out, in PEFT's format.

        Args:
            version: Its name.
            target: A folder that does not exist yet.

        Returns:
            The target.

        Raises:
            AdapterError: There is no such adapter, or the target exists or cannot be written.
        """
        adapter = self.get(version)
        if target.exists():
            raise AdapterError(f"cannot export to {target}: it exists; name a new folder")
        temporary = target.with_name(f"{_TEMPORARY}{target.name}")
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.copytree(adapter.path, temporary)
            atomic.publish_folder(temporary, target)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise AdapterError(f"cannot export to {target}: {error.strerror or error}") from error
        return target

    def clean(self) -> int:
        """Remove what crashed writers left behind.

        Returns:
            How many folders were removed.
        """
        leftovers = [
            path
            for path in (self._root.iterdir() if self._root.is_dir() else ())
            if path.name.startswith(_TEMPORARY) and not _writer_lives(path)
        ]
        for path in leftovers:
            shutil.rmtree(path, ignore_errors=True)
        return len(leftovers)

    def _folders(self) -> list[Path]:
        if not self._root.is_dir():
            return []
        return [
            path for path in self._root.iterdir() if _VERSION.fullmatch(path.name) and path.is_dir()
        ]

    def _load(self, folder: Path) -> Adapter:
        _check_whole(folder, _NEEDED)
        changed = (folder / MANIFEST).stat().st_mtime_ns
        known = self._manifests.get(folder.name)
        if known is None or known[0] != changed:
            known = (changed, Manifest.read(folder))
            self._manifests[folder.name] = known
        named = known[1].version
        if named != folder.name:
            raise AdapterError(
                f"{folder} holds adapter {named!r}, and a folder's name must be its adapter's; "
                f"rename it to {named!r}, or move it out of {self._root}"
            )
        return Adapter(path=folder, manifest=known[1])

    def _usable(self, version: str, base_fingerprint: str | None) -> bool:
        try:
            adapter = self.get(version)
            with safe_open(adapter.path / _WEIGHTS, framework="numpy"):
                pass  # a torn file is refused as it is opened: its header says how long it is
        except (AdapterError, SafetensorError, OSError):
            return False
        return base_fingerprint in (None, adapter.manifest.base_fingerprint)

    def _unknown(self, version: str) -> str:
        known = self.versions()
        near = difflib.get_close_matches(version, known, n=1, cutoff=0.5)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        have = f"there are {', '.join(known)}" if known else "there is none yet"
        return f"unknown adapter {version!r}{hint}: {have}; see `secondnature adapters list`"

    def _state(self) -> Active:
        return Active.read(self._root / _ACTIVE)

    def _change(self, change: Callable[[Active], Active]) -> None:
        with self._writing():
            self._root.mkdir(parents=True, exist_ok=True)
            with self._locked():
                state = self._state()
                changed = change(state)
                if changed != state:
                    changed.write(self._root / _ACTIVE)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(self._root / ".lock", timeout=_LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise HomeBusyError(
                f"another process is changing the adapters in {self._root}; try again"
            ) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except SecondNatureError:
            raise
        except OSError as error:
            raise HomeError(
                f"cannot write adapters in {self._root} ({error.strerror or error}); make room or "
                "make it writable, or set SECONDNATURE_HOME to another folder"
            ) from error


def _check_whole(folder: Path, needed: tuple[str, ...]) -> None:
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise AdapterError(
            f"adapter folder {folder} is damaged: it has no {', '.join(missing)}; remove it, or "
            "restore it from a copy"
        )


def _writer_lives(temporary: Path) -> bool:
    pid = temporary.name.removeprefix(_TEMPORARY).split("-")[0]
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
