"""What the router knows of one adapter: calibrator, certificate, and the evidence for both."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from memory.records import (
    Draft,
    JudgedDraft,
    Neighbor,
    Record,
    SkillStatus,
    Split,
    question_key,
)
from models.errors import CalibrationError
from router import calibration, risk
from router.calibration import Calibrator, Subject
from router.features import Evidence, Features, Outcome, features, others
from router.risk import Certificate
from router.settings import RouterSettings

logger = logging.getLogger(__name__)

LEAST_CONFIDENCE = 0.5
"""A draft likelier wrong than right is never served, however much error the bound has to spare."""


@dataclass(frozen=True, slots=True)
class Case:
    """A held-out record with the adapter's draft of it.

    Attributes:
        record: A trusted record of the gate or the calibration half.
        judged: The draft, and whether it gave the record's answer.
        neighbors: What the index finds near the record's question, one more than
            `RouterSettings.neighbors` since the record itself is found first and left out.
    """

    record: Record
    judged: JudgedDraft
    neighbors: tuple[Neighbor, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A calibration-half draft as the certificate sees it."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class Certification:
    """All that is needed to judge one adapter's drafts; one JSON file.

    Attributes:
        subject: The adapter, base and encoder it holds for.
        neighbors: `RouterSettings.neighbors` it was made with.
        min_similarity: `RouterSettings.min_similarity` it was made with.
        calibrator: Fitted on the gate half.
        evidence: How the drafts of the gate half came out.
        skills: Skills with drafts in the calibration half; no other may be accepted.
        floors: By skill, the least `min_logprob` of a right draft of the gate half.
        gate: Confidences of the gate half's drafts.
        scored: Drafts of the calibration half.
        certificate: None when no threshold could be certified.
    """

    subject: Subject
    neighbors: int
    min_similarity: float
    calibrator: Calibrator
    evidence: Evidence
    skills: tuple[str, ...]
    floors: dict[str, float]
    gate: tuple[float, ...]
    scored: tuple[Scored, ...]
    certificate: Certificate | None

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.skills)

    def covers(self, skill: str | None) -> bool:
        """Whether drafts of this skill were among those certified."""
        return skill in self._known

    def why_unsure(self, draft: Draft, skill: str | None) -> str | None:
        """Why a draft is unlike those certified, in words; None when it is like them."""
        return why_unsure(draft, skill, self.floors)

    def measure(self, draft: Draft, neighbors: Sequence[Neighbor], skill: str | None) -> Features:
        """The draft's features, as they were at certification."""
        return features(draft, neighbors, self.evidence, skill=skill, k=self.neighbors)

    def require(self, subject: Subject, settings: RouterSettings) -> None:
        """Refuse another subject, or settings that change what was measured.

        Args:
            subject: What drafts now.
            settings: What holds now.

        Raises:
            CalibrationError: Something differs.
        """
        self.subject.require(subject)
        for name in ("neighbors", "min_similarity"):
            mine, theirs = getattr(self, name), getattr(settings, name)
            if mine != theirs:
                raise CalibrationError(
                    f"router.{name} was {mine} when the adapter was certified and is {theirs} now: "
                    "set it back, or run `secondnature distill` to certify again"
                )

    def under(self, settings: RouterSettings) -> Certificate | None:
        """The certificate for the bound that is set now, from the same drafts.

        Args:
            settings: Their max_error and delta count.

        Returns:
            A certificate, or None when these drafts can't certify that bound.
        """
        stored = self.certificate
        if stored and (stored.max_error, stored.delta) == (settings.max_error, settings.delta):
            return stored
        return _certificate(self.subject, self.gate, self.scored, settings)

    def shortfall(self, settings: RouterSettings) -> str:
        """Why there is no certificate, in words."""
        least = risk.least_items(settings.max_error, settings.delta)
        bound = f"at most {settings.max_error:.1%} wrong with probability {1 - settings.delta:.0%}"
        if not self.gate:
            return "no draft of the gate half to fit a confidence on"
        if len(self.scored) < least:
            return f"{len(self.scored)} held-out drafts, {least} are needed for {bound}"
        likely = _likely(self.scored)
        if len(likely) < least:
            return (
                f"{len(likely)} of {len(self.scored)} held-out drafts are likelier right than "
                f"wrong, {least} are needed for {bound}"
            )
        wrong = sum(not item.right for item in likely)
        return f"{wrong} wrong of {len(likely)} held-out drafts: no threshold gives {bound}"


