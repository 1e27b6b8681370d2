"""From which confidence System 1 may answer: one bound for all skills, and one for each alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from router import risk
from router.binomial import clopper_pearson_lower
from router.risk import Certificate, Labels
from router.settings import RouterSettings

LEAST_CONFIDENCE = 0.5
"""A draft likelier wrong than right is never served, however much error the bound has to spare."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A held-out draft as a bound sees it.

    Attributes:
        confidence: Calibrated P(right).
        right: Whether it gave the record's answer; where nobody knows whether that is right,
            whether anything bears the draft out.
        skill: Its question's.
        gold: Whether that answer is a person's.
    """

    confidence: float
    right: bool
    skill: str
    gold: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be served.

    Attributes:
        overall: For all skills together; None when no threshold gives the bound.
        skills: Of each skill that its own drafts alone give the bound for.
        refuted: Skills whose own drafts show more error than `max_error`, and how, in words.
        missing: For each skill without a certificate of its own, how many more right held-out
            drafts it needs for one: 0 where there are enough and others speak against it, None
            where no number would do.
        why: Why it has none, in words, for each of these; not in older certifications.
    """

    overall: Certificate | None
    skills: Mapping[str, Certificate] = field(default_factory=dict)
    refuted: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, int | None] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)

    def of(self, skill: str | None, settings: RouterSettings) -> Certificate | None:
        """The certificate under which a skill is served; None when it is not.

        Args:
            skill: Its name.
            settings: `per_skill` says whether it needs one of its own.

        Returns:
            A certificate, or None.
        """
        if skill is None or skill in self.refuted:
            return None
        return self.skills.get(skill) if settings.per_skill else self.overall

    def why_not(self, skill: str, settings: RouterSettings) -> str:
        """Why `of` gives no certificate for a skill whose drafts are among those held out."""
        if skill in self.refuted:
            return self.refuted[skill]
        more = self.missing.get(skill, 0)
        if not more and skill in self.why:
            return f"skill {skill!r} has no certificate of its own: {self.why[skill]}"
        least = f"at most {settings.max_error:.1%} wrong with probability {1 - settings.delta:.0%}"
        return f"skill {skill!r} needs {more} more right held-out drafts for {least} of its own"


def bounds(
    adapter: str,
    gate: Sequence[Scored],
    held: Sequence[Scored],
    labels: Labels,
    settings: RouterSettings,
    unverified: Sequence[Scored] = (),
    labels_of: Mapping[str, Labels] | None = None,
    growth: float = 1.0,
    growth_of: Mapping[str, float] | None = None,
) -> Bounds:
    """Bound the error of serving, over all skills and over each.

    Args:
        adapter: Version that drafted.
        gate: Drafts that the confidences were fitted on; they choose where testing starts.
        held: Drafts that nothing was fitted on; they certify.
        labels: What both were held against.
        settings: `max_error`, `delta`, and whether people's answers alone count.
        unverified: Held-out drafts of which nobody knows whether they are right.
        labels_of: What the drafts of each skill were held against; without, `labels` goes for all.
        growth: Of the held-out drafts since the first certificate; see `risk.level`.
        growth_of: Likewise, of each skill's; without, `growth` goes for all.

    Returns:
        The bounds.
    """
    held, labels = counted(held, labels, settings)
    overall = certificate(adapter, gate, held, labels, settings, unverified, growth)
    own, refuted, missing, why = {}, {}, {}, {}
    for skill in dict.fromkeys(item.skill for item in held):
        of_gate, of_held = _of(skill, gate), _of(skill, held)
        of_open, mine = _of(skill, unverified), own_labels(skill, labels, labels_of)
        grown = (growth_of or {}).get(skill, growth)
        if found := certificate(adapter, of_gate, of_held, mine, settings, of_open, grown):
            own[skill] = found
        else:
            missing[skill] = _missing(of_held, mine, settings, grown)
            why[skill] = shortfall(of_gate, of_held, mine, settings, of_open, grown)
        if words := _refuted(skill, overall, of_held, settings):
            refuted[skill] = words
    return Bounds(overall, own, refuted, missing, why)


def certificate(
    adapter: str,
    gate: Sequence[Scored],
    held: Sequence[Scored],
    labels: Labels,
    settings: RouterSettings,
    unverified: Sequence[Scored] = (),
    growth: float = 1.0,
) -> Certificate | None:
    """The lowest threshold that the drafts certify.

    Args:
        adapter: Version that drafted.
        gate: As in `bounds`; none certifies nothing.
        held: As in `bounds`.
        labels: As in `bounds`.
        settings: As in `bounds`.
        unverified: As in `bounds`; where people's answers alone count, those that people refuted.
        growth: As in `bounds`.

    Returns:
        A certificate, or None.
    """
    limit = settings.max_error - labels.error
    if not gate or limit < risk.LEAST_LIMIT:
        return None
    open_ = _open(unverified, settings)
    held = likely(held)
    sure = [item.confidence for item in likely(gate)]
    return risk.certify(
        [item.confidence for item in held],
        [item.right for item in held],
        settings.max_error,
        settings.delta,
        adapter=adapter,
        start=risk.best_start(sure, len(held), limit, risk.level(settings.delta, growth)),
        labels=labels,
        unverified=[(item.confidence, not item.right) for item in open_],
        growth=growth,
    )


