"""Held-out questions that came after an adapter certify it before the next promotion."""

import math
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.build import Parts
from agent.catch_up import catch_up, is_behind
from agent.config import System1Settings
from agent.consolidate import consolidate
from agent.home import CONSOLIDATION
from agent.switch import certified_again, withdraw
from memory.records import HOLDOUT, Consolidation, Record, Split, Status, split_of
from models.errors import ModelError, NothingToLearnError
from models.types import Generation, OnDone, Request
from router.bounds import Bounds
from router.policy import Router
from router.risk import Certificate, least_items
from tests.agent.scripted_daemon import BEARS_SIGNALS, daemon, serve_while, wait_for
from tests.agent.world import FolderLM, World, question_of

pytestmark = BEARS_SIGNALS


@pytest.fixture
def taught(world: World) -> World:
    world.learn(range(160), "codes")
    world.distil()
    return world


@pytest.fixture
def behind(taught: World) -> World:
    """A home in which as many questions came after its adapter as before it."""
    taught.learn(range(160, 320), "codes")
    return taught


def bound(built: Parts) -> Certificate:
    found = built.router.load("v1").bounds.overall
    assert found is not None
    return found


def certifying(built: Parts) -> set[int]:
    return {record.id for record in built.store.records(splits=[Split.CALIBRATION])}


def held_out(built: Parts) -> set[int]:
    return {record.id for record in built.store.records(splits=HOLDOUT)}


def test_what_came_later_certifies_the_active_adapter(behind: World) -> None:
    with behind.parts() as built:
        before, waiting = bound(built), set(built.store.journal.undrafted("v1"))
        assert waiting < held_out(built)
        assert is_behind(built)
        assert built.student.calls == 0, "nothing is loaded to find that out"
        caught = catch_up(built)
        assert caught is not None
        assert caught.drafted == len(waiting)
        assert (
            caught.in_words() == f"{len(waiting)} newer held-out questions drafted; {caught.serves}"
        )
        after = bound(built)
        assert after.n_items > before.n_items
        assert f"{after.n_errors} wrong of {after.n_accepted} accepted" in caught.serves
        assert not is_behind(built)
        calls = built.student.calls
        again = catch_up(built)
        assert again is not None
        assert (again.drafted, built.student.calls) == (0, calls)


def test_a_wrong_draft_of_what_came_later_is_an_error_of_the_certificate(behind: World) -> None:
    with behind.parts() as built:
        for id_ in built.store.journal.undrafted("v1"):
            built.store.mark(id_, Status.GOLD, "something else")
        assert bound(built).n_errors == 0
        catch_up(built)
        certification = built.router.load("v1")
        assert not all(item.right for item in certification.scored)


def test_what_nobody_verified_stands_beside_the_bound(behind: World) -> None:
    with behind.parts() as built:
        waiting = built.store.get_many(built.store.journal.undrafted("v1"))
        doubted = [
            Record(r.question, r.answer, Status.UNVERIFIED, "codes")
            for r in waiting.values()
            if r.split.value == "calibration"
        ]
        built.memory.forget([record.id for record in waiting.values()])
        built.memory.remember(doubted)
        assert bound(built).n_unverified == 0
        catch_up(built)
        assert bound(built).n_unverified == len(doubted)


def test_a_few_wait_for_more(taught: World) -> None:
    taught.learn(range(160, 175), "codes")
    with taught.parts() as built:
        assert 0 < len(built.store.journal.undrafted("v1")) < 8
        assert not is_behind(built)


def test_what_is_passed_over_does_not_count(behind: World) -> None:
    with behind.parts() as built:
        assert not is_behind(built, built.store.journal.undrafted("v1"))


