"""What prompts of one call have in common is read once, and changes no answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.chat import Rendered
from models.heads import shared_heads
from models.rows import Desk, Task
from models.transformers_lm import TransformersLM
from models.types import Prompt, Request, Sampling
from tests.models.questions import DRAWN, GREEDY, MakeLM, ask, reads, same

FIXED = (1, 2, 3)
LONG = tuple(range(100, 400))
MODELS = ("tiny_model", "tiny_sliding_model", "tiny_repeating_model")


def judged(count: int) -> list[Prompt]:
    """Two long answers, each under so many criteria."""
    answers = ("The coin lies on the table. " * 14, "A pancake is golden. " * 18)
    return [
        ask(f"Answer: {answer}\nCriterion: {'clear ' * (number + 1)}")
        for number in range(count)
        for answer in answers
    ]


def test_what_another_begins_with_is_shared_to_the_last_whole_block() -> None:
    prompts = [
        Rendered(FIXED, (*LONG, 7, 8)),
        Rendered(FIXED, (5, *LONG)),
        Rendered(FIXED, (*LONG, 7, 9)),
        Rendered(FIXED, (*LONG, 6)),
        Rendered((1,), (*LONG, 7, 8)),
    ]
    assert shared_heads(prompts) == [288, 0, 288, 288, 0]


def test_equal_prompts_leave_a_token_to_be_read() -> None:
    prompt = Rendered(FIXED, LONG[:288])
    assert shared_heads([prompt, prompt]) == [272, 272]


@pytest.mark.parametrize(
    ("length", "count", "shared"), [(128, 2, 0), (128, 3, 128), (256, 2, 256), (15, 60, 0)]
)
def test_a_head_that_saves_little_is_not_shared(length: int, count: int, shared: int) -> None:
    prompts = [Rendered((), (*LONG[:length], -number)) for number in range(count)]
    assert shared_heads(prompts) == [shared] * count


def test_the_head_is_the_one_that_saves_most() -> None:
    """Ten prompts begin with one instruction, five each with one answer, two with one criterion."""
    answers = (tuple(range(500, 820)), tuple(range(900, 1220)))
    criteria = [(1,), (2,), (3,), (*range(40, 60), 4), (*range(40, 60), 5)]
    rests = [LONG[:96] + answer + one for answer in answers for one in criteria]
    assert shared_heads([Rendered(FIXED, rest) for rest in rests]) == [416] * 10


def test_where_prompts_part_one_after_the_other_a_common_head_is_found() -> None:
    rests = [LONG[:150] + (7,) * number + (8,) for number in range(1, 40)]
    assert min(shared_heads([Rendered(FIXED, rest) for rest in rests])) == 144


def test_nothing_is_shared_by_none_or_one() -> None:
    assert shared_heads([]) == []
    assert shared_heads([Rendered(FIXED, LONG)]) == [0]


def test_tasks_of_one_head_wait_together_but_do_not_overfill() -> None:
    desk = Desk()

    def task(number: int, first: int, length: int) -> Task:
        return Task(number, (first, 2), (5,) * length, Sampling(n=20), max_tokens=9, head=1)

    desk.add([task(0, 1, 9), task(1, 3, 4), task(2, 1, 2), task(3, 1, 3), task(4, 1, 1)])
    numbers = [sorted({row.task.number for row in rows}) for rows in desk.waiting]
    assert numbers == [[4], [1], [0, 2, 3]], "60 rows of one head, then the 20 that are left"
    assert len(desk.unanswered) == 5


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("limits", [{}, {"max_rows": 3}, {"max_batch_tokens": 600}])
@pytest.mark.parametrize("sampling", [GREEDY, replace(DRAWN, top_k=1)])
def test_answers_are_those_that_each_gets_alone(
    request: pytest.FixtureRequest,
    exact_lm: MakeLM,
    model: str,
    limits: dict[str, int],
    sampling: Sampling,
) -> None:
    lm = exact_lm(request.getfixturevalue(model), **limits)
    prompts = [*judged(3), ask("hi")]
    alone = [lm.generate([prompt], sampling)[0] for prompt in prompts]
    for some, others in zip(lm.generate(prompts, sampling), alone, strict=True):
        same(some, others)


def test_a_head_is_read_once_after_the_fixed_part(exact_lm: MakeLM, tiny_model: Path) -> None:
    lm = exact_lm(tiny_model)
    prompts = judged(4)
    lm.generate([ask("hi")], GREEDY)  # the fixed part is known
    with reads(lm) as seen:
        lm.generate(prompts, Sampling(max_tokens=1))
    rendered = [lm._renderer.render(prompt) for prompt in prompts]
    heads = {one.rest[:head] for one, head in zip(rendered, shared_heads(rendered), strict=True)}
    assert len(heads) == 2
    read = [tokens for rows, tokens in seen if rows == 1]
    assert sorted(read) == sorted(map(len, heads))
    (left,) = [tokens for rows, tokens in seen if rows == len(prompts)]
    assert left < 64


def test_heads_of_follow_ups_are_shared(lm: TransformersLM) -> None:
    follow = [Request(prompt, Sampling(n=2, max_tokens=3)) for prompt in judged(3)]
    done: list[int] = []

    def on_done(number: int, _: object) -> list[Request]:
        done.append(number)
        return follow if number == 0 else []

    with reads(lm) as seen:
        lm.run([Request(ask("hi"), GREEDY)], on_done)
    assert sorted(done) == list(range(7))
    longest = max(len(lm._renderer.render(one.prompt).rest) for one in follow)
    assert not [tokens for rows, tokens in seen if rows > 1 and tokens >= longest // 2]