def shortfall(
    gate: Sequence[Scored],
    held: Sequence[Scored],
    labels: Labels,
    settings: RouterSettings,
    unverified: Sequence[Scored] = (),
    growth: float = 1.0,
) -> str:
    """Why drafts certify nothing, in words.

    Args:
        gate: As in `bounds`.
        held: As in `bounds`.
        labels: As in `bounds`.
        settings: As in `bounds`.
        unverified: As in `bounds`.
        growth: As in `bounds`.

    Returns:
        What is missing, or what is wrong.
    """
    wanted = f"at most {settings.max_error:.1%} wrong with probability {1 - settings.delta:.0%}"
    held, labels = counted(held, labels, settings)
    kind = "held-out drafts with a person's answer" if labels.gold_only else "held-out drafts"
    limit = settings.max_error - labels.error
    if limit < risk.LEAST_LIMIT:
        return f"{labels.describe(settings.delta)}, no threshold gives {wanted}"
    if not gate:
        return "no draft of the gate half to fit a confidence on"
    least, sure = _least(limit, settings, growth), likely(held)
    if len(held) < least:
        return f"{len(held)} {kind} count, {least} are needed for {wanted}"
    if len(sure) < least:
        said = f"{len(sure)} of {len(held)} {kind} are likelier right than wrong"
        return f"{said}, {least} are needed for {wanted}"
    wrong = sum(not item.right for item in sure)
    open_ = _open(unverified, settings)
    if open_ and certificate("", gate, held, labels, settings, growth=growth):
        against = sum(not item.right for item in open_)
        return (
            f"nothing bears System 1 out on {against} of {len(open_)} held-out questions of "
            f"which nobody knows the answer: if it is wrong there, more than "
            f"{settings.max_error:.1%} are wrong; `secondnature review` asks for answers"
        )
    said = f"{wrong} wrong of {len(sure)} {kind}"
    if labels.wrong:
        said += f" ({labels.describe(settings.delta)})"
    return f"{said}: no threshold gives {wanted}"


def counted(
    held: Sequence[Scored], labels: Labels, settings: RouterSettings
) -> tuple[Sequence[Scored], Labels]:
    """The drafts that a bound counts, and what they are held against: gold alone if asked for."""
    if not settings.require_gold:
        return held, labels
    return [item for item in held if item.gold], Labels(gold_only=True)


def own_labels(skill: str, labels: Labels, labels_of: Mapping[str, Labels] | None) -> Labels:
    """What a skill's drafts are held against; `labels` where gold alone counts, or no own are."""
    return labels if labels.gold_only else (labels_of or {}).get(skill, labels)


def likely(scored: Sequence[Scored]) -> list[Scored]:
    """Drafts that may be served at all; which these are doesn't depend on who was right."""
    return [item for item in scored if item.confidence >= LEAST_CONFIDENCE]


def _open(unverified: Sequence[Scored], settings: RouterSettings) -> list[Scored]:
    return [item for item in unverified if item.gold or not settings.require_gold]


def _of(skill: str, scored: Sequence[Scored]) -> list[Scored]:
    return [item for item in scored if item.skill == skill]


def _least(limit: float, settings: RouterSettings, growth: float, errors: int = 0) -> int:
    """Fewest drafts that certify a limit with so many errors."""
    return risk.least_items(limit, risk.level(settings.delta, growth), errors)


def _missing(
    held: Sequence[Scored], labels: Labels, settings: RouterSettings, growth: float
) -> int | None:
    """Right drafts that would certify a skill, with the errors it has; None where none would."""
    limit = settings.max_error - labels.error
    if limit < risk.LEAST_LIMIT:
        return None
    served = likely(held)
    errors = sum(not item.right for item in served)
    return max(0, _least(limit, settings, growth, errors) - len(served))


def _refuted(
    skill: str, overall: Certificate | None, held: Sequence[Scored], settings: RouterSettings
) -> str:
    """How a skill's own drafts contradict the bound, in words; empty when they don't.

    Leaving it out can only make what is left better, unless the drafts mislead, which they do with
    probability `delta` at most.
    """
    if overall is None:
        return ""
    served = [item for item in held if item.confidence >= overall.threshold]
    errors = sum(not item.right for item in served)
    least = clopper_pearson_lower(errors, len(served), settings.delta)
    if least <= settings.max_error:
        return ""
    return (
        f"{errors} of {len(served)} held-out drafts of skill {skill!r} are wrong, more than "
        f"{settings.max_error:.1%} with probability {1 - settings.delta:.0%}"
    )