def test_nothing_is_drafted_without_an_adapter_of_this_base(behind: World, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_text('{"another": 1}')
    for name in (str(other), "not-pulled"):
        with behind.parts(system1=System1Settings(model=name)) as built:
            assert not is_behind(built)
            assert catch_up(built) is None
    with behind.parts() as built:
        built.registry.rollback(base_fingerprint=built.student.fingerprint)
        assert not is_behind(built)
        assert catch_up(built) is None


def test_a_cancelled_one_keeps_nothing(behind: World) -> None:
    with behind.parts() as built:
        before, waiting = built.router.path("v1").read_bytes(), built.store.journal.undrafted("v1")
        assert catch_up(built, lambda: True) is None
        assert built.store.journal.undrafted("v1") == waiting
        assert built.router.path("v1").read_bytes() == before


def test_what_is_too_long_for_the_student_stays_as_it_is(behind: World) -> None:
    with behind.parts() as built:
        padding = "really " * built.student.context_tokens
        long = (f"{question_of(n)} {padding}" for n in range(900, 2_000))
        question = next(text for text in long if split_of(text).holdout)
        record = built.memory.remember([Record(question, "1", Status.VERIFIED, "codes")])[0]
        caught = catch_up(built)
        assert caught is not None
        assert caught.too_long == {record.id}
        assert built.store.journal.undrafted("v1") == [record.id]


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_suspension_has_it_certified_again_once_whatever_the_clock_says(
    taught: World, hours: int
) -> None:
    with taught.parts() as built:
        path = built.router.path("v1")
        assert not is_behind(built)
        built.store.audits.suspend("v1", "codes", "audits: 5 wrong of 5")
        beside(path, hours)
        assert is_behind(built)
        caught = catch_up(built)
        assert caught is not None
        assert caught.in_words().startswith("certified again; ")
        beside(path, -hours)
        assert not is_behind(built)
        built.store.audits.suspend("v1", "others", "audits: 5 wrong of 5")
        assert is_behind(built)


def beside(path: Path, hours: int) -> None:
    """Give a file a time that another clock would have given it."""
    then = path.stat().st_mtime + 3600 * hours
    os.utime(path, (then, then))


def test_a_suspension_waits_on_where_it_is_cancelled(taught: World) -> None:
    with taught.parts() as built:
        built.store.audits.suspend("v1", "codes", "audits: 5 wrong of 5")
        assert catch_up(built, lambda: True) is None
        assert is_behind(built)


def test_a_withdrawn_certificate_is_made_again_when_idle(taught: World) -> None:
    with taught.parts() as built:
        before = built.router.path("v1").read_bytes()
        withdraw(built, "v1")  # and killed
        assert is_behind(built)
        caught = catch_up(built)
        assert caught is not None
        assert caught.in_words().startswith("certified again; ")
        assert built.student.calls == 0
        assert built.router.path("v1").read_bytes() == before
        assert not is_behind(built)


def test_killed_before_it_certifies_it_is_done_again(behind: World) -> None:
    with behind.parts() as built:
        built.router = Killed(built.router.root, built.settings.router)
        with pytest.raises(KeyboardInterrupt):
            catch_up(built)
        assert built.store.journal.undrafted("v1") == []
        assert not built.router.path("v1").exists()
    with behind.parts() as built:
        assert catch_up(built) is not None
        assert bound(built).n_items == len(certifying(built))


class Killed(Router):
    """Is stopped as it certifies."""

    def certify(self, *args: object, **options: object) -> Bounds:
        del args, options
        raise KeyboardInterrupt


def test_more_drafts_are_tested_more_strictly(behind: World) -> None:
    with behind.parts() as built:
        first = len(built.store.journal.drafted("v1", at_first=True) & certifying(built))
        assert built.router.load("v1").growth == 1.0
        catch_up(built)
        settings = built.settings.router
        base = max(first, least_items(settings.max_error, settings.delta))
        assert built.router.load("v1").growth == len(certifying(built)) / base > 1
        newest = max(record.id for record in built.store.records())
        for learned, seen in (([1], newest), ([newest], None)):  # all were there at first
            built.store.journal.log_adapter("v1", "base", "v1", learned, seen)
            certified_again(built, "v1")
            assert built.router.load("v1").growth == 1.0


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_was_wrong_as_an_adapter_was_made_changes_no_bound(
    behind: World, days: int
) -> None:
    with sqlite3.connect(behind.home.database) as connection:
        for table in ("adapters", "drafts"):
            shift = f"UPDATE {table} SET created_at = datetime(created_at, '{days} days')"
            connection.execute(shift)
    connection.close()
    test_more_drafts_are_tested_more_strictly(behind)


def test_scores_that_are_no_numbers_count_and_hold_nothing_up(behind: World) -> None:
    with behind.parts() as built:
        waiting = set(built.store.journal.undrafted("v1"))
        built.student = Dazed(Path(built.settings.system1.model), behind.script)
        caught = catch_up(built)
        assert caught is not None
        assert caught.drafted == len(waiting)
        assert not is_behind(built)
        kept = [d for d in built.store.journal.drafts("v1") if d.record_id in waiting]
        assert kept
        assert {item.draft.mean_logprob for item in kept} == {-math.inf}


class Dazed(FolderLM):
    """A model whose numbers have overflowed."""

    def run(self, requests: Sequence[Request], on_done: OnDone, **options: object) -> None:
        def dazed(number: int, samples: list[Generation]) -> Sequence[Request]:
            none = [(math.nan,) * len(sample.logprobs) for sample in samples]
            return on_done(
                number,
                [
                    replace(sample, logprobs=nan, margins=nan, entropies=nan)
                    for sample, nan in zip(samples, none, strict=True)
                ],
            )

        super().run(requests, dazed, **options)


def test_a_fault_is_not_met_again_at_every_beat(behind: World) -> None:
    made, _ = daemon(behind, [])

    @contextmanager
    def open_parts() -> Iterator[Parts]:
        with behind.parts() as built:
            built.student = Broken(Path(built.settings.system1.model), behind.script)
            yield built

    made._open_parts = open_parts
    with pytest.raises(ModelError):
        made.catch_up_due()
    assert made.catch_up_due() is None
    made._rests_until -= timedelta(hours=1)
    with pytest.raises(ModelError):
        made.catch_up_due()


class Broken(FolderLM):
    """A model that cannot answer."""

    def run(self, requests: Sequence[Request], on_done: OnDone, **options: object) -> None:
        del requests, on_done, options
        raise ModelError("no room left on the device")


class Rejecting:
    """Stands for a run whose candidate is rejected, or that finds nothing to learn."""

    def __init__(self, learns: bool) -> None:
        self.learns = learns

    def run(self, watch: object = None) -> Consolidation:
        del watch
        if not self.learns:
            raise NothingToLearnError("3 records; 10 are needed")
        return Consolidation("r2", "v2", False, "better on none", 1.0, 9, ())


@pytest.mark.parametrize("learns", [True, False])
def test_where_nothing_is_promoted_a_consolidation_drafts_for_what_stays(
    behind: World, learns: bool
) -> None:
    with behind.parts() as built:
        before = bound(built)
        built.consolidator = lambda: Rejecting(learns)
        try:
            assert not consolidate(built).promoted
        except NothingToLearnError:
            assert not learns
        assert built.store.journal.undrafted("v1") == []
        assert bound(built).n_items > before.n_items


def test_an_idle_daemon_catches_up_and_says_so(behind: World) -> None:
    told: list[str] = []
    made, _ = daemon(behind, told, beat_s=0.05)
    serve_while(made, told, lambda: wait_for(lambda: len(told) >= 2))
    assert "newer held-out questions drafted; " in told[1]
    assert told[2:] == ["stopped"]
    assert made.catch_up_due() is None


def test_it_waits_for_a_consolidation(behind: World) -> None:
    made, _ = daemon(behind, [])
    with behind.home.alone(CONSOLIDATION, "a consolidation"):
        assert made.catch_up_due() is None
    made._due.put(None)
    assert made.catch_up_due() is None, "one that comes due goes first"
    made._due.get()
    assert made.catch_up_due() is not None
