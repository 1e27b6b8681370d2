import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import agent
from agent.commands.config import command
from agent.config import (
    Settings,
    check_settings,
    config_files,
    describe,
    dump_toml,
    home_folder,
    load_settings,
)
from agent.daemon_settings import DaemonSettings
from agent.system2.settings import System2Settings
from memory.skills import SkillSettings
from models.errors import ConfigError

ROOT = Path(agent.__file__).parents[1]
HEAVY = ("torch", "transformers", "peft", "sentence_transformers", "faiss", "numpy", "scipy")
HEAVY += ("pydantic_monty", "sqlalchemy")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SECONDNATURE_ROUTER__MAX_ERROR", "SECONDNATURE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SECONDNATURE_HOME", str(tmp_path))
    return tmp_path


def write(home: Path, text: str) -> Path:
    path = home / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


# Layers


def test_a_mark_of_the_byte_order_is_no_part_of_a_file(home: Path) -> None:
    write(home, "\ufeff[router]\nneighbors = 3\n")
    assert load_settings().router.neighbors == 3


def test_a_folder_of_a_user_that_there_is_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(home, '[system2]\nprompts = "~nosuchuser/own"\n')
    with pytest.raises(ConfigError) as raised:
        load_settings()
    assert str(raised.value) == (
        f'system2.prompts = "~nosuchuser/own" [{path}]: ~nosuchuser is nobody\'s folder; '
        "give a path, or a user that there is"
    )
    monkeypatch.setenv("SECONDNATURE_HOME", "~nosuchuser")
    with pytest.raises(ConfigError, match="SECONDNATURE_HOME = '~nosuchuser': ~nosuchuser is nob"):
        home_folder()


def test_without_anything_set_the_defaults_are_in_force(home: Path) -> None:
    assert load_settings() == Settings()


def test_each_layer_lies_over_the_one_below(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "[router]\nmax_error = 0.2\nneighbors = 3\ndelta = 0.3\n")
    monkeypatch.setenv("SECONDNATURE_ROUTER__MAX_ERROR", "0.01")
    monkeypatch.setenv("SECONDNATURE_ROUTER__NEIGHBORS", "4")
    router = load_settings(overrides={"router.neighbors": 5, "router.delta": None}).router
    assert (router.max_error, router.neighbors, router.delta) == (0.01, 5, 0.3)
    assert router.min_similarity == Settings().router.min_similarity


