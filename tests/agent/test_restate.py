"""Once a skill has more evidence, its newest records are weighed again; the older ones follow."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.restate import NEWEST, restate
from agent.system2.families import FAMILIES
from agent.system2.settings import System2Settings, VerifySettings
from agent.trust import Trust
from agent.verify import AgreementVerifier
from memory.records import Record, Status, Vote
from memory.store import Store
from models.scripted import HashEncoder

ENCODER = HashEncoder(16)
VERIFY = VerifySettings()
TRUST = Trust(VERIFY, AgreementVerifier(VERIFY, System2Settings()), FAMILIES)
OLDER = 6
VOTES = (Vote("chain_of_thought", "4", "", 5),) * 3


def fours(question: str) -> Record:
    return Record(
        question, "4", Status.VERIFIED, "fours", "chain_of_thought", 1.0, VOTES, reason="clear"
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A skill of more records than are weighed, all verified until something is said of it."""
    all_alike = [fours(f"{n}?") for n in range(NEWEST + OLDER)]
    all_alike[1] = replace(all_alike[1], status=Status.GOLD)
    all_alike[2] = replace(all_alike[2], status=Status.REFUTED)
    all_alike[3] = replace(all_alike[3], status=Status.UNVERIFIED, reason="methods disagree")
    with Store(tmp_path / "memory.db", ENCODER.name, ENCODER.dimension) as opened:
        opened.remember_many(all_alike, ENCODER.encode([record.question for record in all_alike]))
        yield opened


def say(store: Store, answers: str) -> int:
    """A person gives the newest questions these answers, and the skill is weighed again."""
    newest = store.records(newest_first=True, limit=len(answers))
    for record, answer in zip(newest, answers, strict=True):
        store.mark(record.id, Status.GOLD, answer)
    return restate(store, TRUST, {"fours", None})


def oldest(store: Store) -> list[tuple[Status, str]]:
    return [(record.status, record.reason) for record in store.records(limit=OLDER)]


def test_older_records_lose_their_trust_with_their_skill_and_get_it_back(store: Store) -> None:
    before = oldest(store)
    assert say(store, "4" * 8) == 0
    assert oldest(store) == before, "gold bears the skill out: all stays"

    assert say(store, "4" * 8 + "5" * 8) == NEWEST - 16 + OLDER - 3
    now = oldest(store)
    assert [status for status, _ in now] == [
        Status.UNVERIFIED,
        Status.GOLD,
        Status.REFUTED,
        *[Status.UNVERIFIED] * 3,
    ]
    lost = "clear; since then its skill is not trusted: gold bears out 9 of 18 clear votes"
    assert [at for at, (_, reason) in enumerate(now) if reason.startswith(lost)] == [0, 4, 5]
    assert store.counts().of(status=Status.VERIFIED) == 0
    assert now[1:4] == before[1:4], "what was not verified is left as it was"

    assert restate(store, TRUST, {"fours"}) == 0
    assert oldest(store) == now, "it is said once"

    assert say(store, "4" * 16) == NEWEST - 16 + OLDER - 3
    assert oldest(store) == before


def test_older_records_with_a_word_of_a_slip_lose_their_trust_and_get_it_back(
    tmp_path: Path,
) -> None:
    asked = [
        "twice 1?",
        "2?",
        *(f"twice {n}?" if n == NEWEST // 2 else f"{n}?" for n in range(3, NEWEST)),
        *(f"twice 0{n}?" for n in range(6)),
    ]
    with Store(tmp_path / "memory.db", ENCODER.name, ENCODER.dimension) as store:
        store.remember_many([fours(question) for question in asked], ENCODER.encode(asked))
        say(store, "4" * 14)
        assert [status for status, _ in oldest(store)[:2]] == [Status.VERIFIED] * 2
        assert say(store, "555554" + "4" * 8) == 2
        lost = "clear; since then people found answers wrong on the skill's questions with 'twice'"
        assert oldest(store)[:2] == [(Status.UNVERIFIED, lost), (Status.VERIFIED, "clear")]
        say(store, "4" * 14)
        assert oldest(store)[:2] == [(Status.VERIFIED, "clear")] * 2


def test_a_skill_that_is_never_trusted_verifies_no_older_record(store: Store) -> None:
    restate(store, TRUST, {"fours"})
    assert store.counts().of(status=Status.VERIFIED) == 0
    assert {reason.partition(":")[0] for status, reason in oldest(store)[4:]} == {
        "clear; since then its skill is not trusted"
    }
