import shutil
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from models.errors import AdapterError, ContextOverflowError, ModelError, WrongBaseError
from models.manifest import Manifest
from models.transformers_lm import TransformersLM
from models.types import Finish, Generation, LanguageModel, Message, Prompt, Sampling

MakeLM = Callable[..., TransformersLM]
MakeAdapter = Callable[..., Path]
SHOTS = (
    Message("system", "Answer with the final answer only."),
    Message("user", "A coin is heads up. Somebody flips the coin."),
    Message("assistant", "no"),
)
QUESTIONS = (
    "hi",
    "What is the product of 123 and 456?",
    "Take the last letters of the words in a name",
    "A coin is heads up. Somebody flips the coin. Is the coin still heads up?",
    "1 2 3",
)
GREEDY = Sampling(max_tokens=12)
DRAWN = Sampling(n=3, temperature=1.0, top_k=20, max_tokens=8, seed=7)


def ask(question: str, *, fixed: int = len(SHOTS)) -> Prompt:
    return Prompt((*SHOTS, Message("user", question)), fixed=fixed)


def greedy(lm: LanguageModel, prompts: Sequence[Prompt], **options: object) -> list[Generation]:
    return [one for (one,) in lm.generate(prompts, GREEDY, **options)]  # type: ignore[arg-type]


def same(some: Sequence[Generation], others: Sequence[Generation]) -> None:
    """Equal, but for the last digits of the scores."""
    for one, other in zip(some, others, strict=True):
        assert one.text == other.text
        assert one.finish is other.finish
        assert one.prompt_tokens == other.prompt_tokens
        assert one.logprobs == pytest.approx(other.logprobs, abs=2e-4)
        assert one.margins == pytest.approx(other.margins, abs=4e-4)