def certification(
    subject: Subject,
    cases: Sequence[Case],
    statuses: Mapping[str, SkillStatus],
    settings: RouterSettings,
) -> Certification:
    """Fit on the gate half, certify on the calibration half.

    Only cases that would get as far as a verdict enter either: a skill that System 1 is tried on, a
    trusted neighbour near enough, a complete draft with an answer and finite numbers, and in the
    calibration half one as sure as the gate half's right ones. The evidence is every trusted draft
    of the gate half.

    Args:
        subject: The adapter, base and encoder.
        cases: Held-out records of both halves, in any order.
        statuses: Each skill's status, as the gate (on the gate half alone) left it.
        settings: The bound, and what counts as near.

    Returns:
        The certification; its certificate is None when the drafts don't suffice.

    Raises:
        CalibrationError: A case is of another adapter, of the training split, or its draft of
            another record.
    """
    for case in cases:
        _check(case, subject)
    trusted = [case for case in cases if case.record.status.trusted]
    evidence = Evidence(tuple(map(_outcome, _half(trusted, Split.GATE))))
    kept = [case for case in trusted if _reaches_verdict(case, statuses, settings)]
    rows = {
        half: [(case, _measure(case, evidence, settings)) for case in _half(kept, half)]
        for half in (Split.GATE, Split.CALIBRATION)
    }
    finite = {half: [pair for pair in rows[half] if _finite(pair[1])] for half in rows}
    gate = finite[Split.GATE]
    floors = _floors([case for case, _ in gate])
    held = [pair for pair in finite[Split.CALIBRATION] if _is_sure(pair[0], floors)]
    calibrator = calibration.fit(
        [row for _, row in gate], [c.judged.right for c, _ in gate], subject
    )
    confidences = tuple(calibrator.confidence(row, subject) for _, row in gate)
    scored = tuple(
        Scored(calibrator.confidence(row, subject), case.judged.right) for case, row in held
    )
    logger.info(
        "router: %d of %d held-out drafts reach a verdict (%d gate, %d calibration)",
        len(gate) + len(held),
        len(cases),
        len(gate),
        len(held),
    )
    return Certification(
        subject=subject,
        neighbors=settings.neighbors,
        min_similarity=settings.min_similarity,
        calibrator=calibrator,
        evidence=evidence,
        skills=tuple(sorted({case.record.skill for case, _ in held if case.record.skill})),
        floors=floors,
        gate=confidences,
        scored=scored,
        certificate=_certificate(subject, confidences, scored, settings),
    )


def why_untried(
    question: str,
    skill: str | None,
    status: SkillStatus | None,
    neighbors: Sequence[Neighbor],
    settings: RouterSettings,
) -> str | None:
    """Why System 1 isn't tried on a question, in words; None when it is worth a try.

    Args:
        question: A standalone question.
        skill: Its skill's name; None when it is like no known one.
        status: That skill's status.
        neighbors: Remembered questions near it.
        settings: What counts as near.

    Returns:
        A reason, or None.
    """
    if skill is None or status is None:
        return "the question is like no known skill"
    if status is not SkillStatus.DISTILLED:
        return f"skill {skill!r} {_STATUS_WORDS[status]}"
    near = [
        n.similarity
        for n in others(question, neighbors, settings.neighbors)
        if n.record.status.trusted
    ]
    if not near:
        return "no verified question is near"
    if not any(similarity >= settings.min_similarity for similarity in near):
        return (
            f"the nearest verified question has similarity {near[0]:.2f}, "
            f"under {settings.min_similarity:.2f}"
        )
    return None


