import io
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.answers import normalise
from memory.jsonl import (
    BadLine,
    Question,
    clean_question,
    export_records,
    import_records,
    read_questions,
)
from memory.records import Record, Skill, Split, Status, Vote
from memory.store import Store
from models.errors import InputFileError, QuestionError
from models.scripted import HashEncoder

ENCODER = HashEncoder(16)


def read(path: Path, *lines: object, max_chars: int = 1_000) -> list[Question | BadLine]:
    raw = [
        line
        if isinstance(line, bytes)
        else str(line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    (path / "log.jsonl").write_bytes(b"\n".join(raw))
    return list(read_questions(path / "log.jsonl", max_chars))


def test_both_forms_are_read(tmp_path: Path) -> None:
    chat = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "b?"}]},
        {"role": "assistant", "content": "Some model's word."},
    ]
    found = read(
        tmp_path,
        b'\xef\xbb\xbf{"question": " a? ", "answer": 42, "skill": "sums", "more": 1}\r',
        "",
        {"messages": chat, "answer": " "},
        {"question": "a?", "answer": None},
        {"question": "c?", "answer": "\u200b"},
    )
    assert found == [
        Question(1, "a?", "42", "sums"),
        Question(3, "b?", instructed=True),
        Question(4, "a?", duplicate_of=1),
        Question(5, "c?"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON: Expecting property name"),
        ("[1]", "a line must be an object"),
        ("[" * 100_000, "nesting is too long"),
        ('{"question": ' + "9" * 5_000 + "}", "not JSON that can be read"),
        (b'{"question": "\xff"}', r"not UTF-8 text \(byte 15\)"),
        ({"q": "a"}, r'neither "question" nor "messages" \(its keys: q\)'),
        ({"question": 7}, "must be text, not a number"),
        ({"question": None}, "must be text, not null"),
        ({"question": ["a"]}, "must be text, not a list"),
        ({"question": " \n "}, "the question is empty"),
        ({"question": "a\0b"}, "control character 0x00 at 2"),
        ({"question": "a\ud800"}, "lone surrogate"),
        ({"question": "a" * 1_001}, "has 1,001 characters; at most 1,000 are read"),
        ({"question": "a", "answer": True}, "the answer must be text or a number, not true or"),
        ('{"question": "a", "answer": NaN}', "the answer must be text or a number"),
        ({"question": "a", "answer": {"x": 1}}, "not an object"),
        ({"question": "a", "skill": 5}, "the skill must be text, not a number"),
        ({"question": "a", "skill": "x" * 101}, "one line of at most 100"),
        ({"question": "a", "messages": []}, "leave one out"),
        ({"messages": "a"}, '"messages" must be a list'),
        ({"messages": ["a"]}, "a message must be an object"),
        ({"messages": [{"role": "system", "content": "a"}]}, "the chat has 0 turns"),
        ({"messages": [{"role": "user", "content": "a"}] * 2}, "the chat has 2 turns"),
        ({"messages": [{"role": "user", "content": 3}]}, 'content" must be text'),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "other than text"),
    ],
)
def test_a_bad_line_says_why_and_the_rest_is_read(
    tmp_path: Path, line: object, reason: str
) -> None:
    good, bad, last = read(tmp_path, {"question": "a?"}, line, {"question": "b?"})
    assert isinstance(good, Question)
    assert isinstance(last, Question)
    assert isinstance(bad, BadLine)
    assert bad.line == 2
    with pytest.raises(ValueError, match=reason):
        raise ValueError(bad.reason)


def test_a_line_without_end_is_not_kept_in_memory(tmp_path: Path) -> None:
    _, bad, last = read(tmp_path, '{"question": "a"}', "x" * 9_000_000, '{"question": "b"}')
    assert bad == BadLine(2, "the line is longer than 4,000,000 bytes")
    assert last == Question(3, "b")


def test_ten_thousand_lines_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f'{{"question": "what is {n}?"}}\n' for n in range(10_000)))
    start = time.perf_counter()
    assert sum(isinstance(line, Question) for line in read_questions(path)) == 10_000
    assert time.perf_counter() - start < 60


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="does not exist"):
        read_questions(tmp_path / "none")
    with pytest.raises(InputFileError, match="can't be read: Is a directory"):
        read_questions(tmp_path)
    (tmp_path / "utf16").write_text('{"question": "a"}', encoding="utf-16")
    with pytest.raises(InputFileError, match="is not UTF-8 text"):
        read_questions(tmp_path / "utf16")


def test_a_pipe_is_read_from_its_first_byte() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb"), os.fdopen(writing, "w") as pipe:
        pipe.writelines(f'{{"question": "what is {n}?"}}\n' for n in range(1_500))
        pipe.close()
        found = list(read_questions(Path(f"/dev/fd/{reading}")))
    assert [item.line for item in found if isinstance(item, Question)] == list(range(1, 1_501))


