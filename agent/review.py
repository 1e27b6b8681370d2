"""Which outcomes a person should look at first: those whose label would tell most. Pure.

An answer's score is its expected use: the share of a certificate that it is likely to bring, so
that 1 would be one more certified skill. Of what applies to an outcome, the best counts:

- A held-out draft contradicts a verified answer: P(the label is wrong) x min(1, s / m). m is how
  many right drafts the skill's bound still needs, s how many an error less would spare it. P
  follows from the draft's confidence and the settings' P(a verified answer is right). An audit
  that called an answer wrong by this label: 1/2, either may be right, and it may suspend a skill.
- Held out and without a label that counts: 1 / m, one more item. Half of that before the adapter
  has drafted it; a tenth once m others of its skill come first.
- Held out, and the label agrees, but the skill is not served and people found such labels wrong (of
  the skill where each is certified alone, else of all): 1 / n, n the skill's drafts. Labels that
  prove right make less of that, and once all are judged, none of it is left. Where so many were
  wrong that no number of drafts would do, the two above are worth no more than that: P / n, 1 / n.
- Served or nearly so, and the label agrees: at most 0.02, less away from the threshold. A wrong
  label there is an error that no bound sees.
- It shares n words with answers that people found wrong, and with none that they found right
  (`agent.slips`), and no draft speaks against it: n / (2 n + 2). One more such answer may show a
  slip that all methods share; the third in a row is spare.
- In a skill whose votes nothing bears out yet: 1 / (4 g), g the gold answers that would; half of
  that where the methods agree, a tenth once g others of its skill come first.

Outcomes that are alike come in the order of their questions' hashes, skill by skill. Which of them
are asked must not depend on who was right: where people's answers alone count, a contradiction is
therefore an item like any other.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent.report.bounds import SkillBound
from memory.answers import same
from memory.records import Record, Split, Status, question_key
from router.bounds import LEAST_CONFIDENCE, own_labels
from router.risk import Labels, least_items
from router.settings import RouterSettings

EVEN = 0.5
"""P(the label is wrong) where nothing tells."""

LATER = 0.5
"""What an item is worth that counts only once the adapter has drafted it."""

SPARE = 0.1
"""What an answer is worth that comes after enough others."""

NEAR = 0.02
"""What an answer at the threshold is worth."""

BEARS_OUT = 0.25
"""What a skill's trust is worth, of a certificate."""

ALIKE = 2
"""Answers to ask about after a wrong one that they share words with."""

MOST_WORDS = 3
"""Words that a reason lists."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A record, and what else is known of its question.

    Attributes:
        record: Stored.
        draft: What the active adapter answers; None when it has not drafted it.
        confidence: Calibrated P(the draft is right); None when the draft reaches no verdict.
        audited: What was answered fast and called wrong by this record's label; None for nothing.
        clear: Whether its own votes are clear, so that gold would speak for or against them.
        disputed: Whether its methods gave different answers.
        suspected: Words of its question that may be a slip's; see `agent.slips.suspects`.
        slipped: Whether its question holds a word of one that people found.
    """

    record: Record
    draft: str | None = None
    confidence: float | None = None
    audited: str | None = None
    clear: bool = False
    disputed: bool = False
    suspected: frozenset[str] = frozenset()
    slipped: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the skills have come.

    Attributes:
        settings: The bound that is asked for.
        bounds: By skill, of those that the active adapter may come to answer.
        untrusted: By skill whose votes nothing bears out: how many gold answers would speak to it.
        label_right: P(a verified answer is right), in (0, 1).
        labels: What people have found of the labels that the common bound stands on.
        labels_of: Likewise, of those that each skill's own bound stands on.
    """

    settings: RouterSettings
    bounds: Mapping[str, SkillBound] = field(default_factory=dict)
    untrusted: Mapping[str, int] = field(default_factory=dict)
    label_right: float = 0.9
    labels: Labels = field(default_factory=Labels)
    labels_of: Mapping[str, Labels] = field(default_factory=dict)

    def failing(self, mine: SkillBound) -> Labels | None:
        """The labels found wrong that are a reason why a skill isn't served; None without any."""
        if self.settings.require_gold:
            return None
        if self.settings.per_skill:
            good, labels = mine.certified, own_labels(mine.skill, self.labels, self.labels_of)
        else:
            good = any(bound.threshold is not None for bound in self.bounds.values())
            labels = self.labels
        return None if good or labels.error == 0 else labels


