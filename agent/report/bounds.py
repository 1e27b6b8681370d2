"""How far each skill is from a bound of its own: what is certified, and how many answers lack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.audit import why_suspended
from agent.switch import active_subject
from router.binomial import clopper_pearson_upper
from router.bounds import Bounds, Scored, counted, likely, own_labels
from router.risk import LEAST_LIMIT, Labels, least_items, level
from router.settings import RouterSettings

if TYPE_CHECKING:
    from agent.build import Parts


@dataclass(frozen=True, slots=True)
class SkillBound:
    """How one skill stands by its own held-out drafts.

    Attributes:
        skill: Its name.
        certified: Whether they alone give the bound.
        n_accepted: Drafts that its certificate accepts; without one, those that may be served.
        n_errors: Wrong ones among these.
        bound: Upper bound of the share that is wrong, in (0, 1].
        missing: Right held-out drafts that it still needs; 0 when certified, or when there are
            enough and others speak against it; None when no number would do.
        threshold: Least confidence that is served now, by this or the common bound; None while
            none is.
        suspended: Whether audits keep it with System 2, whatever its drafts certify.
        why: Why it isn't certified, in words; None when it is, or when none of its drafts counts.
    """

    skill: str
    certified: bool
    n_accepted: int
    n_errors: int
    bound: float
    missing: int | None
    threshold: float | None = None
    suspended: bool = False
    why: str | None = None


def skill_bounds(parts: "Parts") -> tuple[SkillBound, ...]:
    """How each skill stands under the active adapter; loads no weights.

    Args:
        parts: A home's.

    Returns:
        By name; none without an adapter, or where its certification can't be read.
    """
    subject = active_subject(parts)
    found = None if subject is None else parts.router.bounds(subject)
    known = None if found is None or subject is None else parts.router.load(subject.adapter)
    if found is None or known is None:
        return ()
    off = parts.shelf.audits.suspended(known.subject.adapter)
    return tuple(
        replace(bound, threshold=None, suspended=True) if why_suspended(off, bound.skill) else bound
        for bound in standing(
            found,
            known.gate,
            known.scored,
            known.labels,
            parts.settings.router,
            known.growth_of,
            known.labels_of,
        )
    )


def standing(
    found: Bounds,
    gate: Sequence[Scored],
    held: Sequence[Scored],
    labels: Labels,
    settings: RouterSettings,
    growth_of: Mapping[str, float] | None = None,
    labels_of: Mapping[str, Labels] | None = None,
) -> tuple[SkillBound, ...]:
    """How each skill stands.

    Args:
        found: The bounds that these drafts give.
        gate: Drafts of the gate half.
        held: Drafts of the calibration half.
        labels: What they were held against.
        settings: The bound that is asked for, and whether people's answers alone count.
        growth_of: Of each skill's drafts since the first certificate; see `risk.level`.
        labels_of: What each skill's drafts were held against; without, `labels` goes for all.

    Returns:
        By name.
    """
    names = sorted({item.skill for item in (*gate, *held)})
    held, labels = counted(held, labels, settings)
    levels = {name: level(settings.delta, (growth_of or {}).get(name, 1.0)) for name in names}
    return tuple(
        _of(
            name,
            found,
            likely([item for item in held if item.skill == name]),
            own_labels(name, labels, labels_of),
            settings,
            delta,
        )
        for name, delta in levels.items()
    )


def _of(
    skill: str,
    found: Bounds,
    served: Sequence[Scored],
    labels: Labels,
    settings: RouterSettings,
    delta: float,
) -> SkillBound:
    now, own = found.of(skill, settings), found.skills.get(skill)
    threshold = now.threshold if now else None
    if own is not None:
        return SkillBound(skill, True, own.n_accepted, own.n_errors, own.bound, 0, threshold)
    n, errors = len(served), sum(not item.right for item in served)
    limit = settings.max_error - labels.error
    unseen = least_items(limit, delta) if limit >= LEAST_LIMIT else None
    bound = min(1.0, clopper_pearson_upper(errors, n, delta) + labels.error)
    missing, why = found.missing.get(skill, unseen), found.why.get(skill)
    return SkillBound(skill, False, n, errors, bound, missing, threshold, why=why)