def test_gold_is_in_the_form_that_its_question_asks_for(tmp_path: Path) -> None:
    rounded = "What is 1/2 to two decimal places?"
    chosen = "Which is a city?\nA) Paris\nB) Seine"
    found = read(
        tmp_path,
        {"question": "What is 5/2?", "answer": "2.50"},
        {"question": rounded, "answer": "0.50"},
        {"question": chosen, "answer": "A) Paris"},
        {"question": "Say it at length.", "answer": "ab" * 5_001},
    )
    assert found[:3] == [
        Question(1, "What is 5/2?", "2.5"),
        Question(2, rounded, "0.50"),
        Question(3, chosen, "A"),
    ]
    assert isinstance(found[3], BadLine)
    assert found[3].reason.startswith("the answer has 10,002 characters; at most 10,000 are kept")


def test_two_golds_that_differ_are_a_bad_line(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"question": "2 + 2?"},
        {"question": "2 + 2?", "answer": "4"},
        {"question": "2  + 2?", "answer": "5"},
        {"question": "2 + 2?", "answer": "4.0"},
    )
    assert found[2] == BadLine(
        3,
        "the answer is '5', but line 2 answers the very same question with '4', which counts; "
        "leave one of them out",
    )
    assert [item.duplicate_of for item in found if isinstance(item, Question)] == [None, 1, 1]


def test_a_single_question_is_checked_the_same_way() -> None:
    assert clean_question("  what?\n") == "what?"
    with pytest.raises(QuestionError, match="is empty"):
        clean_question("")
    with pytest.raises(QuestionError, match="lone surrogate"):
        clean_question("\udcff")


# Records


def exported(store: Store) -> str:
    stream = io.StringIO()
    export_records(store, stream)
    return stream.getvalue()


def fill(store: Store) -> None:
    votes = (Vote("pot", "4", "print(4)\n\u2028é", 7), Vote("cot", None, "", 0, "cut off"))
    new = [
        Record("2 + 2?", "4", Status.VERIFIED, "sums", "pot", 2 / 3, votes, 0.1 + 0.2, "agreed"),
        Record("gone", None, Status.UNVERIFIED),
        Record(' "quoted"\ttwo\nlines ', "x", Status.GOLD, "found"),
        Record("no", "1", Status.REFUTED),
    ]
    stored = store.remember_many(new, ENCODER.encode([record.question for record in new]))
    store.journal.save_statuses([Skill("found"), Skill("sums", tagged=True)])
    store.forget([stored[1].id])
    store.mark(stored[3].id, Status.REFUTED, reason="really")


def test_records_round_trip_to_the_byte(store: Store, tmp_path: Path) -> None:
    fill(store)
    text = exported(store)
    assert text.count("\n") == 3
    with Store(tmp_path / "other.db", ENCODER.name, 16) as other:
        done = import_records(io.BytesIO(text.encode()), other, ENCODER)
        assert (done.imported, done.bad) == (3, ())
        assert exported(other) == text
        assert [r.split for r in other.records()] == [r.split for r in store.records()]
        assert [(s.name, s.tagged, s.size) for s in other.journal.skills()] == [
            ("found", False, 1),
            ("sums", True, 1),
        ]
        assert all(skill.centroid_D is not None for skill in other.journal.skills())


def test_importing_again_changes_nothing(store: Store) -> None:
    fill(store)
    text = exported(store)
    import_records(io.BytesIO(text.encode()), store, ENCODER)
    assert exported(store) == text


def test_an_import_joins_by_the_rules_of_memory(store: Store) -> None:
    fill(store)
    lines = [
        {"question": "2  + 2?", "answer": "5", "status": "verified", "votes": []},
        {"question": '"quoted"\ttwo\r\nlines', "answer": "y", "status": "verified"},
    ]
    import_records(io.BytesIO("\n".join(map(json.dumps, lines)).encode()), store, ENCODER)
    contradicted, gold = store.find_many(["2 + 2?", '"quoted"\ttwo\nlines'])
    assert contradicted is not None
    assert contradicted.status is Status.UNVERIFIED
    assert gold is not None
    assert (gold.status, gold.answer) == (Status.GOLD, "x")


def put_in(store: Store, text: str) -> Record:
    import_records(io.BytesIO(text.encode()), store, ENCODER)
    (record,) = store.records()
    return record


def test_an_older_export_undoes_no_later_judgement(store: Store, tmp_path: Path) -> None:
    stored = put_in(store, '{"question": "a?", "answer": "777", "status": "gold"}')
    older = exported(store)
    store.mark(stored.id, Status.GOLD, "888")
    newer = exported(store)
    put_in(store, older)
    assert exported(store) == newer
    store.mark(stored.id, Status.REFUTED)
    refuted = exported(store)
    put_in(store, newer)
    assert exported(store) == refuted
    with Store(tmp_path / "other.db", ENCODER.name, 16) as other:
        for text in (newer, older, refuted, newer):
            put_in(other, text)
        record = put_in(other, refuted)
        assert (record.status, record.answer) == (Status.REFUTED, "888")
        assert record.updated_at == store.get(stored.id).updated_at