@dataclass(frozen=True, slots=True)
class Candidate:
    """An outcome for a person to look at.

    Attributes:
        record: Stored.
        draft: System 1's answer; None without one.
        why: What the label would tell, in words.
        score: Expected use of an answer; more is better.
    """

    record: Record
    draft: str | None
    why: str
    score: float


@dataclass(frozen=True, slots=True)
class _Use:
    """What one answer may be good for.

    Attributes:
        score: As in `Candidate`.
        why: As in `Candidate`.
        enough: After so many of the same kind and skill, another is spare; 0 is never.
        kind: What is counted as the same.
    """

    score: float
    why: str
    enough: int = 0
    kind: str = ""


def ranked(outcomes: Sequence[Outcome], standing: Standing) -> list[Candidate]:
    """Order outcomes by what a person's answer would tell.

    Args:
        outcomes: One a record. What a person judged, and what no answer would change, is left out,
            and so is what has the form of a slip: it is not served, nor counted.
        standing: What is lacking.

    Returns:
        The most telling first.
    """
    found: list[tuple[Outcome, _Use]] = []
    for outcome in outcomes:
        judged = outcome.record.status not in (Status.VERIFIED, Status.UNVERIFIED)
        if not judged and not outcome.slipped:
            uses = [use for kind in _KINDS if (use := kind(outcome, standing)) is not None]
            if uses:
                found.append((outcome, max(uses, key=lambda use: use.score)))
    found = _with_spares(sorted(found, key=_order))
    return [
        Candidate(seen.record, _said(seen), use.why, use.score)
        for seen, use in sorted(found, key=_order)
    ]


def _order(item: tuple[Outcome, _Use]) -> tuple[float, str, str]:
    outcome, use = item
    return -use.score, outcome.record.skill or "", question_key(outcome.record.question)


def _with_spares(found: Sequence[tuple[Outcome, _Use]]) -> list[tuple[Outcome, _Use]]:
    """Lower what comes after enough of its skill."""
    before: defaultdict[tuple[str | None, str], int] = defaultdict(int)
    kept = []
    for outcome, use in found:
        place = (outcome.record.skill, use.kind)
        if use.enough and before[place] >= use.enough:
            use = replace(use, score=SPARE * use.score)
        before[place] += 1
        kept.append((outcome, use))
    return kept


def _contradiction(seen: Outcome, standing: Standing) -> _Use | None:
    """Whether System 1's error is one."""
    record = seen.record
    if record.status is not Status.VERIFIED or record.answer is None:
        return None
    if seen.audited is not None and not same(seen.audited, record.answer, record.question):
        return _Use(EVEN, f"by this label an audit called System 1's answer {seen.audited!r} wrong")
    mine = _counted(seen, standing)
    if mine is None or standing.settings.require_gold or not _differs(seen):
        return None
    said = f"System 1's draft is {seen.draft!r}"
    doubt = _label_wrong(seen.confidence or 0.0, standing.label_right)
    if mine.certified:
        return _Use(SPARE * doubt, f"{said}, an error that skill {mine.skill!r} can afford")
    lacking, short = _lacking(mine)
    if mine.missing is None:
        return _Use(doubt / lacking, f"{said}; {short}")
    spared = _spared(max(1, mine.n_errors), standing.settings)
    return _Use(
        doubt * min(1.0, spared / lacking), f"{said}; {short}, an error less spares {spared}"
    )


def _item(seen: Outcome, standing: Standing) -> _Use | None:
    """One more held-out draft with a label that counts."""
    gold_only = standing.settings.require_gold
    drafted = seen.draft is not None
    mine = _counted(seen, standing) if drafted else _bound(seen, standing)
    unlabelled = gold_only or seen.record.status is Status.UNVERIFIED
    if mine is None or mine.certified or not unlabelled:
        return None
    lacking, short = _lacking(mine)
    kind = "a person's" if gold_only else "a trusted"
    why = f"held out without {kind} answer; {short}"
    return _Use((1.0 if drafted else LATER) / lacking, why, lacking, "item")


