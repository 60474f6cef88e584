"""Rules for all tests: no socket leaves this machine, and examples differ from run to run; and what many tests use."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import HealthCheck, settings

from tests.faults.table import LINES, Line, laid_out
from tests.support.calibration import slowness
from tests.support.netguard.loopback_only import install
from tests.support.shared_data import SHARED_DATA

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from _pytest.terminal import TerminalReporter
    from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # it has no types

    from tests.support.calibration import Scaled

_REFUSED: list[str] = []
_SEED_VARIABLE: Final = "HYPOTHESIS_SEED"
# A shared machine is slow at times, which is no fault of an example.
settings.register_profile("depthview", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("depthview")


def _note(line: str) -> None:
    if line.startswith("refused"):
        _REFUSED.append(line)


def _restore_default_signals() -> None:
    """Undo what a shell does to programs in the background, which our programs would inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Guard the whole run, from before the first test module is imported, and choose the seed of its examples."""
    install(_note)
    _restore_default_signals()
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = os.environ.get(_SEED_VARIABLE) or random.SystemRandom().getrandbits(32)


def _seed_line(config: pytest.Config) -> str:
    return f"{_SEED_VARIABLE}={config.getoption('hypothesis_seed')} repeats the examples of this run"


def pytest_report_header(config: pytest.Config) -> str:
    """Name the seed of the examples."""
    return _seed_line(config)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the table of faults to the controller, if this process is a worker of xdist."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["faults"] = [asdict(line) for line in session.config.stash.get(LINES, [])]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """Add a worker's lines to the table."""
    made = getattr(node, "workeroutput", {}).get("faults", [])
    node.config.stash.setdefault(LINES, []).extend(Line(**line) for line in made)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print the table of faults, if this run made some of it, and the seed again where something failed."""
    if terminalreporter.stats.get("failed"):
        terminalreporter.line(_seed_line(config))
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests with a time limit at the end, in their order."""
    items.sort(key=lambda item: item.get_closest_marker("timed") is not None)


@pytest.fixture
def scaled() -> Scaled:
    """Scale a time limit to this machine, by how slow it is before the test or when the limit is asked for."""
    before = slowness()
    return lambda seconds: seconds * max(before, slowness())


@pytest.fixture
async def strict_loop() -> AsyncIterator[None]:
    """An event loop that complains: asyncio's debug mode, and an error for every call of ours that blocks it.

    For tests of feed and exchange; Textual reads files on its loop and does not pass.
    """
    asyncio.get_running_loop().set_debug(True)
    with blockbuster_ctx("depthview"):
        yield
