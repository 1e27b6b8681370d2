from agent.tables import one_line, printable, table


def test_numbers_stand_to_the_right() -> None:
    assert table(("name", "n", "share"), [("a", 10, 0.5), ("bcd", None, "9.1%")]) == (
        "name   n  share\na     10   0.50\nbcd    -   9.1%"
    )


def test_yes_no_and_nothing() -> None:
    assert table(("a", "b"), [(True, None), (False, "x")]) == "a    b\nyes  -\nno   x"
    assert table(("a", "b"), []) == "a  b"


def test_one_line_is_cut() -> None:
    assert one_line("a\n b\tc", 10) == "a b c"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line(None, 4) is None


def test_nothing_reaches_the_terminal_but_text() -> None:
    assert printable("a\x1b[31mb\r\n\tc\u202e") == "a\ufffd[31mb\ufffd\n\tc\ufffd"
