"""Adapters on disk: whole or not at all, one active, back at once."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from models.adapters import AdapterRegistry, AdapterStatus, Manifest
from models.errors import AdapterError, HomeError, UnknownAdapterError, WrongBaseError

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
WEIGHTS = save({"lora_A": np.zeros(4, dtype=np.float32)})


def manifest(version: str, day: int = 0, base: str = "base-1") -> Manifest:
    return Manifest(
        version=version,
        base_model="tiny",
        base_fingerprint=base,
        created_at=EPOCH + timedelta(days=day),
        run_id=f"run-{version}",
        config={"r": 16, "target_modules": ["q_proj"]},
        seed=7,
        record_ids=(1, 2, 5),
        metrics={"loss": 0.25},
    )


def peft_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    (folder / "adapter_model.safetensors").write_bytes(WEIGHTS)
    return folder


@pytest.fixture
def registry(tmp_path: Path) -> AdapterRegistry:
    return AdapterRegistry(tmp_path / "adapters")


def install(registry: AdapterRegistry, *versions: str) -> None:
    for day, version in enumerate(versions):
        registry.install(peft_folder(registry.temporary()), manifest(version, day))


def promote(registry: AdapterRegistry, version: str) -> None:
    registry.promote(version, base_fingerprint="base-1")


def test_an_empty_home_answers_with_the_base(registry: AdapterRegistry) -> None:
    assert registry.versions() == []
    assert registry.active() is None
    assert registry.active_version() == "base"
    assert registry.promoted_at() is None
    with pytest.raises(UnknownAdapterError, match="'v1': there is none yet"):
        registry.get("v1")


def test_an_installed_adapter_reads_back_the_same(registry: AdapterRegistry) -> None:
    install(registry, "b-first", "a-second")
    assert registry.versions() == ["b-first", "a-second"]
    adapter = registry.get("a-second")
    assert adapter.manifest == manifest("a-second", 1)
    assert (adapter.path / "adapter_model.safetensors").read_bytes() == WEIGHTS
    assert registry.status("a-second") is AdapterStatus.CANDIDATE
    assert Manifest.read(adapter.path) == adapter.manifest


def test_install_copies_from_elsewhere(registry: AdapterRegistry, tmp_path: Path) -> None:
    source = peft_folder(tmp_path / "elsewhere" / "trained")
    registry.install(source, manifest("v1"))
    assert registry.versions() == ["v1"]
    assert not (source / "manifest.json").exists()
    assert sorted(path.name for path in registry.root.iterdir()) == [".lock", "v1"]


def test_promotion_and_rollback(registry: AdapterRegistry) -> None:
    install(registry, "v1", "v2", "v3")
    other = AdapterRegistry(registry.root)
    promote(registry, "v1")
    promote(registry, "v2")
    promote(registry, "v2")
    active = other.active()
    assert active is not None
    assert active.version == "v2" == other.active_version()
    since = other.promoted_at()
    assert since is not None
    assert abs(datetime.now(UTC) - since) < timedelta(minutes=1)
    assert [registry.status(one) for one in ("v1", "v2", "v3")] == [
        AdapterStatus.RETIRED,
        AdapterStatus.ACTIVE,
        AdapterStatus.CANDIDATE,
    ]
    back = other.rollback()
    assert back is not None
    assert back.version == "v1"
    assert registry.status("v2") is AdapterStatus.RETIRED
    assert registry.rollback() is None
    assert registry.active_version() == "base"
    with pytest.raises(AdapterError, match="nothing to roll back: the base answers"):
        registry.rollback()
    promote(registry, "v1")
    assert registry.status("v1") is AdapterStatus.ACTIVE


def test_rollback_passes_over_a_version_that_is_gone(registry: AdapterRegistry) -> None:
    install(registry, "v1", "v2", "v3")
    for version in ("v1", "v2", "v3"):
        promote(registry, version)
    (registry.root / "v2" / "adapter_model.safetensors").unlink()
    back = registry.rollback()
    assert back is not None
    assert back.version == "v1"


def test_rollback_passes_over_weights_that_are_torn(registry: AdapterRegistry) -> None:
    install(registry, "v1", "v2", "v3")
    for version in ("v1", "v2", "v3"):
        promote(registry, version)
    (registry.root / "v2" / "adapter_model.safetensors").write_bytes(WEIGHTS[:-1])
    back = registry.rollback()
    assert back is not None
    assert back.version == "v1"


def test_rollback_passes_over_another_base(registry: AdapterRegistry) -> None:
    for version, base in (("v1", "base-1"), ("v2", "base-2"), ("v3", "base-1"), ("v4", "base-1")):
        registry.install(peft_folder(registry.temporary()), manifest(version, base=base))
        registry.promote(version, base_fingerprint=base)
    assert registry.rollback() is not None
    back = registry.rollback(base_fingerprint="base-1")
    assert back is not None
    assert back.version == "v1"
    assert registry.rollback(base_fingerprint="base-1") is None


def test_a_copy_under_another_name_is_no_version(registry: AdapterRegistry) -> None:
    install(registry, "v1")
    shutil.copytree(registry.root / "v1", registry.root / "v1.bak")
    assert registry.versions() == ["v1"]
    with pytest.raises(AdapterError, match=r"v1\.bak holds adapter 'v1'.*move it out of"):
        promote(registry, "v1.bak")


def test_an_adapter_of_another_base_is_refused(registry: AdapterRegistry) -> None:
    install(registry, "v1")
    with pytest.raises(WrongBaseError, match=r"trained on base-1 \(tiny\), and the base is other"):
        registry.promote("v1", base_fingerprint="other")
    assert registry.active_version() == "base"


def test_an_unknown_version_names_the_nearest(registry: AdapterRegistry) -> None:
    install(registry, "20260101-a", "20260102-b")
    with pytest.raises(UnknownAdapterError, match=r"'2026010-a'.*did you mean '20260101-a'"):
        registry.get("2026010-a")
    with pytest.raises(UnknownAdapterError, match=r"'\.\./adapters/20260101-a'"):
        registry.get("../adapters/20260101-a")


@pytest.mark.parametrize("name", ["base", "active", "", "../x", ".hidden", "a b", "x" * 101])
def test_a_version_must_be_a_name(registry: AdapterRegistry, name: str) -> None:
    with pytest.raises(AdapterError, match="cannot name an adapter"):
        registry.install(peft_folder(registry.temporary()), manifest(name))


def test_a_taken_version_is_refused(registry: AdapterRegistry) -> None:
    install(registry, "v1")
    with pytest.raises(AdapterError, match="'v1' exists already"):
        install(registry, "v1")


@pytest.mark.parametrize(
    "lost", ["adapter_config.json", "adapter_model.safetensors", "manifest.json"]
)
def test_a_damaged_folder_is_never_listed(registry: AdapterRegistry, lost: str) -> None:
    install(registry, "v1", "v2")
    promote(registry, "v1")
    (registry.root / "v1" / lost).unlink()
    assert registry.versions() == ["v2"]
    with pytest.raises(AdapterError, match=f"damaged: it has no {lost}"):
        registry.get("v1")
    with pytest.raises(AdapterError, match="run `secondnature adapters rollback`"):
        registry.active()
    assert registry.rollback() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": "v1"}', '{"created_at": 1}'])
def test_a_manifest_that_is_none_is_an_adapter_error(registry: AdapterRegistry, text: str) -> None:
    install(registry, "v1")
    (registry.root / "v1" / "manifest.json").write_text(text)
    with pytest.raises(AdapterError, match=r"has no readable manifest\.json"):
        AdapterRegistry(registry.root).get("v1")


@pytest.mark.parametrize("text", ["", "v1", "[]", '{"version": "v1"}'])
def test_a_damaged_active_file_says_what_to_do(registry: AdapterRegistry, text: str) -> None:
    install(registry, "v1")
    (registry.root / "active").write_text(text)
    with pytest.raises(AdapterError, match=r"active is damaged .* remove it to go on"):
        registry.active()


def test_an_incomplete_folder_is_not_installed(registry: AdapterRegistry) -> None:
    folder = registry.temporary()
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(AdapterError, match=r"it has no adapter_model\.safetensors"):
        registry.install(folder, manifest("v1"))


def test_leftovers_of_a_crash_are_ignored_and_cleaned(registry: AdapterRegistry) -> None:
    install(registry, "v1")
    crash = (
        "import os, sys, signal; from pathlib import Path; from models.adapters import *;"
        "folder = AdapterRegistry(Path(sys.argv[1])).temporary();"
        "(folder / 'adapter_config.json').write_text('{}'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", crash, str(registry.root)], check=False)
    mine = registry.temporary()
    leftovers = [path for path in registry.root.iterdir() if path.name.startswith(".tmp-")]
    assert len(leftovers) == 2
    assert registry.versions() == ["v1"]
    assert registry.clean() == 1
    assert mine.exists()
    assert registry.clean() == 0


def test_export_is_plain_peft(registry: AdapterRegistry, tmp_path: Path) -> None:
    install(registry, "v1")
    target = registry.export("v1", tmp_path / "out")
    assert json.loads((target / "adapter_config.json").read_text())["peft_type"] == "LORA"
    with pytest.raises(AdapterError, match="it exists; name a new folder"):
        registry.export("v1", target)
    with pytest.raises(AdapterError, match=r"cannot export to .*Not a directory"):
        registry.export("v1", target / "adapter_config.json" / "out")


def test_a_home_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "adapters").write_text("a file")
    registry = AdapterRegistry(tmp_path / "adapters")
    with pytest.raises(HomeError, match=r"cannot write adapters in .*File exists"):
        registry.temporary()


def test_two_processes_promote_at_once(registry: AdapterRegistry) -> None:
    versions = [f"v{number}" for number in range(6)]
    install(registry, *versions)
    script = (
        "import sys; from pathlib import Path; from models.adapters import AdapterRegistry;"
        "registry = AdapterRegistry(Path(sys.argv[1]));"
        "[registry.promote(v, base_fingerprint='base-1') for v in sys.argv[2:]]"
    )
    halves = [versions[:3], versions[3:]]
    processes = [
        subprocess.Popen([sys.executable, "-c", script, os.fspath(registry.root), *half])
        for half in halves
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    passed = [registry.active_version()]
    while (adapter := registry.rollback()) is not None:
        passed.append(adapter.version)
    assert sorted(passed) == versions
