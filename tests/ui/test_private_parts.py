"""Private parts of Textual and Rich: used in one file, and as they were when that was written."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Final

import pytest
import textual
from rich.color import ColorSystem
from rich.console import Console
from textual import (
    _xterm_parser,
    app,
    constants,
    dom,
    driver,
)
from textual._styles_cache import StylesCache
from textual.command import CommandPalette
from textual.drivers.linux_driver import LinuxDriver

import depthview.ui

UI: Final = Path(depthview.ui.__file__).parent
ALLOWED: Final = "terminal.py"
USED: Final = {
    app.App: (
        "_handle_exception", "_exception", "_exception_event", "_return_code", "_close_messages_no_wait",
        "_print_error_renderables", "_driver", "_filters",
    ),
    dom.DOMNode: ("_bindings",),
    CommandPalette: ("_action_cursor_down", "_action_command_list", "_action_escape"),
    driver.Driver: ("_debug", "_loop"),
    LinuxDriver: ("_file", "_writer_thread", "_must_signal_resume", "exit_event", "process_message", "fileno"),
}  # fmt: skip


NAMES: Final = frozenset(name for names in USED.values() for name in names)


def uses_of(tree: ast.AST) -> set[str]:
    """Private modules of Textual or Rich, and private attributes of theirs or of other objects."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and re.match(r"(textual|rich)(\.\w+)*\._", node.module or ""):
            found.add(node.module or "")
        if isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr):
            ours = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            if (not ours and node.attr not in {"_replace", "_asdict", "_fields"}) or node.attr in NAMES:
                found.add(node.attr)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_") and node.name in NAMES:
            found.add(node.name)
    return found


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: path.stem)
def test_one_file_uses_them(path: Path) -> None:
    found = uses_of(ast.parse(path.read_text(encoding="utf-8")))
    assert (not found) is (path.name != ALLOWED), found


def test_they_were_checked_with_this_version() -> None:
    assert textual.__version__.startswith("8.2."), "read what terminal.py says of Textual again"


@pytest.mark.parametrize("owner", USED, ids=lambda owner: owner.__name__)
def test_they_are_as_they_were(owner: type) -> None:
    text = inspect.getsource(inspect.getmodule(owner) or owner)
    missing = [name for name in USED[owner] if not re.search(rf"\b{name}\b", text)]
    assert not missing


def test_functions_and_constants_are_as_they_were() -> None:
    assert callable(StylesCache.get_inner_outer.cache_clear)
    assert isinstance(Console()._color_system, ColorSystem | None)
    assert "constants.ESCAPE_DELAY" in inspect.getsource(_xterm_parser)
    assert isinstance(constants.ESCAPE_DELAY, float)
