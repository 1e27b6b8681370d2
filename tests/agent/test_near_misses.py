"""With recall on, memory answers the very same question, and no other, however alike."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from agent.build import Parts
from agent.loop import Query
from memory.records import Record, Route, Status
from memory.settings import MemorySettings
from models.types import Encoder, Prompt
from router.policy import Policy
from tests.agent.world import ENCODER, World, asked

FILE = Path(__file__).parents[1] / "data" / "near_misses.jsonl"
HOWS = {"opposite", "number", "unit", "name", "negation", "date", "order", "scope"}


@dataclass(frozen=True)
class Pair:
    question: str
    near: str
    how: str


PAIRS = [Pair(**json.loads(line)) for line in FILE.read_text("utf-8").splitlines()]

SAME_TO_UNICODE = [
    Pair("What is 2⁵?", "What is 25?", "number"),
    Pair("How many tiles cover 10² squares?", "How many tiles cover 102 squares?", "number"),
    Pair("How many cups are 1½ pints?", "How many cups are 11⁄2 pints?", "number"),
    Pair("What is log₂8?", "What is log28?", "number"),
]
"""What `question_key` takes for one question, since NFKC lowers raised digits."""


def reason(prompt: Prompt) -> str:
    """System 2: what it says of any question is in no record."""
    return f"Let me see.\nAnswer: thought {len(asked(prompt))}"


def remembered(at: int) -> str:
    """The invented answer of a record."""
    return f"remembered {at}"


@contextmanager
def knowing(world: World, pairs: list[Pair], encoder: Encoder) -> Iterator[Parts]:
    """A memory that holds every pair's question, verified."""
    world.script = reason
    with world.parts(memory=MemorySettings(encoder=encoder.name, recall=True)) as built:
        built.encoder = encoder
        answers = enumerate(pair.question for pair in pairs)
        built.memory.remember(
            [Record(question, remembered(at), Status.VERIFIED) for at, question in answers]
        )
        yield built


def none_is_served(world: World, pairs: list[Pair], encoder: Encoder) -> None:
    with knowing(world, pairs, encoder) as built:
        queries = [Query(pair.near) for pair in pairs]
        answered = built.agent().answer(queries, policy=Policy.AUTO, remember=True)
        served = [
            (pair.near, item.decision.answer)
            for pair, item in zip(pairs, answered, strict=True)
            if item.decision.route is Route.MEMORY or "remembered" in str(item.decision.answer)
        ]
        assert served == []
        assert all(item.decision.route is Route.SYSTEM2 for item in answered)


def test_there_are_enough_pairs_of_every_sort_and_all_differ() -> None:
    assert len(PAIRS) >= 120
    counts = {how: sum(pair.how == how for pair in PAIRS) for how in HOWS}
    assert sum(counts.values()) == len(PAIRS)
    assert min(counts.values()) >= 10
    assert len({text for pair in PAIRS for text in (pair.question, pair.near)}) == 2 * len(PAIRS)


def test_no_near_miss_is_answered_from_memory(world: World) -> None:
    none_is_served(world, PAIRS, ENCODER)


@pytest.mark.parametrize("how", sorted(HOWS))
def test_the_other_way_round_none_is_either(world: World, how: str) -> None:
    turned = [Pair(pair.near, pair.question, how) for pair in PAIRS if pair.how == how]
    none_is_served(world, turned, ENCODER)


@pytest.mark.parametrize("spelled", ["{}", "  {}\n", "\t{} "])
def test_the_very_same_question_is_answered_from_memory(world: World, spelled: str) -> None:
    with knowing(world, PAIRS, ENCODER) as built:
        asked = [pair.question for pair in PAIRS]
        wider = [text if '"' in text else text.replace(" ", "  ") for text in asked]
        agent = built.agent()
        for at in range(0, len(PAIRS), 10):
            decision = agent.ask(spelled.format(wider[at]), policy=Policy.AUTO).decision
            assert (decision.route, decision.answer) == (Route.MEMORY, remembered(at))
        queries = [Query(pair.question) for pair in PAIRS]
        answered = agent.answer(queries, policy=Policy.AUTO, remember=False)
        assert {item.decision.route for item in answered} == {Route.MEMORY}
        assert [item.decision.answer for item in answered] == [*map(remembered, range(len(PAIRS)))]


@pytest.mark.parametrize("pair", SAME_TO_UNICODE, ids=lambda pair: pair.near)
def test_raised_and_lowered_digits_make_another_question(world: World, pair: Pair) -> None:
    none_is_served(world, [pair], ENCODER)


@pytest.fixture(scope="module")
def minilm() -> Encoder:
    from models.catalog import resolve
    from models.encoder import SentenceEncoder
    from models.errors import ModelError

    try:
        return SentenceEncoder(resolve("all-minilm-l6-v2"), "all-minilm-l6-v2")
    except ModelError:
        pytest.skip("all-minilm-l6-v2 is not pulled")


@pytest.mark.slow
def test_to_the_default_encoder_they_are_near_and_still_none_is_served(
    world: World, minilm: Encoder
) -> None:
    asked_ND = minilm.encode([pair.question for pair in PAIRS])
    near_ND = minilm.encode([pair.near for pair in PAIRS])
    similarity_N = np.sum(asked_ND * near_ND, axis=1)
    assert np.median(similarity_N) > 0.9, "a cache of like questions would serve most of them"
    none_is_served(world, PAIRS, minilm)
