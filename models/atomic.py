"""Files and folders that appear whole or not at all, whatever kills the process between."""

import os
import tempfile
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replace a small file at once; a reader sees the old text or the new, never a part.

    Args:
        path: The file; its folder must exist.
        text: Its new content, as UTF-8.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    _sync(path.parent)


def publish_folder(folder: Path, target: Path) -> None:
    """Rename a finished folder into place, its bytes on the disk first.

    Args:
        folder: What was written under a temporary name, on the target's file system.
        target: Its name from now on; nothing may lie there.
    """
    for path in folder.rglob("*"):
        if path.is_file():
            _sync(path)
    folder.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
