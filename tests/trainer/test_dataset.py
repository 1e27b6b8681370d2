from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from memory.records import Record, Split, Status, split_of
from trainer.dataset import Example, read_examples, select, trainable, write_examples
from trainer.settings import TrainerSettings

SKILLS = st.sampled_from([None, "sums", "coins", "products"])
RECORDS = st.lists(
    st.builds(
        Record,
        question=st.text(max_size=12),
        answer=st.none() | st.text(max_size=5),
        status=st.sampled_from(Status),
        skill=SKILLS,
        id=st.integers(1, 10_000),
    ),
    unique_by=lambda record: record.id,
    max_size=40,
)


@given(RECORDS, st.frozensets(st.sampled_from(["sums", "products"])), st.integers(1, 30))
def test_no_held_out_record_is_ever_trained_on(
    records: list[Record], resistant: frozenset[str], limit: int
) -> None:
    usable = trainable(records, resistant)
    examples = select(usable, TrainerSettings(max_records=limit))
    by_id = {record.id: record for record in records}
    assert len(examples) == min(limit, len(usable))
    assert [e.record_id for e in examples] == sorted({e.record_id for e in examples})
    for example in examples:
        record = by_id[example.record_id]
        assert split_of(example.question) is Split.TRAIN
        assert record.status in (Status.VERIFIED, Status.GOLD)
        assert record.skill not in resistant
        assert (example.question, example.answer) == (record.question, record.answer)


@given(RECORDS, st.integers(1, 30))
def test_no_skill_crowds_out_another(records: list[Record], limit: int) -> None:
    usable = trainable(records, frozenset())
    examples = select(usable, TrainerSettings(max_records=limit))
    skill_of = {record.id: record.skill for record in usable}
    taken = Counter(skill_of[example.record_id] for example in examples)
    left = Counter(skill_of.values()) - taken
    for skill in left:
        assert taken[skill] >= max(taken.values()) - 1
        mine = [record.id for record in usable if record.skill == skill]
        chosen = {e.record_id for e in examples} & set(mine)
        assert chosen == set(sorted(mine)[-taken[skill] :] if taken[skill] else [])


@given(st.lists(st.tuples(st.text(), st.text()), max_size=10))
def test_examples_come_back_as_they_were(
    tmp_path_factory: object, pairs: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("examples") / "e.jsonl"  # type: ignore[attr-defined]
    examples = [Example(i, question, answer) for i, (question, answer) in enumerate(pairs)]
    write_examples(path, examples)
    assert read_examples(path) == examples


def test_every_kind_of_line_break_is_kept(tmp_path: Path) -> None:
    odd = Example(1, "a\u2028b\x85c\x0bd\re\nf", "g\u2029h")
    write_examples(tmp_path / "e.jsonl", [odd])
    assert read_examples(tmp_path / "e.jsonl") == [odd]
