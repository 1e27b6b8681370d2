"""Names lead to folders, or to one clear line."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from models import catalog, hub_client
from models.catalog import CATALOG, Kind
from models.errors import ModelError, PullError, UnknownModelError
from models.stamp import fingerprint, is_ready, write_stamp

SMALL = "smollm2-135m-instruct"


def model_folder(folder: Path, seed: int = 0, rows: int = 64) -> Path:
    folder.mkdir(parents=True)
    weights_ND = np.random.default_rng(seed).normal(size=(rows, 32)).astype(np.float32)
    save_file({"weight": weights_ND}, folder / "model.safetensors")
    (folder / "config.json").write_text('{"model_type": "qwen2"}')
    (folder / "tokenizer.json").write_text("{}")
    return folder


def run(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_catalogue_is_whole() -> None:
    assert [setting for entry in CATALOG.values() for setting in entry.default_for] == [
        "system1",
        "system2",
        "encoder",
    ]
    for name, entry in CATALOG.items():
        assert entry.name == name
        assert re.fullmatch(r"[0-9a-f]{64}", entry.weights.sha256)
        assert entry.weights.file.endswith(".gguf") is (entry.kind is Kind.MODEL)
        assert entry.sources
        assert entry.licence == "Apache-2.0"


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = {"torch", "transformers", "sentence_transformers", "huggingface_hub", "numpy", "pip"}
    ran = run(f"import sys, models.catalog; print({heavy} & set(sys.modules))")
    assert (ran.stdout, ran.stderr) == ("set()\n", "")


def test_the_cache_is_where_the_environment_says() -> None:
    code = "from models.catalog import cache_root; print(cache_root())"
    assert run(code, SECONDNATURE_CACHE="/some/where").stdout == "/some/where\n"
    assert run(code, SECONDNATURE_CACHE="", XDG_CACHE_HOME="/x").stdout == "/x/secondnature\n"


def test_an_unknown_name_names_the_nearest_and_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownModelError,
        match=r"'smollm-135m-instruct' \(did you mean 'smollm2-135m-instruct'\?\): give ",
    ):
        catalog.resolve("smollm-135m-instruct", root=tmp_path)


def test_a_name_that_is_not_pulled_says_how(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match=f"run `secondnature models pull {SMALL}`"):
        catalog.resolve(SMALL, root=tmp_path)
    assert catalog.ready_path(SMALL, root=tmp_path) is None


def test_a_local_folder_is_itself(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine")
    assert catalog.resolve(str(folder)) == folder
    assert catalog.pull(str(folder)) == folder
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnknownModelError, match=r"holds no model: a folder with config\.json"):
        catalog.resolve(str(tmp_path / "empty"))


@pytest.mark.parametrize("missing", ["model.safetensors", "tokenizer.json"])
def test_a_local_folder_that_is_not_whole_is_not_ready(tmp_path: Path, missing: str) -> None:
    folder = model_folder(tmp_path / "mine")
    (folder / missing).unlink()
    with pytest.raises(UnknownModelError, match=r"holds no model: .* the tokenizer is needed"):
        catalog.pull(str(folder))


@pytest.mark.parametrize("name", ["~no-such-user/model", "x" * 5000, "a/" + "x" * 5000, "a\0b"])
def test_a_name_that_can_be_no_path_is_unknown(tmp_path: Path, name: str) -> None:
    assert catalog.ready_path(name, root=tmp_path) is None
    with pytest.raises(ModelError, match=r"unknown model|cannot fetch"):
        catalog.pull(name, root=tmp_path)


def test_a_gguf_must_be_converted_first(tmp_path: Path) -> None:
    gguf = tmp_path / "one" / "tiny.gguf"
    gguf.parent.mkdir()
    gguf.write_bytes(b"GGUF and no more")
    for name in (str(gguf), str(gguf.parent)):
        with pytest.raises(UnknownModelError, match="is a GGUF and must be converted once; run"):
            catalog.resolve(name, root=tmp_path / "cache")


def test_a_converted_gguf_is_found_by_its_bytes(tmp_path: Path) -> None:
    gguf = tmp_path / "tiny.gguf"
    gguf.write_bytes(b"GGUF")
    sha256 = hashlib.sha256(b"GGUF").hexdigest()
    folder = model_folder(tmp_path / "cache" / "models" / f"gguf-{sha256[:16]}")
    write_stamp(folder, "tiny", sha256, "transformers 5")
    assert catalog.resolve(str(gguf), root=tmp_path / "cache") == folder
    gguf.write_bytes(b"other")
    assert catalog.ready_path(str(gguf), root=tmp_path / "cache") is None


@pytest.mark.slow
def test_a_gguf_that_is_none_cannot_be_converted(tmp_path: Path) -> None:
    gguf = tmp_path / "bad.gguf"
    gguf.write_bytes(b"no GGUF at all" * 100)
    with pytest.raises(PullError, match=r"^cannot convert bad\.gguf: .*that transformers .* reads"):
        catalog.pull(str(gguf), root=tmp_path / "cache")
    assert not (tmp_path / "cache" / "models").exists()


def test_a_hub_id_without_network_is_one_line_soon() -> None:
    code = (
        "import sys, models.catalog as c\nfrom models.errors import ModelError, PullError\n"
        "try: c.resolve('nobody/none')\nexcept PullError as error: print(error)"
    )
    began = time.monotonic()
    ran = run(code, HF_ENDPOINT="http://127.0.0.1:9")
    assert time.monotonic() - began < 20
    assert ran.stdout.startswith("cannot fetch 'nobody/none' from the Hugging Face hub: no network")
    assert (ran.stdout.count("\n"), ran.stderr) == (1, "")


@pytest.mark.parametrize(
    "missing", ["", "b.safetensors", "config.json", "half an index", "tokenizer.json"]
)
def test_a_snapshot_that_is_not_whole_is_fetched_again(tmp_path: Path, missing: str) -> None:
    snapshot = tmp_path / "models--nobody--none" / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    index = json.dumps({"weight_map": {"one": "a.safetensors", "two": "b.safetensors"}})
    files = {"config.json": "{}", "a.safetensors": "", "b.safetensors": "", "tokenizer.json": ""}
    files["model.safetensors.index.json"] = index[:20] if missing == "half an index" else index
    for name in files.keys() - {missing}:
        (snapshot / name).write_text(files[name])
    refs = tmp_path / "models--nobody--none" / "refs"
    refs.mkdir()
    (refs / "main").write_text("0" * 40)
    code = (
        "import models.catalog as c\nfrom models.errors import ModelError, PullError\n"
        "try: print(c.resolve('nobody/none'))\nexcept PullError as error: print(error)"
    )
    ran = run(code, HF_HUB_CACHE=str(tmp_path), HF_ENDPOINT="http://127.0.0.1:9")
    fetched = ran.stdout.startswith("cannot fetch 'nobody/none' from the Hugging Face hub")
    assert fetched is bool(missing)
    assert (ran.stdout == f"{snapshot}\n") is not fetched


@pytest.mark.parametrize("missing", ["", "modules.json", "1_Pooling/config.json"])
def test_an_encoder_is_whole_with_the_modules_it_names(
    tiny_encoder: Path, tmp_path: Path, missing: str
) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    shutil.rmtree(folder / "2_Normalize", ignore_errors=True)  # empty: no repository can hold it
    if missing:
        (folder / missing).unlink()
    assert hub_client.is_whole(folder) is not bool(missing)


def test_a_stamp_tells_a_whole_folder_from_a_damaged_one(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    assert not is_ready(folder, "aa")
    write_stamp(folder, "m", "aa")
    assert is_ready(folder, "aa")
    assert not is_ready(folder, "bb")
    (folder / "config.json").unlink()
    assert not is_ready(folder, "aa")
    (folder / "secondnature.json").write_text("{")
    assert not is_ready(folder, "aa")


def test_a_fingerprint_is_of_the_weights(tmp_path: Path) -> None:
    one = fingerprint(model_folder(tmp_path / "one"))
    assert re.fullmatch(r"weights-[0-9a-f]{12}", one)
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    assert fingerprint(tmp_path / "copy") == one
    assert fingerprint(model_folder(tmp_path / "two", seed=1)) != one
    (tmp_path / "copy" / "config.json").write_text("{}")
    assert fingerprint(tmp_path / "copy") != one


def test_a_stamped_folder_answers_from_its_stamp(tmp_path: Path) -> None:
    first, second = model_folder(tmp_path / "a"), model_folder(tmp_path / "b", seed=1)
    write_stamp(first, "tiny", "aa")
    write_stamp(second, "tiny", "aa")
    assert catalog.fingerprint(first) == catalog.fingerprint(second)
    assert catalog.fingerprint(first).startswith("tiny-")


def test_a_fingerprint_is_cheap(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "big", rows=500_000)  # 64 MB
    times = []
    for _ in range(5):
        began = time.perf_counter()
        fingerprint(folder)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.1, "64 MB are not read"
