"""What an adapter may not answer any more, by its audits, and what it may answer again.

A person's word on a record decides its audits anew: the label by which they came out may have been
System 2's slip. All audits of an adapter are then gone through again, in the order in which it
answered. A suspension is lifted only where a person spoke of audits that it rests on. That a
skill's inputs have moved away is no matter of labels: it holds until held-out questions that came
after it were verified and drafted, and lie as near to memory as those that certify.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from memory.answers import same
from memory.audits import ALL_SKILLS, LEAST_DRAFTS, Audit
from memory.records import HOLDOUT, Neighbor, Record, Skill, Status
from memory.store import Store
from router.monitor import FAR_LIMIT, watch, watch_inputs
from router.policy import Router

_INPUTS = "inputs: "
"""How a reason of `watch_inputs` begins."""

_NEARNESS = "mean_similarity"
"""What is watched of inputs."""

Near = Callable[[Sequence[str], int], list[list[Neighbor]]]
"""Finds so many records nearest to each question."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """What may not be served any more.

    Attributes:
        adapter: Version whose answers were audited.
        skill: The skill, or ALL_SKILLS.
        reason: What the audits showed, in words.
    """

    adapter: str
    skill: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reconsidered:
    """What has changed.

    Attributes:
        suspended: What was not suspended before.
        lifted: What was, and is no more.
    """

    suspended: tuple[Suspension, ...] = ()
    lifted: tuple[Suspension, ...] = ()

    def words(self) -> list[str]:
        """Each change in words."""
        suspended = [f"{s.skill or 'all skills'} suspended: {s.reason}" for s in self.suspended]
        lifted = [f"{s.skill or 'all skills'} suspended no more" for s in self.lifted]
        return [*suspended, *lifted]


def is_right(audit: Audit, record: Record | None) -> bool | None:
    """Whether what was served is right by what memory holds now.

    Args:
        audit: Of a fast answer.
        record: The record of its question.

    Returns:
        None when that can't be told: no answer is trusted, and no refuted one is what was served.
        Where System 2 is not sure of itself, an adapter may well be better.
    """
    if audit.answer is None or record is None or record.answer is None:
        return None
    agrees = same(audit.answer, record.answer, record.question)
    if record.status is Status.REFUTED:
        return False if agrees else None
    return agrees if record.status.trusted else None


def reconsider(store: Store, router: Router, adapters: Iterable[str], near: Near) -> Reconsidered:
    """Judge audits again that people spoke of, then suspend and lift as all audits call for.

    Args:
        store: Where they are.
        router: Says how many may be wrong, and what inputs are usual.
        adapters: Versions whose audits may have changed.
        near: Asked of stored questions alone, where a skill's inputs had moved.

    Returns:
        What has changed.
    """
    suspended, lifted = [], []
    for adapter in adapters:
        settled, spoken = _judged_again(store, adapter)
        before = store.audits.suspended(adapter)
        moved = {skill for skill, why in before.items() if why.startswith(_INPUTS)}
        back = {skill for skill in moved if _is_covered(store, router, adapter, skill, near)}
        kept = {s: why for s, why in before.items() if s not in (back if s in moved else spoken)}
        now = _called_for(store, router, adapter, settled, kept, back)
        for skill, reason in before.items():
            if now.get(skill) != reason:
                revised = store.audits.revise(adapter, skill, reason, now.get(skill))
                if revised and skill not in now:
                    lifted.append(Suspension(adapter, skill, reason))
        for skill, reason in now.items():
            if skill not in before:
                store.audits.suspend(adapter, skill, reason)
                suspended.append(Suspension(adapter, skill, reason))
    return Reconsidered(tuple(suspended), tuple(lifted))


def _judged_again(store: Store, adapter: str) -> tuple[list[Audit], Collection[str]]:
    """An adapter's audits by what people say now, and the skills they rest on that people judged.

    Of a question that was forgotten, what was found stays.
    """
    settled = store.audits.settled(adapter)
    records = store.get_many([a.record_id for a in settled if a.record_id is not None])
    rights, spoken = {}, set()
    for audit in settled:
        record = records.get(audit.record_id or 0)
        if record is not None and record.status.by_person and audit.answer is not None:
            rights[audit.id] = is_right(audit, record)
            spoken |= {audit.skill, ALL_SKILLS}
    changed = {a.id: rights[a.id] for a in settled if rights.get(a.id, a.right) is not a.right}
    if changed:
        store.audits.judge_again(changed)
    return [replace(a, right=changed.get(a.id, a.right)) for a in settled], spoken


def _called_for(
    store: Store,
    router: Router,
    adapter: str,
    settled: list[Audit],
    kept: Mapping[str, str],
    back: Collection[str],
) -> dict[str, str]:
    """Each skill whose audits or inputs call for it, then what is left as a whole, with reasons.

    A skill without audits is not looked at, unless it comes `back`: most are not served.
    """
    limits, found = router.settings, dict(kept)
    skills = {audit.skill for audit in settled} - {ALL_SKILLS} | {*back}
    for skill in [*sorted(skills), ALL_SKILLS]:
        wrong = [
            not audit.right
            for audit in settled
            if audit.right is not None
            and (audit.skill == skill if skill else audit.skill not in found)
        ]
        watched = watch(wrong, limits.max_error, limits.delta, limits.audit_noise)
        reason = watched.reason or _moved(store, router, adapter, skill)
        if reason is not None:
            found.setdefault(skill, reason)
    return found


def _is_covered(store: Store, router: Router, adapter: str, skill: str, near: Near) -> bool:
    """Whether a skill whose inputs had moved is certified on the like of what came since.

    No decision shows it: what is suspended is not drafted. Held-out questions do, enough of them,
    if no more are far than may be. The certificate counts their drafts by then.
    """
    least, newest = router.usual(adapter).get(skill), store.audits.heeded(adapter).get(skill)
    if least is None or newest is None:
        return False
    drafts = store.journal.drafts(adapter, splits=HOLDOUT, skill=skill)
    asked = [item.draft.question for item in drafts if item.record_id > newest]
    if len(asked) < LEAST_DRAFTS:
        return False
    around = zip(asked, near(asked, router.neighbors_wanted), strict=True)
    seen = [router.seen(question, Skill(skill), neighbors) for question, neighbors in around]
    far = sum(features.get(_NEARNESS, -math.inf) < least for features in seen)
    return far <= FAR_LIMIT * len(asked)


def _moved(store: Store, router: Router, adapter: str, skill: str) -> str | None:
    """Whether a skill's questions have moved away from those that were certified, in words.

    All of them count, from one beginning on: a window that slides would begin anew at every
    question, and the alarm's false ones are only as rare as it says from one beginning.
    """
    least = router.usual(adapter).get(skill)
    if least is None:
        return None
    near = store.audits.measured(_NEARNESS, adapter, skill)
    return watch_inputs([similarity < least for similarity in near], router.settings.delta)
