"""Who learned in a home: a mark in it, so that no model goes on with another one's memory."""

import json
import reprlib
from collections.abc import Mapping
from pathlib import Path

from agent.build import Parts
from benchmarks.replication.answering import thinking
from models import atomic
from models.errors import InputFileError

FILE = "routing_peers.json"


def identity(parts: Parts, log: Mapping[str, object]) -> dict[str, object]:
    """What a home's memory and adapters depend on.

    Args:
        parts: Of the home.
        log: What makes the log that it learns, by name.

    Returns:
        By name, as JSON gives it back; a setting's name is its key.
    """
    names = ("prompts", "system1", "system2", "verify", "sandbox")
    sections = zip(names, thinking(parts), strict=True)
    found = {
        "student": parts.student.fingerprint,
        "teacher": parts.teacher.fingerprint,
        "encoder": parts.encoder.name,
        **log,
        **{f"{section}.{key}": one for section, chosen in sections for key, one in chosen.items()},
    }
    return dict(json.loads(json.dumps(found)))


def claim(parts: Parts, mine: Mapping[str, object]) -> None:
    """Mark a home that knows nothing yet; refuse one that somebody else learned in.

    Args:
        parts: Of the home.
        mine: Its `identity` now.

    Raises:
        InputFileError: The mark says otherwise, or there is none though something was learned.
    """
    path = parts.home.root / FILE
    if not path.exists():
        if known := parts.store.records(limit=1):
            msg = (
                f"{parts.home.root} knows {known[0].question!r}, and has no {FILE} that says who "
                "learned it; --home names a folder of this benchmark's own"
            )
            raise InputFileError(msg)
        atomic.write_text(path, json.dumps(mine, indent=1) + "\n")
    theirs = _read(path)
    if changed := [name for name in {**theirs, **mine} if theirs.get(name) != mine.get(name)]:
        told = "; ".join(
            f"{name} was {reprlib.repr(theirs.get(name))} and is {reprlib.repr(mine.get(name))}"
            for name in changed
        )
        msg = (
            f"{parts.home.root} was learned otherwise ({told}): set that back, or name another "
            "folder by --runs, or by --home where that was given"
        )
        raise InputFileError(msg)


def _read(path: Path) -> dict[str, object]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        msg = f"{path} can't be read ({error}); name another folder by --runs or --home"
        raise InputFileError(msg) from error
