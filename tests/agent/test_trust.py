"""What unlike methods, variants and gold make of a skill's votes."""

import random
from collections.abc import Sequence
from dataclasses import replace

from agent.system2.families import FAMILIES
from agent.system2.settings import System2Settings, VerifySettings
from agent.trust import Trust, Weighed
from agent.verify import AgreementVerifier
from memory.records import CUT, Record, Status, Vote

PROGRAM, WORDS = "program_of_thought", "chain_of_thought"


def trust(**changes: object) -> Trust:
    settings = VerifySettings(**changes)  # type: ignore[arg-type]
    return Trust(settings, AgreementVerifier(settings, System2Settings()), FAMILIES)


def votes(method: str, *given: str | None, variant: str = "") -> tuple[Vote, ...]:
    return tuple(Vote(method, answer, "", 5, "" if answer else "no", variant) for answer in given)


def record(n: int, *cast: tuple[Vote, ...], status: Status = Status.UNVERIFIED) -> Record:
    given = tuple(vote for each in cast for vote in each)
    answer = next((vote.answer for vote in given if vote.answer is not None), None)
    return Record(f"question {n}?", answer, status, "skill", PROGRAM, votes=given, id=n + 1)


def world(n: int, seed: int, program: float, words: float, labels: Sequence[str]) -> list[Record]:
    """Questions whose right answer is random; each method is right with its own probability."""
    source = random.Random(seed)

    def say(right: str, accuracy: float) -> str:
        if source.random() < accuracy:
            return right
        return source.choice([label for label in labels if label != right])

    made = []
    for number in range(n):
        right = source.choice(labels)
        clear, check = say(right, program), say(right, words)
        cast = (votes(PROGRAM, clear, clear, clear), votes(WORDS, check, check))
        made.append(replace(record(number, *cast), reason=right))
    return made


def statuses(weighed: Weighed) -> list[Status]:
    return [verdict.status for verdict in weighed.verdicts]


def precision(records: Sequence[Record], weighed: Weighed) -> tuple[float, float]:
    kept = [
        record.reason == verdict.answer
        for record, verdict in zip(records, weighed.verdicts, strict=True)
        if verdict.status is Status.VERIFIED
    ]
    return (sum(kept) / len(kept) if kept else 1.0), len(kept) / len(records)


def test_one_method_alone_is_not_enough() -> None:
    alone = [record(n, votes(PROGRAM, "4", "4", "4")) for n in range(50)]
    weighed = trust().weigh("skill", alone)
    assert not weighed.trust.trusted
    assert set(statuses(weighed)) == {Status.UNVERIFIED}
    assert "answered 0 of the skill's questions; 8 are needed" in weighed.verdicts[0].reason
    allowed = trust(unlike_methods=False).weigh("skill", alone)
    assert set(statuses(allowed)) == {Status.VERIFIED}


def test_two_methods_that_agree_beyond_chance_bear_each_other_out() -> None:
    for labels in (["yes", "no"], [str(n) for n in range(50)]):
        records = world(80, 1, 0.97, 0.9, labels)
        weighed = trust().weigh("skill", records)
        assert weighed.trust.trusted
        assert weighed.trust.checked == 80
        assert weighed.trust.kappa is not None
        assert weighed.trust.kappa > 0.5
        right, coverage = precision(records, weighed)
        assert right > 0.95
        assert coverage > 0.6


def test_a_skill_whose_methods_agree_no_better_than_chance_stays_unverified() -> None:
    records = world(60, 2, 0.5, 0.5, ["yes", "no"])
    weighed = trust().weigh("skill", records)
    assert not weighed.trust.trusted
    assert "no better than chance" in weighed.trust.reason
    assert set(statuses(weighed)) == {Status.UNVERIFIED}
    assert "no better than chance" in weighed.verdicts[0].reason


NAMES = ["Ada", "Bo", "Cleo", "Dan", "Eve", "Flo", "Gus", "Hal", "Ida", "Jan", "Kit", "Lou"]