def test_a_judgement_of_a_clock_that_is_fast_is_of_now(store: Store) -> None:
    ahead = '"created_at": "2999-01-01", "updated_at": "2999-01-01T00:00:00+02:00"'
    stored = put_in(store, f'{{"question": "a?", "answer": "4", "status": "gold", {ahead}}}')
    assert stored.created_at is not None
    assert stored.created_at <= datetime.now(UTC)
    gold = put_in(store, '{"question": "a?", "answer": "5", "status": "gold"}')
    assert (gold.status, gold.answer) == (Status.GOLD, "5")


def test_what_is_imported_is_what_other_doors_let_in(store: Store) -> None:
    line = {"question": "a?", "status": "gold", "answer": "**1,000**.", "skill": " ", "reason": 7}
    stored = put_in(store, json.dumps(line))
    assert (stored.answer, stored.skill, stored.reason) == ("1000", None, "7")


def test_a_judgement_without_a_time_is_of_now(store: Store) -> None:
    put_in(store, '{"question": "a?", "answer": "4", "status": "verified"}')
    for answer in ("5", "6"):
        gold = put_in(store, f'{{"question": "a?", "answer": "{answer}", "status": "gold"}}')
        assert (gold.status, gold.answer) == (Status.GOLD, answer)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"question": "a", "status": "sure"}, "must be one of verified, unverified, refuted, gold"),
        ({"question": "a", "status": "gold"}, "it is gold but has no answer"),
        ({"question": "a", "status": "gold", "answer": " "}, "it is gold but has no answer"),
        ({"question": "a", "status": "gold", "answer": "\u200b"}, "it is gold but has no answer"),
        ({"question": "a", "status": "refuted", "answer": []}, "the answer must be text or a numb"),
        ({"question": "a", "status": "refuted", "answer": "\x1b[1m"}, "the answer holds the contr"),
        ({"question": "a", "status": "refuted", "reason": "\x1b[1m"}, "the reason holds the contr"),
        ({"question": "a", "status": "refuted", "method": "\x1b[1m"}, "the method holds the contr"),
        ({"question": "a", "status": "refuted", "skill": "\x1b[1m"}, "the skill holds the control"),
        ({"question": "a", "status": "refuted", "skill": "x" * 5_000}, "one line of at most 100"),
        ({"question": "a", "status": "unverified", "agreement": 2}, "a number from 0 to 1, not 2"),
        ({"question": "a", "status": "unverified", "seconds": True}, "not True"),
        ({"question": "a", "status": "unverified", "created_at": "now"}, "a time in ISO 8601"),
        ({"question": "a", "status": "unverified", "votes": 3}, "votes must be a list"),
        ({"question": "a", "status": "unverified", "votes": [3]}, "a vote must be an object"),
        ({"question": "a", "status": "unverified", "reason": "\ud800"}, "lone surrogate"),
        ({"status": "gold"}, 'it has no "question"'),
    ],
)
def test_a_bad_record_is_reported_and_the_rest_go_in(
    store: Store, fields: dict[str, object], reason: str
) -> None:
    good = {"question": "b", "answer": "4", "status": "verified"}
    lines = "\n".join(json.dumps(line) for line in (fields, good))
    done = import_records(io.BytesIO(lines.encode()), store, ENCODER)
    assert done.imported == 1
    assert [bad.line for bad in done.bad] == [1]
    with pytest.raises(ValueError, match=reason):
        raise ValueError(done.bad[0].reason)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
VOTES = st.builds(Vote, WORDS, st.none() | WORDS, WORDS, st.integers(0, 10**6), WORDS)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(
            Record,
            question=WORDS.filter(lambda text: bool(text.strip())),
            answer=WORDS.map(normalise).filter(bool),
            status=st.sampled_from(list(Status)),
            skill=st.none() | st.sampled_from(["a", "b"]),
            method=st.none() | WORDS.map(str.strip).filter(bool),
            agreement=st.floats(0, 1),
            votes=st.lists(VOTES, max_size=3).map(tuple),
            seconds=st.floats(0, 1e6),
            reason=WORDS.map(str.strip),
        ),
        max_size=5,
    )
)
def test_any_records_round_trip(new: list[Record]) -> None:
    with Store("sqlite://", ENCODER.name, 16) as one, Store("sqlite://", ENCODER.name, 16) as two:
        one.remember_many(new, ENCODER.encode([record.question for record in new]))
        text = exported(one)
        assert import_records(io.BytesIO(text.encode()), two, ENCODER).bad == ()
        assert exported(two).replace('"tagged": true', "") == text.replace('"tagged": true', "")
        assert all(isinstance(record.split, Split) for record in two.records())
