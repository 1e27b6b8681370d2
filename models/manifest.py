"""What an adapter's folder says of itself."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from models import atomic
from models.errors import AdapterError

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an adapter is and where it came from.

    Attributes:
        version: Its name; also its folder's.
        base_model: Name of the model it was trained on.
        base_fingerprint: Identity of that model's weights.
        created_at: When its training ended, UTC.
        run_id: The consolidation that made it.
        config: Effective settings of that run, as JSON values.
        seed: Of that run.
        record_ids: What it was trained on.
        metrics: What was measured, by name, as JSON values.
    """

    version: str
    base_model: str
    base_fingerprint: str
    created_at: datetime
    run_id: str
    config: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0
    record_ids: tuple[int, ...] = ()
    metrics: Mapping[str, object] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write it into an adapter's folder."""
        values = asdict(self) | {"created_at": self.created_at.isoformat()}
        atomic.write_text(folder / MANIFEST, json.dumps(values, indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read it from an adapter's folder.

        Args:
            folder: The adapter.

        Returns:
            The manifest.

        Raises:
            AdapterError: It is missing, or is not one.
        """
        try:
            values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            values["created_at"] = datetime.fromisoformat(values["created_at"])
            values["record_ids"] = tuple(values["record_ids"])
            return cls(**values)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise AdapterError(
                f"adapter {folder.name!r} has no readable {MANIFEST} ({error}); remove {folder}, "
                "or restore it from a copy"
            ) from error
