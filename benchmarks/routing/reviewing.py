"""A person who knows the true answers, and says of a few of ours whether they are right."""

from collections.abc import Callable, Sequence
from itertools import islice

from agent.build import Parts
from agent.review_desk import Desk, Said
from benchmarks.routing.forms import Pair
from benchmarks.routing.learning import distil
from memory.answers import same
from memory.questions import answer_of
from memory.records import JUDGED, question_key

SESSION = 30
"""Answers in one `review`; skills are weighed again after it."""


def review(parts: Parts, log: Sequence[Pair], answers: int, say: Callable[[str], None]) -> None:
    """Have a person judge what `review` asks about, and learn from it by night.

    It goes on where it was killed: what was judged is in memory.

    Args:
        parts: Of a home that has learned the log.
        log: Questions with their true answers.
        answers: That the person gives, at most.
        say: Told what begins, and what came of it.
    """
    truth = {question_key(question): answer for question, answer in log}
    while (left := answers - len(parts.store.records(statuses=JUDGED))) > 0:
        desk = Desk(parts)
        say(f"a person judges {left} answers")
        told = 0
        for candidate in islice(desk.in_turn(desk.candidates()), min(left, SESSION)):
            question, answer = candidate.record.question, candidate.record.answer
            right = answer_of(truth[question_key(question)], question)
            if answer is not None and right is not None and same(answer, right, question):
                desk.answer(candidate, Said.RIGHT)
            else:
                desk.answer(candidate, Said.CORRECTED, right)
            told += 1
        if not told:
            break
        say(desk.settle().after)
    say("the night after: what people said becomes System 1")
    distil(parts, say)
