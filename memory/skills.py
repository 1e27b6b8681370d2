"""Questions to skills. Tagged questions keep their tag; the others are grouped by their embeddings.

A question without a tag may join a tagged skill, one that is as tight as those that are found.
Groups of questions never do: clustering neither renames, splits nor joins what a caller named.

Likeness here is relative to how alike a skill's own questions are. Measured with all-MiniLM: two
questions of one template that differ in their names have a cosine of 0.54 on average (last letters
of two names), while two neighbouring skills (a date, a weekday, some days from now) reach 0.53
between them. No fixed cosine tells the two apart, but the cosine of their centroids does, as does a
question's cosine to a centroid as a share of what is usual in that skill. With the defaults below,
8 templated kinds in 2-3 wordings each became 8 skills, none mixed, from 8 questions a kind on.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from memory.records import Skill, question_key
from models.types import FloatArray

_PRIOR = 0.75
_PRIOR_PAIRS = 2
_STOPWORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by do does for from has have if in into is it its of on or that the "
        "there these this those to was what when where which will with you your",
    )
)


class SkillSettings(BaseModel):
    """How questions without a tag are grouped into skills."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    similarity: float = Field(default=0.8, gt=0, le=1)
    """A question joins the nearest skill whose centroid it is at least this near to, as a share of
    how near the skill's own questions usually are, in (0, 1]."""

    link: float = Field(default=0.6, gt=0, lt=1)
    """Least mean cosine between two groups of questions that are joined at first, in (0, 1)."""

    merge: float = Field(default=0.7, gt=0, le=1)
    """Groups are one skill when the mean cosine between them is at least this share of the mean
    cosine within them, in (0, 1]."""

    min_size: int = Field(default=3, ge=1)
    """Fewest questions that make a new skill, a count >= 1."""

    sample: int = Field(default=1000, ge=2, le=4000)
    """Most questions grouped at a time, a count in [2, 4000]; memory grows by its square."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Where questions went.

    Attributes:
        names: For each question its skill; None when it is like too few others.
        new: The skills that did not exist before.
    """

    names: tuple[str | None, ...]
    new: tuple[Skill, ...]


@dataclass(slots=True)
class _Group:
    """Questions on their way to a skill: how many, the sum of their embeddings, which rows."""

    sum_D: NDArray[np.float64]
    count: int
    rows: list[int]
    skill: str | None = None

    @property
    def within(self) -> float:
        """Mean cosine between two of its questions; pulled to what is usual when they are few."""
        pairs = self.count * (self.count - 1)
        total = float(self.sum_D @ self.sum_D) - self.count
        return max((total + _PRIOR * _PRIOR_PAIRS) / (pairs + _PRIOR_PAIRS), 1e-3)


def assign(
    embeddings_ND: FloatArray, skills: Collection[Skill], settings: SkillSettings | None = None
) -> list[str | None]:
    """The skill of each question, among those that exist.

    Args:
        embeddings_ND: The questions' embeddings, float32 (N, D), unit rows.
        skills: Those without a centroid get no question, nor do small or loose tagged ones.
        settings: None is the defaults.

    Returns:
        Names; None for a question that is near to none.
    """
    settings = settings or SkillSettings()
    open_skills = _open(skills, settings)
    if not open_skills or len(embeddings_ND) == 0:
        return [None] * len(embeddings_ND)
    centroids_SD = np.stack([_centroid(skill) for skill in open_skills])
    usual_S = np.sqrt([_group_of(skill).within for skill in open_skills])
    share_NS = (embeddings_ND @ centroids_SD.T) / usual_S
    best_N = share_NS.argmax(axis=1)
    return [
        open_skills[best].name if row_S[best] >= settings.similarity else None
        for best, row_S in zip(best_N, share_NS, strict=True)
    ]


