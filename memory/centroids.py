"""Keeps the skills' rows true to their records: each has a row, a centroid and a cohesion."""

from collections.abc import Collection, Iterable

import numpy as np

from memory.records import Skill
from memory.skills import centroid_of
from memory.store import Store

CENTROID_RECORDS = 1_000
"""A centroid is the mean of so many of its skill's newest records."""


def refresh_skills(
    store: Store, names: Iterable[str], untagged: Collection[str] = frozenset()
) -> None:
    """Take skills' centroids from their records again, and make rows for names that have none.

    Args:
        store: Where they are.
        names: The skills whose records changed.
        untagged: Names that no caller gave; another name without a row is taken for a tag.
    """
    known = {skill.name: skill for skill in store.journal.skills()}
    changed = []
    for name in sorted(set(names)):
        old = known.get(name, Skill(name, tagged=name not in untagged))
        new = centroid_of(old, store.embeddings.of_skill(name, CENTROID_RECORDS))
        if name not in known or not _alike(old, new):
            changed.append(new)
    if changed:
        store.journal.save_centroids(changed)


def _alike(old: Skill, new: Skill) -> bool:
    if old.centroid_D is None or new.centroid_D is None:
        return old.centroid_D is new.centroid_D
    return np.array_equal(old.centroid_D, new.centroid_D) and old.cohesion == new.cohesion
