import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.system2.settings import System2Settings, VerifySettings
from agent.verify import AgreementVerifier, lead_probability, reach_probability, tally
from memory.records import Status, Vote

SETTINGS = System2Settings(max_samples=8, stop_probability=0.95)


def votes(*answers: str | None) -> list[Vote]:
    return [Vote("m", a, str(a), 3, "" if a else "ValueError: no") for a in answers]


@pytest.fixture
def verifier() -> AgreementVerifier:
    return AgreementVerifier(VerifySettings(min_votes=3, min_agreement=0.7), SETTINGS)


def test_answers_that_mean_the_same_are_counted_together() -> None:
    count = tally(votes("1,000", "1000", "1000.0", "1000", "7", None))
    assert (count.answer, count.lead, count.others, count.samples) == ("1000", 4, 1, 6)
    assert count.agreement == pytest.approx(4 / 6)


def test_a_tie_goes_to_the_answer_that_came_first() -> None:
    assert tally(votes("b", "a", "a", "b")).answer == "b"


def test_no_votes_and_votes_for_nothing_have_no_winner() -> None:
    assert tally([]).answer is None
    assert tally([]).agreement == 0
    assert tally(votes(None, None)).samples == 2


@pytest.mark.parametrize(
    ("given", "status", "reason"),
    [
        (("7", "7", "7"), Status.VERIFIED, "3 of 3 samples agree"),
        (("unknown",) * 4, Status.UNVERIFIED, "4 of 4 samples agree on 'unknown', which answers"),
        (("7", "7"), Status.UNVERIFIED, "only 2 of 2 samples agree; 3 votes and 70% are needed"),
        (("7", "7", "7", "8", None), Status.UNVERIFIED, "only 3 of 5"),
        ((None, None), Status.UNVERIFIED, r"none of 2 samples gave an answer \(ValueError: no\)"),
        (
            (),
            Status.UNVERIFIED,
            "no sample came to its end: cancelled, or at the end of what a question may take",
        ),
    ],
)
def test_both_thresholds_must_be_met(
    verifier: AgreementVerifier, given: tuple[str | None, ...], status: Status, reason: str
) -> None:
    verification = verifier.verify(votes(*given))
    assert verification.status is status
    assert verification.reason.startswith(reason.replace("\\", ""))


def test_sampling_stops_when_trusted_and_hardly_to_be_overtaken(
    verifier: AgreementVerifier,
) -> None:
    assert verifier.wanted(votes("7", "7")) == 1
    assert verifier.wanted(votes("7", "7", "7")) == 0
    assert verifier.wanted(votes("7", "7", "7", "8")) == 1
    assert verifier.wanted(votes(*["7"] * 5, "8")) == 0


def test_sampling_stops_when_nothing_can_be_trusted_any_more(verifier: AgreementVerifier) -> None:
    assert verifier.wanted(votes("1", "2", "1")) == 2
    assert verifier.wanted(votes("1", "2", "1", "2", "3")) == 0
    assert verifier.wanted(votes(*["7"] * 4, *["8"] * 4)) == 0
    assert verifier.wanted([]) == 2, "two for nothing leave too few"


def test_sampling_stops_when_the_agreement_is_unlikely_to_be_reached() -> None:
    scattered = votes("1", "2", "3")  # six of eight are needed: all five that are left
    assert AgreementVerifier(VerifySettings(), SETTINGS).wanted(scattered) == 0
    patient = SETTINGS.model_copy(update={"stop_probability": 0.99})
    assert AgreementVerifier(VerifySettings(), patient).wanted(scattered) > 0


@pytest.mark.parametrize("case", [(1, 3, 6, 5), (2, 3, 6, 5), (4, 5, 6, 3), (0, 0, 6, 8)])
def test_the_chance_to_get_enough_votes_is_that_of_drawing_the_rest(
    case: tuple[int, int, int, int],
) -> None:
    lead, samples, needed, left = case
    random = np.random.default_rng(0)
    share = random.beta(lead + 1, samples - lead + 1, 40_000)
    reached = float(np.mean(lead + random.binomial(left, share) >= needed))
    assert reach_probability(*case) == pytest.approx(reached, abs=0.01)


def by_hand(lead: int, others: int, left: int, draws: int = 40_000) -> float:
    """The same probability by drawing shares and votes."""
    random = np.random.default_rng(0)
    share = random.beta(others + 1, lead + 1, draws)
    rival = random.binomial(left, share)
    return float(np.mean(others + rival < lead + left - rival))


@pytest.mark.parametrize("case", [(3, 0, 5), (2, 0, 6), (4, 1, 3), (3, 1, 4), (1, 1, 4), (3, 2, 1)])
def test_the_chance_to_stay_ahead_is_that_of_drawing_the_rest(case: tuple[int, int, int]) -> None:
    assert lead_probability(*case) == pytest.approx(by_hand(*case), abs=0.01)


def test_a_lead_that_nothing_can_take_is_certain() -> None:
    assert lead_probability(5, 0, 3) == pytest.approx(1)
    assert lead_probability(3, 2, 0) == pytest.approx(1)
    assert lead_probability(2, 2, 0) == pytest.approx(0)


@given(st.lists(st.sampled_from(["1", "2", "3", None]), max_size=8))
def test_a_decided_outcome_is_never_undone_by_stopping(given: list[str | None]) -> None:
    verifier = AgreementVerifier(VerifySettings(), SETTINGS)
    cast = votes(*given)
    if verifier.verify(cast).status is Status.VERIFIED:
        assert tally(cast).lead >= 3
        assert tally(cast).agreement >= 0.7 - 1e-9
    if len(cast) >= SETTINGS.max_samples:
        assert verifier.wanted(cast) == 0


@given(
    st.lists(st.sampled_from(["1", "2", "3", None]), max_size=8),
    st.lists(st.sampled_from(["1", "2", "3", None]), max_size=8),
    st.integers(2, 12),
)
def test_a_round_draws_nothing_that_single_samples_would_not(
    given: list[str | None], later: list[str | None], budget: int
) -> None:
    settings = SETTINGS.model_copy(update={"max_samples": budget})
    verifier = AgreementVerifier(VerifySettings(), settings)
    wanted = verifier.wanted(votes(*given))
    assert wanted <= max(0, budget - len(given))
    for drawn in range(min(wanted, len(later))):
        assert verifier.wanted(votes(*given, *later[:drawn])) > 0