def discover(
    questions: Sequence[str],
    embeddings_ND: FloatArray,
    existing: Collection[Skill],
    settings: SkillSettings | None = None,
) -> Grouping:
    """Put questions into skills, making new skills of those that are like no known one.

    The order of the questions does not matter.

    Args:
        questions: Without a tag; repeated ones count once.
        embeddings_ND: Their embeddings, float32 (N, D), unit rows.
        existing: All skills; the names of tagged ones are taken, too.
        settings: None is the defaults.

    Returns:
        A name for each question, and the new skills with their centroids and sizes.
    """
    settings = settings or SkillSettings()
    keys = [question_key(question) for question in questions]
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    known = list(existing)
    names: dict[str, str] = {}
    while True:
        left = sorted(key for key in first if key not in names)
        _join_known(left, first, embeddings_ND, known, names, settings)
        sample = sorted(key for key in left if key not in names)[: settings.sample]
        rows = [first[key] for key in sample]
        made = _grouped(rows, questions, embeddings_ND, known, settings)
        placed = zip(sample, made.names, strict=True)
        names.update((key, name) for key, name in placed if name is not None)
        known += made.new
        if not made.new or len(sample) < settings.sample:
            break
    sizes = Counter(names.values())
    new = [skill for skill in known if all(skill is not old for old in existing)]
    return Grouping(
        tuple(names.get(key) for key in keys),
        tuple(replace(skill, size=sizes[skill.name]) for skill in new),
    )


def centroid_of(skill: Skill, embeddings_ND: FloatArray) -> Skill:
    """A skill with centroid and cohesion taken from its records' embeddings, float32 (N, D)."""
    if len(embeddings_ND) == 0:
        return replace(skill, centroid_D=None, cohesion=1.0)
    mean_D = embeddings_ND.mean(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean_D))
    if length < 1e-9:
        return replace(skill, centroid_D=None, cohesion=0.0)
    centroid_D = (mean_D / length).astype(np.float32)
    return replace(skill, centroid_D=centroid_D, cohesion=min(length, 1.0))


def _join_known(
    keys: Sequence[str],
    first: dict[str, int],
    embeddings_ND: FloatArray,
    known: Collection[Skill],
    names: dict[str, str],
    settings: SkillSettings,
) -> None:
    rows = [first[key] for key in keys]
    assigned = assign(embeddings_ND[rows], known, settings)
    names.update((key, name) for key, name in zip(keys, assigned, strict=True) if name is not None)


def _grouped(
    rows: Sequence[int],
    questions: Sequence[str],
    embeddings_ND: FloatArray,
    known: Sequence[Skill],
    settings: SkillSettings,
) -> Grouping:
    sample_ND = embeddings_ND[list(rows)].astype(np.float64)
    groups = [_group_of(skill) for skill in _open(known, settings) if not skill.tagged]
    groups += _tight_groups(sample_ND, settings.link)
    names: list[str | None] = [None] * len(rows)
    new: list[Skill] = []
    taken = {skill.name for skill in known}
    for group in _merged(groups, settings.merge):
        name = group.skill
        if name is None and len(group.rows) >= settings.min_size:
            name = _name([questions[rows[at]] for at in group.rows], taken)
            taken.add(name)
            skill = Skill(name, size=len(group.rows))
            new.append(centroid_of(skill, sample_ND[group.rows].astype(np.float32)))
        for at in group.rows:
            names[at] = name
    return Grouping(tuple(names), tuple(new))


def _open(skills: Collection[Skill], settings: SkillSettings) -> list[Skill]:
    """Those that a question without a tag may join, by name."""
    found = [
        skill
        for skill in skills
        if skill.centroid_D is not None and (not skill.tagged or _tight(skill, settings))
    ]
    return sorted(found, key=lambda skill: skill.name)


def _tight(skill: Skill, settings: SkillSettings) -> bool:
    """Whether a skill is as large and as alike as one that is found.

    A tag may stand for all sorts of questions, and then any question is as near as they are. The
    loosest that is found joins groups of `link` whose mean cosine between is `merge` of that.
    """
    loosest = settings.link * settings.merge
    return skill.size >= settings.min_size and _group_of(skill).within >= loosest


def _centroid(skill: Skill) -> FloatArray:
    if skill.centroid_D is None:
        raise ValueError(f"skill {skill.name!r} has no centroid")
    return skill.centroid_D


