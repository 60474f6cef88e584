"""The tree as a whole: what imports load, what files may not say, and the one place of the version."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import depthview
from tests.support.named_tests import exists

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = {"build", "dist", "__pycache__"}
_TEXT = {"", ".cfg", ".in", ".json", ".md", ".py", ".run", ".svg", ".tcss", ".toml", ".txt", ".yaml", ".yml"}
# Put together from halves, or this file would be the first to offend.
_MACHINE_PATHS = re.compile(
    "|".join(["/" + "root/", "/" + "home/[a-z]", "/" + "Users/[a-z]", "/" + "work/", "/" + "opt/"])
)
_INDEX_HOSTS = re.compile("|".join(["pypi" + r"\.org", "python" + "hosted", "index" + "-url", "find" + "-links"]))


def _files() -> Iterator[Path]:
    for path in sorted(_ROOT.rglob("*")):
        parts = path.relative_to(_ROOT).parts
        hidden = parts[0].startswith(".") and parts[0] not in {".ci", ".gitignore"}
        if path.is_file() and path.suffix in _TEXT and not hidden and not _NOT_OURS.intersection(parts):
            yield path


def _loaded_by(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=_ROOT)
    return set(done.stdout.split())


def _modules(package: str) -> str:
    folder = _ROOT / "depthview" / package
    names = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    assert names
    return "import " + ", ".join(f"depthview.{package}.{name}" for name in names)


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import depthview", {"asyncio", "cryptography", "jwt", "msgspec", "platformdirs", "textual", "websockets"}),
        (_modules("core"), {"asyncio", "jwt", "platformdirs", "socket", "textual", "websockets"}),
        (_modules("auth"), {"asyncio", "cryptography", "jwt", "textual", "websockets"}),
        ("import depthview.config.options", {"asyncio", "cryptography", "jwt", "msgspec", "textual", "websockets"}),
    ],
    ids=["depthview", "core", "auth", "settings"],
)
def test_imports_load_nothing_that_they_do_not_need(statement: str, unwanted: set[str]) -> None:
    loaded = _loaded_by(statement)
    assert "depthview" in loaded
    assert not loaded & unwanted


@pytest.mark.parametrize("forbidden", [_MACHINE_PATHS, _INDEX_HOSTS], ids=["machine paths", "index hosts"])
def test_no_file_names_a_machine(forbidden: re.Pattern[str]) -> None:
    files = list(_files())
    assert _ROOT / "pyproject.toml" in files
    offenders = [
        f"{path.relative_to(_ROOT)}: {match[0]}"
        for path in files
        if (match := forbidden.search(path.read_text(encoding="utf-8")))
    ]
    assert not offenders


def test_every_test_that_the_table_of_evidence_names_exists() -> None:
    named = re.findall(r"`([a-z_]+/test_\w+\.py::\w+)`", (_ROOT / "docs" / "verdict.md").read_text())
    assert len(named) > 10
    assert [test for test in named if not exists(test)] == []


def test_the_version_is_written_once() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())
    assert "version" not in project["project"]
    assert "version" in project["project"]["dynamic"]
    rule = project["tool"]["hatch"]["version"]
    found = re.findall(rule["pattern"], (_ROOT / rule["path"]).read_text())
    assert found == [depthview.__version__]


def test_the_installed_version_is_that_one() -> None:
    try:
        installed = importlib.metadata.version("depthview")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("runs from the tree without being installed")
    assert installed == depthview.__version__


def test_constraints_pin_everything_that_is_required() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(line for group in project["dependency-groups"].values() for line in group),
    ]
    lines = (_ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0].lower() for line in lines if "==" in line}
    names = {re.split(r"[<>=!~;\[ ]", line)[0].lower() for line in wanted}
    assert len(names) > 10
    assert names <= pinned
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*(; .+)?|#.*", line) for line in lines)
