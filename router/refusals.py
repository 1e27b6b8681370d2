"""Why System 1 does not answer, in words: before a draft, and for a draft."""

from collections.abc import Mapping, Sequence

from memory.records import Draft, Neighbor, SkillStatus
from memory.words import words_of
from router.place import others
from router.settings import RouterSettings
from router.wording import Wording


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
        return "the question has no tag and is like no known skill"
    if status in _UNTRIED:
        return f"skill {skill!r} {_UNTRIED[status]}"
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

    A calibrator fitted on right drafts alone calls every draft as likely; a draft far less sure
    than any right one of its skill is where that stops being true.

    Args:
        draft: System 1's draft.
        skill: Its question's skill.
        floors: By skill, the least `min_logprob` that is accepted.

    Returns:
        A reason, or None.
    """
    floor = floors.get(skill or "")
    if floor is None:
        return f"no held-out draft of skill {skill!r} was right"
    if draft.min_logprob >= floor:
        return None
    return (
        f"the draft is far less sure (least log-probability {draft.min_logprob:.3g}, accepted "
        f"from {floor:.3g}) than any right held-out draft of its skill"
    )


def why_unlike(question: str, skill: str | None, usual: Mapping[str, Wording]) -> str | None:
    """Why a question is worded unlike those that were learned, in words; None when it is like them.

    Args:
        question: A standalone question.
        skill: Its skill.
        usual: By skill, how the questions that System 1 has learned it from are worded.

    Returns:
        A reason, or None; None too for a skill of which nothing is known.
    """
    wording = usual.get(skill or "")
    return None if wording is None else wording.why_unlike(question)


def why_apart(
    question: str, skill: str | None, apart: Mapping[str, Mapping[str, str]]
) -> str | None:
    """Why a question is of a form on which what taught System 1 is not trusted; None when it is.

    Args:
        question: A standalone question.
        skill: Its skill.
        apart: By skill, the words that make such a form, and what speaks against it.

    Returns:
        A reason, or None.
    """
    words = apart.get(skill or "", {})
    held = sorted(words_of(question) & words.keys()) if words else []
    return f"{words[held[0]]} on questions of skill {skill!r} with {held[0]!r}" if held else None


_UNTRIED = {
    SkillStatus.NEW: "is new to System 1",
    SkillStatus.RESISTANT: "could not be learned by System 1",
}
"""Skills that System 1 isn't tried on. One that it is still learning is: the threshold, certified
on such drafts, tells those that are sure enough (docs/decisions/0011)."""
