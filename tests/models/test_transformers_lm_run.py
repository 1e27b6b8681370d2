"""Requests that follow from answers share the batches of those under way."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.errors import ContextOverflowError
from models.transformers_lm import TransformersLM
from models.types import Finish, Generation, Request, Sampling
from tests.models.questions import DRAWN, GREEDY, QUESTIONS, MakeLM, ask, greedy, reads, same

MODELS = ("tiny_model", "tiny_sliding_model", "tiny_repeating_model")


class Answers:
    """Keeps what was answered, and asks what it was told to ask next."""

    def __init__(self, *follow_ups: Sequence[Request]) -> None:
        self.by_number: dict[int, list[Generation]] = {}
        self._follow_ups = iter(follow_ups)

    def __call__(self, number: int, samples: list[Generation]) -> Sequence[Request]:
        assert number not in self.by_number
        self.by_number[number] = samples
        return next(self._follow_ups, ())

    def in_order(self) -> list[list[Generation]]:
        assert sorted(self.by_number) == list(range(len(self.by_number)))
        return [self.by_number[number] for number in range(len(self.by_number))]


def mixed() -> list[Request]:
    """Greedy requests that differ in all else."""
    return [
        Request(ask(QUESTIONS[0]), Sampling(max_tokens=3)),
        Request(ask(QUESTIONS[1], fixed=0), Sampling(max_tokens=12, stop=("e", "a"))),
        Request(ask(QUESTIONS[2]), Sampling(n=3, max_tokens=9)),
        Request(ask(QUESTIONS[3], fixed=1), Sampling(max_tokens=20, stop=("zz",))),
        Request(ask(QUESTIONS[4]), Sampling(n=2, max_tokens=1)),
        Request(ask(QUESTIONS[0]), Sampling(temperature=1.0, top_k=1, max_tokens=12)),
    ]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("limits", [{}, {"max_rows": 4}, {"max_rows": 1}, {"max_batch_tokens": 90}])
def test_requests_of_all_kinds_are_answered_as_if_alone(
    request: pytest.FixtureRequest, exact_lm: MakeLM, model: str, limits: dict[str, int]
) -> None:
    lm = exact_lm(request.getfixturevalue(model), **limits)
    requests = mixed()
    # One follows from each of the first answers, two from the third.
    answers = Answers(requests[3:4], (), requests[4:])
    lm.run(requests[:3], answers)
    alone = [lm.generate([one.prompt], one.sampling)[0] for one in requests]
    for some, others in zip(answers.in_order(), alone, strict=True):
        same(some, others)


def test_numbers_are_by_arrival(lm: TransformersLM) -> None:
    """The first answered is the one with the fewest tokens, whose follow-up comes fourth."""
    lengths = (9, 2, 5)
    requests = [Request(ask("hi"), Sampling(max_tokens=length)) for length in lengths]
    more = [Request(ask("1 2 3"), Sampling(max_tokens=length)) for length in (12, 11)]
    answers = Answers(more[:1], more[1:])
    lm.run(requests, answers)
    assert list(answers.by_number) == [1, 2, 0, 3, 4]
    counts = [samples[0].completion_tokens for samples in answers.in_order()]
    assert counts == [9, 2, 5, 12, 11]


def test_what_follows_joins_the_batch_under_way(lm: TransformersLM) -> None:
    short, long = (Request(ask("hi"), Sampling(max_tokens=length)) for length in (2, 12))
    answers = Answers([replace(short, prompt=ask("1 2 3"))])
    lm.generate([ask("hi")], GREEDY)  # the prefix is read
    with reads(lm) as seen:
        lm.run([short, long], answers)
    assert [samples[0].completion_tokens for samples in answers.in_order()] == [2, 12, 2]
    steps = [rows for rows, tokens in seen if tokens == 1]
    assert steps == [2, 1, 2, *[1] * 8]
    assert len(seen) == len(steps) + 2  # one prompt for both of the first, one for what followed


def test_rows_are_filled_a_quarter_at_a_time_and_the_last_wait_for_nothing(
    exact_lm: MakeLM, tiny_model: Path
) -> None:
    lm = exact_lm(tiny_model, max_rows=8)
    lm.generate([ask("hi")], GREEDY)
    lengths = (2, 3, 4, 5, 6, 7, 8, 9, 4, 4, 4)
    with reads(lm) as seen:
        lm.run([Request(ask("hi"), Sampling(max_tokens=length)) for length in lengths], Answers())
    kinds = "".join("." if tokens == 1 else "R" for _, tokens in seen)
    # Two of eight make a quarter; the eleventh finds a free row a step later, and takes it.
    assert kinds.startswith("R...R.R")
    assert [rows for rows, tokens in seen if tokens > 1] == [1, 1, 1]


def test_equal_prompts_are_read_once(lm: TransformersLM) -> None:
    lm.generate([ask("hi")], GREEDY)
    requests = [Request(ask("hi"), replace(GREEDY, n=n)) for n in (1, 3, 2)]
    answers = Answers()
    with reads(lm) as seen:
        lm.run(requests, answers)
    assert [rows for rows, tokens in seen if tokens > 1] == [1]
    (one,) = greedy(lm, [ask("hi")])
    for samples in answers.in_order():
        same(samples, [one] * len(samples))


def test_rows_of_different_temperature_share_a_batch(lm: TransformersLM) -> None:
    requests = [Request(ask(question), GREEDY) for question in QUESTIONS]
    requests[1:1] = [Request(ask("hi"), DRAWN), Request(ask("hi"), replace(DRAWN, top_k=1))]
    answers, again = Answers(), Answers()
    with reads(lm) as seen:
        lm.run(requests, answers)
    assert max(rows for rows, tokens in seen if tokens == 1) == len(QUESTIONS) + 6
    first, drawn, certain, *others = answers.in_order()
    same([first[0], *(one for (one,) in others)], greedy(lm, [ask(q) for q in QUESTIONS]))
    assert len({one.text for one in drawn}) > 1
    assert len({one.text for one in certain}) == 1
    seeded = [replace(one, sampling=replace(one.sampling, seed=5)) for one in requests]
    lm.run(seeded, again)
    repeated = Answers()
    lm.run(seeded, repeated)
    assert again.by_number == repeated.by_number


def test_a_seeded_sample_does_not_depend_on_who_shares_the_batch(
    exact_lm: MakeLM, tiny_model: Path
) -> None:
    lm = exact_lm(tiny_model)
    alone = {question: lm.generate([ask(question)], DRAWN)[0] for question in QUESTIONS}
    together = lm.generate([ask(question) for question in reversed(QUESTIONS)], DRAWN)
    for question, samples in zip(reversed(QUESTIONS), together, strict=True):
        same(samples, alone[question])
    few = exact_lm(tiny_model, max_rows=2).generate([ask(QUESTIONS[0], fixed=3)], DRAWN)
    same(few[0], alone[QUESTIONS[0]])
    assert len({tuple(one.text for one in samples) for samples in alone.values()}) == len(alone)


def test_each_request_has_a_seed_of_its_own(lm: TransformersLM) -> None:
    prompt = ask(QUESTIONS[0])
    requests = [Request(prompt, replace(DRAWN, seed=seed)) for seed in (3, 4, 3)]
    answers = Answers()
    lm.run(requests, answers)
    first, second, again = answers.in_order()
    same(first, again)
    assert [one.text for one in first] != [one.text for one in second]


def test_a_cancel_hands_everything_back(exact_lm: MakeLM, tiny_model: Path) -> None:
    lm = exact_lm(tiny_model, max_rows=2)
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) >= 3

    many = [Request(ask(q, fixed=fixed), GREEDY) for q in QUESTIONS for fixed in (3, 0)]
    short = Request(ask("hi"), Sampling(max_tokens=1))
    answers = Answers([short, *many], many, many)
    lm.run([short, *many], answers, cancelled=cancelled)
    assert len(asked) == 3
    made = [one for samples in answers.in_order() for one in samples]
    assert made[0].finish is Finish.LENGTH
    cut = [one for one in made if one.finish is Finish.CANCELLED]
    assert len(cut) == len(made) - 2  # the short ones
    assert {one.completion_tokens for one in cut} == {0, 1, 3}
    assert all((one.text, one.margins) == ("", ()) for one in cut if not one.logprobs)
    assert len(made) == 2 + 3 * len(many)  # what followed a cancelled one is not among them
    same(greedy(lm, [ask("hi")]), greedy(exact_lm(tiny_model), [ask("hi")]))


def test_a_cancelled_requests_finished_rows_keep_their_end(lm: TransformersLM) -> None:
    many = Sampling(n=48, temperature=3.0, top_k=400, max_tokens=40, seed=1)
    answers = Answers()
    asked = iter(range(100))
    lm.run([Request(ask("hi"), many)], answers, cancelled=lambda: next(asked) >= 30)
    (samples,) = answers.in_order()
    assert {one.finish for one in samples} == {Finish.STOP, Finish.CANCELLED}


def test_an_error_in_on_done_leaves_the_model_usable(lm: TransformersLM) -> None:
    before = greedy(lm, [ask(question) for question in QUESTIONS])

    def fail(number: int, samples: list[Generation]) -> Sequence[Request]:
        assert not torch.is_inference_mode_enabled()
        raise LookupError(f"number {number} has {len(samples)}")

    requests = [Request(ask("hi"), Sampling(n=2, max_tokens=2)), Request(ask("hi"), GREEDY)]
    with pytest.raises(LookupError, match="number 0 has 2"):
        lm.run(requests, fail)
    assert not torch.is_inference_mode_enabled()
    assert greedy(lm, [ask(question) for question in QUESTIONS]) == before


def test_a_prompt_that_leaves_no_room_is_refused_at_once_or_when_it_comes(
    lm: TransformersLM,
) -> None:
    short = Request(ask("hi"), Sampling(max_tokens=2))
    too_long = Request(ask("9" * 600), GREEDY)
    answers = Answers([too_long])
    with pytest.raises(ContextOverflowError, match="reads at most 512; shorten the question"):
        lm.run([short, too_long], answers)
    assert not answers.by_number
    with pytest.raises(ContextOverflowError, match="reads at most 512; shorten the question"):
        lm.run([short], answers)
    assert list(answers.by_number) == [0]
    assert greedy(lm, [ask("hi")])


def test_progress_counts_what_follows(lm: TransformersLM) -> None:
    told: list[tuple[int, int]] = []
    short = Request(ask("hi"), Sampling(n=2, max_tokens=2))
    lm.run([short], Answers([short]), progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 2), (4, 4)]


def test_nothing_asked_nothing_answered(lm: TransformersLM) -> None:
    answers = Answers()
    lm.run([], answers)
    assert answers.in_order() == []


def test_a_batch_that_has_thinned_out_rests_until_it_is_the_fullest_again(
    lm: TransformersLM,
) -> None:
    long = ask(QUESTIONS[3])
    ((alone,),) = lm.generate([long], Sampling(max_tokens=24))
    order: list[int] = []
    answers: dict[int, list[Generation]] = {}

    def on_done(number: int, samples: list[Generation]) -> list[Request]:
        order.append(number)
        answers[number] = samples
        return [Request(ask("hi", fixed=0), Sampling(n=4, max_tokens=3))] * 2 if number == 1 else []

    lm.run(
        [Request(long, Sampling(max_tokens=24)), Request(long, Sampling(n=2, max_tokens=2))],
        on_done,
    )
    assert order == [1, 2, 3, 0], "those of another fixed part overtook the long one"
    assert answers[0][0].text == alone.text