def _group_of(skill: Skill) -> _Group:
    count = max(skill.size, 1)
    sum_D = _centroid(skill).astype(np.float64) * (skill.cohesion * count)
    return _Group(sum_D, count, [], skill.name)


def _tight_groups(embeddings_ND: NDArray[np.float64], link: float) -> list[_Group]:
    from scipy.cluster.hierarchy import fcluster, linkage  # half a second; seldom needed

    if len(embeddings_ND) < 2:
        labels = np.zeros(len(embeddings_ND), dtype=np.int64)
    else:
        tree = linkage(embeddings_ND, method="average", metric="cosine")
        labels = fcluster(np.maximum(tree, 0.0), 1.0 - link, criterion="distance")
    rows = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
    return [_Group(embeddings_ND[part].sum(axis=0), len(part), part) for part in rows]


def _merged(groups: list[_Group], least: float) -> Iterator[_Group]:
    """Join the likest two groups, again and again, until none are alike; known skills never join.

    The likeness of two groups is the mean cosine between them over the geometric mean of those
    within them, and 1 for two halves of one skill.
    """
    if not groups:
        return
    dots_GG = np.array([g.sum_D for g in groups]) @ np.array([g.sum_D for g in groups]).T
    known_G = np.array([group.skill is not None for group in groups])
    living = list(range(len(groups)))
    likeness_GG = np.full(dots_GG.shape, -np.inf)
    for at in living:
        _compare(at, groups, dots_GG, known_G, likeness_GG)
    while True:
        one, other = divmod(int(likeness_GG.argmax()), len(groups))
        if likeness_GG[one, other] < least:
            break
        kept, gone = (other, one) if known_G[other] else (one, other)
        _join(groups, kept, gone, dots_GG)
        living.remove(gone)
        likeness_GG[gone, :] = likeness_GG[:, gone] = -np.inf
        known_G[gone] = True
        _compare(kept, groups, dots_GG, known_G, likeness_GG, living)
    yield from (groups[at] for at in living)


def _join(groups: list[_Group], kept: int, gone: int, dots_GG: NDArray[np.float64]) -> None:
    one, other = groups[kept], groups[gone]
    groups[kept] = _Group(
        one.sum_D + other.sum_D, one.count + other.count, one.rows + other.rows, one.skill
    )
    dots_GG[kept] += dots_GG[gone]
    dots_GG[:, kept] += dots_GG[:, gone]


def _compare(
    at: int,
    groups: Sequence[_Group],
    dots_GG: NDArray[np.float64],
    known_G: NDArray[np.bool_],
    likeness_GG: NDArray[np.float64],
    living: Collection[int] | None = None,
) -> None:
    others = np.fromiter(range(len(groups)) if living is None else living, dtype=np.int64)
    within = np.array([groups[other].within for other in others])
    counts = np.array([groups[other].count for other in others])
    mean = dots_GG[at, others] / (groups[at].count * counts)
    likeness = mean / np.sqrt(groups[at].within * within)
    likeness[(others == at) | (known_G[others] & known_G[at])] = -np.inf
    likeness_GG[at, others] = likeness_GG[others, at] = likeness


def _name(questions: Sequence[str], taken: Collection[str]) -> str:
    """A readable name that is not taken, of the words that most of the questions share."""
    words = [re.findall(r"[^\W\d_]{2,}", question.lower()) for question in questions]
    share = Counter(word for found in words for word in set(found) - _STOPWORDS)
    likeliest = sorted(share, key=lambda word: (-share[word], -len(word), word))
    common = [word for word in likeliest if share[word] * 2 > len(questions)]
    chosen = (common or likeliest)[:4]
    place = {word: _mean_place(word, words) for word in chosen}
    stem = "-".join(sorted(chosen, key=lambda word: (place[word], word)))[:60] or "skill"
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


def _mean_place(word: str, texts: Sequence[Sequence[str]]) -> float:
    places = [text.index(word) / len(text) for text in texts if word in text]
    return sum(places) / len(places)
