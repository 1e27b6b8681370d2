from click.testing import CliRunner

from benchmarks.looking_again import ever_certified, main
from router.risk import level


def test_the_level_that_falls_certifies_fewer_adapters_at_the_limit() -> None:
    def share(falls: bool) -> float:
        at = level if falls else (lambda delta, _: delta)
        return ever_certified(45, 0.1, 0.1, limit=0.1, delta=0.1, at=at, lives=2000)

    assert share(falls=True) < 0.15 < 0.25 < share(falls=False)


def test_good_adapters_are_certified_all_the_same() -> None:
    assert ever_certified(100, 0.25, 0.04, limit=0.1, delta=0.1, at=level, lives=500) > 0.9


def test_the_command_names_every_number_of_drafts() -> None:
    done = CliRunner().invoke(main, ["--lives", "20"])
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()[1:13:3]] == [
        "22",
        "45",
        "100",
        "220",
    ]