def test_every_setting_says_where_it_came_from(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(home, "[router]\nmax_error = 0.2\nneighbors = 3\n")
    monkeypatch.setenv("SECONDNATURE_ROUTER__NEIGHBORS", "4")
    source = {doc.key: doc.source for doc in describe(overrides={"gate": {"alpha": 0.01}})}
    assert source["router.max_error"] == str(path)
    assert source["router.neighbors"] == "SECONDNATURE_ROUTER__NEIGHBORS"
    assert source["gate.alpha"] == "command line"
    assert source["system2.seed"] == "default"


@pytest.mark.parametrize(
    "text", ['["chain_of_thought", "program_of_thought"]', "chain_of_thought, program_of_thought"]
)
def test_a_list_in_the_environment_is_json_or_words(
    home: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SECONDNATURE_SYSTEM2__METHODS", text)
    assert load_settings().system2.methods == ("chain_of_thought", "program_of_thought")


def test_a_section_in_the_environment_is_json(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDNATURE_GATE", '{"alpha": 0.01}')
    assert load_settings().gate.alpha == 0.01


def test_an_empty_variable_is_not_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDNATURE_SYSTEM2__SEED", "")
    monkeypatch.setenv("SECONDNATURE_NOTHING", "")
    assert load_settings().system2.seed is None


def test_the_variables_that_name_folders_are_no_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDNATURE_CACHE", str(home / "cache"))
    assert load_settings() == Settings()


def test_home_is_named_or_the_platforms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECONDNATURE_HOME", str(tmp_path))
    assert home_folder() == tmp_path
    assert config_files()[-1] == tmp_path / "config.toml"
    monkeypatch.delenv("SECONDNATURE_HOME")
    assert home_folder().name == "secondnature"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().router.max_error = 0.3  # type: ignore[misc]


# Faults


def test_an_unknown_key_is_named_with_its_file_and_the_nearest(home: Path) -> None:
    path = write(home, "[router]\nmax_eror = 0.1\n")
    with pytest.raises(ConfigError, match=r"no setting; the nearest is router.max_error") as caught:
        load_settings()
    assert str(caught.value).startswith(f"router.max_eror [{path}]")


def test_a_key_in_the_wrong_section_leads_to_the_right_one(home: Path) -> None:
    write(home, "[gate]\nmax_error = 0.1\n")
    with pytest.raises(ConfigError, match=r"gate.max_error .* the nearest is router.max_error"):
        load_settings()


def test_a_key_without_its_section_leads_to_it(home: Path) -> None:
    write(home, "max_error = 0.1\n")
    with pytest.raises(ConfigError, match=r"max_error .* the nearest is router.max_error"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("SECONDNATURE_ROUTER__MAX_EROR", "SECONDNATURE_ROUTER__MAX_ERROR"),
        ("SECONDNATURE_ROUTR__MAX_ERROR", "SECONDNATURE_ROUTER__MAX_ERROR"),
        ("SECONDNATURE_ROUTER_MAX_ERROR", "SECONDNATURE_ROUTER__MAX_ERROR"),
        ("SECONDNATURE_HOEM", "SECONDNATURE_HOME"),
    ],
)
def test_an_unknown_variable_is_named_with_the_nearest(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    monkeypatch.setenv(name, "0.1")
    with pytest.raises(
        ConfigError, match=rf"^{name} \[environment\] is no .* nearest is {nearest}$"
    ):
        load_settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[router]\nmax_error = 0.9", r"router.max_error = 0.9 \[.*\]: must be a number in \(0, 0"),
        ("[router]\nmax_error = nan", r"router.max_error = nan .* must be a number in \(0, 0.5\]"),
        ("[router]\nneighbors = 1.5", r"router.neighbors = 1.5 .* whole number in \[1, 256\]"),
        ('[router]\nneighbors = "16"', r'router.neighbors = "16" .* whole number in \[1, 256\]'),
        ("[router]\nneighbors = true", r"router.neighbors = True .* whole number in \[1, 256\]"),
        ("[system1]\nmodel = 5", r"system1.model = 5 .* must be text, not empty"),
        (
            "[system2]\nmethods = []",
            r"system2.methods = \[\] .* must be a list of texts, not empty",
        ),
        ("[system2]\nmethods = [1, 2]", r"system2.methods = \[1, 2\] .* must be a list of texts"),
        (
            '[memory]\nmax_age = "1y"',
            r'memory.max_age = "1y" .* text such as "45s", "90m", "12h", "30d", "2w" or ""$',
        ),
        ("[system2]\nseed = -1", r"system2.seed = -1 .* whole number >= 0, or left out"),
        ('[memory]\nrecall = "maybe"', r'memory.recall = "maybe" .* must be true or false'),
        ("router = 3", r"router \[.*\] is a section, not a setting; .*router.max_error"),
        ("[router.max_error]\nx = 3", "router.max_error.x .* is no setting"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(home: Path, text: str, message: str) -> None:
    write(home, text)
    with pytest.raises(ConfigError, match=message):
        load_settings()


def test_a_wrong_variable_is_named_as_it_was_typed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDNATURE_ROUTER__MAX_ERROR", "high")
    with pytest.raises(
        ConfigError,
        match=r'^SECONDNATURE_ROUTER__MAX_ERROR = "high" \[environment\]: must be a number in \(0,',
    ):
        load_settings()


def test_all_faults_are_reported_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "[router]\nmax_eror = 0.1\nneighbors = 0\n[gate]\nalpha = 7\n")
    monkeypatch.setenv("SECONDNATURE_DAEMON__CRON", "at night")
    monkeypatch.setenv("SECONDNATURE_TRAINER__RANK", "8")
    with pytest.raises(ConfigError, match=r"^5 settings are wrong:") as caught:
        check_settings()
    for part in ("max_eror", "neighbors = 0", "alpha = 7", "daemon.cron", "TRAINER__RANK"):
        assert part in str(caught.value)


def test_faults_of_own_prompts_are_told_with_the_others(home: Path) -> None:
    path = write(home, f"[router]\nneighbors = 0\n[system2]\nprompts = '{home / 'own'}'\n")
    with pytest.raises(ConfigError, match=r"system2\.prompts \[.*\]: there is no folder .*own"):
        check_settings()
    (home / "own").mkdir()
    ask = 'system = ""\nask = "{quesion} {0}"'
    (home / "own" / "chain_of_thought.toml").write_text(f"[reason]\n{ask}")
    (home / "own" / "universal.TOML").write_text("")
    with pytest.raises(ConfigError, match=r"^5 settings are wrong:") as caught:
        check_settings()
    assert str(caught.value).count(f"system2.prompts [{path}]: {home}") == 4
    result = CliRunner().invoke(command, ["check"])
    assert result.exception is not None
    assert str(result.exception) == str(caught.value)


def test_settings_that_contradict_each_other_are_a_fault(home: Path) -> None:
    write(home, "[verify]\nmin_votes = 9\n[gate]\ndistilled_accuracy = 0.4\n")
    with pytest.raises(ConfigError, match=r"verify.min_votes = 9 .* nothing could ever") as caught:
        load_settings()
    assert "gate.resistant_accuracy = 0.5 [" in str(caught.value)


def test_a_broken_file_is_named_with_the_line(home: Path) -> None:
    path = write(home, "[router]\nmax_error = = 3\n")
    with pytest.raises(ConfigError, match=r"is not valid TOML: .*line 2") as caught:
        load_settings()
    assert str(path) in str(caught.value)


def test_a_file_that_is_no_text_is_named(home: Path) -> None:
    (home / "config.toml").write_bytes(b"[router]\n\xff\xfe")
    with pytest.raises(ConfigError, match=r"config.toml is not UTF-8 text \(byte 9\)"):
        load_settings()


def test_a_file_that_cannot_be_read_is_named(home: Path) -> None:
    (home / "config.toml").mkdir()
    with pytest.raises(ConfigError, match=r"config.toml can't be read: "):
        load_settings()


def test_the_schedule_is_checked_when_it_is_used() -> None:
    assert DaemonSettings().trigger() is not None
    with pytest.raises(ConfigError, match=r"daemon.cron = 'nightly' is not crontab syntax"):
        DaemonSettings(cron="nightly").trigger()


# The file and its text


def test_the_checkouts_file_is_the_defaults() -> None:
    """`make config` writes it anew."""
    assert (ROOT / "config.toml").read_text("utf-8") == dump_toml(Settings())
    assert Settings.model_validate(tomllib.loads(dump_toml(Settings()))) == Settings()


def test_every_setting_is_described() -> None:
    for doc in describe():
        assert doc.description.endswith("."), doc.key
        assert doc.allowed, doc.key


def test_memory_takes_its_default_from_skills() -> None:
    assert Settings().memory.skill_similarity == SkillSettings().similarity


texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    model=texts,
    methods=st.lists(texts, min_size=1, max_size=4),
    seed=st.none() | st.integers(min_value=0, max_value=2**62),
    temperature=st.floats(min_value=0, exclude_min=True, max_value=2),
    recall=st.booleans(),
)
def test_what_is_dumped_is_read_back(
    home: Path, model: str, methods: list[str], seed: int | None, temperature: float, recall: bool
) -> None:
    made = Settings(
        system2=System2Settings(
            model=model, methods=tuple(methods), seed=seed, temperature=temperature
        ),
        memory=Settings().memory.model_copy(update={"recall": recall}),
    )
    write(home, dump_toml(made))
    assert load_settings(home) == made


# The commands


def test_show_prints_every_setting_and_its_source(home: Path) -> None:
    path = write(home, "[router]\nmax_error = 0.25\n")
    shown = CliRunner().invoke(command, ["show"])
    assert shown.exit_code == 0
    line = next(line for line in shown.output.splitlines() if line.startswith("router.max_error"))
    assert line.split() == ["router.max_error", "0.25", str(path)]


def test_show_as_json_has_descriptions(home: Path) -> None:
    docs = json.loads(CliRunner().invoke(command, ["show", "--json"]).output)["settings"]
    seed = next(doc for doc in docs if doc["key"] == "system2.seed")
    assert seed["value"] is None
    assert seed["allowed"] == "a whole number >= 0, or left out"


def test_show_as_toml_is_a_settings_file(home: Path) -> None:
    shown = CliRunner().invoke(command, ["show", "--toml"])
    assert shown.output == dump_toml(Settings())
    assert CliRunner().invoke(command, ["show", "--toml", "--json"]).exit_code == 2


def test_path_prints_the_files(home: Path) -> None:
    printed = CliRunner().invoke(command, ["path"]).output
    assert f"{home / 'config.toml'}  (none yet)" in printed.splitlines()
    assert str(ROOT / "config.toml") in printed.splitlines()
    found = json.loads(CliRunner().invoke(command, ["path", "--json"]).output)
    assert found["home"] == str(home)
    assert [file["exists"] for file in found["files"]] == [True, False]


def test_check_passes_or_raises_everything(home: Path) -> None:
    assert CliRunner().invoke(command, ["check"]).output == "all settings are right\n"
    assert json.loads(CliRunner().invoke(command, ["check", "--json"]).output) == {"ok": True}
    write(home, '[daemon]\ncron = "61 3 * * *"\n[system2]\nmethods = ["guess"]\n[router]\nx = 1\n')
    failed = CliRunner().invoke(command, ["check"])
    assert failed.exit_code == 1
    assert isinstance(failed.exception, ConfigError)
    assert "no method is named guess; there are program_of_thought" in str(failed.exception)
    assert str(failed.exception).startswith("3 settings are wrong:")


def test_reading_settings_loads_no_engine(tmp_path: Path) -> None:
    program = (
        "import sys, agent.config, agent.commands.config\n"
        "agent.config.check_settings()\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"SECONDNATURE_HOME": str(tmp_path), "PATH": ""},
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")
