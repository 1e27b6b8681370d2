"""Branch-solve-merge: break the task up, solve each part by itself, merge (2310.15123).

A question with two answers to compare is judged: criteria from the question alone, each answer
scored on each criterion, the sums compared. Each answer is scored in prompts of its own that know
nothing of the other one, nor which comes first; so the order of the two can't matter, and what one
says about the other, or to the judge about a verdict, is never seen where a verdict is made. With
one seed both orders give the very same scores, but for rounding.

Any other question takes the general form: sub-tasks, a solution of each, an answer from these.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from agent.system2 import pair
from agent.system2.method import Call, Steps
from agent.system2.pair import Pair
from agent.system2.prompts import joined, read_prompts
from agent.system2.reading import Written, marked_vote, no_vote, one, transcript, whole_lines
from agent.system2.verdict import asks_for_better, tie_word
from memory.records import Vote
from models.types import Finish, Generation

NAME = "branch_solve_merge"
MAX_BRANCHES = 5
SCORES = 8
"""Samples of one score. Their mean is spread out more finely than the likeliest digit."""

OVERALL = "overall quality"
MARGIN = 0.05
"""Points of a criterion, on average; answers that are nearer to each other are a tie."""

_SCORE_TOKENS = 4
_MAX_BRANCH_CHARS = 300
_ITEM = re.compile(
    r"^[ \t]*(?:\d{1,2}[.):](?!\d)[ \t]*|[-*\u2022][ \t]+)(?P<item>\S.*)$", re.MULTILINE
)
_DIGIT = re.compile(r"\s*[*\"(\[]{0,3}([1-5])(?![\d.,]*\d)")


class BranchSolveMerge:
    """The judge of two answers, and the general form for all else.

    Args:
        prompts: A folder with a user's prompts; None is ours.
        scores: Samples of each score.
    """

    name = NAME
    family = "words"

    def __init__(self, prompts: Path | None = None, scores: int = SCORES) -> None:
        self._prompts = read_prompts(NAME, prompts)
        self._scores = scores

    def fits(self, question: str) -> bool:
        """Whether it holds two answers and asks for the better one by its label."""
        return _judged(question) is not None

    def sample(self, question: str) -> Steps:
        """Three stages: branch, solve, merge; a judge merges by adding up, without the model.

        Args:
            question: A standalone question.

        Returns:
            The sample; a judge's vote is for "A" or "B" ("1" or "2", where the answers are called
            that) or, for a tie, the question's word for it ("C", if it has none); for nothing where
            it allows no tie.
        """
        found = _judged(question)
        return self._general(question) if found is None else self._judge(found)

    def _judge(self, judged: Pair) -> Steps:
        if judged.first == judged.second:
            return _tie(judged, "The two answers are the same.")
        branch = self._prompts["criteria"]
        listed = yield from one(Call("branch", branch.prompt(question=judged.instruction)))
        text = branch.written(listed)
        criteria = branches(listed, branch.lead)
        if not criteria:
            criteria = (OVERALL,)
            text += f"\n(no criteria could be read: {OVERALL} alone is judged)"
        low, high = sorted((judged.first, judged.second))  # calls in one order, whatever theirs is
        marks = yield tuple(
            self._score(judged.instruction, answer, criterion)
            for criterion in criteria
            for answer in (low, high)
        )
        means = [mean_score(samples) for samples in marks]
        firsts, seconds = means[::2], means[1::2]
        if low != judged.first:
            firsts, seconds = seconds, firsts
        scored = tuple(zip(criteria, firsts, seconds, strict=True))
        return _verdict(judged, scored, Written("branch", text))

    def _score(self, instruction: str, answer: str, criterion: str) -> Call:
        """One answer by itself on one criterion."""
        return Call(
            "solve",
            self._prompts["score"].prompt(question=instruction, answer=answer, criterion=criterion),
            n=self._scores,
            stop=("\n",),
            max_tokens=_SCORE_TOKENS,
            temperature=1.0,
        )

    def _general(self, question: str) -> Steps:
        branch, solve, merge = (self._prompts[name] for name in ("branch", "solve", "merge"))
        listed = yield from one(Call("branch", branch.prompt(question=question)))
        text = branch.written(listed)
        tasks = branches(listed, branch.lead)
        if not tasks:
            tasks = (question,)
            text += "\n(no sub-tasks could be read: the question is solved as a whole)"
        solved = yield tuple(
            Call("solve", solve.prompt(question=question, task=task)) for task in tasks
        )
        parts = [
            f"{task}\n{whole_lines(solution).strip()}"
            for task, (solution,) in zip(tasks, solved, strict=True)
            if whole_lines(solution).strip()
        ]
        written = [Written("branch", text), Written("solve", "\n".join(parts))]
        if not parts:
            return no_vote(NAME, written, "no sub-task was solved within the token limit")
        prompt = merge.prompt(question=question, parts="\n".join(parts))
        merged = yield from one(Call("merge", prompt))
        written.append(Written("merge", merge.written(merged)))
        return marked_vote(NAME, question, written, merged)


def branches(listed: Generation, lead: str = "") -> tuple[str, ...]:
    """The items of a numbered list, or of one with bullets; no more than five, none twice.

    Args:
        listed: What the model wrote; of a list that was cut, the last line is left out.
        lead: What the reply began with.

    Returns:
        The items, in order.
    """
    items: dict[str, str] = {}
    for match in _ITEM.finditer(joined(lead, whole_lines(listed))):
        item = " ".join(match["item"].replace("**", "").split())[:_MAX_BRANCH_CHARS]
        items.setdefault(item.casefold(), item)
    return tuple(items.values())[:MAX_BRANCHES]


def mean_score(samples: Sequence[Generation]) -> float | None:
    """The expected score from 1 to 5.

    Args:
        samples: Short continuations, each of which should begin with a digit.

    Returns:
        The mean of those that do; None when none does.
    """
    scores = [score for sample in samples if (score := _score(sample)) is not None]
    return sum(scores) / len(scores) if scores else None


def _score(sample: Generation) -> int | None:
    match = _DIGIT.match(sample.text)
    cut = sample.finish is Finish.LENGTH and match is not None and match.end() == len(sample.text)
    return int(match[1]) if match and not cut else None


Scored = tuple[str, float | None, float | None]
"""A criterion with the mean scores of both answers."""


def _judged(question: str) -> Pair | None:
    """Two answers whose scores settle what is asked about them."""
    found = pair.parse(question)
    return found if found is not None and asks_for_better(found) else None


def _tie(judged: Pair, text: str) -> Vote:
    """A vote for neither, where the question allows that."""
    word = tie_word(judged)
    failure = "" if word else "neither answer is better, and no tie is allowed"
    return Vote(NAME, word, text, 0, failure)


def _verdict(judged: Pair, scored: tuple[Scored, ...], branch: Written) -> Vote:
    """Add up the criteria on which both answers have a score, and name the better one."""
    a, b = judged.labels
    lines = [
        f"{criterion}: {a} {_shown(first)}, {b} {_shown(second)}"
        for criterion, first, second in scored
    ]
    written = [branch, Written("solve", "\n".join(lines))]
    both = [(one, other) for _, one, other in scored if one is not None and other is not None]
    if not both:
        return no_vote(NAME, written, "no criterion has a readable score for both answers")
    first, second = (sum(scores) for scores in zip(*both, strict=True))
    lead = (first - second) / len(both)
    verdict = None if abs(lead) <= MARGIN else a if lead > 0 else b
    total = f"{a} {first:.2f}, {b} {second:.2f} over {len(both)} criteria: {verdict or 'a tie'}"
    text = transcript([*written, Written("merge", total)])
    return _tie(judged, text) if verdict is None else Vote(NAME, verdict, text, 0)


def _shown(mean: float | None) -> str:
    return "unreadable" if mean is None else f"{mean:.2f}"
