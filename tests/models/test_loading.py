"""Damaged and foreign folders end in one clear line."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.encoder import SentenceEncoder
from models.errors import ModelError
from models.transformers_lm import load_network

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n"
Damage = Callable[[Path], None]


def pickled(folder: Path) -> Path:
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    return folder / "pytorch_model.bin"


def a_pointer(folder: Path) -> None:
    pickled(folder).write_text(POINTER)


def an_empty_file(folder: Path) -> None:
    pickled(folder).write_bytes(b"")


def a_list(folder: Path) -> None:
    (folder / "config.json").write_text("[]")


def configured(folder: Path, **fields: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | fields))


def a_wrong_type(folder: Path) -> None:
    configured(folder, max_position_embeddings=None)


def another_shape(folder: Path) -> None:
    configured(folder, vocab_size=500)


def foreign_code(folder: Path) -> None:
    code = {"AutoConfig": "conf.Conf", "AutoModelForCausalLM": "net.Net"}
    configured(folder, auto_map=code, model_type="own")
    (folder / "conf.py").write_text("raise SystemExit('it ran')")


def a_lost_layer(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if "layers.1" not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})


def a_broken_tokenizer(folder: Path) -> None:
    os.truncate(folder / "tokenizer.json", 3000)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (a_pointer, "Weights only load failed"),
        (an_empty_file, "EOFError"),
        (a_list, "must be a mapping, not list"),
        (a_wrong_type, "'max_position_embeddings': .* expected int"),
        (another_shape, "2 of its weights are missing or of another shape, such as lm_head"),
        (foreign_code, "contains custom code"),
        (a_lost_layer, r"\d+ of its weights are missing .* such as model.layers.1.*; fetch it"),
        (a_broken_tokenizer, "Expecting"),
    ],
)
def test_a_damaged_folder_is_refused_in_a_line(
    tiny_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Damage,
    said: str,
) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "damaged")
    damage(folder)
    with pytest.raises(ModelError, match=rf"^cannot load a language model from {folder}: .*{said}"):
        load_network(folder)
    assert capsys.readouterr().out == "", "nothing is asked on the terminal"


def test_an_encoder_with_code_of_its_own_is_refused(
    tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    foreign_code(folder)
    with pytest.raises(ModelError, match=rf"^cannot load encoder {folder}: .*custom code"):
        SentenceEncoder(folder)
    assert capsys.readouterr().out == ""


def test_tied_weights_are_not_missing(tmp_path: Path, tiny_model: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "tied")
    configured(folder, tie_word_embeddings=True)
    weights = load_file(folder / "model.safetensors")
    del weights["lm_head.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    network, _, _ = load_network(folder)
    assert network.lm_head.weight is network.model.embed_tokens.weight
