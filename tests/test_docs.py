"""What the documents say of the code is held to the code."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("agent", "memory", "models", "router", "trainer")
ARCHITECTURE = ROOT / "docs" / "architecture.md"
ENTRY = re.compile(r"^(?P<indent> *)(?P<name>[\w.]+/?)(?: +(?P<purpose>\S.*))?$")


def listed() -> Iterator[tuple[str, str]]:
    """Each line of the tree in docs/architecture.md: path, purpose."""
    section = ARCHITECTURE.read_text("utf-8").split("\n## The tree\n")[1]
    folders: list[str] = []
    for line in section.split("```")[1].splitlines()[1:]:
        entry = ENTRY.match(line)
        assert entry, f"not a line of the tree: {line!r}"
        depth = len(entry["indent"]) // 2
        folders[depth:] = [entry["name"]]
        yield "".join(folders), entry["purpose"] or ""


def on_disk() -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }


def suggestion(path: str) -> str:
    """The line to add for a file."""
    text = ast.get_docstring(ast.parse((ROOT / path).read_text("utf-8"))) or "?"
    return f"{path}: {text.splitlines()[0]}"


def test_the_tree_lists_every_file_of_the_packages() -> None:
    tree = {path for path, _ in listed() if path.endswith(".py")}
    missing = [suggestion(path) for path in sorted(on_disk() - tree)]
    gone = sorted(tree - on_disk())
    assert not missing, "add to the tree in docs/architecture.md:\n" + "\n".join(missing)
    assert not gone, "take out of the tree in docs/architecture.md:\n" + "\n".join(gone)


def test_every_line_of_the_tree_has_a_purpose_and_is_there_once() -> None:
    entries = list(listed())
    assert [path for path, purpose in entries if not purpose] == []
    assert len(entries) == len(dict(entries))
    assert [path for path, _ in entries if not (ROOT / path).exists()] == []


def test_decisions_are_numbered_and_say_their_status() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    for number, file in enumerate(files, start=1):
        assert file.name.startswith(f"{number:04d}-"), file.name
        text = file.read_text("utf-8")
        assert text.startswith(f"# {number:04d} "), file.name
        for heading in ("Status:", "## Context", "## Decision", "## Consequences"):
            assert heading in text, f"{file.name} lacks {heading}"


def test_the_documents_link_to_files_that_are_there() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if "==" in line
    }
    names = {re.split(r"[<>=!~\[ ]", name)[0].lower() for name in wanted}
    assert names - pinned == {"pip"}


def test_the_changelog_names_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
