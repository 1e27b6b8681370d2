from models.rows import Desk, Row, Task, finished
from models.types import Finish, Sampling

TASK = Task(0, fixed=(7,), ids=(8, 9), sampling=Sampling(), max_tokens=9)


def test_a_stop_text_and_what_follows_it_are_left_out() -> None:
    row = Row(TASK, ids=[1, 2], logprobs=[-0.1, -0.2])
    row.stop_at, row.finish = "\nQ:", Finish.STOP
    made = finished(row, "42\nQ: and more\nQ:")
    assert (made.text, made.finish, made.completion_tokens) == ("42", Finish.STOP, 2)


def test_a_row_that_was_cut_short_is_cancelled() -> None:
    assert finished(Row(TASK), "").finish is Finish.CANCELLED


def task(number: int, fixed: tuple[int, ...], length: int, n: int = 1) -> Task:
    return Task(number, fixed, (5,) * length, Sampling(n=n), max_tokens=9)


def test_the_shortest_come_first_and_later_ones_find_their_place() -> None:
    desk = Desk()
    desk.add([task(0, (1,), 4), task(1, (), 9), task(2, (1,), 2)])
    queue = desk.waiting
    assert [rows[0].task.number for rows in queue] == [2, 0, 1]
    desk.add([task(4, (1,), 3)])
    assert [rows[0].task.number for rows in queue] == [2, 4, 0, 1]
    queue.clear()
    desk.add([task(5, (1,), 3)])
    assert [rows[0].task.number for rows in queue] == [5], "the same list, though it was empty"


def test_a_task_is_answered_when_its_last_row_has_ended() -> None:
    desk = Desk()
    assert desk.add([task(0, (), 1, n=2), task(1, (), 1)]) == 3
    (one, other), (alone,) = desk.unanswered
    one.finish = alone.finish = Finish.STOP
    assert desk.answered([alone, one]) == [(alone,)]
    other.finish = Finish.LENGTH
    assert desk.answered([other]) == [(one, other)]
    assert desk.unanswered == []