def test_copying_the_same_place_of_every_question_bears_nothing_out() -> None:
    """Both methods give back the word that they are to spell backward."""
    asked = "Spell this word backward (example: sun -> nus): {}"
    echoes = [
        replace(
            record(n, votes(PROGRAM, name, name, name), votes(WORDS, name.lower(), name)),
            question=asked.format(name),
        )
        for n, name in enumerate(NAMES)
    ]
    weighed = trust().weigh("skill", echoes)
    assert "copy their answers from one place of most questions" in weighed.trust.reason
    assert "8 answers decide (kappa 0.00 on 12 questions)" in weighed.trust.reason
    assert set(statuses(weighed)) == {Status.UNVERIFIED}
    gold = [replace(each, status=Status.GOLD) for each in echoes[:8]] + echoes[8:]
    assert trust().weigh("skill", gold).trust.trusted, "where copying is right"
    right = [
        replace(
            record(n, votes(PROGRAM, back, back, back), votes(WORDS, back)), question=echo.question
        )
        for n, (echo, back) in enumerate(zip(echoes, [name[::-1] for name in NAMES], strict=True))
    ]
    assert trust().weigh("skill", right).trust.trusted


def test_copying_from_places_that_differ_bears_out() -> None:
    source = random.Random(5)

    def one(n: int, biased: bool) -> Record:
        offered = source.sample(NAMES, 4)
        right = offered[0] if biased else source.choice(offered)
        question = f"Who has {n} coins: {', '.join(offered[:3])} or {offered[3]}?"
        return replace(
            record(n, votes(PROGRAM, right, right, right), votes(WORDS, right)), question=question
        )

    assert trust().weigh("skill", [one(n, biased=False) for n in range(12)]).trust.trusted
    assert not trust().weigh("skill", [one(n, biased=True) for n in range(12)]).trust.trusted


def test_always_saying_the_same_bears_nothing_out() -> None:
    source = random.Random(3)
    records = []
    for n in range(60):
        clear = source.choice(["yes", "no"])
        records.append(record(n, votes(PROGRAM, *[clear] * 3), votes(WORDS, "no", "no")))
    assert not trust().weigh("skill", records).trust.trusted


def test_answers_that_the_other_method_disputes_are_not_verified() -> None:
    records = world(60, 4, 0.95, 0.95, [str(n) for n in range(30)])
    disputed = record(99, votes(PROGRAM, "7", "7", "7"), votes(WORDS, "8", "8"))
    weighed = trust().weigh("skill", [*records, disputed])
    assert weighed.trust.trusted
    assert statuses(weighed)[-1] is Status.UNVERIFIED
    assert "by all votes in the skill" in weighed.verdicts[-1].reason


def test_an_unclear_vote_is_unverified_whatever_the_skill() -> None:
    records = world(60, 5, 0.95, 0.95, ["yes", "no"])
    unclear = record(99, votes(PROGRAM, "yes", "no", "yes"))
    weighed = trust().weigh("skill", [*records, unclear])
    assert statuses(weighed)[-1] is Status.UNVERIFIED
    assert weighed.verdicts[-1].reason.startswith("only 2 of 3 samples agree")


def test_a_variant_under_which_another_answer_wins_refuses_it() -> None:
    records = world(60, 6, 0.97, 0.97, ["yes", "no"])
    bent = votes(PROGRAM, "no", "no", variant="names replaced")
    kept = votes(PROGRAM, "yes", "no", variant="names replaced")
    clear = votes(PROGRAM, "yes", "yes", "yes"), votes(WORDS, "yes", "yes")
    weighed = trust().weigh("skill", [*records, record(97, *clear, bent), record(98, *clear, kept)])
    assert statuses(weighed)[-2:] == [Status.UNVERIFIED, Status.VERIFIED]
    assert "with names replaced another answer wins" in weighed.verdicts[-2].reason