def reference(
    lm: TransformersLM, path: Path, prompt: Prompt, adapter: Path | None = None
) -> Generation:
    """transformers' own greedy generate(), one prompt at a time, in float32."""
    network = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    model = network if adapter is None else PeftModel.from_pretrained(network, adapter)
    rendered = lm._renderer.render(prompt)
    ids = torch.tensor([rendered.fixed + rendered.rest])
    out = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=GREEDY.max_tokens,
        do_sample=False,
        eos_token_id=list(lm._renderer.end_ids),
        pad_token_id=0,
        output_logits=True,
        return_dict_in_generate=True,
    )
    tokens = out.sequences[0, ids.shape[1] :]
    scores_TV = torch.stack(out.logits)[:, 0].log_softmax(-1)
    top_TK = scores_TV.topk(2, dim=-1).values
    ended = int(tokens[-1]) in lm._renderer.end_ids
    return Generation(
        text=lm._text(tokens.tolist()),
        logprobs=tuple(scores_TV.gather(1, tokens[:, None])[:, 0].tolist()),
        margins=tuple((top_TK[:, 0] - top_TK[:, 1]).tolist()),
        finish=Finish.STOP if ended else Finish.LENGTH,
        prompt_tokens=ids.shape[1],
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
    lm = TransformersLM(tiny_model, name="tiny", fingerprint="f")
    prompts = [ask(question) for question in QUESTIONS]
    for batched, prompt in zip(greedy(lm, prompts), prompts, strict=True):
        (alone,) = greedy(lm, [prompt])
        # Rounding may turn a near tie, and all that follows it; up to there they agree.
        agreed = next((i for i, m in enumerate(alone.margins) if m < 0.2), len(alone.margins))
        assert batched.logprobs[:agreed] == pytest.approx(alone.logprobs[:agreed], abs=0.15)
    assert lm.weights_bytes == sum(2 * p.numel() for p in lm._network.parameters())


def test_mixed_prefixes_keep_their_order(lm: TransformersLM) -> None:
    prompts = [ask(q, fixed=fixed) for fixed, q in zip((3, 0, 1, 3, 0), QUESTIONS, strict=True)]
    same(greedy(lm, prompts), [greedy(lm, [prompt])[0] for prompt in prompts])


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
    rows = {}
    with lm._turn(None), torch.inference_mode():
        for step in lm._steps([rendered], DRAWN, None):
            rows.update((row.index, row) for row in step)
    for row in rows.values():
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


def test_a_stop_of_many_bytes_a_letter_is_found(lm: TransformersLM) -> None:
    """Each byte of these letters is a token of its own."""
    ids = lm._tokenizer("so: \U0001f600\U0001f601\U0001f602", add_special_tokens=False)["input_ids"]
    assert len(ids) >= 12
    from models.decoding import Row, _advance

    row, stop = Row(0, prompt_tokens=1, max_tokens=99), "\U0001f600\U0001f601\U0001f602"
    for token in ids:
        assert row.finish is None
        logits = torch.zeros(1, lm._network.vocab_size)
        logits[0, token] = 9.0
        _advance([row], logits, Sampling(stop=(stop,)), frozenset(), lm._text, torch.Generator())
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
    assert {one.completion_tokens for one in found} == {0, 3}
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


def test_two_threads_take_turns(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm, adapter = exact_lm(tiny_model), make_adapter(tiny_model)
    prompts = [ask(question) for question in QUESTIONS]
    expected = {path: greedy(lm, prompts, adapter=path) for path in (None, adapter)}
    wrong: list[object] = []

    def work(path: Path | None) -> None:
        answers = [greedy(lm, prompts, adapter=path) for _ in range(4)]
        wrong.extend(path for answer in answers if answer != expected[path])

    threads = [threading.Thread(target=work, args=(path,)) for path in (None, adapter, None)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_adapter_answers_as_peft_has_it_and_leaves_the_base_alone(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm, adapter = exact_lm(tiny_model), make_adapter(tiny_model)
    prompts = [ask(question) for question in QUESTIONS]
    before = greedy(lm, prompts)
    adapted = greedy(lm, prompts, adapter=adapter)
    assert greedy(lm, prompts) == before
    same(adapted, [reference(lm, tiny_model, prompt, adapter) for prompt in prompts])
    assert [one.text for one in adapted] != [one.text for one in before]
    streamed = "".join(lm.stream(prompts[0], GREEDY, adapter=adapter))
    assert streamed == adapted[0].text
    assert greedy(lm, prompts) == before


def test_in_bf16_the_base_is_bit_identical_around_an_adapter(
    tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm = TransformersLM(tiny_model, name="tiny", fingerprint="f")
    long = [ask(question * 4) for question in QUESTIONS]
    before = greedy(lm, long)
    weights = {key: value.clone() for key, value in lm._network.state_dict().items()}
    buffers = {key: value.clone() for key, value in lm._network.named_buffers()}
    memory = lm.weights_bytes
    assert greedy(lm, long, adapter=make_adapter(tiny_model)) != before
    assert greedy(lm, long) == before
    assert lm.weights_bytes == memory
    after = dict(lm._network.state_dict())
    for key, value in weights.items():
        assert any(torch.equal(value, after[k]) for k in (key, _wrapped(key)) if k in after)
    for key, value in lm._network.named_buffers():
        assert value.dtype is buffers[key].dtype
        assert torch.equal(value, buffers[key])


def _wrapped(key: str) -> str:
    parent, _, leaf = key.rpartition(".")
    return f"{parent}.base_layer.{leaf}"


def test_adapters_of_one_name_are_told_apart(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm = exact_lm(tiny_model)
    paths = [make_adapter(tiny_model, f"run{seed}/adapter", seed) for seed in range(4)]
    texts = [[one.text for one in greedy(lm, [ask("hi")], adapter=path)] for path in paths]
    assert len({tuple(text) for text in texts}) == 4
    for path, text in zip(reversed(paths), reversed(texts), strict=True):
        assert [one.text for one in greedy(lm, [ask("hi")], adapter=path)] == text
    assert len(lm._adapters._loaded) == 2


def test_an_adapter_that_was_replaced_is_read_again(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm = exact_lm(tiny_model)
    path, new = make_adapter(tiny_model, "one", 1), make_adapter(tiny_model, "two", 2)
    expected = greedy(lm, [ask("hi")], adapter=new)
    first = greedy(lm, [ask("hi")], adapter=path)
    shutil.rmtree(path)
    shutil.copytree(new, path)
    assert greedy(lm, [ask("hi")], adapter=path) == expected != first


def test_an_adapter_of_another_base_is_refused(
    exact_lm: MakeLM, tiny_model: Path, other_tiny_model: Path, make_adapter: MakeAdapter
) -> None:
    lm, good = exact_lm(tiny_model), make_adapter(tiny_model, "good")
    manifest = Manifest(
        version="v1",
        base_model="other",
        base_fingerprint="other-print",
        created_at=datetime.now(UTC),
        run_id="v1",
    )
    manifest.write(shutil.copytree(good, good.parent / "of-another"))
    with pytest.raises(WrongBaseError, match=r"trained on base other-print .*, not on print-tiny"):
        greedy(lm, [ask("hi")], adapter=good.parent / "of-another")

    before = greedy(lm, [ask("hi")])
    adapted = greedy(exact_lm(tiny_model), [ask("hi")], adapter=good)
    bad = make_adapter(other_tiny_model, "bad")
    for _ in range(2):
        with pytest.raises(WrongBaseError, match="bad does not fit tiny-model"):
            greedy(lm, [ask("hi")], adapter=bad)
        assert greedy(lm, [ask("hi")]) == before
        assert greedy(lm, [ask("hi")], adapter=good) == adapted
    assert greedy(lm, [ask("hi")]) == before


def test_only_a_plain_lora_that_is_whole_will_do(
    exact_lm: MakeLM, tiny_model: Path, make_adapter: MakeAdapter, tmp_path: Path
) -> None:
    lm = exact_lm(tiny_model)
    before = greedy(lm, [ask("hi")])
    with pytest.raises(AdapterError, match=r"nowhere cannot be read .*PEFT's format"):
        greedy(lm, [ask("hi")], adapter=tmp_path / "nowhere")
    torn = make_adapter(tiny_model, "torn")
    weights = torn / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(AdapterError, match="torn is damaged"):
        greedy(lm, [ask("hi")], adapter=torn)
    unset = make_adapter(tiny_model, "unset")
    (unset / "adapter_config.json").write_text("{")
    with pytest.raises(WrongBaseError, match="unset does not fit"):
        greedy(lm, [ask("hi")], adapter=unset)
    with pytest.raises(WrongBaseError, match="no plain LoRA"):
        greedy(lm, [ask("hi")], adapter=make_adapter(tiny_model, "bias", bias="all"))
    assert greedy(lm, [ask("hi")]) == before


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
