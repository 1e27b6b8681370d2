"""System 2 attention: keep facts and question, drop opinions, answer from that (2311.11829)."""

import re
from pathlib import Path

from agent.system2.method import Call, Steps
from agent.system2.prompts import read_prompts
from agent.system2.reading import Written, concluded, marked_vote, no_vote, one
from agent.variants.given_text import opinions_are_given
from agent.variants.opinion import gives_opinion
from models.types import Finish

NAME = "system2_attention"
_LABELS = re.compile(
    r"^[ \t]*(?:[#*_]{1,4}[ \t]*)?(?:(?:the|bare|unbiased|text|relevant) )*"
    r"(?P<label>context|question|query)\b[^:\n]{0,60}:[ \t*_]*",
    re.IGNORECASE | re.MULTILINE,
)
_NOTHING = re.compile(r"[(\[]?(?:none|nothing|n/a|no context|empty|-)?[)\].]*", re.IGNORECASE)


class System2Attention:
    """A call that rewrites the input without opinions, and one that sees only what is left.

    Args:
        prompts: A folder with a user's prompts; None is ours.
    """

    name = NAME
    family = "words"

    def __init__(self, prompts: Path | None = None) -> None:
        stages = read_prompts(NAME, prompts)
        self._attend, self._respond = stages["attend"], stages["respond"]

    def fits(self, question: str) -> bool:
        """Whether there is an opinion in it that may sway the answer, and not one asked about."""
        return gives_opinion(question) and not opinions_are_given(question)

    def sample(self, question: str) -> Steps:
        """Two stages: attend, respond; and conclude, where the response marks no answer.

        Args:
            question: A standalone question.

        Returns:
            The sample.
        """
        first = yield from one(Call("attend", self._attend.prompt(question=question)))
        rewriting = self._attend.written(first)
        written = [Written("attend", rewriting)]
        if first.finish is Finish.LENGTH:
            return no_vote(NAME, written, "cut at the token limit while rewriting")
        bare = bare_question(rewriting)
        if bare is None:
            return no_vote(NAME, written, "the rewriting holds no question")
        second = yield from concluded(Call("respond", self._respond.prompt(question=bare)))
        written.append(Written("respond", self._respond.written(second)))
        return marked_vote(NAME, bare, written, second)


def bare_question(rewriting: str) -> str | None:
    """The unbiased context, if there is any, with the question behind it.

    Args:
        rewriting: Lines that begin with "Context:" and "Question:".

    Returns:
        The text to answer; None when it has no question.
    """
    labels: list[re.Match[str]] = []
    for label in _LABELS.finditer(rewriting):  # a second "Question:" belongs to the question
        if _is_context(label) or all(map(_is_context, labels)):
            labels.append(label)
    ends = [label.start() for label in labels[1:]] + [len(rewriting)] * bool(labels)
    parts: dict[bool, str] = {}
    for label, end in zip(labels, ends, strict=True):
        parts.setdefault(_is_context(label), rewriting[label.end() : end].strip())
    context, question = parts.get(True, ""), parts.get(False, "")
    if not question or _NOTHING.fullmatch(question):
        return None
    return question if _NOTHING.fullmatch(context) else f"{context}\n{question}"


def _is_context(label: re.Match[str]) -> bool:
    return label["label"].lower() == "context"
