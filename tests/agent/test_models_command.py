import json
from collections.abc import Callable
from pathlib import Path

import pytest

from models.catalog import CATALOG
from tests.agent.world import Done, World

Run = Callable[..., Done]


def test_the_catalogue_is_listed_with_what_is_set(world: World, run: Run) -> None:
    done = run(world.env, "models", "list", "--json")
    found = json.loads(done.out)
    assert [model["name"] for model in found["models"]] == list(CATALOG)
    assert {model["licence"] for model in found["models"]} == {"Apache-2.0"}
    assert not any(model["pulled"] for model in found["models"])
    assert found["configured"]["encoder"] == "hash-64"
    assert found["configured"]["system2"] == world.settings.system1.model
    text = run(world.env, "models", "list").out
    for name in CATALOG:
        assert name in text
    assert "491 MB" in text
    assert not world.home.root.exists()


def test_what_is_there_is_not_fetched_again(
    world: World, run: Run, tiny_model: Path, tiny_encoder: Path
) -> None:
    done = run(world.env, "models", "pull", str(tiny_model), str(tiny_encoder), str(tiny_model))
    assert done.code == 0
    assert done.out == (
        f"{tiny_model}: ready in {tiny_model}\n{tiny_encoder}: ready in {tiny_encoder}\n"
    )


def test_without_a_name_the_models_that_are_set_are_pulled(
    world: World, run: Run, tiny_model: Path, tiny_encoder: Path
) -> None:
    env = world.env | {
        "SECONDNATURE_SYSTEM1__MODEL": str(tiny_model),
        "SECONDNATURE_MEMORY__ENCODER": str(tiny_encoder),
    }
    done = run(env, "models", "pull", "--json")
    assert json.loads(done.out) == {
        "models": {str(path): str(path) for path in (tiny_model, tiny_encoder)}
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("qwen2.5-coder-0.5b-instrukt", "did you mean 'qwen2.5-coder-0.5b-instruct'"),
        ("", "'' holds no model"),
        ("../..", "holds no model"),
    ],
)
def test_an_unknown_model_is_one_line(world: World, run: Run, name: str, said: str) -> None:
    done = run(world.env, "models", "pull", name)
    assert done.code == 1
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_cache_that_cannot_be_written_is_one_line(world: World, run: Run) -> None:
    (world.root / "cache").write_text("a file in its place")
    done = run(world.env, "models", "pull", "all-minilm-l6-v2")
    assert done.code == 1
    assert "cannot write in" in done.err
    assert "SECONDNATURE_CACHE" in done.err
