"""Undocumented parts of websockets: used in one file, and as they were when that was written."""

from __future__ import annotations

import ast
import inspect
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest
from websockets.asyncio import messages
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.messages import Assembler

import depthview
from depthview.feed import connection

PACKAGE: Final = Path(depthview.__file__).parent
ALLOWED: Final = Path(connection.__file__)
UNDOCUMENTED: Final = frozenset({
    "MAX_FRAGMENTS", "data_received", "process_event", "process_redirect", "recv_messages", "set_connection_exc",
})  # fmt: skip


def _uses(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in UNDOCUMENTED:
            found.add(node.attr)
        if isinstance(node, ast.FunctionDef) and node.name in UNDOCUMENTED:
            found.add(node.name)
    return found


def test_they_are_used_in_one_file() -> None:
    users = {path for path in PACKAGE.rglob("*.py") if "websockets" in path.read_text() and _uses(path)}
    assert users == {ALLOWED}
    assert _uses(ALLOWED) == UNDOCUMENTED


def test_they_were_checked_with_this_major_version() -> None:
    major = version("websockets").partition(".")[0]
    assert f"Checked with websockets {major}." in (connection.__doc__ or "")


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (ClientConnection.data_received, ["self", "data"]),
        (ClientConnection.process_event, ["self", "event"]),
        (ClientConnection.set_connection_exc, ["self", "exc"]),
        (connect.process_redirect, ["self", "exc"]),
    ],
)
def test_methods_have_the_parameters_that_are_overridden_or_called(method: object, parameters: list[str]) -> None:
    assert callable(method)
    assert list(inspect.signature(method).parameters) == parameters


async def test_the_queue_tells_its_length_and_whether_it_paused() -> None:
    queue = Assembler()
    assert len(queue.frames) == 0
    assert queue.paused is False


def test_the_bound_on_fragments_is_read_when_a_message_is_put_together() -> None:
    assert messages.MAX_FRAGMENTS == connection.MAX_FRAGMENTS
    assert "MAX_FRAGMENTS" in inspect.getsource(Assembler.get)