def _agreeing(seen: Outcome, standing: Standing) -> _Use | None:
    """A label that would make less of those that people found wrong, if it proves right."""
    mine = _counted(seen, standing)
    verified = seen.record.status is Status.VERIFIED
    labels = None if mine is None else standing.failing(mine)
    if mine is None or labels is None or not verified or _differs(seen):
        return None
    words = labels.describe(standing.settings.delta)
    why = f"{words}: skill {mine.skill!r} is not served unless more prove right"
    return _Use(1 / max(1, mine.n_accepted), why)


def _near(seen: Outcome, standing: Standing) -> _Use | None:
    """A served draft's label, most of all where the threshold parts the drafts."""
    mine = _counted(seen, standing)
    if mine is None or mine.threshold is None or seen.record.status is not Status.VERIFIED:
        return None
    confidence = seen.confidence or 0.0
    why = f"System 1's confidence is {confidence:.3f}, the threshold {mine.threshold:.3f}"
    return _Use(NEAR * (1 - abs(confidence - mine.threshold)), why)


def _unborne(seen: Outcome, standing: Standing) -> _Use | None:
    """A gold answer beside clear votes that nothing bears out."""
    skill = seen.record.skill or ""
    lacking = standing.untrusted.get(skill)
    if not lacking or not seen.clear:
        return None
    said = "its methods disagree" if seen.disputed else "its votes are clear"
    why = f"{said}, and {lacking} gold answers would show whether to trust skill {skill!r}"
    return _Use(BEARS_OUT / lacking * (1.0 if seen.disputed else 0.5), why, lacking, "unborne")


def _suspect(seen: Outcome, standing: Standing) -> _Use | None:  # noqa: ARG001 - as others
    """One more answer that a slip may have made wrong; what a draft contradicts is no fair draw."""
    shared = len(seen.suspected)
    contradicted = seen.draft is not None and _differs(seen)
    if not shared or contradicted or seen.record.status is not Status.VERIFIED:
        return None
    words = " and ".join(map(repr, sorted(seen.suspected)[:MOST_WORDS]))
    why = f"people found an answer wrong, and none right, on questions with {words}"
    return _Use(EVEN * shared / (shared + 1), why, ALIKE, "suspect")


_KINDS = (_contradiction, _item, _agreeing, _near, _unborne, _suspect)


def _bound(seen: Outcome, standing: Standing) -> SkillBound | None:
    """The bound that an outcome's draft would count for; None outside the calibration half."""
    certifies = seen.record.split is Split.CALIBRATION
    return standing.bounds.get(seen.record.skill or "") if certifies else None


def _counted(seen: Outcome, standing: Standing) -> SkillBound | None:
    """The bound that an outcome's draft counts for; None where it doesn't."""
    served = seen.draft is not None and (seen.confidence or 0.0) >= LEAST_CONFIDENCE
    return _bound(seen, standing) if served else None


def _lacking(mine: SkillBound) -> tuple[int, str]:
    """How many answers a skill lacks, and in words; where no number would do, all its drafts'."""
    if mine.missing is None:
        return max(1, mine.n_accepted), f"no number of drafts would do for skill {mine.skill!r}"
    lacking = max(1, mine.missing)
    return lacking, f"skill {mine.skill!r} lacks {lacking} drafts"


def _said(seen: Outcome) -> str | None:
    return seen.audited if seen.draft is None else seen.draft


def _differs(seen: Outcome) -> bool:
    return not same(str(seen.draft), str(seen.record.answer), seen.record.question)


def _label_wrong(confidence: float, label_right: float) -> float:
    """P(the label is wrong), given that draft and label differ and one of them is right."""
    wrong = confidence * (1 - label_right)
    return wrong / (wrong + (1 - confidence) * label_right)


def _spared(errors: int, settings: RouterSettings) -> int:
    """Drafts that a skill with so many errors needs less when one of them is none."""
    least = [least_items(settings.max_error, settings.delta, n) for n in (errors, errors - 1)]
    return least[0] - least[1]
