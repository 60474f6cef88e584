"""Prints the table of faults at the end of a run that made some of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.table import LINES, Line, laid_out

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


@pytest.fixture
def table(request: pytest.FixtureRequest) -> list[Line]:
    """The lines of this run so far; what is added is printed."""
    return request.config.stash.setdefault(LINES, [])


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print it."""
    lines = config.stash.get(LINES, [])
    if lines:
        terminalreporter.section("faults: detected, shown, recovered, seconds to trusted again")
        for text in laid_out(lines):
            terminalreporter.line(text)
