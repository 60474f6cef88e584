"""Rules for all tests: no socket leaves this machine; and what many of them use."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from blockbuster import blockbuster_ctx

from tests.faults.table import LINES, Line, laid_out
from tests.support.netguard.loopback_only import install
from tests.support.shared_data import SHARED_DATA

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from _pytest.terminal import TerminalReporter
    from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # it has no types

_REFUSED: list[str] = []


def _note(line: str) -> None:
    if line.startswith("refused"):
        _REFUSED.append(line)


def pytest_configure() -> None:
    """Guard the whole run, from before the first test module is imported."""
    install(_note)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the table of faults over to the process that prints, where this one is a helper of it."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["faults"] = [asdict(line) for line in session.config.stash.get(LINES, [])]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """Take over what a helper has made of the table."""
    made = getattr(node, "workeroutput", {}).get("faults", [])
    node.config.stash.setdefault(LINES, []).extend(Line(**line) for line in made)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print the table of faults, if this run made some of it."""
    lines = config.stash.get(LINES, [])
    if lines:
        terminalreporter.section("faults: detected, shown, recovered, seconds to trusted again")
        for text in laid_out(lines):
            terminalreporter.line(text)


@pytest.fixture(autouse=True)
def no_socket_leaves_loopback() -> Iterator[list[str]]:
    """Fail a test that tried to leave loopback, even where its code swallowed the refusal.

    Gives the list of refusals, for the one test that provokes some and clears it.
    """
    _REFUSED.clear()
    yield _REFUSED
    assert not _REFUSED, f"tried to leave this machine: {_REFUSED}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings beside the checkout; a test that needs it is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the recordings in ../shared/data beside the checkout")
    return SHARED_DATA


@pytest.fixture
async def strict_loop() -> AsyncIterator[None]:
    """An event loop that complains: asyncio's debug mode, and an error for every call of ours that blocks it.

    For tests of feed and exchange; Textual reads files on its loop and does not pass.
    """
    asyncio.get_running_loop().set_debug(True)
    with blockbuster_ctx("depthview"):
        yield