def test_a_variant_that_refutes_most_of_a_skill_refutes_it_all() -> None:
    def skill(refuted: int, n: int = 12) -> list[Record]:
        return [
            record(
                at,
                votes(PROGRAM, *[f"{at}th"] * 3),
                votes(WORDS, *[f"{at}th"] * 2),
                votes(
                    PROGRAM, *["other" if at < refuted else f"{at}th"] * 2, variant="gaps widened"
                ),
            )
            for at in range(n)
        ]

    few = trust().weigh("skill", skill(6))
    assert few.trust.trusted
    assert statuses(few).count(Status.VERIFIED) == 6
    most = trust().weigh("skill", skill(7))
    assert not most.trust.trusted
    assert most.trust.reason == "with gaps widened another answer wins on 7 of 12 questions"
    assert Status.VERIFIED not in statuses(most)
    gold = [replace(each, status=Status.GOLD) for each in skill(7)[:9]] + skill(7)[9:]
    assert trust().weigh("skill", gold).trust.trusted, "what a person said is worth more"


def test_where_variants_turn_many_answers_only_those_they_left_are_verified() -> None:
    """Five of twelve answers that were checked turned; the next twelve were not checked."""

    def skill(turned: int) -> list[Record]:
        checked = [
            record(
                at,
                votes(PROGRAM, *[f"{at}th"] * 3),
                votes(WORDS, f"{at}th", f"{at}th"),
                votes(PROGRAM, "other" if at < turned else f"{at}th", variant="options shuffled"),
            )
            for at in range(12)
        ]
        return checked + [record(at, votes(PROGRAM, *[f"{at}th"] * 3)) for at in range(12, 24)]

    few, many = trust().weigh("skill", skill(1)), trust().weigh("skill", skill(5))
    assert statuses(few).count(Status.VERIFIED) == 11 + 12
    assert few.trust.steady == 1.0
    assert many.trust.steady == 8 / 13
    assert many.trust.trusted
    assert statuses(many)[12:] == [Status.UNVERIFIED] * 12
    assert statuses(many).count(Status.VERIFIED) == 7
    assert "by all votes in the skill it is right with" in many.verdicts[-1].reason
    gold = [replace(r, status=Status.GOLD) if 5 <= at < 15 else r for at, r in enumerate(skill(5))]
    judged = trust().weigh("skill", gold)
    assert statuses(judged)[15:] == [Status.VERIFIED] * 9, "what a person said is worth more"


def test_methods_of_one_family_do_not_bear_each_other_out() -> None:
    source = random.Random(7)
    records = []
    for n in range(40):
        said = str(source.randrange(50))
        like = votes("rephrase_and_respond_2", said, said)
        cast = votes(WORDS, said, said, said)
        records.append(replace(record(n, cast, like), method=WORDS))
    weighed = trust().weigh("skill", records)
    assert weighed.trust.checked == 0
    assert not weighed.trust.trusted


def test_gold_bears_out_or_refutes_a_method_alone() -> None:
    clear = [record(n, votes(PROGRAM, str(n), str(n), str(n))) for n in range(30)]
    right = [replace(item, status=Status.GOLD) for item in clear[:10]]
    weighed = trust().weigh("skill", [*right, *clear[10:]])
    assert weighed.trust.trusted
    assert weighed.trust.gold == 10
    assert statuses(weighed) == [Status.GOLD] * 10 + [Status.VERIFIED] * 20
    wrong = [replace(item, answer="no such", status=Status.GOLD) for item in clear[:10]]
    weighed = trust().weigh("skill", [*wrong, *clear[10:]])
    assert not weighed.trust.trusted
    assert "gold bears out 0 of 10" in weighed.trust.reason


def test_a_correction_counts_against_the_method_that_lost_its_name_by_it() -> None:
    clear = [record(n, votes(PROGRAM, str(n), str(n), str(n))) for n in range(30)]
    right = [replace(item, status=Status.GOLD) for item in clear[:8]]
    wrong = [replace(r, answer="no such", method=None, status=Status.GOLD) for r in clear[8:20]]
    weighed = trust().weigh("skill", [*right, *wrong, *clear[20:]])
    assert weighed.trust.gold == 20
    assert not weighed.trust.trusted
    assert "gold bears out 8 of 20" in weighed.trust.reason


