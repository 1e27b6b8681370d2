import itertools
import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from models.decoding import _advance
from models.errors import ContextOverflowError, ModelError
from models.rows import Desk, Row, Task
from models.transformers_lm import TransformersLM
from models.types import Finish, Generation, Message, Prompt, Request, Sampling
from tests.models.questions import (
    DRAWN,
    GREEDY,
    QUESTIONS,
    SHOTS,
    MakeLM,
    ask,
    greedy,
    reference,
    same,
)


@pytest.mark.parametrize("model", ["tiny_model", "tiny_sliding_model", "tiny_repeating_model"])
@pytest.mark.parametrize("fixed", [0, len(SHOTS)])
def test_greedy_answers_are_those_of_transformers(
    request: pytest.FixtureRequest, exact_lm: MakeLM, model: str, fixed: int
) -> None:
    path = request.getfixturevalue(model)
    lm = exact_lm(path)
    prompts = [ask(question, fixed=fixed) for question in QUESTIONS]
    expected = [reference(lm, path, prompt) for prompt in prompts]
    same(greedy(lm, prompts), expected)
    for prompt, one in zip(prompts, expected, strict=True):
        same(greedy(lm, [prompt]), [one])


@pytest.mark.parametrize("model", ["tiny_model", "tiny_sliding_model", "tiny_repeating_model"])
@pytest.mark.parametrize("limits", [{"max_rows": 2}, {"max_batch_tokens": 150}, {"max_rows": 1}])
def test_rows_that_leave_and_join_change_nothing(
    request: pytest.FixtureRequest, exact_lm: MakeLM, model: str, limits: dict[str, int]
) -> None:
    path = request.getfixturevalue(model)
    prompts = [ask(question) for question in (*QUESTIONS, *reversed(QUESTIONS))]
    same(greedy(exact_lm(path, **limits), prompts), greedy(exact_lm(path), prompts))


def test_in_bf16_a_batch_says_what_one_says(tiny_model: Path) -> None:
    lm = TransformersLM(tiny_model, name="tiny", fingerprint="f", dtype=torch.bfloat16)
    prompts = [ask(question) for question in QUESTIONS]
    for batched, prompt in zip(greedy(lm, prompts), prompts, strict=True):
        (alone,) = greedy(lm, [prompt])
        # Rounding may turn a near tie, and all that follows it; up to there they agree.
        agreed = next((i for i, m in enumerate(alone.margins) if m < 0.2), len(alone.margins))
        assert batched.logprobs[:agreed] == pytest.approx(alone.logprobs[:agreed], abs=0.15)
    assert lm.weights_bytes == sum(2 * p.numel() for p in lm._network.parameters())


@pytest.mark.parametrize("model", ["tiny_model", "tiny_sliding_model", "tiny_repeating_model"])
@pytest.mark.parametrize("max_rows", [128, 4])
def test_mixed_prefixes_share_a_batch_and_change_nothing(
    request: pytest.FixtureRequest, exact_lm: MakeLM, model: str, max_rows: int
) -> None:
    lm = exact_lm(request.getfixturevalue(model), max_rows=max_rows)
    prompts = [ask(q, fixed=fixed) for q in QUESTIONS for fixed in (3, 0, 1)]
    answered: dict[int, list[Generation]] = {}
    requests = [
        Request(prompt, Sampling(max_tokens=4 + at % 9)) for at, prompt in enumerate(prompts)
    ]
    lm.run(requests, lambda number, samples: answered.update({number: samples}) or ())
    alone = [lm.generate([one.prompt], one.sampling)[0] for one in requests]
    for number, expected in enumerate(alone):
        same(answered[number], expected)


def test_no_prompts_no_answers(lm: TransformersLM) -> None:
    assert lm.generate([], DRAWN) == []


def test_a_seed_repeats_its_samples(lm: TransformersLM) -> None:
    prompts = [ask(question) for question in QUESTIONS[:3]]
    first = lm.generate(prompts, DRAWN)
    assert lm.generate(prompts, DRAWN) == first
    assert [len(samples) for samples in first] == [3, 3, 3]
    assert len({one.text for samples in first for one in samples}) > 5
    afresh = Sampling(n=3, temperature=1.0, max_tokens=8)
    assert lm.generate(prompts, afresh) != lm.generate(prompts, afresh)


