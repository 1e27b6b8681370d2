from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.decoding import _FREE, _PADDING, _alike
from models.rows import Row, Task
from models.types import Sampling
from tests.models.questions import MakeLM, ask, greedy, reads, same


def rows_of(lengths: list[int], samples: int) -> list[Row]:
    tasks = [Task(n, (), (1,) * length, Sampling(), 1) for n, length in enumerate(lengths)]
    return [Row(task) for task in tasks for _ in range(samples)]


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=80), st.integers(1, 3))
def test_prompts_read_together_are_hardly_padded(lengths: list[int], samples: int) -> None:
    rows = rows_of(lengths, samples)
    parts = list(_alike(rows))
    assert sorted(map(id, (row for part in parts for row in part))) == sorted(map(id, rows))
    for part in parts:
        prompts = [len(task.ids) for task in {row.task for row in part}]
        assert len(part) == len(prompts) * samples, "all samples of a prompt are in one part"
        padding = len(prompts) * max(prompts) - sum(prompts)
        assert padding <= max(_FREE, _PADDING * sum(prompts))
    for shorter, longer in pairwise(parts):
        assert max(len(r.task.ids) for r in shorter) <= min(len(r.task.ids) for r in longer)


def test_short_prompts_are_read_in_one_go() -> None:
    assert len(list(_alike(rows_of([20, 60, 30, 25, 41] * 3, 2)))) == 1


@pytest.mark.parametrize("model", ["tiny_model", "tiny_sliding_model", "tiny_repeating_model"])
def test_a_long_prompt_among_short_ones_is_answered_as_if_alone(
    request: pytest.FixtureRequest, exact_lm: MakeLM, model: str
) -> None:
    lm = exact_lm(request.getfixturevalue(model))
    prompts = [ask(f"What is {n} and {n}?") for n in range(10)]
    prompts.insert(4, ask(" ".join(map(str, range(40)))))
    with reads(lm) as seen:
        together = greedy(lm, prompts)
    same(together, [greedy(lm, [prompt])[0] for prompt in prompts])
    if model == "tiny_model":  # a window counts padding, so such a cache is read in one go
        assert [rows for rows, tokens in seen if tokens > 1][-1] == 1