def test_refutations_speak_against_a_skill() -> None:
    clear = world(40, 1, 1.0, 1.0, [str(n) for n in range(30)])
    assert trust().weigh("skill", clear).trust.trusted
    refuted = [replace(item, status=Status.REFUTED) for item in clear[:10]]
    assert not trust().weigh("skill", [*refuted, *clear[10:]]).trust.trusted


def test_a_method_asked_a_few_times_does_not_hide_one_that_bears_the_skill_out() -> None:
    records = world(40, 1, 1.0, 1.0, [str(n) for n in range(30)])
    few = [
        replace(r, votes=r.votes + votes("chain_of_code", r.answer, r.answer)) for r in records[:7]
    ]
    assert trust().weigh("skill", [*few, *records[7:]]).trust.trusted


def test_the_pick_among_free_texts_bears_nothing_out() -> None:
    made = [
        record(n, votes(PROGRAM, str(n), str(n), str(n)), votes("universal", str(n)))
        for n in range(30)
    ]
    weighed = trust().weigh("skill", made)
    assert weighed.trust.checked == 0
    assert not weighed.trust.trusted


def test_samples_that_were_cancelled_say_nothing() -> None:
    records = world(40, 1, 1.0, 1.0, [str(n) for n in range(30)])
    cut = tuple(Vote(PROGRAM, None, "", 5, CUT) for _ in range(3))
    again = replace(records[0], votes=(*cut, *records[0].votes))
    assert statuses(trust().weigh("skill", [again, *records[1:]]))[0] is Status.VERIFIED


def test_an_answer_that_the_votes_do_not_give_is_not_verified() -> None:
    records = world(40, 1, 1.0, 1.0, [str(n) for n in range(30)])
    other = replace(records[0], answer="something else")
    weighed = trust().weigh("skill", [other, *records[1:]])
    assert statuses(weighed)[0] is Status.UNVERIFIED
    assert "the answer that is kept is another" in weighed.verdicts[0].reason


def test_what_a_person_said_and_what_has_no_votes_is_left_alone() -> None:
    marked = [
        replace(record(1, votes(PROGRAM, "4", "4", "4")), status=Status.REFUTED, reason="wrong"),
        replace(record(2), answer="5", status=Status.VERIFIED, reason="imported"),
    ]
    verdicts = trust().weigh("skill", marked).verdicts
    assert [(v.status, v.reason) for v in verdicts] == [
        (Status.REFUTED, "wrong"),
        (Status.VERIFIED, "imported"),
    ]


def test_questions_without_a_skill_have_nothing_to_bear_them_out() -> None:
    weighed = trust().weigh(None, world(40, 8, 1.0, 1.0, ["yes", "no"]))
    assert "too few other questions" in weighed.trust.reason
    assert set(statuses(weighed)) == {Status.UNVERIFIED}


def test_precision_holds_over_seeds_and_no_record_is_no_evidence() -> None:
    kept = right = 0
    for seed in range(20):
        records = world(60, seed, 0.85, 0.75, ["yes", "no"])
        share, coverage = precision(records, trust().weigh("skill", records))
        kept += round(coverage * 60)
        right += round(share * coverage * 60)
    assert kept > 200
    assert right / kept > 0.9
    assert trust().weigh("skill", []).verdicts == ()


def test_in_a_skill_that_gold_bears_out_an_answer_that_was_found_wrong_was_voted_for() -> None:
    clear = [record(n, votes(PROGRAM, str(n), str(n), str(n))) for n in range(50)]
    gold = [replace(item, status=Status.GOLD) for item in clear[:38]]
    wrong = [replace(item, status=Status.REFUTED) for item in clear[38:40]]
    records = [*gold, *wrong, *clear[40:]]
    assert trust().weigh("skill", records).trust.trusted
    assert trust().voted("skill", records)[:40] == [item.answer for item in clear[:40]]
    assert trust().voted("skill", clear) == [None] * 50, "nobody else bears it out"
