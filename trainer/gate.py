"""The gate: a candidate is promoted only if it is better somewhere and worse nowhere.

One that is worse nowhere is also promoted to unlearn: what people refuted or had forgotten would
otherwise stay in the weights that answer (docs/decisions/0010). And it is where it wins on a skill
on which the incumbent is suspended: nothing else lets System 1 answer there again (0012).

Incumbent and candidate draft the same held-out questions, so the comparison is paired: only the
questions on which they differ tell. The exact one-sided sign (McNemar) test gives the p-value.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from memory.answers import same
from memory.audits import ALL_SKILLS
from memory.records import JudgedDraft, Record, SkillStatus, SkillVerdict
from trainer.settings import GateSettings


@dataclass(frozen=True, slots=True)
class Comparison:
    """Incumbent against candidate on one skill's held-out records.

    Attributes:
        skill: Its name.
        n: Held-out records.
        before: Of which the incumbent got right.
        after: Of which the candidate got right.
        gained: Right now, wrong before.
        lost: Wrong now, right before.
        teacher: Share of System 2's samples that gave the records' answers; None without samples.
    """

    skill: str
    n: int
    before: int
    after: int
    gained: int
    lost: int
    teacher: float | None


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Whether a candidate may be promoted, and why."""

    promote: bool
    reason: str
    better: tuple[str, ...]
    worse: tuple[str, ...]


def sign_test(wins: int, losses: int) -> float:
    """Exact one-sided p-value of at least so many wins if wins and losses were equally likely.

    Args:
        wins: Pairs that went one way.
        losses: Pairs that went the other.

    Returns:
        In (0, 1]; 1 when there is no such pair.
    """
    if wins + losses == 0:
        return 1.0
    return float(binomtest(wins, wins + losses, 0.5, alternative="greater").pvalue)


def teacher_share(records: Sequence[Record]) -> float | None:
    """Share of System 2's samples that gave the records' answers.

    Args:
        records: Trusted records.

    Returns:
        In [0, 1]; None when none of them was reasoned about.
    """
    votes = [(record, vote) for record in records for vote in record.votes]
    if not votes:
        return None
    right = sum(
        vote.answer is not None
        and record.answer is not None
        and same(vote.answer, record.answer, record.question)
        for record, vote in votes
    )
    return right / len(votes)


def compare(
    records: Sequence[Record],
    before: Mapping[int, JudgedDraft],
    after: Mapping[int, JudgedDraft],
) -> list[Comparison]:
    """Compare drafts skill by skill.

    Args:
        records: Held-out records, each with a draft by both.
        before: The incumbent's drafts, by record id.
        after: The candidate's drafts, by record id.

    Returns:
        A comparison a skill, by name.
    """
    by_skill: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.skill is not None:
            by_skill[record.skill].append(record)
    found = []
    for skill, group in sorted(by_skill.items()):
        pairs = [(before[r.id].right, after[r.id].right) for r in group]
        found.append(
            Comparison(
                skill=skill,
                n=len(pairs),
                before=sum(b for b, _ in pairs),
                after=sum(a for _, a in pairs),
                gained=sum(a and not b for b, a in pairs),
                lost=sum(b and not a for b, a in pairs),
                teacher=teacher_share(group),
            )
        )
    return found


def judge(
    comparisons: Sequence[Comparison],
    settings: GateSettings,
    *,
    unlearned: int = 0,
    suspended: Collection[str] = (),
) -> GateVerdict:
    """Better on a skill and worse on none, beyond noise; or worse on none, and called for.

    Args:
        comparisons: One a skill.
        settings: `alpha` is what counts as noise.
        unlearned: Records that the incumbent learned and the candidate must not have.
        suspended: Skills that the incumbent may not answer; `ALL_SKILLS` stands for all.

    Returns:
        The verdict.
    """
    better = tuple(c.skill for c in comparisons if sign_test(c.gained, c.lost) <= settings.alpha)
    worse = tuple(c.skill for c in comparisons if sign_test(c.lost, c.gained) <= settings.alpha)
    unlearns = bool(unlearned and comparisons)
    off = [c for c in comparisons if c.skill in suspended or ALL_SKILLS in suspended]
    regains = [c.skill for c in off if c.gained > c.lost]
    # Few drafts of many skills hide a loss that each by itself takes for noise.
    others = sum(c.gained - c.lost for c in comparisons if c not in off)
    promote = not worse and bool(better or unlearns or (regains and others >= 0))
    if worse:
        reason = f"worse on {', '.join(worse)} beyond noise (p <= {settings.alpha:g})"
    elif better:
        reason = f"better on {', '.join(better)}; worse on none"
    elif unlearns:
        reason = (
            f"unlearns {unlearned} {'record' if unlearned == 1 else 'records'} that people refuted "
            f"or had forgotten; worse on none beyond noise (p <= {settings.alpha:g})"
        )
    elif regains:
        so_far = f"right more often on {', '.join(regains)}, suspended so far"
        reason = (
            f"{so_far}; worse on none beyond noise (p <= {settings.alpha:g})"
            if promote
            else f"{so_far}, but less often on what the incumbent answers"
        )
    else:
        reason = f"better on no skill beyond noise (p <= {settings.alpha:g})"
    return GateVerdict(promote, reason, better, worse)


def skill_status(
    comparison: Comparison | None,
    n_train: int,
    settings: GateSettings,
    *,
    min_records: int,
    known: SkillStatus,
) -> SkillStatus:
    """What a skill is after a candidate was tried on it.

    Args:
        comparison: Its drafts; None when it has no held-out record.
        n_train: Records that the candidate was trained on.
        settings: The accuracies that bound the statuses.
        min_records: Fewer training records than this prove nothing.
        known: What it was.

    Returns:
        Distilled, resistant, learning; or new when nothing of it was trained on.
    """
    if comparison is None or comparison.n < settings.min_holdout:
        return known if n_train == 0 else SkillStatus.LEARNING
    accuracy = comparison.after / comparison.n
    if accuracy >= settings.distilled_accuracy:
        return SkillStatus.DISTILLED
    if n_train == 0:
        return known if known is not SkillStatus.DISTILLED else SkillStatus.LEARNING
    if n_train >= min_records and accuracy < settings.resistant_accuracy:
        return SkillStatus.RESISTANT
    return SkillStatus.LEARNING


def still_counts(verdict: SkillVerdict, known: SkillStatus, settings: GateSettings) -> bool:
    """Whether a rejected candidate's verdict says anything of a skill: the incumbent still answers.

    Args:
        verdict: The candidate's.
        known: What the skill was.
        settings: Under which accuracy a skill is resistant.

    Returns:
        False where it would make a skill distilled, or take away one that the incumbent can answer.
    """
    if SkillStatus.DISTILLED in (verdict.status, known):
        return False
    able = verdict.before is not None and verdict.before >= settings.resistant_accuracy
    return not (able and verdict.status is SkillStatus.RESISTANT)


def verdict_of(
    skill: str, status: SkillStatus, n_train: int, comparison: Comparison | None
) -> SkillVerdict:
    """Put a skill's outcome into the words that memory keeps.

    Args:
        skill: Its name.
        status: What it is from now on.
        n_train: Records trained on.
        comparison: Its drafts; None when it has no held-out record.

    Returns:
        The verdict.
    """
    if comparison is None:
        return SkillVerdict(skill, status, n_train, 0, None, None, None)
    n = comparison.n
    before, after = comparison.before / n, comparison.after / n
    return SkillVerdict(skill, status, n_train, n, before, after, comparison.teacher)
