"""What a home holds, at a glance. Loads no engine, and makes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agent.daemon_state import DaemonState, read_state
from models import catalog

if TYPE_CHECKING:
    from agent.build import Parts


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model that the settings name.

    Attributes:
        name: As it is set.
        ready: Whether it can be loaded now, without any network. A Hugging Face id never counts: it
            lies in the hub's own cache.
    """

    name: str
    ready: bool


@dataclass(frozen=True, slots=True)
class HomeStatus:
    """What a home holds.

    Attributes:
        home: The folder, which need not exist.
        active: The active adapter's version, or "base".
        promoted_at: Since when; None for the base.
        records: Remembered questions.
        verified: Of which are verified or gold.
        skills: Groups of like questions.
        daemon: None when none runs.
        models: By part: system1, system2, encoder.
    """

    home: str
    active: str
    promoted_at: datetime | None
    records: int
    verified: int
    skills: int
    daemon: DaemonState | None
    models: dict[str, ModelState]


def home_status(parts: "Parts") -> HomeStatus:
    """Look at a home.

    Args:
        parts: Its parts.

    Returns:
        What it holds.
    """
    counts = parts.shelf.counts()
    return HomeStatus(
        home=str(parts.home.root),
        active=parts.registry.active_version(),
        promoted_at=parts.registry.promoted_at(),
        records=counts.total,
        verified=counts.trusted,
        skills=len(parts.shelf.journal.skills()),
        daemon=read_state(parts.home),
        models={
            part: ModelState(name, catalog.ready_path(name) is not None)
            for part, name in model_names(parts).items()
        },
    )


def model_names(parts: "Parts") -> dict[str, str]:
    """The models that the settings name, by part."""
    settings = parts.settings
    return {
        "system1": settings.system1.model,
        "system2": settings.system2.model or settings.system1.model,
        "encoder": settings.memory.encoder,
    }