def why_unusable(draft: Draft) -> str | None:
    """Why a draft can't be accepted whatever its confidence; None when it can."""
    if draft.answer is None:
        return "System 1's draft holds no answer"
    return None if draft.complete else "System 1's draft was cut at the limit"


def why_unsure(draft: Draft, skill: str | None, floors: Mapping[str, float]) -> str | None:
    """Why a draft is unlike the right ones of the gate half, in words; None when it is like them.

    A calibrator fitted on right drafts alone calls every draft as likely; a draft less sure than
    any right one of its skill is where that stops being true.

    Args:
        draft: System 1's draft.
        skill: Its question's skill.
        floors: By skill, the least `min_logprob` of a right draft of the gate half.

    Returns:
        A reason, or None.
    """
    floor = floors.get(skill or "")
    if floor is None:
        return f"no held-out draft of skill {skill!r} was right"
    if draft.min_logprob >= floor:
        return None
    return (
        f"the draft is less sure (least log-probability {draft.min_logprob:.3g}) than any "
        f"right held-out draft of its skill ({floor:.3g})"
    )


_STATUS_WORDS = {
    SkillStatus.NEW: "is new to System 1",
    SkillStatus.LEARNING: "is not yet learned by System 1",
    SkillStatus.RESISTANT: "could not be learned by System 1",
}


def _certificate(
    subject: Subject,
    gate: Sequence[float],
    scored: Sequence[Scored],
    settings: RouterSettings,
) -> Certificate | None:
    if not gate:
        return None
    bound = (settings.max_error, settings.delta)
    likely = _likely(scored)
    likely_gate = [confidence for confidence in gate if confidence >= LEAST_CONFIDENCE]
    return risk.certify(
        [item.confidence for item in likely],
        [item.right for item in likely],
        *bound,
        adapter=subject.adapter,
        start=risk.best_start(likely_gate, len(likely), *bound),
    )


def _likely(scored: Sequence[Scored]) -> list[Scored]:
    """Drafts that may be served at all; which these are doesn't depend on who was right."""
    return [item for item in scored if item.confidence >= LEAST_CONFIDENCE]


def _check(case: Case, subject: Subject) -> None:
    """Refuse a case that could spoil the guarantee."""
    record, judged = case.record, case.judged
    if judged.draft.adapter != subject.adapter:
        raise CalibrationError(
            f"record {record.id} has a draft of adapter {judged.draft.adapter!r}, "
            f"not {subject.adapter!r}: draft the holdout with the adapter to certify"
        )
    if not record.split.holdout:
        raise CalibrationError(
            f"record {record.id} may be trained on: certify on the holdout alone"
        )
    if judged.record_id != record.id or question_key(judged.draft.question) != question_key(
        record.question
    ):
        raise CalibrationError(f"the draft given for record {record.id} answers another question")


def _reaches_verdict(
    case: Case, statuses: Mapping[str, SkillStatus], settings: RouterSettings
) -> bool:
    record = case.record
    status = statuses.get(record.skill) if record.skill else None
    untried = why_untried(record.question, record.skill, status, case.neighbors, settings)
    return untried is None and why_unusable(case.judged.draft) is None


def _floors(gate: Sequence[Case]) -> dict[str, float]:
    floors: dict[str, float] = {}
    for case in gate:
        if case.judged.right and case.record.skill is not None:
            least = case.judged.draft.min_logprob
            floors[case.record.skill] = min(least, floors.get(case.record.skill, least))
    return floors


def _is_sure(case: Case, floors: Mapping[str, float]) -> bool:
    return why_unsure(case.judged.draft, case.record.skill, floors) is None


def _half(cases: Sequence[Case], half: Split) -> list[Case]:
    return [case for case in cases if case.record.split is half]


def _outcome(case: Case) -> Outcome:
    return Outcome(question_key(case.record.question), case.record.skill, case.judged.right)


def _measure(case: Case, evidence: Evidence, settings: RouterSettings) -> Features:
    return features(
        case.judged.draft, case.neighbors, evidence, skill=case.record.skill, k=settings.neighbors
    )


def _finite(row: Features) -> bool:
    return all(map(math.isfinite, row.values()))
