"""The Hugging Face hub, by its own library: quiet, quick to fail, one line a fault."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from models.errors import PullError, UnknownModelError
from models.loading import first_line
from models.sources import SourceError

_HUB_FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
_WEIGHTS = ("safetensors", "bin")
_TOKENIZERS = ("tokenizer.json", "vocab.*", "*.model", "tekken.json")
_OF_ENCODERS = ("config_sentence_transformers.json", "sentence_*_config.json", "*_Pooling")


def model_folder(name: str) -> Path:
    """Where a hub model lies in the hub's own cache, fetched when it isn't there.

    Args:
        name: Owner and name.

    Returns:
        The folder of its snapshot.

    Raises:
        UnknownModelError: The hub says that there is no such model.
        PullError: The hub could not be asked, has no whole model, or it could not be stored.
    """
    with suppress(SourceError):
        folder = snapshot(name, offline=True)
        if is_whole(folder):
            return folder
    try:
        folder = snapshot(name, _HUB_FILES)
        if not is_whole(folder):  # an older repository, without safetensors
            folder = snapshot(name, (*_HUB_FILES, "*.bin"))
        if not is_whole(folder):  # with no network, the hub's library is content with a part
            raise SourceError(
                "its config.json, weights or tokenizer are missing, there or for want of network"
            )
    except SourceError as error:
        line = f"cannot fetch {name!r} from the Hugging Face hub: {error}"
        if error.missing:
            raise UnknownModelError(line) from error
        raise PullError(f"{line}; a local folder or a pulled model needs no network") from error
    except OSError as error:
        raise PullError(f"cannot store {name!r} in the hub's cache: {error}") from error
    return folder


def is_whole(folder: Path) -> bool:
    """Whether a folder has all that a model is loaded from.

    Args:
        folder: In the hub's layout; that of an encoder has a modules.json.

    Returns:
        Whether it has config.json, all weights, a tokenizer, and the modules that it names.
    """
    return (
        (folder / "config.json").is_file()
        and any(_has_all(folder, kind) for kind in _WEIGHTS)
        and any(any(folder.glob(pattern)) for pattern in _TOKENIZERS)
        and _has_modules(folder)
    )


def _has_modules(folder: Path) -> bool:
    """Whether each module of an encoder is there, and modules.json where anything is of one."""
    listed = folder / "modules.json"
    if not listed.is_file():
        return not any(any(folder.glob(pattern)) for pattern in _OF_ENCODERS)
    try:
        modules = json.loads(listed.read_text("utf-8"))
        # Those of no setting have no file, so that a repository cannot hold their folder.
        needed = [each["path"] for each in modules if not each["type"].endswith(".Normalize")]
        return all(any((folder / path).iterdir()) for path in needed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False  # cut short: it is fetched again


def _has_all(folder: Path, kind: str) -> bool:
    """Whether all weights of a kind are there, each of the files that an index names."""
    indexes = list(folder.glob(f"*.{kind}.index.json"))
    if not indexes:
        return any(folder.glob(f"*.{kind}"))
    try:
        maps = [json.loads(index.read_text("utf-8"))["weight_map"] for index in indexes]
        return all((folder / name).is_file() for each in maps for name in each.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False  # cut short: it is fetched again


def snapshot(
    repo: str,
    files: tuple[str, ...] | None = None,
    *,
    local_folder: Path | None = None,
    endpoint: str | None = None,
    offline: bool = False,
) -> Path:
    """Fetch a repository's files from the hub, quietly and without long retries.

    Args:
        repo: Owner and name.
        files: Globs of the files to take; None takes all.
        local_folder: Where to; None is the hub's own cache.
        endpoint: The hub's address; None is the hub library's own setting.
        offline: Look only in the hub's own cache.

    Returns:
        The folder with the files.

    Raises:
        SourceError: The hub did not give them; says why in one line.
        OSError: They could not be written.
    """
    import huggingface_hub as hub
    from huggingface_hub import errors

    with _quiet_hub():
        try:
            folder = hub.snapshot_download(
                repo,
                allow_patterns=list(files) if files else None,
                local_dir=local_folder,
                endpoint=endpoint,
                local_files_only=offline,
                etag_timeout=10,
            )
        except errors.GatedRepoError as error:
            raise SourceError("it is gated; accept its terms and set HF_TOKEN") from error
        except errors.RepositoryNotFoundError as error:
            raise SourceError("no such repository, or a private one", missing=True) from error
        except errors.LocalEntryNotFoundError as error:
            raise SourceError(f"no network ({first_line(error)})") from error
        except (
            errors.HTTPError,  # type: ignore[attr-defined]  # of the HTTP library that hub uses
            errors.EntryNotFoundError,
            errors.HFValidationError,
        ) as error:
            raise SourceError(first_line(error)) from error
        except ConnectionError as error:
            raise SourceError(f"no network ({first_line(error)})") from error
    return Path(folder)


@contextmanager
def _quiet_hub() -> Iterator[None]:
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    logger = logging.getLogger("huggingface_hub")
    level, quiet = logger.level, are_progress_bars_disabled()
    logger.setLevel(logging.CRITICAL)
    disable_progress_bars()
    try:
        yield
    finally:
        logger.setLevel(level)
        if not quiet:
            enable_progress_bars()
