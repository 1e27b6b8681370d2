"""The stand-ins keep the promises of the protocols."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ContextOverflowError
from models.scripted import HashEncoder, ScriptedLM
from models.types import (
    Encoder,
    Finish,
    Generation,
    LanguageModel,
    Message,
    Prompt,
    Request,
    Sampling,
)


def prompt(text: str) -> Prompt:
    return Prompt(messages=(Message("system", "Be short."), Message("user", text)))


def texts(model: LanguageModel, question: str, sampling: Sampling) -> list[str]:
    return [one.text for one in model.generate([prompt(question)], sampling)[0]]


def test_the_longest_key_in_the_last_message_answers() -> None:
    model = ScriptedLM({"coin": "heads", "coin twice": "tails"}, otherwise="no idea")
    assert texts(model, "flip a coin", Sampling()) == ["heads"]
    assert texts(model, "flip a coin twice", Sampling()) == ["tails"]
    assert texts(model, "roll a die", Sampling()) == ["no idea"]


def test_samples_take_the_texts_in_turn_and_greedy_takes_the_first() -> None:
    model = ScriptedLM({"q": ["a", "b", "c"]})
    assert texts(model, "q", Sampling(n=4, temperature=1.0)) == ["a", "b", "c", "a"]
    assert texts(model, "q", Sampling(n=2, temperature=1.0, seed=1)) == ["b", "c"]
    assert texts(model, "q", Sampling(n=3)) == ["a", "a", "a"]


def test_a_function_sees_the_prompt_and_an_adapter_has_its_own_script() -> None:
    model = ScriptedLM(
        lambda asked: asked.messages[-1].content.upper(),
        adapted=lambda folder: {"": f"from {folder.name}"},
    )
    asked = [prompt("abc")]
    assert model.generate(asked, Sampling())[0][0].text == "ABC"
    assert model.generate(asked, Sampling(), adapter=Path("x/v1"))[0][0].text == "from v1"


def test_max_tokens_counts_words_and_stop_is_left_out() -> None:
    model = ScriptedLM({"": "one two three\nEND four"})
    cut = model.generate([prompt("q")], Sampling(max_tokens=2))[0][0]
    assert (cut.text, cut.finish, cut.completion_tokens) == ("one two", Finish.LENGTH, 2)
    stopped = model.generate([prompt("q")], Sampling(stop=("END",)))[0][0]
    assert (stopped.text, stopped.finish) == ("one two three\n", Finish.STOP)
    assert stopped.completion_tokens == 4  # three words and the end


def test_logprobs_follow_the_given_probability() -> None:
    model = ScriptedLM({"": "one two"}, probability=lambda _prompt, _text: 0.8)
    generation = model.generate([prompt("q")], Sampling())[0][0]
    assert generation.logprobs == pytest.approx([math.log(0.8)] * 3)
    assert generation.margins == pytest.approx([math.log(4)] * 3)


def test_cancelled_ends_the_call_within_a_token() -> None:
    asked = iter(range(100))
    model = ScriptedLM({"": "one two three four"})
    sampling = Sampling(n=2, temperature=1.0)
    first, second = model.generate([prompt("q")], sampling, cancelled=lambda: next(asked) >= 2)[0]
    assert (first.text, first.finish) == ("one two", Finish.CANCELLED)
    assert (second.text, second.finish) == ("", Finish.CANCELLED)


def test_progress_counts_continuations() -> None:
    seen: list[tuple[int, int]] = []
    model = ScriptedLM({"": "x"})
    model.generate(
        [prompt("a"), prompt("b")],
        Sampling(n=2),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_prompt_over_the_context_is_an_error() -> None:
    model = ScriptedLM({}, context_tokens=10)
    with pytest.raises(ContextOverflowError, match="has 103 tokens, and scripted reads at most 10"):
        model.generate([prompt("word " * 99)], Sampling())


def test_run_answers_in_order_of_arrival_what_follows_too() -> None:
    model: LanguageModel = ScriptedLM({"q": ["a", "b"], "then": "c d e"})
    said: list[tuple[int, list[str]]] = []

    def on_done(number: int, samples: list[Generation]) -> Sequence[Request]:
        said.append((number, [one.text for one in samples]))
        return [Request(prompt(f"then {number}"), Sampling(max_tokens=2))] if number < 2 else []

    requests = [Request(prompt("q"), Sampling(n=n, temperature=1.0)) for n in (2, 3)]
    model.run(requests, on_done)
    assert said == [(0, ["a", "b"]), (1, ["a", "b", "a"]), (2, ["c d"]), (3, ["c d"])]


def test_a_cancelled_run_hands_everything_back_and_takes_nothing_more() -> None:
    model = ScriptedLM({"q": "one two three", "empty": ""})
    asked = iter(range(5))
    made: list[Generation] = []

    def on_done(number: int, samples: list[Generation]) -> Sequence[Request]:
        made.extend(samples)
        return requests

    requests = [Request(prompt(text), Sampling()) for text in ("q", "q", "empty")]
    model.run(requests, on_done, cancelled=lambda: next(asked) == 4)
    assert [one.text for one in made] == ["one two three", "one", *[""] * 4]
    assert [one.finish for one in made] == [Finish.STOP, *[Finish.CANCELLED] * 5]
    assert all(one.logprobs == () for one in made[2:])


def test_run_refuses_a_prompt_over_the_context_at_once_or_when_it_comes() -> None:
    model = ScriptedLM({"": "x"}, context_tokens=10)
    short, long = (Request(prompt("word " * count), Sampling()) for count in (1, 99))
    told: list[int] = []

    def on_done(number: int, samples: list[Generation]) -> Sequence[Request]:
        told.append(number)
        return [long]

    with pytest.raises(ContextOverflowError, match="reads at most 10"):
        model.run([short, long], on_done)
    assert not told
    with pytest.raises(ContextOverflowError, match="reads at most 10"):
        model.run([short], on_done)
    assert told == [0]


def test_stream_gives_the_same_text() -> None:
    model: LanguageModel = ScriptedLM({"": "one two three"})
    assert list(model.stream(prompt("q"), Sampling())) == ["one", " two", " three"]
    assert model.fingerprint == ScriptedLM({}).fingerprint != ScriptedLM({}, name="x").fingerprint


@settings(max_examples=50)
@given(st.lists(st.text(max_size=40), max_size=5), st.integers(2, 80))
def test_hash_encoder_gives_unit_rows(lines: list[str], dimension: int) -> None:
    encoder: Encoder = HashEncoder(dimension)
    embedding = encoder.encode(lines)
    assert embedding.shape == (len(lines), dimension)
    assert embedding.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embedding, axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(embedding, encoder.encode(lines))


def test_like_texts_are_nearer_than_unlike_ones() -> None:
    one, like, unlike = HashEncoder().encode(
        [
            'Take the last letters of the words in "Grace Hopper" and concatenate them.',
            'Take the last letters of the words in "Alan Turing" and concatenate them.',
            "What is 123 times 456?",
        ]
    )
    assert one @ like > 0.6 > 0.4 > one @ unlike