def test_samples_are_scored_like_a_text_that_is_read(lm: TransformersLM, tiny_model: Path) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()
    rendered = lm._renderer.render(ask(QUESTIONS[1]))
    desk = Desk()
    desk.add(lm._tasks([Request(ask(QUESTIONS[1]), DRAWN)], itertools.count()))
    (rows,) = desk.unanswered
    with lm._turn(None):
        for step in lm._steps(desk, None):
            desk.answered([row for row in step if row.finish is not None])
    for row in rows:
        ids = [*rendered.fixed, *rendered.rest, *row.ids]
        scores_TV = network(torch.tensor([ids])).logits[0].detach().log_softmax(-1)
        read = [float(scores_TV[rendered.tokens + i - 1, token]) for i, token in enumerate(row.ids)]
        assert row.logprobs == pytest.approx(read, abs=2e-4)


def test_top_k_of_one_is_greedy(lm: TransformersLM) -> None:
    sampled = Sampling(temperature=1.0, top_k=1, max_tokens=12)
    assert [one.text for (one,) in lm.generate([ask(q) for q in QUESTIONS], sampled)] == [
        one.text for one in greedy(lm, [ask(q) for q in QUESTIONS])
    ]


def test_stop_texts_are_cut_where_the_first_of_them_begins(lm: TransformersLM) -> None:
    prompt = ask(QUESTIONS[1])
    text = greedy(lm, [prompt])[0].text
    for start in range(1, len(text) - 3):
        stops = (text[start + 1 : start + 4], text[start : start + 3])
        if "\ufffd" in text[start : start + 4]:
            continue
        ((stopped,),) = lm.generate([prompt], Sampling(max_tokens=12, stop=("", *stops)))
        begin = min(text.index(stop) for stop in stops)
        assert (stopped.text, stopped.finish) == (text[:begin], Finish.STOP)
        streamed = "".join(lm.stream(prompt, Sampling(max_tokens=12, stop=stops)))
        assert streamed == stopped.text


def test_a_turn_that_only_text_marks_ends_there(exact_lm: MakeLM, tiny_model: Path) -> None:
    lm = exact_lm(tiny_model)
    whole = greedy(lm, [ask(QUESTIONS[1])])[0].text
    lm._renderer.stop = (mark := whole[3:6],)
    ended = greedy(lm, [ask(QUESTIONS[1])])[0]
    assert (ended.text, ended.finish) == (whole.partition(mark)[0], Finish.STOP)
    assert "".join(lm.stream(ask(QUESTIONS[1]), GREEDY)) == ended.text


def test_a_stop_of_many_bytes_a_letter_is_found(lm: TransformersLM) -> None:
    """Each byte of these letters is a token of its own."""
    ids = lm._tokenizer("so: \U0001f600\U0001f601\U0001f602", add_special_tokens=False)["input_ids"]
    assert len(ids) >= 12
    stop = "\U0001f600\U0001f601\U0001f602"
    row = Row(Task(0, (), (1,), Sampling(stop=(stop,)), max_tokens=99))
    for token in ids:
        assert row.finish is None
        logits = torch.zeros(1, lm._network.vocab_size)
        logits[0, token] = 9.0
        _advance([row], logits, frozenset(), lm._text)
    assert (row.finish, row.stop_at) == (Finish.STOP, stop)


def test_the_turns_end_ends_an_answer(lm: TransformersLM) -> None:
    many = Sampling(n=48, temperature=3.0, top_k=400, max_tokens=40, seed=1)
    (samples,) = lm.generate([ask("hi")], many)
    ended = [one for one in samples if one.finish is Finish.STOP]
    assert ended
    assert all(one.completion_tokens == 40 for one in samples if one.finish is Finish.LENGTH)
    for one in ended:
        assert one.completion_tokens <= 40
        assert "<|im_end|>" not in one.text


def test_the_contexts_end_ends_an_answer(lm: TransformersLM) -> None:
    short = ask("hi")
    room = 9
    words = lm.context_tokens - lm.count_tokens(short) - room
    filler = ask("hi" + "9" * words)
    assert lm.context_tokens - lm.count_tokens(filler) == room
    long = Sampling(max_tokens=40)
    (first,), (second,) = lm.generate([filler, short], long)
    assert first.finish is Finish.LENGTH
    assert first.completion_tokens == room
    assert second.completion_tokens > room


