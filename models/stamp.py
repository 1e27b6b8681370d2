"""What a model folder holds: the stamp that a pull leaves in it, and a cheap identity for any."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from models import atomic

STAMP_FILE = "secondnature.json"
RECIPE = 1
"""Goes up when a conversion gives other weights from the same source: then a pull does it again."""

_WEIGHTS = ("*.safetensors", "*.bin", "*.gguf")
_SAMPLES = 16
_SAMPLE_BYTES = 4096
_HEADER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Stamp:
    """Written last into a ready folder: a folder that has it was finished.

    Attributes:
        name: Catalogue name, or the stem of a local GGUF.
        sha256: Of the source: the GGUF that was converted, or the encoder's weights.
        converted_by: Library and version that wrote the folder; empty when nothing was converted.
        files: Size in bytes of every file, by its path inside the folder.
        recipe: The conversion's number.
    """

    name: str
    sha256: str
    converted_by: str
    files: dict[str, int]
    recipe: int = RECIPE


def write_stamp(folder: Path, name: str, sha256: str, converted_by: str = "") -> None:
    """Stamp a folder with what it was made from and the files it now has.

    Args:
        folder: The finished folder.
        name: Whose folder it is.
        sha256: Of its source.
        converted_by: Library and version that wrote it.
    """
    files = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    stamp = Stamp(name=name, sha256=sha256, converted_by=converted_by, files=files)
    atomic.write_text(folder / STAMP_FILE, json.dumps(asdict(stamp), indent=1) + "\n")


def read_stamp(folder: Path) -> Stamp | None:
    """The folder's stamp, or None when it has none that can be read."""
    try:
        return Stamp(**json.loads((folder / STAMP_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_ready(folder: Path, sha256: str) -> bool:
    """Whether a folder was finished from this source by this recipe, and has lost nothing since.

    Args:
        folder: Where it should be.
        sha256: Of the source it should have been made from.

    Returns:
        True when the stamp fits and every file has its size.
    """
    stamp = read_stamp(folder)
    if stamp is None or stamp.sha256 != sha256 or stamp.recipe != RECIPE:
        return False
    return all(_size(folder / name) == size for name, size in stamp.files.items())


def fingerprint(path: Path) -> str:
    """A short, stable identity of a model folder's weights; under 100 ms for any size.

    A stamped folder answers from its stamp. Any other is identified by config.json and, of each
    weight file, the name, the size, the first 64 KiB (a safetensors header) and samples spread
    over it, so that it costs the same for 100 MB and 100 GB.

    Args:
        path: The folder a model is loaded from.

    Returns:
        The stamp's name, or "weights" without one, a dash and 12 hex digits. Where the folder lies
        does not matter.
    """
    stamp = read_stamp(path)
    digest = hashlib.sha256()
    if stamp is not None:
        digest.update(f"{stamp.name} {stamp.sha256} {stamp.recipe}".encode())
        return f"{stamp.name}-{digest.hexdigest()[:12]}"
    if (path / "config.json").is_file():
        digest.update((path / "config.json").read_bytes())
    for pattern in _WEIGHTS:
        for weights in sorted(path.glob(pattern)):
            _sample(weights, digest)
    return f"weights-{digest.hexdigest()[:12]}"


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sample(weights: Path, digest: "hashlib._Hash") -> None:
    size = weights.stat().st_size
    digest.update(f"{weights.name} {size}".encode())
    with weights.open("rb") as file:
        digest.update(file.read(_HEADER_BYTES))
        for part in range(1, _SAMPLES + 1):
            file.seek(max(0, size * part // _SAMPLES - _SAMPLE_BYTES))
            digest.update(file.read(_SAMPLE_BYTES))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