@pytest.mark.parametrize("extra", [0, 1, 5000])
def test_a_prompt_that_leaves_no_room_is_refused(lm: TransformersLM, extra: int) -> None:
    words = lm.context_tokens - lm.count_tokens(ask("hi"))
    too_long = ask("hi" + "9" * (words + extra))
    said = f"has {512 + extra} tokens, but tiny-model.* reads at most 512; shorten the question"
    with pytest.raises(ContextOverflowError, match=said):
        lm.generate([ask("hi"), too_long], GREEDY)
    with pytest.raises(ContextOverflowError, match=said):
        next(lm.stream(too_long, GREEDY))


def test_a_cancel_ends_within_a_step(lm: TransformersLM) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) >= 3

    prompts = [ask(q, fixed=fixed) for q in QUESTIONS for fixed in (3, 0)]
    results = lm.generate(prompts, Sampling(n=2, max_tokens=12), cancelled=cancelled)
    assert len(asked) == 3
    assert [len(samples) for samples in results] == [2] * len(prompts)
    found = [one for samples in results for one in samples]
    assert {one.finish for one in found} == {Finish.CANCELLED}
    assert {one.completion_tokens for one in found} == {3}, "all are of one batch"
    same(greedy(lm, prompts[:1]), greedy(lm, prompts[:1]))


def test_progress_reaches_its_total(exact_lm: MakeLM, tiny_model: Path) -> None:
    told: list[tuple[int, int]] = []
    lm = exact_lm(tiny_model, max_rows=4)
    prompts = [ask(q, fixed=fixed) for q in QUESTIONS for fixed in (3, 0)]
    many = Sampling(n=2, temperature=3.0, top_k=400, max_tokens=30, seed=3)
    lm.generate(prompts, many, progress=lambda done, total: told.append((done, total)))
    done = [first for first, _ in told]
    assert done == sorted(set(done))
    assert told[-1] == (20, 20)
    assert {total for _, total in told} == {20}


def test_a_stream_is_what_generate_gives(lm: TransformersLM) -> None:
    for question in QUESTIONS:
        for sampling in (GREEDY, Sampling(n=5, temperature=1.0, max_tokens=12, seed=3)):
            pieces = list(lm.stream(ask(question), sampling))
            one = Sampling(temperature=sampling.temperature, max_tokens=12, seed=sampling.seed)
            ((whole,),) = lm.generate([ask(question)], one)
            assert "".join(pieces) == whole.text
            assert all(pieces)
    assert len(pieces) > 3


def test_a_stream_lets_others_take_turns(lm: TransformersLM, tiny_model: Path) -> None:
    expected = "".join(lm.stream(ask(QUESTIONS[1]), GREEDY))
    stream = lm.stream(ask(QUESTIONS[1]), GREEDY)
    told = next(stream)
    greedy(lm, [ask(QUESTIONS[2])])
    assert not torch.is_inference_mode_enabled()
    left = lm.stream(ask(QUESTIONS[0]), GREEDY)
    next(left)  # and is never read on
    assert told + "".join(stream) == expected


def test_a_prefix_is_read_once(exact_lm: MakeLM, tiny_model: Path) -> None:
    lm = exact_lm(tiny_model)
    read: list[int] = []
    hook = lm._network.register_forward_pre_hook(
        lambda _, args, kwargs: read.append(
            int((args[0] if args else kwargs["input_ids"]).numel())
        ),
        with_kwargs=True,
    )
    one = Sampling(max_tokens=1)
    lm.generate([ask("hi")], one)
    lm.generate([ask("hi")], one)
    hook.remove()
    rendered = lm._renderer.render(ask("hi"))
    assert read == [len(rendered.fixed), len(rendered.rest), len(rendered.rest)]
    for number in range(12):
        lm.generate([Prompt((Message("user", f"{number}"), *SHOTS[1:]), fixed=1)], one)
    assert len(lm._prefixes) == 8


def test_a_folder_without_a_model_is_refused(tmp_path: Path, tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="cannot load a language model from"):
        TransformersLM(tmp_path, name="nothing", fingerprint="f")
    torn = shutil.copytree(tiny_model, tmp_path / "torn")
    weights = torn / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"torn: .*give a causal LM's folder"):
        TransformersLM(torn, name="torn", fingerprint="f")
